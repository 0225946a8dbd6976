/** One page of a list of rules or targets. */
import { AwsError } from '../../core/errors.ts';
import { pageOf } from '../../core/paging.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html */
const MOST_LISTED = 100;

export const paged = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { Limit, NextToken }: { Limit?: number; NextToken?: string },
) =>
  pageOf(items, {
    keyOf,
    limit: Limit ?? MOST_LISTED,
    token: NextToken,
    invalidToken: (token) => new AwsError('ValidationException', `NextToken ${token} is invalid.`),
  });
