/** Single values of Iceberg's primitive types: comparing them, reading them from text, and their bytes in bounds. https://iceberg.apache.org/spec/#appendix-d-single-value-serialization */
import { IcebergError } from './errors.ts';
import { decimalOf, fixedLengthOf } from './schema.ts';
import { quoteText } from './sqlText.ts';

/**
 * boolean · int, date (days): number · float, double: number · long, time, timestamp(tz) (µs): bigint ·
 * decimal: bigint, unscaled · string: string · uuid, fixed, binary: Buffer.
 */
export type Datum = boolean | number | bigint | string | Buffer;

/** What a predicate compares with: dates and times as ISO text, decimals as text, binary as hex. */
export type Literal = string | number | bigint | boolean;

const MICROS_PER_DAY = 86_400_000_000n;

export function compareValues(left: Datum, right: Datum): number {
  if (Buffer.isBuffer(left)) return Buffer.compare(left, right as Buffer);
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right as string));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Days since 1970-01-01 of `yyyy-mm-dd`; undefined for another form (a year before 1 or after 9999 included). */
function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const ms = Date.UTC(2000, Number(match[2]) - 1, Number(match[3]));
  const date = new Date(ms);
  date.setUTCFullYear(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  const same = date.getUTCMonth() === Number(match[2]) - 1 && date.getUTCDate() === Number(match[3]);
  return same ? date.getTime() / 86_400_000 : undefined;
}

/** Microseconds of `hh:mm[:ss[.ffffff]]`. */
function parseTime(text: string): bigint | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const fraction = (match[4] ?? '').padEnd(6, '0').slice(0, 6);
  return BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000n + BigInt(fraction);
}

/** Microseconds since the epoch of an ISO date and time; without an offset the text is UTC. */
function parseTimestamp(text: string): bigint | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/.exec(
      text,
    );
  const days = match ? parseDate(match[1]!) : undefined;
  const time = match ? parseTime(match[2] ?? '00:00') : undefined;
  if (!match || days === undefined || time === undefined) return undefined;
  const offset = /^([+-])(\d{2}):?(\d{2})?$/.exec(match[3] ?? '');
  const minutes = offset
    ? (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === '-' ? -1 : 1)
    : 0;
  return BigInt(days) * MICROS_PER_DAY + time - BigInt(minutes) * 60_000_000n;
}

/** The unscaled value of a decimal text at the given scale; undefined when digits would be lost. */
function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || (match[2] === '' && !match[3])) return undefined;
  const fraction = match[3] ?? '';
  if (/[1-9]/.test(fraction.slice(scale))) return undefined;
  const unscaled = BigInt(`${match[2]}${fraction.slice(0, scale).padEnd(scale, '0')}` || '0');
  return match[1] === '-' ? -unscaled : unscaled;
}

const parseInteger = (text: string): bigint | undefined =>
  /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;

function parseFloating(text: string): number | undefined {
  const value = /^[+-]?inf(inity)?$/i.test(text)
    ? text.startsWith('-')
      ? -Infinity
      : Infinity
    : Number(text.trim() === '' ? Number.NaN : text);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * The value that a text stands for in a type, as DuckDB, Iceberg's JSON and people write it.
 * Undefined when the text is not a value of the type, is NaN, or is outside the years 1 to 9999.
 */
export function parseValue(type: string, text: string): Datum | undefined {
  switch (type) {
    case 'boolean':
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
    case 'int': {
      const value = parseInteger(text);
      return value === undefined || value < -(2n ** 31n) || value >= 2n ** 31n ? undefined : Number(value);
    }
    case 'long':
      return parseInteger(text);
    case 'float':
    case 'double':
      return parseFloating(text);
    case 'date':
      return parseDate(text);
    case 'time':
      return parseTime(text);
    case 'timestamp':
    case 'timestamptz':
      return parseTimestamp(text);
    case 'string':
      return text;
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
        ? Buffer.from(text.replaceAll('-', ''), 'hex')
        : undefined;
    default: {
      const decimal = decimalOf(type);
      if (decimal) return parseDecimal(text, decimal.scale);
      return /^([0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
    }
  }
}

/** A predicate's literal as a value of the column's type; undefined when it has no exact counterpart there. */
export const literalValue = (type: string, literal: Literal): Datum | undefined =>
  parseValue(type, String(literal));

const fixedPoint = (unscaled: bigint, scale: number): string => {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};

const dateText = (days: number): string => {
  const iso = new Date(days * 86_400_000).toISOString();
  return iso.slice(0, iso.indexOf('T'));
};

const timeText = (micros: bigint): string => {
  const seconds = Number(micros / 1_000_000n);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const fraction = String(micros % 1_000_000n).padStart(6, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
};

export const floorDiv = (value: bigint, by: bigint): bigint => {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
};

/** A value as people read it; `parseValue` takes it back. */
export function valueText(type: string, value: Datum): string {
  const decimal = decimalOf(type);
  if (decimal) return fixedPoint(value as bigint, decimal.scale);
  switch (type) {
    case 'date':
      return dateText(value as number);
    case 'time':
      return timeText(value as bigint);
    case 'timestamp':
    case 'timestamptz': {
      const days = floorDiv(value as bigint, MICROS_PER_DAY);
      const zone = type === 'timestamptz' ? '+00:00' : '';
      return `${dateText(Number(days))}T${timeText((value as bigint) - days * MICROS_PER_DAY)}${zone}`;
    }
    case 'uuid':
      return (value as Buffer).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    default:
      return Buffer.isBuffer(value) ? value.toString('hex') : String(value);
  }
}

/** A value as a DuckDB literal of the type's DuckDB counterpart. */
export function valueSql(type: string, value: Datum | null, duckdbName: string): string {
  if (value === null) return `NULL::${duckdbName}`;
  if (Buffer.isBuffer(value) && type !== 'uuid') return `unhex('${value.toString('hex')}')`;
  return `${quoteText(valueText(type, value))}::${duckdbName}`;
}

/** Two's-complement big-endian bytes, as few as hold the value. */
export function minimalBytes(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  return bigEndian(value, length);
}

export function bigEndian(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export const readBigEndian = (bytes: Buffer): bigint =>
  bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));

/** The bytes of a value in manifests' bounds (Appendix D of the specification). */
export function encodeValue(type: string, value: Datum): Buffer {
  switch (type) {
    case 'boolean':
      return Buffer.from([value ? 1 : 0]);
    case 'int':
    case 'date': {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value as number);
      return bytes;
    }
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value as bigint);
      return bytes;
    }
    case 'float': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value as number);
      return bytes;
    }
    case 'double': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value as number);
      return bytes;
    }
    case 'string':
      return Buffer.from(value as string);
    default:
      return decimalOf(type) ? minimalBytes(value as bigint) : (value as Buffer);
  }
}

