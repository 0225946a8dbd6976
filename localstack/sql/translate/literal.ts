/** Literals with the types that Trino gives them. */
import { notVerified, type Position, SqlError } from '../errors.ts';
import type { CurrentValue, IntervalLiteral, TypedLiteral } from '../syntax/tree.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  physicalType,
  quoteText,
  timestamp,
  typeOf,
  UNKNOWN,
  VARBINARY,
  VARCHAR,
  varchar,
  zoned,
} from '../types.ts';
import { castSql } from './cast.ts';
import type { StatementContext, Typed } from './scope.ts';

export const nullLiteral: Typed = { sql: 'NULL', type: UNKNOWN, literal: { kind: 'null', text: '' } };

/** `1` is an integer, beyond 2^31 a bigint; `1e0` a double; as a decimal, `1.50` is a decimal(3,2). */
export function numberLiteral(
  kind: 'integer' | 'decimal' | 'double',
  text: string,
  position: Position,
): Typed {
  const literal = { kind: 'number', text } as const;
  if (kind === 'double') return { sql: `CAST('${text}' AS DOUBLE)`, type: DOUBLE, literal };
  if (kind === 'decimal') return { ...decimalLiteral(text, position), literal };
  const value = BigInt(text);
  if (value > 2n ** 63n - 1n || value < -(2n ** 63n))
    throw new SqlError('INVALID_LITERAL', `Invalid numeric literal: ${text}`, position);
  const type = value >= -(2n ** 31n) && value < 2n ** 31n ? INTEGER : BIGINT;
  return { sql: `CAST(${value} AS ${physicalType(type)})`, type, literal };
}

/** Leading zeros do not count: `0.5` is a decimal(1,1). */
function decimalLiteral(text: string, position: Position): Typed {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const precision = Math.max(1, whole.replace(/^0+/, '').length + fraction.length);
  if (precision > 38 || !/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text))
    throw new SqlError('INVALID_LITERAL', `Invalid decimal literal: ${text}`, position);
  const type = decimal(precision, fraction.length);
  return { sql: `CAST('${text}' AS ${physicalType(type)})`, type };
}

export const stringLiteral = (value: string): Typed => ({
  sql: quoteText(value),
  type: varchar([...value].length),
  literal: { kind: 'string', text: value },
});

export const booleanLiteral = (value: boolean): Typed => ({
  sql: String(value),
  type: BOOLEAN,
  literal: { kind: 'boolean', text: String(value) },
});

export const binaryLiteral = (hex: string): Typed => ({ sql: `unhex('${hex}')`, type: VARBINARY });

const DATE_PATTERN = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/;
const LONG_YEAR = /^\s*(?:[+-]\d+|\d{5,}|\d{1,3})-/;
const TIMESTAMP_PATTERN =
  /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?)?\s*([A-Za-z][\w/+-]*|[+-]\d{1,2}(?::?\d{2})?)?\s*$/;

const two = (text: string | undefined) => (text ?? '0').padStart(2, '0');

/** ISO text of a day that exists. */
function dayText(year: string, month: string, day: string): string | undefined {
  const text = `${year}-${two(month)}-${two(day)}`;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : undefined;
}

/** `DATE '2024-01-31'`, `TIMESTAMP '2024-01-31 10:00:00.123 UTC'`, `DECIMAL '1.5'`, `BIGINT '1'`. */
export function typedLiteral(node: TypedLiteral, statement: StatementContext): Typed {
  const { name } = node.type;
  const text = node.value;
  const wrong = () =>
    new SqlError('INVALID_LITERAL', `'${text}' is not a valid ${name.toUpperCase()} literal`, node.position);
  if (name === 'decimal') return decimalLiteral(text.trim(), node.position);
  if (name === 'date') {
    const match = DATE_PATTERN.exec(text);
    const day = match && dayText(match[1]!, match[2]!, match[3]!);
    if (!match && LONG_YEAR.test(text)) throw notVerified('a year of other than four digits', node.position);
    if (!day) throw wrong();
    return { sql: `DATE '${day}'`, type: DATE, literal: { kind: 'string', text: day } };
  }
  if (name === 'timestamp' && node.type.arguments.length === 0)
    return timestampLiteral(text, node.position, wrong);
  const type = typeOf(node.type);
  if (type.kind === 'json')
    return {
      sql: castSql(`hw_json_parse(${quoteText(text)})`, type, type, {
        statement,
        position: node.position,
        safe: false,
      }),
      type,
    };
  if (type.kind === 'varchar') return { ...stringLiteral(text), type };
  return {
    sql: castSql(quoteText(text), VARCHAR, type, { statement, position: node.position, safe: false }),
    type,
  };
}

