/** Date patterns of MySQL (date_format, date_parse) and Joda (format_datetime, parse_datetime) as DuckDB's strftime. */

interface PatternPart {
  /** DuckDB's specifier, or literal text with % doubled. */
  readonly format: string;
  /** What input of this part must look like, for parsing; absent where parsing is not verified. */
  readonly input?: string;
}

const part = (format: string, input?: string): PatternPart => ({ format, input });
const TWO = '[0-9]{1,2}';
const MONTHS = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';

/** trino.io/docs/476/functions/datetime.html, "MySQL date functions". */
const MYSQL: Readonly<Record<string, PatternPart>> = {
  Y: part('%Y', '[0-9]{4}'),
  y: part('%y'),
  m: part('%m', TWO),
  c: part('%-m', TWO),
  d: part('%d', TWO),
  e: part('%-d', TWO),
  H: part('%H', TWO),
  k: part('%-H', TWO),
  h: part('%I', TWO),
  I: part('%I', TWO),
  l: part('%-I', TWO),
  i: part('%M', TWO),
  s: part('%S', TWO),
  S: part('%S', TWO),
  f: part('%f'),
  p: part('%p', '(?:AM|PM|am|pm)'),
  j: part('%j'),
  a: part('%a'),
  W: part('%A'),
  M: part('%B'),
  b: part('%b', MONTHS),
  T: part('%H:%M:%S', `${TWO}:${TWO}:${TWO}`),
  r: part('%I:%M:%S %p'),
  v: part('%V'),
  x: part('%G'),
  '%': part('%%', '%'),
};

/** joda.org: DateTimeFormat; a letter repeated is one element. */
const JODA: Readonly<Record<string, PatternPart>> = {
  yyyy: part('%Y', '[0-9]{4}'),
  YYYY: part('%Y'),
  yy: part('%y'),
  MM: part('%m', TWO),
  M: part('%-m', TWO),
  MMM: part('%b', MONTHS),
  MMMM: part('%B'),
  dd: part('%d', TWO),
  d: part('%-d', TWO),
  HH: part('%H', TWO),
  H: part('%-H', TWO),
  hh: part('%I', TWO),
  h: part('%-I', TWO),
  mm: part('%M', TWO),
  m: part('%-M', TWO),
  ss: part('%S', TWO),
  s: part('%-S', TWO),
  SSS: part('%g'),
  SSSS: part('%g0'),
  SSSSS: part('%g00'),
  SSSSSS: part('%g000'),
  SSSSSSSSS: part('%g000000'),
  xxxx: part('%G'),
  ww: part('%V'),
  e: part('%u'),
  EE: part('%a'),
  a: part('%p'),
  E: part('%a'),
  EEE: part('%a'),
  EEEE: part('%A'),
  DDD: part('%j'),
  D: part('%-j'),
};

export interface TimePattern {
  readonly format: string;
  /** A full-match expression of input that DuckDB's strptime reads as Trino does; absent where it is not verified. */
  readonly input?: string;
}

const joined = (parts: readonly PatternPart[]): TimePattern => ({
  format: parts.map(({ format }) => format).join(''),
  input: parts.every(({ input }) => input !== undefined)
    ? parts.map(({ input }) => input).join('')
    : undefined,
});

/** Text as a regular expression that matches only itself, in RE2 and in JavaScript alike. */
export const escapeRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const literal = (text: string) => part(text.replaceAll('%', '%%'), escapeRegExp(text));

/** Undefined when an element is not verified. */
export function mysqlPattern(pattern: string): TimePattern | undefined {
  const parts: PatternPart[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const c = pattern[index]!;
    if (c !== '%') {
      parts.push(literal(c));
      continue;
    }
    const letter = pattern[++index] ?? '';
    if (/[DUuVwX]/.test(letter) || letter === '') return undefined;
    // Another letter stands for itself.
    const known = MYSQL[letter] ?? literal(letter);
    parts.push(known);
  }
  return joined(parts);
}

export function jodaPattern(pattern: string): TimePattern | undefined {
  const parts: PatternPart[] = [];
  for (const [token] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']/gs)) {
    if (token === "''") parts.push(literal("'"));
    else if (token.startsWith("'")) parts.push(literal(token.slice(1, -1).replaceAll("''", "'")));
    else if (/[A-Za-z]/.test(token)) {
      const known = JODA[token];
      if (!known) return undefined;
      parts.push(known);
    } else parts.push(literal(token));
  }
  return joined(parts);
}
