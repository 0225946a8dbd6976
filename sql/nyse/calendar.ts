/**
 * The calendar of the exchange: its holidays, its half days, and the clock of New York.
 * https://www.nyse.com/markets/hours-calendars
 */

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Opening and closing auction, milliseconds since midnight in New York. */
export const OPEN_MS = 9.5 * HOUR;
export const REGULAR_CLOSE_MS = 16 * HOUR;
const EARLY_CLOSE_MS = 13 * HOUR;

const at = (date: string) => Date.parse(`${date}T00:00:00Z`);
const text = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const weekday = (date: string) => new Date(at(date)).getUTCDay();

/** The n-th such weekday of a month (0 Sunday, month 1–12); from the end for n below zero. */
function nth(year: number, month: number, day: number, n: number): string {
  const first = Date.UTC(year, n > 0 ? month - 1 : month, 1);
  const ahead = (day - new Date(first).getUTCDay() + 7) % 7;
  return text(first + (ahead + 7 * (n > 0 ? n - 1 : n)) * DAY);
}

/** A holiday on a Saturday is kept on Friday, one on a Sunday on Monday. */
function observed(date: string): string {
  const day = weekday(date);
  return day === 6 ? text(at(date) - DAY) : day === 0 ? text(at(date) + DAY) : date;
}

/** Easter by the Gregorian computus (Meeus, Jones, Butcher); Good Friday is two days before. */
function goodFriday(year: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  return text(Date.UTC(year, month - 1, ((h + l - 7 * m + 114) % 31) + 1) - 2 * DAY);
}

function holidaysOf(year: number): string[] {
  // New Year's Day on a Saturday is not kept: the Friday before ends a month and a year.
  const newYear = `${year}-01-01`;
  return [
    ...(weekday(newYear) === 6 ? [] : [observed(newYear)]),
    nth(year, 1, 1, 3),
    nth(year, 2, 1, 3),
    goodFriday(year),
    nth(year, 5, 1, -1),
    ...(year >= 2022 ? [observed(`${year}-06-19`)] : []),
    observed(`${year}-07-04`),
    nth(year, 9, 1, 1),
    nth(year, 11, 4, 4),
    observed(`${year}-12-25`),
  ];
}

const yearOf = (date: string) => Number(date.slice(0, 4));

export const isTradingDay = (date: string): boolean =>
  weekday(date) !== 0 && weekday(date) !== 6 && !holidaysOf(yearOf(date)).includes(date);

/** Closing of a day: 13:00 after Thanksgiving and before Independence Day and Christmas, else 16:00. */
export function closeOf(date: string): number {
  const year = yearOf(date);
  const early = [text(at(nth(year, 11, 4, 4)) + DAY), `${year}-07-03`, `${year}-12-24`];
  return early.includes(date) ? EARLY_CLOSE_MS : REGULAR_CLOSE_MS;
}

/** New York is four hours behind UTC from the second Sunday of March to the first of November, at 02:00 there; else five. */
export function wallToUtc(date: string, ms: number): number {
  const year = yearOf(date);
  const wall = at(date) + ms;
  const from = at(nth(year, 3, 0, 2)) + 2 * HOUR;
  const to = at(nth(year, 11, 0, 1)) + 2 * HOUR;
  return wall + (wall >= from && wall < to ? 4 : 5) * HOUR;
}