/** The literal's digits give the precision; a zone makes it a timestamp with time zone. */
function timestampLiteral(text: string, position: Position, wrong: () => SqlError): Typed {
  const match = TIMESTAMP_PATTERN.exec(text);
  const day = match && dayText(match[1]!, match[2]!, match[3]!);
  if (!match && LONG_YEAR.test(text)) throw notVerified('a year of other than four digits', position);
  if (
    !match ||
    !day ||
    Number(match[4] ?? 0) > 23 ||
    Number(match[5] ?? 0) > 59 ||
    Number(match[6] ?? 0) > 59
  )
    throw wrong();
  const fraction = match[7] ?? '';
  if (fraction.length > 6)
    throw new SqlError(
      'NOT_VERIFIED',
      `type timestamp(${fraction.length}) is not in the verified list (docs/athena-sql.md): times are held to the microsecond`,
      position,
    );
  const clock = `${day} ${two(match[4])}:${two(match[5])}:${two(match[6])}${fraction && `.${fraction}`}`;
  const zone = match[8];
  if (zone === undefined)
    return {
      sql: `TIMESTAMP '${clock}'`,
      type: timestamp(fraction.length),
      literal: { kind: 'string', text: clock },
    };
  const known = zoneName(zone);
  if (!known) throw wrong();
  const instant = instantAt(clock, known);
  if (instant === undefined) throw wrong();
  return { sql: instant, type: zoned(fraction.length, known) };
}

const OFFSET = /^([+-])(\d{1,2})(?::?(\d{2}))?$/;

