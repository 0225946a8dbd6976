/** Values as Athena writes them into a result: `1.0E7`, `[1, 2]`, `{a=1}`, `2024-01-01 00:00:00.000`. */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type Type, typeText } from '../../../sql/types.ts';

/** Gives the text of a value that is not NULL. */
export type ValueText = (value: DuckDBValue) => string;

/** A double as Java's `Double.toString` writes it: plain between 1e-3 and 1e7, scientific otherwise. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return javaText(value, (digits) => value.toExponential(digits));
}

/** A 32-bit float as Java's `Float.toString` writes it: the fewest digits that give the same float back. */
export function realText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return javaText(Number(text), () => text);
  }
  return javaText(value, (digits) => value.toExponential(digits));
}

function javaText(value: number, exponential: (digits?: number) => string): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const plain = String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  const [mantissa, exponent] = exponential().split('e') as [string, string];
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

const pad = (value: number | bigint, width: number) => String(value).padStart(width, '0');

function dateText(days: number): string {
  const date = new Date(days * 86_400_000);
  const year = date.getUTCFullYear();
  const sign = year < 0 ? '-' : '';
  return `${sign}${pad(Math.abs(year), 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
}

const microsADay = 86_400_000_000n;

function timeText(microsOfDay: bigint, precision: number): string {
  const seconds = microsOfDay / 1_000_000n;
  const clock = `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}`;
  if (precision === 0) return clock;
  return `${clock}.${pad(microsOfDay % 1_000_000n, 6)
    .padEnd(precision, '0')
    .slice(0, precision)}`;
}

function timestampText(micros: bigint, precision: number): string {
  let day = micros / microsADay;
  let rest = micros % microsADay;
  if (rest < 0n) {
    day -= 1n;
    rest += microsADay;
  }
  return `${dateText(Number(day))} ${timeText(rest, precision)}`;
}

/** How far a zone's wall clock is ahead of UTC at an instant, in microseconds. */
function zoneOffset(micros: bigint, zone: string): bigint {
  if (zone === 'UTC') return 0n;
  const instant = Number(micros / 1000n);
  let formatter = wallClocks.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    wallClocks.set(zone, formatter);
  }
  const part = Object.fromEntries(
    formatter.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const wall = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  return BigInt(wall - Math.floor(instant / 1000) * 1000) * 1000n;
}

const wallClocks = new Map<string, Intl.DateTimeFormat>();

const zonedText = (micros: bigint, precision: number, zone: string) =>
  `${timestampText(micros + zoneOffset(micros, zone), precision)} ${zone}`;

const hexText = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** `1 02:03:04.000` for days to seconds, `1-2` for years to months. */
function intervalText({ months, days, micros }: DuckDBIntervalValue, kind: string): string {
  if (kind === 'interval year to month') {
    const size = Math.abs(months);
    return `${months < 0 ? '-' : ''}${Math.floor(size / 12)}-${size % 12}`;
  }
  const total = BigInt(days) * microsADay + micros;
  const size = total < 0n ? -total : total;
  return `${total < 0n ? '-' : ''}${size / microsADay} ${timeText(size % microsADay, 3)}`;
}

function unexpected(value: DuckDBValue, type: Type): never {
  throw new Error(
    `A ${value?.constructor?.name ?? typeof value} came back where ${typeText(type)} is declared.`,
  );
}

/** A value of a zone of its own is a STRUCT(t, z). */
function zonedWriter(type: Extract<Type, { kind: 'timestamp with time zone' }>, zone: string): ValueText {
  return (value) => {
    if (value instanceof DuckDBTimestampTZValue) return zonedText(value.micros, type.precision, zone);
    if (!(value instanceof DuckDBStructValue)) return unexpected(value, type);
    const { t, z } = value.entries;
    return t instanceof DuckDBTimestampTZValue
      ? zonedText(t.micros, type.precision, String(z))
      : unexpected(value, type);
  };
}

/**
 * Makes the writer for a type; nested NULLs are written `null`.
 * @param zone the zone in which instants are shown
 */
export function valueText(type: Type, zone = 'UTC'): ValueText {
  switch (type.kind) {
    case 'double':
      return (value) => doubleText(Number(value));
    case 'real':
      return (value) => realText(Number(value));
    case 'date':
      return (value) => (value instanceof DuckDBDateValue ? dateText(value.days) : unexpected(value, type));
    case 'timestamp':
      return (value) =>
        value instanceof DuckDBTimestampValue
          ? timestampText(value.micros, type.precision)
          : unexpected(value, type);
    case 'timestamp with time zone':
      return zonedWriter(type, zone);
    case 'time':
      return (value) =>
        value instanceof DuckDBTimeValue ? timeText(value.micros, type.precision) : unexpected(value, type);
    case 'varbinary':
      return (value) => (value instanceof DuckDBBlobValue ? hexText(value.bytes) : unexpected(value, type));
    case 'interval day to second':
    case 'interval year to month':
      return (value) =>
        value instanceof DuckDBIntervalValue ? intervalText(value, type.kind) : unexpected(value, type);
    case 'array': {
      const element = orNull(valueText(type.element, zone));
      return (value) =>
        value instanceof DuckDBListValue
          ? `[${value.items.map(element).join(', ')}]`
          : unexpected(value, type);
    }
    case 'map': {
      const [key, mapped] = [orNull(valueText(type.key, zone)), orNull(valueText(type.value, zone))];
      return (value) =>
        value instanceof DuckDBMapValue
          ? `{${value.entries.map((entry) => `${key(entry.key)}=${mapped(entry.value)}`).join(', ')}}`
          : unexpected(value, type);
    }
    case 'row': {
      const writers = type.fields.map((field) => orNull(valueText(field.type, zone)));
      return (value) => {
        if (!(value instanceof DuckDBStructValue)) return unexpected(value, type);
        const values = Object.values(value.entries);
        return `{${type.fields
          .map((field, index) => `${field.name ?? `field${index}`}=${writers[index]!(values[index]!)}`)
          .join(', ')}}`;
      };
    }
    default:
      return String;
  }
}

const orNull =
  (write: ValueText): ValueText =>
  (value) =>
    value === null ? 'null' : write(value);
