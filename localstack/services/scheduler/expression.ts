/** Schedule expressions — `rate(…)`, `cron(…)`, `at(…)` — and the next time that each names, in UTC. */
import { AwsError } from '../../core/errors.ts';

export type Schedule =
  | { readonly kind: 'rate'; readonly everyMs: number }
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'cron'; readonly fields: CronFields };

interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  /** Whether a day (UTC midnight) is one of the schedule's. */
  readonly isDay: (day: Date) => boolean;
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const FIRST_YEAR = 1970;
const LAST_YEAR = 2199;
const DAY_MS = 86_400_000;

const invalid = (expression: string) =>
  new AwsError('ValidationException', `Invalid Schedule Expression ${expression}.`);

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
export function parseSchedule(expression: string): Schedule {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) {
    const value = Number(rate[1]);
    if (value < 1) throw invalid(expression);
    return { kind: 'rate', everyMs: value * UNITS[rate[2]!]! };
  }
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression);
  if (at) {
    const atMs = Date.parse(`${at[1]}Z`);
    if (Number.isNaN(atMs)) throw invalid(expression);
    return { kind: 'at', atMs };
  }
  const cron = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (cron?.length !== 6) throw invalid(expression);
  return { kind: 'cron', fields: parseCron(cron, () => invalid(expression)) };
}

type Refuse = () => Error;

function numberOf(text: string, names: readonly string[], base: number, refuse: Refuse): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + base;
  if (!/^\d+$/.test(text)) throw refuse();
  return Number(text);
}

/** The numbers that a field of commas, ranges and steps names. */
function numbersOf(
  field: string,
  [from, to]: readonly [number, number],
  refuse: Refuse,
  names: readonly string[] = [],
): Set<number> {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const [range, stepText] = part.split('/') as [string, string | undefined];
    const step = stepText === undefined ? 1 : Number(stepText);
    if (!Number.isInteger(step) || step < 1) throw refuse();
    const [firstText, lastText] = range.split('-') as [string, string | undefined];
    const isAny = range === '*' || range === '?';
    const first = isAny ? from : numberOf(firstText, names, from, refuse);
    const last = isAny
      ? to
      : lastText !== undefined
        ? numberOf(lastText, names, from, refuse)
        : stepText !== undefined
          ? to
          : first;
    if (first < from || last > to || first > last) throw refuse();
    for (let value = first; value <= last; value += step) numbers.add(value);
  }
  return numbers;
}

const daysIn = (day: Date) => new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

/** `L` the last day, `nW` the weekday nearest to the nth, else numbers. */
function dayOfMonthTest(field: string, refuse: Refuse): (day: Date) => boolean {
  if (field === 'L') return (day) => day.getUTCDate() === daysIn(day);
  const nearest = /^(\d{1,2})W$/.exec(field);
  if (nearest) return (day) => day.getUTCDate() === nearestWeekday(day, Number(nearest[1]));
  const days = numbersOf(field, [1, 31], refuse);
  return (day) => days.has(day.getUTCDate());
}

function nearestWeekday(day: Date, wanted: number): number {
  const date = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), wanted));
  const weekday = date.getUTCDay();
  if (weekday === 6) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (weekday === 0) return wanted < daysIn(day) ? wanted + 1 : wanted - 2;
  return wanted;
}

/** 1 is Sunday; `nL` the last such weekday of the month, `n#k` the kth. */
function dayOfWeekTest(field: string, refuse: Refuse): (day: Date) => boolean {
  const weekday = (text: string) => numberOf(text, WEEKDAYS, 1, refuse) - 1;
  if (field === 'L') return (day) => day.getUTCDay() === 6;
  const last = /^([1-7]|[A-Za-z]{3})L$/.exec(field);
  if (last) {
    const wanted = weekday(last[1]!);
    return (day) => day.getUTCDay() === wanted && day.getUTCDate() > daysIn(day) - 7;
  }
  const nth = /^([1-7]|[A-Za-z]{3})#([1-5])$/.exec(field);
  if (nth) {
    const wanted = weekday(nth[1]!);
    return (day) => day.getUTCDay() === wanted && Math.ceil(day.getUTCDate() / 7) === Number(nth[2]);
  }
  const days = numbersOf(field, [1, 7], refuse, WEEKDAYS);
  return (day) => days.has(day.getUTCDay() + 1);
}

function parseCron(fields: readonly string[], refuse: Refuse): CronFields {
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  // One of the two day fields says nothing, and says so with a question mark.
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw refuse();
  return {
    minutes: numbersOf(minutes, [0, 59], refuse),
    hours: numbersOf(hours, [0, 23], refuse),
    isDay: dayOfMonth === '?' ? dayOfWeekTest(dayOfWeek, refuse) : dayOfMonthTest(dayOfMonth, refuse),
    months: numbersOf(month, [1, 12], refuse, MONTHS),
    years: numbersOf(year, [FIRST_YEAR, LAST_YEAR], refuse),
  };
}

function nextCron(fields: CronFields, afterMs: number): number | undefined {
  const firstMinute = Math.floor(afterMs / 60_000) * 60_000 + 60_000;
  const lastDay = Date.UTC(LAST_YEAR, 11, 31);
  for (let dayMs = Math.floor(firstMinute / DAY_MS) * DAY_MS; dayMs <= lastDay; dayMs += DAY_MS) {
    const day = new Date(dayMs);
    if (!fields.years.has(day.getUTCFullYear())) {
      if (day.getUTCFullYear() > Math.max(...fields.years)) return undefined;
      continue;
    }
    if (!fields.months.has(day.getUTCMonth() + 1) || !fields.isDay(day)) continue;
    for (const hour of [...fields.hours].sort((a, b) => a - b)) {
      for (const minute of [...fields.minutes].sort((a, b) => a - b)) {
        const time = dayMs + hour * 3_600_000 + minute * 60_000;
        if (time >= firstMinute) return time;
      }
    }
  }
  return undefined;
}

/**
 * The first time after `afterMs` that a schedule names; undefined when there is none. A rate counts from `originMs`, when
 * it was made.
 */
export function nextTime(schedule: Schedule, originMs: number, afterMs: number): number | undefined {
  switch (schedule.kind) {
    case 'at':
      return schedule.atMs > afterMs ? schedule.atMs : undefined;
    case 'rate': {
      const periods = Math.max(1, Math.floor((afterMs - originMs) / schedule.everyMs) + 1);
      return originMs + periods * schedule.everyMs;
    }
    case 'cron':
      return nextCron(schedule.fields, afterMs);
  }
}
