/** Reads JSON text the way Trino's streaming reader (Jackson) does, where DuckDB's would lose something. */
import type { JsonPath } from '../functions/jsonPath.ts';
import { javaDigits, limitDigits } from './javaDigits.ts';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /[ \t\n\r]*/y;

/** A broken document: Trino's functions give NULL for it, or fail, each by its own rule. */
class JsonTextError extends Error {}

interface Reader {
  readonly text: string;
  at: number;
}

function skipBlank(reader: Reader): void {
  BLANK.lastIndex = reader.at;
  BLANK.exec(reader.text);
  reader.at = BLANK.lastIndex;
}

function take(reader: Reader, character: string): boolean {
  skipBlank(reader);
  if (reader.text[reader.at] !== character) return false;
  reader.at++;
  return true;
}

function expect(reader: Reader, character: string): void {
  if (!take(reader, character)) throw new JsonTextError(`expected ${character} at ${reader.at}`);
}

function readString(reader: Reader): string {
  skipBlank(reader);
  const start = reader.at;
  if (reader.text[reader.at] !== '"') throw new JsonTextError(`expected a string at ${start}`);
  for (reader.at++; reader.text[reader.at] !== '"'; reader.at++) {
    if (reader.at >= reader.text.length) throw new JsonTextError('the string is not closed');
    if (reader.text[reader.at] === '\\') reader.at++;
  }
  reader.at++;
  try {
    return JSON.parse(reader.text.slice(start, reader.at)) as string;
  } catch (cause) {
    throw new JsonTextError('a broken string', { cause });
  }
}

const LITERALS = ['true', 'false', 'null'];

/** A scalar's own text (a string's without quotes), or undefined at an object or array. */
function readScalar(reader: Reader): { text: string; kind: 'string' | 'number' | 'literal' } | undefined {
  skipBlank(reader);
  const first = reader.text[reader.at];
  if (first === '{' || first === '[') return undefined;
  if (first === '"') return { text: readString(reader), kind: 'string' };
  const word = LITERALS.find((literal) => reader.text.startsWith(literal, reader.at));
  if (word) {
    reader.at += word.length;
    return { text: word, kind: 'literal' };
  }
  NUMBER.lastIndex = reader.at;
  const [number] = NUMBER.exec(reader.text) ?? [];
  if (number === undefined) throw new JsonTextError(`no value at ${reader.at}`);
  reader.at += number.length;
  return { text: number, kind: 'number' };
}

function members(reader: Reader, open: '{' | '[', visit: (key: string) => boolean): boolean {
  expect(reader, open);
  const close = open === '{' ? '}' : ']';
  if (take(reader, close)) return false;
  for (let index = 0; ; index++) {
    const key = open === '{' ? readString(reader) : String(index);
    if (open === '{') expect(reader, ':');
    if (visit(key)) return true;
    if (!take(reader, ',')) break;
  }
  expect(reader, close);
  return false;
}

function skipValue(reader: Reader): void {
  if (readScalar(reader)) return;
  members(reader, reader.text[reader.at] as '{' | '[', () => {
    skipValue(reader);
    return false;
  });
}

/** Moves to the value at the path: the first member that matches each step. */
function seek(reader: Reader, steps: JsonPath['steps']): boolean {
  const [step, ...rest] = steps;
  skipBlank(reader);
  if (step === undefined) return true;
  const open = reader.text[reader.at];
  if (open !== '{' && open !== '[') return false;
  let found = false;
  members(reader, open, (key) => {
    if (key !== String(step)) {
      skipValue(reader);
      return false;
    }
    found = seek(reader, rest);
    return true;
  });
  return found;
}

/** json_extract_scalar: the scalar's text as written; null for an object, an array, JSON's null or a broken document. */
export function scalarText(text: string, path: JsonPath): string | null {
  const reader = { text, at: 0 };
  try {
    if (!seek(reader, path.steps)) return null;
    const scalar = readScalar(reader);
    return scalar === undefined || (scalar.kind === 'literal' && scalar.text === 'null') ? null : scalar.text;
  } catch (cause) {
    if (cause instanceof JsonTextError) return null;
    throw cause;
  }
}

/** Java's Double.toString, which Jackson writes. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  const magnitude = Math.abs(value);
  if (magnitude === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (magnitude >= 1e-3 && magnitude < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** A double as CAST(x AS json) writes it: what JSON has no number for is text. */
export const jsonDouble = (value: number) =>
  Number.isFinite(value) ? javaDouble(value) : `"${javaDouble(value)}"`;

