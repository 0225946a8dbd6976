/** Shows DuckDB's values as Trino's client protocol would, by their Trino type. */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBIntervalValue,
  type DuckDBListValue,
  type DuckDBMapValue,
  DuckDBStructValue,
  type DuckDBTimestampTZValue,
  type DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { parseType } from '@headwaters/localstack/sql';

type Type = ReturnType<typeof parseType>;

const two = (value: number | bigint) => String(value).padStart(2, '0');

function timestampText(micros: bigint, precision: number): string {
  const seconds = micros >= 0n || micros % 1_000_000n === 0n ? micros / 1_000_000n : micros / 1_000_000n - 1n;
  const moment = new Date(Number(seconds) * 1000);
  const days = Math.floor(Number(seconds) / 86_400);
  const clock = `${dateText({ days })} ${moment.toISOString().slice(-13, -5)}`;
  const fraction = String(micros - seconds * 1_000_000n)
    .padStart(6, '0')
    .slice(0, precision);
  return fraction ? `${clock}.${fraction}` : clock;
}

/** Seconds that a zone is ahead of UTC at an instant. */
function offsetSeconds(zone: string, ms: number): number {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60;
  if (zone === 'UTC') return 0;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
  }).formatToParts(ms);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(
      parts.find(({ type }) => type === 'timeZoneName')!.value,
    ) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

function zonedText(micros: bigint, precision: number, zone: string): string {
  const ahead = BigInt(offsetSeconds(zone, Number(micros / 1000n))) * 1_000_000n;
  return `${timestampText(micros + ahead, precision)} ${zone}`;
}

/** The sign is before years beyond 9999, as in ISO 8601. */
function dateText({ days }: { readonly days: number }): string {
  const date = new Date(days * 86_400_000);
  const year = date.getUTCFullYear();
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${String(Math.abs(year)).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

function dayTimeText({ days, micros }: DuckDBIntervalValue): string {
  const total = BigInt(days) * 86_400_000n + micros / 1000n;
  const size = total < 0n ? -total : total;
  const [seconds, millis] = [size / 1000n, size % 1000n];
  const clock = `${two((seconds / 3600n) % 24n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${String(millis).padStart(3, '0')}`;
  return `${total < 0n ? '-' : ''}${seconds / 86_400n} ${clock}`;
}

const yearMonthText = ({ months }: DuckDBIntervalValue) =>
  `${months < 0 ? '-' : ''}${Math.floor(Math.abs(months) / 12)}-${Math.abs(months) % 12}`;

const number = (value: number) =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';

/** Numbers that JSON holds exactly stay numbers; larger ones are text. */
const integer = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));

/** The float's shortest text, which the protocol gives for a real. */
function real(value: number): number | string {
  for (let digits = 2; digits <= 9 && Number.isFinite(value); digits++)
    if (Math.fround(Number(value.toPrecision(digits))) === value) return Number(value.toPrecision(digits));
  return number(value);
}

/** Java writes a floating key with its point. */
const keyText = (key: unknown, { kind }: Type) =>
  (kind === 'double' || kind === 'real') && Number.isInteger(key) ? `${key}.0` : String(key);

/** `zone`: of all values, or `row` where each has its own. */
export function shownValue(value: DuckDBValue, type: Type, zone = 'UTC'): unknown {
  if (value === null || type.kind === 'unknown') return null;
  switch (type.kind) {
    case 'array':
      return (value as DuckDBListValue).items.map((item) => shownValue(item, type.element));
    case 'map':
      return Object.fromEntries(
        (value as DuckDBMapValue).entries.map((entry) => [
          keyText(shownValue(entry.key, type.key), type.key),
          shownValue(entry.value, type.value),
        ]),
      );
    case 'row':
      return Object.values((value as DuckDBStructValue).entries).map((entry, index) =>
        shownValue(entry, type.fields[index]!.type),
      );
    case 'timestamp':
      return timestampText((value as DuckDBTimestampValue).micros, type.precision);
    case 'timestamp with time zone': {
      if (!(value instanceof DuckDBStructValue))
        return zonedText((value as DuckDBTimestampTZValue).micros, type.precision, zone);
      const { t, z } = value.entries as { t: DuckDBTimestampTZValue; z: string };
      return zonedText(t.micros, type.precision, z);
    }
    case 'interval day to second':
      return dayTimeText(value as DuckDBIntervalValue);
    case 'interval year to month':
      return yearMonthText(value as DuckDBIntervalValue);
    case 'uuid':
      return String(value);
    case 'real':
      return real(value as number);
    default:
      break;
  }
  if (value instanceof DuckDBDateValue) return dateText(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) return String(value);
  if (typeof value === 'bigint') return integer(value);
  if (typeof value === 'number') return number(value);
  return value;
}
