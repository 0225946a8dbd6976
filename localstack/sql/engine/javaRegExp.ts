/** Regular expressions of Java's syntax, as Trino's engine Joni reads them, run by JavaScript's: for what RE2 has not. */

const DIGIT = '0-9';
const WORD = 'A-Za-z0-9_';
const SPACE = '\\t\\n\\v\\f\\r ';
/** What `\b` takes for a word; `\w` itself is ASCII there. */
const LETTER = '[\\p{L}\\p{M}\\p{Nd}\\p{Pc}]';
const START = '(?<![\\s\\S])';
const END = '(?![\\s\\S])';

class Refusal extends Error {}

/** What Joni cannot read either; the message is its own. */
class Mistake extends Error {}

interface Reading {
  readonly text: string;
  at: number;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  /** Whether a group may take no part in a match. */
  readonly hasChoice: boolean;
  groups: number;
  names: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  d: `[${DIGIT}]`,
  D: `[^${DIGIT}]`,
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
  b: `(?:(?<=${LETTER})(?!${LETTER})|(?<!${LETTER})(?=${LETTER}))`,
  B: `(?:(?<=${LETTER})(?=${LETTER})|(?<!${LETTER})(?!${LETTER}))`,
  A: START,
  z: END,
  Z: `(?=\\n?${END})`,
  t: '\\t',
  n: '\\n',
  r: '\\r',
  f: '\\f',
};
const IN_CLASS: Readonly<Record<string, string>> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  t: '\\t',
  n: '\\n',
  r: '\\r',
  f: '\\f',
};

const escaped = (c: string) => c.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** `\x41`, `\u0041`, `\p{L}` or an escaped sign, the same in and outside a class. */
function commonEscape(reading: Reading, inClass: boolean): string | undefined {
  const rest = reading.text.slice(reading.at);
  const [code, two, four] = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(rest) ?? [];
  if (code) {
    reading.at += code.length;
    const shown = String.fromCodePoint(Number.parseInt((two ?? four)!, 16));
    return inClass && shown === '-' ? '\\-' : escaped(shown);
  }
  const [property] = /^\\[pP]\{(?:L|Lu|Ll|N|Nd|P|S|Z|M)\}/.exec(rest) ?? [];
  if (property) {
    reading.at += property.length;
    return property;
  }
  const [sign, c] = /^\\([^A-Za-z0-9])/u.exec(rest) ?? [];
  if (!sign) return undefined;
  reading.at += sign.length;
  return (inClass && c === '-') || escaped(c!) !== c ? `\\${c}` : c;
}

function readEscape(reading: Reading): string {
  const common = commonEscape(reading, false);
  if (common !== undefined) return common;
  const [quoted, literal] = /^\\Q(.*?)\\E/s.exec(reading.text.slice(reading.at)) ?? [];
  if (quoted) {
    reading.at += quoted.length;
    return literal === '' ? '(?:)' : [...literal!].map(escaped).join('');
  }
  const c = reading.text[reading.at + 1] ?? '';
  const known = ESCAPES[c];
  if (known === undefined && !/[1-9]/.test(c)) throw new Refusal(`\\${c}`);
  // A group that took no part fails in Java, and matches nothing in JavaScript.
  if (known === undefined && reading.hasChoice) throw new Refusal('a back reference with alternatives');
  reading.at += 2;
  return known ?? `\\${c}(?![0-9])`;
}

function readClass(reading: Reading): string {
  let result = '[';
  reading.at++;
  if (reading.text[reading.at] === '^') {
    result += '^';
    reading.at++;
  }
  for (let first = true; ; first = false) {
    const c = reading.text[reading.at];
    if (c === undefined) throw new Mistake('premature end of char-class');
    if (c === ']' && !first) break;
    if (c === '[' || c === ']' || reading.text.startsWith('&&', reading.at))
      throw new Refusal('a nested class');
    if (c === '\\') {
      const common = commonEscape(reading, true);
      const known = common ?? IN_CLASS[reading.text[reading.at + 1] ?? ''];
      if (known === undefined) throw new Refusal(`\\${reading.text[reading.at + 1]} in a class`);
      if (common === undefined) reading.at += 2;
      result += known;
    } else {
      const point = String.fromCodePoint(reading.text.codePointAt(reading.at)!);
      result += point === '-' && (first || reading.text[reading.at + 1] === ']') ? '\\-' : point;
      reading.at += point.length;
    }
  }
  reading.at++;
  return `${result}]`;
}

