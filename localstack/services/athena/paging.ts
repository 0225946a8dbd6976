/** Athena's page tokens: where the next page begins, opaque to the caller. */
import { AwsError } from '../../core/errors.ts';

export const invalidRequest = (message: string, code = 'INVALID_INPUT') =>
  new AwsError('InvalidRequestException', message, { fields: { AthenaErrorCode: code } });

/** @throws AwsError InvalidRequestException when the token is not one of ours. */
export function startOf(token: string | undefined): number {
  if (!token) return 0;
  const start = Number(Buffer.from(token, 'base64').toString('utf8').slice('from:'.length));
  if (!Number.isInteger(start) || start < 0) throw invalidRequest('The NextToken is not valid.');
  return start;
}

export const tokenFor = (start: number) => Buffer.from(`from:${start}`).toString('base64');

/** @throws AwsError InvalidRequestException when MaxResults is out of range. */
export function pageSize(requested: number | undefined, limit: number, smallest = 1): number {
  const size = requested ?? limit;
  if (!Number.isInteger(size) || size < smallest || size > limit)
    throw invalidRequest(`MaxResults is ${size}; it must be between ${smallest} and ${limit}.`);
  return size;
}

/** Cuts one page out of `items`. */
export function page<T>(
  items: readonly T[],
  request: { MaxResults?: number; NextToken?: string },
  limit = 50,
): { items: T[]; NextToken?: string } {
  const start = startOf(request.NextToken);
  const end = start + pageSize(request.MaxResults, limit);
  return { items: items.slice(start, end), ...(end < items.length && { NextToken: tokenFor(end) }) };
}
