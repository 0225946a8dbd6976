/** Reads times by a pattern as Joda does for date_parse and parse_datetime, where DuckDB's strptime would read them otherwise. */

interface Fields {
  year?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  weekYear?: number;
  week?: number;
  weekday?: number;
  hour?: number;
  /** 0–11, with `afternoon`. */
  halfHour?: number;
  afternoon?: boolean;
  minute?: number;
  second?: number;
  millisecond?: number;
  /** Minutes ahead of UTC. */
  offset?: number;
}

/** Reads one element at a place of the text; gives the place after it, or undefined where it does not fit. */
type Element = (text: string, at: number, fields: Fields) => number | undefined;

/** What of a time a pattern's element means, or undefined for one that is not verified. */
export type TimeStyle = 'mysql' | 'joda';

const literal =
  (expected: string): Element =>
  (text, at) =>
    text.slice(at, at + expected.length).toLowerCase() === expected.toLowerCase()
      ? at + expected.length
      : undefined;

/** One to `most` digits. */
const number =
  (most: number, save: (fields: Fields, value: number) => void, signed = false): Element =>
  (text, at, fields) => {
    const [found] = new RegExp(`^${signed ? '[+-]?' : ''}[0-9]{1,${most}}`).exec(text.slice(at)) ?? [];
    if (found === undefined) return undefined;
    save(fields, Number(found));
    return at + found.length;
  };

const fraction =
  (most: number): Element =>
  (text, at, fields) => {
    const [digits = ''] = new RegExp(`^[0-9]{1,${most}}`).exec(text.slice(at)) ?? [];
    if (digits === '') return undefined;
    fields.millisecond = Number(digits.padEnd(3, '0').slice(0, 3));
    return at + digits.length;
  };

/** A long or short name, as written, in lower or in upper case. */
const names =
  (all: readonly string[], save: (fields: Fields, index: number) => void): Element =>
  (text, at, fields) => {
    const forms = all.flatMap((name, index) =>
      [name, name.slice(0, 3)].flatMap((form) =>
        [form, form.toLowerCase(), form.toUpperCase()].map((shown) => ({ shown, index })),
      ),
    );
    const [found] = forms
      .filter(({ shown }) => text.startsWith(shown, at))
      .toSorted((a, b) => b.shown.length - a.shown.length);
    if (!found) return undefined;
    save(fields, found.index);
    return at + found.shown.length;
  };

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

const year = (most: number) =>
  number(
    most,
    (fields, value) => {
      fields.year = value;
    },
    true,
  );
/** Two digits, from 1970 to 2069. */
const shortYear: Element = (text, at, fields) => {
  const [digits] = /^[0-9]{2}/.exec(text.slice(at)) ?? [];
  if (digits === undefined) return undefined;
  fields.year = Number(digits) + (Number(digits) < 70 ? 2000 : 1900);
  return at + 2;
};
const month = number(2, (fields, value) => {
  fields.month = value;
});
const monthName = names(MONTHS, (fields, index) => {
  fields.month = index + 1;
});
const day = number(2, (fields, value) => {
  fields.day = value;
});
const dayOfYear = number(3, (fields, value) => {
  fields.dayOfYear = value;
});
const dayName = names(DAYS, (fields, index) => {
  fields.weekday = index + 1;
});
const weekday = number(1, (fields, value) => {
  fields.weekday = value;
});
const week = number(2, (fields, value) => {
  fields.week = value;
});
const weekYear = number(
  4,
  (fields, value) => {
    fields.weekYear = value;
  },
  true,
);
const hour = number(2, (fields, value) => {
  fields.hour = value;
});
/** 1–12. */
const clockHour = number(2, (fields, value) => {
  fields.halfHour = value === 12 ? 0 : value === 0 ? Number.NaN : value;
});
const minute = number(2, (fields, value) => {
  fields.minute = value;
});
const second = number(2, (fields, value) => {
  fields.second = value;
});
const halfDay: Element = (text, at, fields) => {
  const found = text.slice(at, at + 2);
  if (!/^(?:AM|PM|am|pm)$/.test(found)) return undefined;
  fields.afternoon = found.toUpperCase() === 'PM';
  return at + 2;
};
const offset: Element = (text, at, fields) => {
  const [found, sign, hours = '0', minutes = '0'] =
    /^(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)/.exec(text.slice(at)) ?? [];
  if (found === undefined) return undefined;
  fields.offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return at + found.length;
};

const clock = [hour, literal(':'), minute, literal(':'), second];
const MYSQL: Readonly<Record<string, readonly Element[]>> = {
  a: [dayName],
  b: [monthName],
  c: [month],
  d: [day],
  e: [day],
  f: [fraction(9)],
  H: [hour],
  h: [clockHour],
  I: [clockHour],
  i: [minute],
  j: [dayOfYear],
  k: [hour],
  l: [clockHour],
  M: [monthName],
  m: [month],
  p: [halfDay],
  r: [clockHour, literal(':'), minute, literal(':'), second, literal(' '), halfDay],
  S: [second],
  s: [second],
  T: clock,
  v: [week],
  W: [dayName],
  x: [weekYear],
  Y: [year(4)],
  y: [shortYear],
  '%': [literal('%')],
};

function mysqlElements(pattern: string): Element[] | undefined {
  const elements: Element[] = [];
  for (const [, escaped, other] of pattern.matchAll(/%(.)|([^%]+|%$)/gsu)) {
    const known = escaped === undefined ? [literal(other!)] : MYSQL[escaped];
    if (!known) return undefined;
    elements.push(...known);
  }
  return elements;
}