/** `CAST(x AS varchar)` of a double in Trino: always with an exponent, `1.5E0`, `0E0`. */
export function trinoDouble(value: number): string {
  if (!Number.isFinite(value)) return javaDouble(value);
  if (value === 0) return Object.is(value, -0) ? '-0E0' : '0E0';
  const magnitude = Math.abs(value);
  const shortest = value.toExponential();
  // Up to 15 digits, within this range, the shortest text is Java's too.
  if (magnitude >= 1e-3 && magnitude < 1e15 && shortest.replace(/e.*|[-.]/g, '').length <= 15) {
    const [digits = '', exponent = ''] = shortest.split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return scientific(value, javaDigits(magnitude));
}

/** The double whose text is the shortest that still gives this float. */
export function shortestFloat(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

/** The same of a real: at most seven digits of its shortest text. */
export function trinoReal(value: number): string {
  if (!Number.isFinite(value)) return javaDouble(value);
  if (value === 0) return Object.is(value, -0) ? '-0E0' : '0E0';
  return scientific(value, limitDigits(javaDigits(shortestFloat(Math.abs(value))), 7));
}

function scientific(value: number, { digits, exponent }: { digits: string; exponent: number }): string {
  const rest = digits.slice(1).replace(/0+$/, '');
  return `${value < 0 ? '-' : ''}${digits[0]}.${rest || '0'}E${exponent}`;
}

const writeString = (value: string) =>
  JSON.stringify(value).replace(/\\u00([0-9a-f]{2})/g, (_, code: string) => `\\u00${code.toUpperCase()}`);

/** The value at the reader, written as Trino's json type holds it; keys sorted for json_parse only. */
function rewrite(reader: Reader, sorted: boolean): string {
  const scalar = readScalar(reader);
  if (scalar) {
    if (scalar.kind === 'string') return writeString(scalar.text);
    if (scalar.kind !== 'number') return scalar.text;
    return /[.eE]/.test(scalar.text) ? javaDouble(Number(scalar.text)) : scalar.text.replace(/^-0$/, '0');
  }
  const open = reader.text[reader.at] as '{' | '[';
  const entries: [key: string, value: string][] = [];
  members(reader, open, (key) => {
    entries.push([key, rewrite(reader, sorted)]);
    return false;
  });
  if (open === '[') return `[${entries.map(([, value]) => value).join(',')}]`;
  const unique = sorted
    ? [...new Map(entries)].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    : entries;
  return `{${unique.map(([key, value]) => `${writeString(key)}:${value}`).join(',')}}`;
}

/** json_extract: JSON text of the value at the path; null for a missing one or a broken document. */
export function extractText(text: string, path: JsonPath): string | null {
  const reader = { text, at: 0 };
  try {
    return seek(reader, path.steps) ? rewrite(reader, false) : null;
  } catch (cause) {
    if (cause instanceof JsonTextError) return null;
    throw cause;
  }
}

/** Visits the elements of a document that is an array, as they are read, until `visit` is true; undefined for no array. */
function findElement(text: string, visit: (reader: Reader) => boolean): boolean | undefined {
  const reader = { text, at: 0 };
  try {
    skipBlank(reader);
    return text[reader.at] === '[' ? members(reader, '[', () => visit(reader)) : undefined;
  } catch (cause) {
    if (cause instanceof JsonTextError) return undefined;
    throw cause;
  }
}

/** An element's scalar as written, or the JSON text of an object or an array. */
function elementText(reader: Reader): { text: string; kind: string } {
  return readScalar(reader) ?? { text: rewrite(reader, false), kind: 'structure' };
}

/** json_array_get: counted from 0, or from the end where negative; a string comes without its quotes. */
export function arrayItem(text: string, at: bigint): string | null {
  const found: { text: string; kind: string }[] = [];
  const read = findElement(text, (reader) => {
    found.push(elementText(reader));
    return BigInt(found.length) === at + 1n;
  });
  const item = read === undefined && at < 0n ? undefined : found.at(Number(at));
  return item === undefined || (item.kind === 'literal' && item.text === 'null') ? null : item.text;
}

/** json_array_contains for a value of this type, given as text. */
export function arrayContains(text: string, value: string, type: string): boolean | null {
  if (type === 'double' && !Number.isFinite(Number(value)))
    throw new Error(
      '!json_array_contains of a number that is not finite is not in the verified list (docs/athena-sql.md)',
    );
  const found = findElement(text, (reader) => {
    const element = elementText(reader);
    if (type === 'varchar') return element.kind === 'string' && element.text === value;
    if (type === 'boolean') return element.kind === 'literal' && element.text === value;
    if (element.kind !== 'number') return false;
    const whole = /^-?\d+$/.test(element.text);
    return type === 'bigint'
      ? whole && element.text === value
      : !whole && Number(element.text) === Number(value);
  });
  return found ?? null;
}

/** Whether a document is a number, a string, a boolean or null. */
export function isScalar(text: string): boolean {
  const reader = { text, at: 0 };
  try {
    const scalar = readScalar(reader) !== undefined;
    if (!scalar) skipValue(reader);
    skipBlank(reader);
    if (reader.at < text.length) throw new JsonTextError('text after the value');
    return scalar;
  } catch (cause) {
    if (cause instanceof JsonTextError) throw new Error(`!Invalid JSON value: ${text}`, { cause });
    throw cause;
  }
}

/** JSON text with numbers and escapes written as Trino writes them. */
export const normaliseText = (text: string): string => rewrite({ text, at: 0 }, false);

/** json_parse: the whole document, keys sorted; fails on a broken one. */
export function parseText(text: string): string {
  const reader = { text, at: 0 };
  try {
    const value = rewrite(reader, true);
    skipBlank(reader);
    if (reader.at < text.length) throw new JsonTextError('text after the value');
    return value;
  } catch (cause) {
    if (cause instanceof JsonTextError)
      throw new Error(`!Cannot convert value to JSON: '${text}'`, { cause });
    throw cause;
  }
}