/** A zone as Trino shows it: `UTC`, `+02:00` or a region's name; undefined for one that is unknown. */
export function zoneName(text: string): string | undefined {
  const offset = OFFSET.exec(text);
  if (offset) {
    const shown = `${offset[1]}${two(offset[2])}:${offset[3] ?? '00'}`;
    return shown.endsWith('00:00') ? 'UTC' : shown;
  }
  if (/^(utc|z|gmt|ut|zulu)$/i.test(text)) return 'UTC';
  if (!/^[A-Z]\w+\/[\w/+-]+$/.test(text)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) && text;
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Seconds that a region's clock is ahead of UTC at an instant. */
function secondsAhead(zone: string, ms: number): number {
  const format =
    clocks.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  clocks.set(zone, format);
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const shown = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  return shown / 1000 - Math.floor(ms / 1000);
}

const DAY_MS = 86_400_000;

/** The instant at which a zone's clock showed this: the first of two; undefined for a time that its clock skipped. */
function instantAt(clock: string, zone: string): string | undefined {
  const offset = OFFSET.exec(zone);
  const moved = (seconds: number) => `timezone('UTC', TIMESTAMP '${clock}' - to_seconds(${seconds}))`;
  if (offset)
    return moved((offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 3600 + Number(offset[3] ?? 0) * 60));
  if (zone === 'UTC') return moved(0);
  const local = Date.parse(`${clock.slice(0, 19).replace(' ', 'T')}Z`);
  const ahead = [local - DAY_MS, local + DAY_MS]
    .map((ms) => secondsAhead(zone, ms))
    .find((seconds) => secondsAhead(zone, local - seconds * 1000) === seconds);
  return ahead === undefined ? undefined : moved(ahead);
}

const INTERVAL_SECONDS: Readonly<Record<string, number>> = {
  day: 86_400,
  hour: 3_600,
  minute: 60,
  second: 1,
};

const RANGE_UNITS = ['day', 'hour', 'minute', 'second'];
const UNIT_PATTERNS: Readonly<Record<string, string>> = {
  day: '(?<day>\\d+)',
  hour: '(?<hour>\\d+)',
  minute: '(?<minute>\\d+)',
  second: '(?<second>\\d+)(?:\\.(?<fraction>\\d{1,3}))?',
};

/** `'1 02:03:04.567' DAY TO SECOND`, `'2-3' YEAR TO MONTH`. */
function rangeInterval(node: IntervalLiteral, to: string): Typed {
  const wrong = () =>
    new SqlError('INVALID_LITERAL', `'${node.value}' is not a valid INTERVAL literal`, node.position);
  const [, sign, rest = ''] = /^\s*([+-]?)(.*?)\s*$/.exec(node.value) ?? [];
  const minus = (sign === '-') !== node.negative ? '-' : '';
  if (node.unit === 'year' && to === 'month') {
    const [, years, months] = /^(\d+)-(\d+)$/.exec(rest) ?? [];
    if (years === undefined) throw wrong();
    return {
      sql: `to_months(${minus}${Number(years) * 12 + Number(months)})`,
      type: { kind: 'interval year to month' },
    };
  }
  const [first, last] = [RANGE_UNITS.indexOf(node.unit), RANGE_UNITS.indexOf(to)];
  if (first < 0 || last <= first)
    throw new SqlError('INVALID_LITERAL', `Invalid interval ${node.unit} to ${to}`, node.position);
  const pattern = RANGE_UNITS.slice(first, last + 1)
    .map((unit, index) => `${index === 0 ? '' : unit === 'hour' ? ' ' : ':'}${UNIT_PATTERNS[unit]}`)
    .join('');
  const parts = new RegExp(`^${pattern}$`).exec(rest)?.groups;
  if (!parts) throw wrong();
  const seconds = RANGE_UNITS.reduce(
    (sum, unit) => sum + BigInt(parts[unit] ?? 0) * BigInt(INTERVAL_SECONDS[unit]!),
    0n,
  );
  const micros = seconds * 1_000_000n + BigInt((parts.fraction ?? '').padEnd(3, '0')) * 1_000n;
  return { sql: `to_microseconds(${minus}${micros})`, type: { kind: 'interval day to second' } };
}

export function intervalLiteral(node: IntervalLiteral): Typed {
  if (node.to) return rangeInterval(node, node.to);
  const match = /^\s*([+-]?)(\d+)(?:\.(\d{1,3}))?\s*$/.exec(node.value);
  if (!match || (match[3] && node.unit !== 'second'))
    throw new SqlError('INVALID_LITERAL', `'${node.value}' is not a valid INTERVAL literal`, node.position);
  const sign = (match[1] === '-') !== node.negative ? '-' : '';
  if (node.unit === 'year' || node.unit === 'month') {
    const months = Number(match[2]) * (node.unit === 'year' ? 12 : 1);
    return { sql: `to_months(${sign}${months})`, type: { kind: 'interval year to month' } };
  }
  const micros =
    BigInt(match[2]!) * BigInt(INTERVAL_SECONDS[node.unit]!) * 1_000_000n +
    BigInt((match[3] ?? '').padEnd(3, '0')) * 1_000n;
  return { sql: `to_microseconds(${sign}${micros})`, type: { kind: 'interval day to second' } };
}

/** `current_date`, `current_timestamp(p)`, `localtimestamp(p)`, `current_user`: the session's, one instant a statement. */
export function currentValue(node: CurrentValue, statement: StatementContext): Typed {
  const { now, user } = statement.options.session;
  const iso = now.toISOString().replace('T', ' ').replace('Z', '');
  const precision = node.precision ?? 3;
  if (node.what === 'user') return { ...stringLiteral(user ?? 'anonymous'), type: VARCHAR };
  if (node.what === 'date') return { sql: `DATE '${iso.slice(0, 10)}'`, type: DATE };
  if (precision > 6)
    throw new SqlError(
      'NOT_VERIFIED',
      `current_timestamp(${precision}) is not in the verified list (docs/athena-sql.md)`,
      node.position,
    );
  const clock = precision === 0 ? iso.slice(0, 19) : iso.slice(0, 20 + Math.min(precision, 3));
  if (node.what === 'localtimestamp') return { sql: `TIMESTAMP '${clock}'`, type: timestamp(precision) };
  return { sql: `timezone('UTC', TIMESTAMP '${clock}')`, type: zoned(precision, 'UTC') };
}

/** Text of a string literal, for arguments that must be known when the statement is read. */
export function constantText(value: Typed, what: string, position: Position): string {
  if (value.literal?.kind !== 'string')
    throw new SqlError(
      'NOT_VERIFIED',
      `${what} that is not a literal is not in the verified list (docs/athena-sql.md)`,
      position,
    );
  return value.literal.text;
}
