/** Glue's page tokens: where the next page begins, opaque to the caller. */
import { AwsError } from '../../core/errors.ts';

/**
 * Cuts one page out of `items`.
 * @throws AwsError InvalidInputException when the token is not one of ours or `maxResults` is out of range.
 */
export function page<T>(
  items: readonly T[],
  request: { MaxResults?: number; NextToken?: string },
  limit: number,
): { items: T[]; NextToken?: string } {
  const size = request.MaxResults ?? limit;
  if (!Number.isInteger(size) || size < 1 || size > 1000)
    throw new AwsError('InvalidInputException', `MaxResults is ${size}; it must be between 1 and 1000.`);
  const text = request.NextToken ? Buffer.from(request.NextToken, 'base64').toString('utf8') : 'from:0';
  const start = /^from:\d+$/.test(text) ? Number(text.slice('from:'.length)) : Number.NaN;
  if (!Number.isInteger(start))
    throw new AwsError('InvalidInputException', 'The pagination token is not valid.');
  const end = start + Math.min(size, limit);
  return {
    items: items.slice(start, end),
    ...(end < items.length && { NextToken: Buffer.from(`from:${end}`).toString('base64') }),
  };
}
