/** Athena's page tokens: where the next page begins, opaque to the caller. */
import { AwsError } from '../../core/errors.ts';
import type { Violation } from '../../core/inputs/check.ts';

/** Athena's answers carry the code twice (recorded in aoyagikouhei/athena-local, docs/dev/measurements/errors.md). */
export const invalidRequest = (message: string, code = 'INVALID_INPUT') =>
  new AwsError('InvalidRequestException', message, { fields: { AthenaErrorCode: code, ErrorCode: code } });

/** @param broken `Value at 'maxResults' failed to satisfy constraint: …`, each one */
export const invalidMembers = (broken: readonly string[]) =>
  invalidRequest(
    `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: ${broken.join('; ')}`,
  );

/** What AWS's model forbids: Athena's messages leave the value out. */
export const violated = (violations: readonly Violation[]) =>
  invalidMembers(
    violations.map(
      ({ path, value, constraint: rule }) =>
        `Value ${value === null ? 'null ' : ''}at '${path}' failed to satisfy constraint: ${rule}`,
    ),
  );

export const constraint = (member: string, rule: string) =>
  `Value at '${member}' failed to satisfy constraint: Member must have ${rule}`;

/** @throws AwsError InvalidRequestException as the API's model judges the members, before the action sees them. */
export function checkPaging(
  { MaxResults, NextToken }: { MaxResults?: number; NextToken?: string },
  limit: number,
  smallest = 1,
): void {
  const broken = [
    ...(NextToken === '' ? [constraint('nextToken', 'length greater than or equal to 1')] : []),
    ...(MaxResults !== undefined && MaxResults < smallest
      ? [constraint('maxResults', `value greater than or equal to ${smallest}`)]
      : []),
    ...(MaxResults !== undefined && MaxResults > limit
      ? [constraint('maxResults', `value less than or equal to ${limit}`)]
      : []),
  ];
  if (broken.length > 0) throw invalidMembers(broken);
}

/** @throws AwsError InvalidRequestException when the token is not one of ours. */
export function startOf(token: string | undefined, complaint = 'The nextPageToken is malformed: '): number {
  if (!token) return 0;
  const text = Buffer.from(token, 'base64').toString('utf8');
  const start = /^from:\d+$/.test(text) ? Number(text.slice('from:'.length)) : Number.NaN;
  if (!Number.isInteger(start)) throw invalidRequest(`${complaint}${token}`);
  return start;
}

export const tokenFor = (start: number) => Buffer.from(`from:${start}`).toString('base64');

/** Cuts one page out of `items`. */
export function page<T>(
  items: readonly T[],
  request: { MaxResults?: number; NextToken?: string },
  limit = 50,
): { items: T[]; NextToken?: string } {
  checkPaging(request, limit);
  const start = startOf(request.NextToken);
  const end = start + (request.MaxResults ?? limit);
  return { items: items.slice(start, end), ...(end < items.length && { NextToken: tokenFor(end) }) };
}
