/** Reads JSON text for what JSON.parse hides: the digits of numbers, doubled members, the depth, halves of characters. */

const quote = 34;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const comma = 44;

const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9;

/** Index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (;;) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    // An even number of backslashes before the quote leaves it unescaped.
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

const stringAt = (text: string, start: number, end: number): string => {
  const written = text.slice(start + 1, end);
  return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
};

/** Index after the number, `true`, `false` or `null` that begins at `start`. */
function endOfWord(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    // Past the end charCodeAt gives NaN.
    if (code === comma || code === closeBrace || code === closeBracket || isSpace(code) || at >= text.length)
      return at;
    at++;
  }
}

/** Index after the value that begins at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start) + 1;
  if (first !== openBrace && first !== openBracket) return endOfWord(text, start);
  let at = start;
  let depth = 0;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBrace || code === openBracket) depth++;
    else if (code === closeBrace || code === closeBracket) {
      depth--;
      if (depth === 0) return at + 1;
    }
    at++;
  }
}

/** Where an object's members are in its text. */
export interface FoundMembers {
  /** Index of the value's first character, by the member's place among the names; -1 of one that is not there. */
  readonly starts: Int32Array;
  /** Index after the value. */
  readonly ends: Int32Array;
  /** The place of the first member that is there twice; -1 when none is. */
  readonly doubled: number;
}

/**
 * Compiles a search for the values of top-level members. Of several members with one name it gives the last, as
 * JSON.parse does. The search is quickest when they come in the order of the names.
 * @returns a function of one JSON object that JSON.parse accepts (the scan relies on it); the next call reuses its answer.
 */
export function memberFinder(names: readonly string[]): (text: string) => FoundMembers {
  const places = new Map(names.map((name, place) => [name, place]));
  const written = names.map((name) => JSON.stringify(name));
  const starts = new Int32Array(names.length);
  const ends = new Int32Array(names.length);
  return (text) => {
    starts.fill(-1);
    let doubled = -1;
    let next = 0;
    let at = skipSpace(text, 0) + 1;
    for (;;) {
      at = skipSpace(text, at);
      if (text.charCodeAt(at) !== quote) return { starts, ends, doubled };
      const expected = written[next];
      const isNext = expected !== undefined && text.startsWith(expected, at);
      const endOfName = isNext ? at + expected.length - 1 : endOfString(text, at);
      const place = isNext ? next : places.get(stringAt(text, at, endOfName));
      at = skipSpace(text, skipSpace(text, endOfName + 1) + 1);
      const end = endOfValue(text, at);
      if (place !== undefined) {
        if (starts[place] !== -1 && doubled === -1) doubled = place;
        starts[place] = at;
        ends[place] = end;
        next = place + 1;
      }
      at = skipSpace(text, end);
      if (text.charCodeAt(at) === comma) at++;
    }
  };
}

/** True when arrays and objects are inside each other more than `most` times. */
export function isDeeperThan(most: number, text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBrace || code === openBracket) {
      if (++depth > most) return true;
    } else if (code === closeBrace || code === closeBracket) depth--;
  }
  return false;
}

/**
 * True when some string of the JSON holds half of a character (a lone surrogate, e.g. `"\ud83d"`), which JSON allows and
 * UTF-8 cannot carry.
 */
export function hasHalfCharacter(text: string): boolean {
  if (!text.isWellFormed()) return true;
  if (!text.includes('\\u')) return false;
  // Escaped pairs are characters; an escaped backslash before `u` begins no escape.
  const halves = text
    .replace(/\\[^u]/g, ' ')
    .replace(/\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/g, ' ');
  return /\\u[dD][89a-fA-F]/.test(halves);
}

/** A JSON value with everything that its text says. */
export type ExactJson =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'word'; readonly value: boolean | null }
  | { readonly kind: 'array'; readonly items: readonly ExactJson[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: ExactJson])[] };

const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Reads a value that JSON.parse accepts, at most a thousand levels deep. */
export function readExactly(text: string): ExactJson {
  let at = 0;
  const read = (): ExactJson => {
    at = skipSpace(text, at);
    const code = text.charCodeAt(at);
    if (code === quote) return { kind: 'string', value: readString() };
    if (code === openBrace)
      return { kind: 'object', members: readList(closeBrace, () => [readName(), read()] as const) };
    if (code === openBracket) return { kind: 'array', items: readList(closeBracket, read) };
    const start = at;
    at = endOfWord(text, start);
    const word = text.slice(start, at);
    const value = words[word];
    return value === undefined ? { kind: 'number', text: word } : { kind: 'word', value };
  };
  const readString = () => {
    const start = at;
    const end = endOfString(text, start);
    at = end + 1;
    return stringAt(text, start, end);
  };
  const readName = () => {
    const name = readString();
    at = skipSpace(text, at) + 1;
    return name;
  };
  const readList = <Item>(close: number, readItem: () => Item): Item[] => {
    const items: Item[] = [];
    at = skipSpace(text, at + 1);
    while (text.charCodeAt(at) !== close) {
      items.push(readItem());
      at = skipSpace(text, at);
      if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
    }
    at++;
    return items;
  };
  return read();
}
