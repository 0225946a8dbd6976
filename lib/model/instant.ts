/** Dates and instants as text: the ISO 8601 forms that payloads may carry, checked without building Date objects. */

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

function isDateAt(text: string): boolean {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  return (
    year >= 0 &&
    text[4] === '-' &&
    text[7] === '-' &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month)
  );
}

/** True for `2024-12-01`, a day that the calendar has. */
export const isDate = (text: string): boolean => text.length === 10 && isDateAt(text);

/**
 * True for what Athena's `from_iso8601_timestamp` reads as an instant with a time of day:
 * `2024-12-01T10:00[:00[.123456789]][Z|±hh:mm]`. Without a zone it is UTC (ODCS `defaultTimezone`).
 */
export function isTimestamp(text: string): boolean {
  if (text.length < 16 || text.charCodeAt(10) !== 84 || !isDateAt(text)) return false;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || text[13] !== ':') return false;
  let at = 16;
  if (text[at] === ':') {
    const second = digits(text, 17, 2);
    if (second < 0 || second > 59) return false;
    at = 19;
    if (text[at] === '.') {
      const start = ++at;
      while (digits(text, at, 1) >= 0) at++;
      if (at === start || at - start > 9) return false;
    }
  }
  if (at === text.length) return true;
  if (text[at] === 'Z') return at + 1 === text.length;
  if (text[at] !== '+' && text[at] !== '-') return false;
  const zoneHour = digits(text, at + 1, 2);
  const zoneMinute = digits(text, at + 4, 2);
  return (
    at + 6 === text.length &&
    text[at + 3] === ':' &&
    zoneHour >= 0 &&
    zoneHour <= 14 &&
    zoneMinute >= 0 &&
    zoneMinute <= 59
  );
}
