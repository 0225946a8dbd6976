/** Reads timestamps and dates written in a JDK DateTimeFormatter pattern, as ODCS names formats, into ISO 8601 UTC. */

import { daysIn, isDate, isTimestamp } from './instant.ts';

type Field =
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'zone'
  | 'halfDay'
  | 'monthName';

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Pattern letters → field and what its text looks like. */
function fieldOf(letters: string): readonly [Field, string] | undefined {
  const count = letters.length;
  const number = count === 1 ? '\\d{1,2}' : '\\d{2}';
  switch (letters[0]) {
    case 'y':
    case 'u':
      return count === 4 ? ['year', '\\d{4}'] : undefined;
    case 'M':
      if (count > 4) return undefined;
      return count < 3 ? ['month', number] : ['monthName', '[A-Za-z]{3,9}'];
    case 'd':
      return count <= 2 ? ['day', number] : undefined;
    case 'H':
    case 'h':
      return count <= 2 ? ['hour', number] : undefined;
    case 'm':
      return count <= 2 ? ['minute', number] : undefined;
    case 's':
      return count <= 2 ? ['second', number] : undefined;
    case 'S':
      return count <= 9 ? ['fraction', `\\d{${count}}`] : undefined;
    case 'a':
      return ['halfDay', '[AaPp][Mm]'];
    case 'X':
    case 'x':
    case 'Z':
      return ['zone', 'Z|[+-]\\d\\d:?(?:\\d\\d)?'];
    default:
      return undefined;
  }
}

/** Reads a text into `YYYY-MM-DDTHH:mm:ss[.f]Z`; undefined when it does not fit. */
export type InstantReader = (text: string) => string | undefined;

/**
 * Compiles a pattern such as `yyyy-MM-dd HH:mm:ss`, or `epochSeconds` and `epochMilliseconds`. A pattern without zone
 * is UTC; fields that it lacks are the first of January and midnight.
 * @throws RangeError for a letter that this does not read.
 */
export function compileTimeFormat(pattern: string): InstantReader {
  if (pattern === 'epochSeconds') return (text) => fromEpoch(text, 1000);
  if (pattern === 'epochMilliseconds') return (text) => fromEpoch(text, 1);
  const fields: Field[] = [];
  let expression = '';
  for (const [token] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']/g)) {
    if (token.startsWith("'")) {
      expression += escapeText(token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'"));
    } else if (/[A-Za-z]/.test(token)) {
      const field = fieldOf(token);
      if (!field)
        throw new RangeError(
          `time format '${pattern}': '${token}' is not read; allowed: yyyy, M, MM, MMM, d, dd, H, HH, h, hh, m, mm, s, ss, S…, a, X, XXX, quoted text, epochSeconds, epochMilliseconds`,
        );
      fields.push(field[0]);
      expression += `(${field[1]})`;
    } else {
      expression += escapeText(token);
    }
  }
  const matcher = new RegExp(`^${expression}$`);
  return (text) => {
    const match = matcher.exec(text);
    if (!match) return undefined;
    return assemble(Object.fromEntries(fields.map((field, index) => [field, match[index + 1]])));
  };
}

const escapeText = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function assemble(parts: Partial<Record<Field, string>>): string | undefined {
  const year = Number(parts.year ?? 1970);
  const month = parts.monthName
    ? monthNames.indexOf(parts.monthName.slice(0, 3).toLowerCase()) + 1
    : Number(parts.month ?? 1);
  const day = Number(parts.day ?? 1);
  let hour = Number(parts.hour ?? 0);
  if (parts.halfDay) hour = (hour % 12) + (parts.halfDay.toLowerCase() === 'pm' ? 12 : 0);
  const minute = Number(parts.minute ?? 0);
  const second = Number(parts.second ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return toUtc(Date.UTC(year, month - 1, day, hour, minute, second), parts.fraction ?? '', parts.zone ?? 'Z');
}

/** Moves a wall time to UTC; the fraction is carried as text, because microseconds do not fit a Date. */
function toUtc(wallMs: number, fraction: string, zone: string): string {
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  const minutes = offset
    ? (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === '-' ? -1 : 1)
    : 0;
  const whole = new Date(wallMs - minutes * 60_000).toISOString().slice(0, 19);
  const kept = fraction.replace(/0+$/, '');
  return `${whole}${kept ? `.${kept}` : ''}Z`;
}

function fromEpoch(text: string, unitMs: number): string | undefined {
  const match = /^(-?\d{1,13})(?:\.0+)?$/.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * unitMs;
  // The range of Date; anything beyond is not a time of a record.
  if (Math.abs(ms) > 8.64e15) return undefined;
  const iso = new Date(ms).toISOString();
  return toUtc(ms, iso.slice(20, 23), 'Z');
}

/** An ISO 8601 timestamp (as payloads carry it) in UTC, fraction without trailing zeros. */
export const isoInstant: InstantReader = (text) => {
  if (!isTimestamp(text)) return undefined;
  const match = /^(.{16})(:\d\d)?(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!match) return undefined;
  return toUtc(Date.parse(`${match[1]}${match[2] ?? ':00'}Z`), match[3] ?? '', match[4] ?? 'Z');
};

/** A date, or an instant at midnight UTC, as `yyyy-MM-dd`. */
export function isoDate(text: string, read: InstantReader): string | undefined {
  if (isDate(text)) return text;
  const instant = read(text) ?? isoInstant(text);
  return instant?.endsWith('T00:00:00Z') ? instant.slice(0, 10) : undefined;
}