function readGroup(reading: Reading): string {
  const [open = '('] =
    /^\((?:\?(?::|=|!|<=|<!|<[A-Za-z][A-Za-z0-9]*>))?/.exec(reading.text.slice(reading.at)) ?? [];
  if (open === '(' && reading.text[reading.at + 1] === '?') throw new Refusal('a group of another kind');
  if (open === '(') reading.groups++;
  if (/[A-Za-z]/.test(open)) reading.names++;
  reading.at += open.length;
  const begin = reading.at;
  const inner = readAlternatives(reading);
  if (reading.text[reading.at] !== ')') throw new Mistake('end pattern with unmatched parenthesis');
  if (/^\(\?<[=!]/.test(open) && /[*+?{|]/.test(reading.text.slice(begin, reading.at)))
    throw new Refusal('a look-behind of several lengths');
  reading.at++;
  return `${open}${inner})`;
}

function readAlternatives(reading: Reading): string {
  let result = '';
  for (;;) {
    const c = reading.text[reading.at];
    if (c === undefined || c === ')') return result;
    if (c === '|') {
      result += '|';
      reading.at++;
      continue;
    }
    let item: string;
    if (c === '(') item = readGroup(reading);
    else if (c === '[') item = readClass(reading);
    else if (c === '\\') item = readEscape(reading);
    else if (c === '.' || c === '^' || c === '$') {
      reading.at++;
      item =
        c === '.'
          ? reading.dotAll
            ? '[\\s\\S]'
            : '[^\\n]'
          : c === '^'
            ? reading.multiline
              ? `(?:${START}|(?<=\\n))`
              : START
            : reading.multiline
              ? `(?=\\n|${END})`
              : `(?=\\n?${END})`;
    } else if (/[*+?{}\]]/.test(c)) throw new Refusal(`the sign ${c}`);
    else {
      item = String.fromCodePoint(reading.text.codePointAt(reading.at)!);
      reading.at += item.length;
      item = escaped(item);
    }
    const [times = ''] = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(reading.text.slice(reading.at)) ?? [];
    reading.at += times.length;
    if (times && /^[*+?{]/.test(reading.text.slice(reading.at))) throw new Refusal('a possessive repetition');
    if (times && /^\(\?(?:[=!]|<[=!])/.test(item)) throw new Refusal('a repeated look-around');
    if (times && times !== '?' && /^\(\?[:<].*\((?!\?)|^\((?!\?).*\((?!\?)/s.test(item))
      throw new Refusal('a repetition of groups');
    result += item + times;
  }
}

const compiled = new Map<string, RegExp>();
const MOST_KEPT = 1000;

/** Throws the reason as an error of its own kind, so that a caller may refuse the pattern by name. */
function javaRegExp(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const [flags = '', , letters = ''] = /^(\(\?([ims]+)\))?/.exec(pattern) ?? [];
  const reading: Reading = {
    text: pattern.slice(flags.length),
    at: 0,
    multiline: letters.includes('m'),
    dotAll: letters.includes('s'),
    hasChoice: /\||\)[?*{]/.test(pattern.slice(flags.length)),
    groups: 0,
    names: 0,
  };
  const source = readAlternatives(reading);
  if (reading.at < reading.text.length) throw new Mistake('unmatched close parenthesis');
  if (reading.names > 0 && reading.groups > 0) throw new Refusal('named and unnamed groups together');
  const made = new RegExp(source, letters.includes('i') ? 'giu' : 'gu');
  if (compiled.size >= MOST_KEPT) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

/** Why a pattern is not taken, or undefined; one that is a mistake is refused when it is used. */
export function refusedPattern(pattern: string): string | undefined {
  try {
    javaRegExp(pattern);
    return undefined;
  } catch (cause) {
    if (cause instanceof Mistake) return undefined;
    if (cause instanceof Refusal || cause instanceof SyntaxError) return cause.message;
    throw cause;
  }
}

function regExpOf(pattern: string): RegExp {
  try {
    return javaRegExp(pattern);
  } catch (cause) {
    if (cause instanceof Mistake) throw new Error(`!${cause.message}`, { cause });
    if (cause instanceof Refusal || cause instanceof SyntaxError)
      throw new Error(
        `!the regular expression '${pattern}' is not in the verified list (docs/athena-sql.md)`,
        { cause },
      );
    throw cause;
  }
}

const groupCount = (pattern: RegExp) => new RegExp(`${pattern.source}|`, pattern.flags).exec('')!.length - 1;

function groupOf(match: RegExpMatchArray, group: number): string | null {
  if (group < 0 || group >= match.length)
    throw new Error(`!Pattern has ${match.length - 1} groups. Cannot access group ${group}`);
  return match[group] ?? null;
}

function checkGroup(pattern: RegExp, group: bigint): void {
  const count = groupCount(pattern);
  if (group < 0n || group > BigInt(count))
    throw new Error(`!Pattern has ${count} groups. Cannot access group ${group}`);
}

export const like = (text: string, pattern: string) => text.search(regExpOf(pattern)) >= 0;

export function extract(text: string, pattern: string, group: bigint): string | null {
  const found = regExpOf(pattern);
  checkGroup(found, group);
  const [match] = text.matchAll(found);
  return match ? groupOf(match, Number(group)) : null;
}

/** The matches as JSON text. */
export function extractAll(text: string, pattern: string, group: bigint): string {
  const found = regExpOf(pattern);
  checkGroup(found, group);
  return JSON.stringify([...text.matchAll(found)].map((match) => groupOf(match, Number(group))));
}

export const count = (text: string, pattern: string) => BigInt([...text.matchAll(regExpOf(pattern))].length);

/** The parts between the matches as JSON text. */
export function split(text: string, pattern: string): string {
  const parts: string[] = [];
  let start = 0;
  for (const match of text.matchAll(regExpOf(pattern))) {
    parts.push(text.slice(start, match.index));
    start = match.index + match[0].length;
  }
  return JSON.stringify([...parts, text.slice(start)]);
}

/** The text before each match and the match's groups, and at the end what is left, as JSON text. */
export function pieces(text: string, pattern: string): string {
  const parts: { b: string; g: (string | null)[] | null }[] = [];
  let start = 0;
  for (const match of text.matchAll(regExpOf(pattern))) {
    parts.push({ b: text.slice(start, match.index), g: match.slice(1).map((group) => group ?? null) });
    start = match.index + match[0].length;
  }
  return JSON.stringify([...parts, { b: text.slice(start), g: null }]);
}

/** Java's `$1`, `${name}` and `\$`. */
function expand(match: RegExpMatchArray, template: string): string {
  let result = '';
  for (let at = 0; at < template.length; ) {
    const c = template[at]!;
    if (c === '\\') {
      if (at + 1 >= template.length) throw new Error(`!Illegal replacement sequence: ${template}`);
      result += template[at + 1];
      at += 2;
    } else if (c !== '$') {
      result += c;
      at++;
    } else {
      const rest = template.slice(at);
      const [named, name] = /^\$\{([A-Za-z][A-Za-z0-9]*)\}/.exec(rest) ?? [];
      const [numbered, digits = ''] = /^\$(\d+)/.exec(rest) ?? [];
      if (named && match.groups && name! in match.groups) {
        result += match.groups[name!] ?? '';
        at += named.length;
        continue;
      }
      if (!numbered || Number(digits[0]) >= match.length)
        throw new Error(`!Illegal replacement sequence: ${template}`);
      let size = 1;
      while (size < digits.length && Number(digits.slice(0, size + 1)) < match.length) size++;
      result += match[Number(digits.slice(0, size))] ?? '';
      at += 1 + size;
    }
  }
  return result;
}

export function replace(text: string, pattern: string, template: string): string {
  let result = '';
  let start = 0;
  for (const match of text.matchAll(regExpOf(pattern))) {
    result += text.slice(start, match.index) + expand(match, template);
    start = match.index + match[0].length;
  }
  return result + text.slice(start);
}

/** Where the n-th match from a place on begins, counted in code points from 1; -1 for none. */
export function positionOf(text: string, pattern: string, from: number, nth: number): number {
  if (from < 1) throw new Error('!start position cannot be smaller than 1');
  if (nth < 1) throw new Error('!occurrence cannot be smaller than 1');
  const points = [...text];
  if (from > points.length) return -1;
  const skipped = points.slice(0, from - 1).join('').length;
  const found = regExpOf(pattern);
  const seek = new RegExp(found.source, found.flags);
  seek.lastIndex = skipped;
  for (let left = nth; ; left--) {
    const match = seek.exec(text);
    if (!match) return -1;
    if (left === 1) return [...text.slice(0, match.index)].length + 1;
    if (match[0] === '') seek.lastIndex++;
  }
}
