/** Dates and instants as text: the ISO 8601 forms that payloads may carry, read without building Date objects. */

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Days of a month; `month` is 1–12. */
export const daysIn = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (daysOfMonth[month - 1] ?? 0);

/** The number of `count` digits at `from`, or -1. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48;
    // Past the end charCodeAt gives NaN, which fails this test too.
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Days from 1970-01-01 to a day of the proleptic Gregorian calendar; years from 0. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  // The year begins in March, so that the day of a leap year is its last.
  const y = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

/** Days since 1970-01-01 of the date that `text` begins with, or NaN when it begins with none. */
function dateAt(text: string): number {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const exists =
    year >= 0 &&
    text[4] === '-' &&
    text[7] === '-' &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month);
  return exists ? daysSinceEpoch(year, month, day) : Number.NaN;
}

/** True for `2024-12-01`, a day that the calendar has. */
export const isDate = (text: string): boolean => text.length === 10 && !Number.isNaN(dateAt(text));

/** A point in time: whole seconds since 1970 in UTC, and nanoseconds (0–999,999,999) after it. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** Athena knows no zone further from UTC (`Time zone not supported: +14:01`). */
const farthestZoneMinutes = 14 * 60;

/** Minutes ahead of UTC of the zone that ends the text at `at`; NaN for what is not a zone. */
function zoneMinutes(text: string, at: number): number {
  if (at === text.length) return 0;
  if (text[at] === 'Z') return at + 1 === text.length ? 0 : Number.NaN;
  if ((text[at] !== '+' && text[at] !== '-') || at + 6 !== text.length || text[at + 3] !== ':')
    return Number.NaN;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  const offset = hours * 60 + minutes;
  if (hours < 0 || minutes < 0 || minutes > 59 || offset > farthestZoneMinutes) return Number.NaN;
  return text[at] === '-' ? -offset : offset;
}

/**
 * Reads what Athena casts to an instant with a time of day: `2024-12-01T10:00[:00[.123456789]][Z|±hh:mm]`. Without a zone
 * it is UTC (ODCS `defaultTimezone`). Undefined for any other text.
 */
export function readInstant(text: string): Instant | undefined {
  if (text.length < 16 || text.charCodeAt(10) !== 84) return undefined;
  const days = dateAt(text);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (Number.isNaN(days) || hour < 0 || hour > 23 || minute < 0 || minute > 59 || text[13] !== ':')
    return undefined;
  let at = 16;
  let second = 0;
  let nanos = 0;
  if (text[at] === ':') {
    second = digits(text, 17, 2);
    if (second < 0 || second > 59) return undefined;
    at = 19;
    if (text[at] === '.') {
      const start = ++at;
      while (digits(text, at, 1) >= 0) at++;
      const count = at - start;
      if (count === 0 || count > 9) return undefined;
      nanos = digits(text, start, count) * 10 ** (9 - count);
    }
  }
  const offset = zoneMinutes(text, at);
  if (Number.isNaN(offset)) return undefined;
  return { seconds: days * 86_400 + (hour * 60 + minute - offset) * 60 + second, nanos };
}

/** True for a text that `readInstant` reads. */
export const isTimestamp = (text: string): boolean => readInstant(text) !== undefined;

/** The midnight in UTC that a date begins with; undefined for no date. */
export const startOfDate = (text: string): Instant | undefined =>
  isDate(text) ? { seconds: dateAt(text) * 86_400, nanos: 0 } : undefined;

/** Below zero when `a` is earlier than `b`. */
export const compareInstants = (a: Instant, b: Instant): number => a.seconds - b.seconds || a.nanos - b.nanos;