/** `followed`: by another number without anything between, which bounds the digits of a year. */
function jodaElement(letters: string, followed: boolean): Element | undefined {
  const size = letters.length;
  switch (letters[0]) {
    case 'y':
      return size === 2 ? undefined : year(followed ? size : 9);
    case 'M':
      return size >= 3 ? monthName : month;
    case 'd':
      return day;
    case 'D':
      return dayOfYear;
    case 'E':
      return dayName;
    case 'e':
      return weekday;
    case 'w':
      return week;
    case 'x':
      return size === 4 && followed ? weekYear : size === 2 ? undefined : weekYear;
    case 'H':
      return hour;
    case 'h':
      return clockHour;
    case 'm':
      return minute;
    case 's':
      return second;
    case 'S':
      return fraction(size);
    case 'a':
      return halfDay;
    case 'Z':
      return size <= 2 ? offset : undefined;
    default:
      return undefined;
  }
}

const JODA_TOKEN = /'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']/gs;

function jodaElements(pattern: string): Element[] | undefined {
  const tokens = [...pattern.matchAll(JODA_TOKEN)].map(([token]) => token);
  const elements: Element[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token === "''") elements.push(literal("'"));
    else if (token.startsWith("'")) elements.push(literal(token.slice(1, -1).replaceAll("''", "'")));
    else if (/[A-Za-z]/.test(token)) {
      const next = tokens[index + 1] ?? '';
      const isNumber = /^[yxdDewHhmsSkK]/.test(next) || next === 'M' || next === 'MM';
      const element = jodaElement(token, isNumber);
      if (!element) return undefined;
      elements.push(element);
    } else elements.push(literal(token));
  }
  return elements;
}

/** The pattern's elements, or undefined when one of them is not verified. */
export const timeElements = (pattern: string, style: TimeStyle) =>
  style === 'mysql' ? mysqlElements(pattern) : jodaElements(pattern);

/** Whether the text that a pattern reads says its zone. */
export const hasOffset = (pattern: string) =>
  [...pattern.matchAll(JODA_TOKEN)].some(([token]) => /^Z{1,2}$/.test(token));

const DAY_MS = 86_400_000;

function dayNumber(yearValue: number, monthValue: number, dayValue: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(yearValue, monthValue - 1, dayValue);
  return date.getUTCMonth() === monthValue - 1 && date.getUTCDate() === dayValue
    ? date.getTime() / DAY_MS
    : undefined;
}

/** Monday is 1. */
const weekdayOf = (dayCount: number) => ((((dayCount + 3) % 7) + 7) % 7) + 1;

function dateOf(fields: Fields): number | undefined {
  const { month: m, day: d, dayOfYear: ordinal, week: w, weekYear: wy } = fields;
  if (w !== undefined || wy !== undefined) {
    if (fields.year !== undefined || m !== undefined || d !== undefined || ordinal !== undefined)
      return undefined;
    const fourth = dayNumber(wy ?? 1970, 1, 4)!;
    const first = fourth - weekdayOf(fourth) + 1;
    const number = (w ?? 1) * 7 - 7;
    const next = dayNumber((wy ?? 1970) + 1, 1, 4)!;
    if (number < 0 || first + number >= next - weekdayOf(next) + 1) return undefined;
    return first + number + (fields.weekday ?? 1) - 1;
  }
  const onlyDay = m !== undefined || d !== undefined || ordinal !== undefined;
  const base = fields.year ?? (onlyDay ? 2000 : 1970);
  const found =
    ordinal === undefined ? dayNumber(base, m ?? 1, d ?? 1) : dayNumber(base, 1, 1)! + ordinal - 1;
  if (found === undefined) return undefined;
  if (ordinal !== undefined && (ordinal < 1 || found >= dayNumber(base + 1, 1, 1)!)) return undefined;
  return fields.weekday === undefined ? found : found - weekdayOf(found) + fields.weekday;
}

const within = (value: number, most: number) => value >= 0 && value <= most;

/** Milliseconds since 1970 of a text, and the zone that it names; undefined where it does not fit the pattern. */
export function readTime(
  text: string,
  pattern: string,
  style: TimeStyle,
): { ms: number; zone: string } | undefined {
  const fields: Fields = {};
  let at: number | undefined = 0;
  for (const element of timeElements(pattern, style) ?? []) {
    at = element(text, at, fields);
    if (at === undefined) return undefined;
  }
  const date = at === text.length ? dateOf(fields) : undefined;
  const { minute: min = 0, second: sec = 0, millisecond = 0, offset: ahead = 0 } = fields;
  const hours =
    fields.hour ??
    (fields.halfHour === undefined && fields.afternoon === undefined
      ? 0
      : within(fields.halfHour ?? 0, 11)
        ? (fields.halfHour ?? 0) + (fields.afternoon ? 12 : 0)
        : Number.NaN);
  if (date === undefined || !within(hours, 23) || !within(min, 59) || !within(sec, 59)) return undefined;
  const size = Math.abs(ahead);
  const two = (value: number) => String(value).padStart(2, '0');
  return {
    ms: date * DAY_MS + ((hours * 60 + min - ahead) * 60 + sec) * 1000 + millisecond,
    zone: size === 0 ? 'UTC' : `${ahead < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`,
  };
}