/** The inverse of `encodeValue`; a bound written before the column was widened (int → long, float → double) is read too. */
export function decodeValue(type: string, bytes: Buffer): Datum {
  switch (type) {
    case 'boolean':
      return bytes[0] !== 0;
    case 'int':
    case 'date':
      return bytes.readInt32LE();
    case 'long':
      return bytes.length === 4 ? BigInt(bytes.readInt32LE()) : bytes.readBigInt64LE();
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return bytes.readBigInt64LE();
    case 'float':
      return bytes.readFloatLE();
    case 'double':
      return bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE();
    case 'string':
      return bytes.toString();
    default:
      return decimalOf(type) ? readBigEndian(bytes) : bytes;
  }
}

const TRUNCATED_LENGTH = 16;

/** A lower bound: strings are cut to 16 code points and binary to 16 bytes, as Iceberg's `truncate(16)` metrics are. */
export function lowerBound(type: string, value: Datum): Datum {
  if (type === 'string') return [...(value as string)].slice(0, TRUNCATED_LENGTH).join('');
  if (type === 'binary') return (value as Buffer).subarray(0, TRUNCATED_LENGTH);
  return value;
}

/** An upper bound: as the lower, with the last unit incremented when something was cut; undefined when none is higher. */
export function upperBound(type: string, value: Datum): Datum | undefined {
  if (type === 'string') {
    const points = [...(value as string)];
    if (points.length <= TRUNCATED_LENGTH) return value;
    const cut = points.slice(0, TRUNCATED_LENGTH);
    for (let at = cut.length - 1; at >= 0; at--) {
      const next = nextCodePoint(cut[at]!.codePointAt(0)!);
      if (next !== undefined) return cut.slice(0, at).join('') + String.fromCodePoint(next);
    }
    return undefined;
  }
  if (type === 'binary') {
    const bytes = value as Buffer;
    if (bytes.length <= TRUNCATED_LENGTH) return value;
    for (let at = TRUNCATED_LENGTH - 1; at >= 0; at--) {
      if (bytes[at] === 0xff) continue;
      const cut = Buffer.from(bytes.subarray(0, at + 1));
      cut[at] = cut[at]! + 1;
      return cut;
    }
    return undefined;
  }
  return value;
}

const nextCodePoint = (point: number): number | undefined =>
  point === 0x10ffff ? undefined : point === 0xd7ff ? 0xe000 : point + 1;

/** The value of a literal, or an error that names the column, the text and the type. */
export function requireValue(type: string, text: string, where: string): Datum {
  const value = parseValue(type, text);
  if (value === undefined)
    throw new IcebergError('INVALID_ARGUMENTS', `'${text}' is not a value of type ${type} (${where})`);
  return value;
}

/** Bytes of a fixed or uuid type; undefined for a type of varying length. */
export const byteLength = (type: string): number | undefined => (type === 'uuid' ? 16 : fixedLengthOf(type));
