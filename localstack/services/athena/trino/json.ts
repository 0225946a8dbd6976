/** Reads JSON as Trino means it: the order of a map's keys and the digits of a large integer, both of which JavaScript's objects and numbers lose. */

/** Integers that a double cannot hold have at least this many digits. */
const longInteger = /\d{16}/;

/** JSON as usual, with integers that a double cannot hold kept as text. */
export function parseExactly(text: string): unknown {
  if (!longInteger.test(text)) return JSON.parse(text);
  const exact = (_key: string, value: unknown, context: { source: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source)
      ? context.source
      : value;
  return (JSON.parse as (text: string, reviver: typeof exact) => unknown)(text, exact);
}

/** A number's end, from where it begins. */
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * As `parseExactly`, with every object as a `Map` in the order written: a JavaScript object would put keys that look like
 * integers first. Slower, and needed only where a column holds maps.
 * @throws SyntaxError where JSON.parse throws one
 */
export function parseInOrder(text: string): unknown {
  let at = 0;
  const skip = () => {
    while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  };
  const fail = (): never => {
    throw new SyntaxError(`Unexpected token in JSON at position ${at}`);
  };
  const string = (): string => {
    let end = at + 1;
    while (text[end] !== '"') {
      if (text[end] === undefined) fail();
      end += text[end] === '\\' ? 2 : 1;
    }
    const found = JSON.parse(text.slice(at, end + 1)) as string;
    at = end + 1;
    return found;
  };
  const word = (expected: string, value: unknown) => {
    if (!text.startsWith(expected, at)) fail();
    at += expected.length;
    return value;
  };
  /** Reads items up to the closing bracket. */
  const items = (close: string, item: () => void) => {
    at++;
    skip();
    if (text[at] === close) {
      at++;
      return;
    }
    for (;;) {
      item();
      skip();
      const next = text[at++];
      if (next === close) return;
      if (next !== ',') fail();
    }
  };
  const value = (): unknown => {
    skip();
    switch (text[at]) {
      case '{': {
        const entries = new Map<string, unknown>();
        items('}', () => {
          skip();
          if (text[at] !== '"') fail();
          const key = string();
          skip();
          if (text[at++] !== ':') fail();
          entries.set(key, value());
        });
        return entries;
      }
      case '[': {
        const all: unknown[] = [];
        items(']', () => all.push(value()));
        return all;
      }
      case '"':
        return string();
      case 't':
        return word('true', true);
      case 'f':
        return word('false', false);
      case 'n':
        return word('null', null);
      default: {
        number.lastIndex = at;
        const found = number.exec(text)?.[0] ?? fail();
        at += found.length;
        const parsed = Number(found);
        return /[.eE]/.test(found) || Number.isSafeInteger(parsed) ? parsed : found;
      }
    }
  };
  const found = value();
  skip();
  if (at < text.length) fail();
  return found;
}
