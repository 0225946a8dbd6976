/** Pages of a list in the order of its keys: a token says after which key the next page begins, so that it stays right when items come and go. */

export interface Page<T> {
  readonly items: readonly T[];
  /** The token of the next page; undefined on the last one. */
  readonly next?: string;
}

export interface PageRequest<T> {
  readonly keyOf: (item: T) => string;
  readonly limit: number;
  readonly token?: string;
  /** The service's error for a token that is not one of ours. */
  readonly invalidToken: (token: string) => Error;
}

const PREFIX = 'after:';

/** At most `limit` items, by key in code units, after the token. Throws the service's error for a token that is not ours. */
export function pageOf<T>(
  items: readonly T[],
  { keyOf, limit, token, invalidToken }: PageRequest<T>,
): Page<T> {
  const after = token === undefined ? undefined : keyIn(token);
  if (token !== undefined && after === undefined) throw invalidToken(token);
  const ordered = items
    .filter((item) => after === undefined || keyOf(item) > after)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = ordered.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page,
    ...(last !== undefined &&
      ordered.length > limit && { next: Buffer.from(PREFIX + keyOf(last)).toString('base64') }),
  };
}

function keyIn(token: string): string | undefined {
  const text = Buffer.from(token, 'base64').toString('utf8');
  return text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined;
}
