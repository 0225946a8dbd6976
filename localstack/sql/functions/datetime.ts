/** Dates, times and zones: trino.io/docs/476/functions/datetime.html. */
import { hasOffset, type TimeStyle, timeElements } from '../engine/timeText.ts';
import { castSql, roundTimestamp, timestampText, wallClock } from '../translate/cast.ts';
import { failWith } from '../translate/failure.ts';
import { zoneName } from '../translate/literal.ts';
import type { Typed } from '../translate/scope.ts';
import { DATE, quoteText, type Type, VARCHAR, varchar, zoned } from '../types.ts';
import { type Emission, once, scalar } from './entry.ts';
import { jodaPattern, mysqlPattern, type TimePattern } from './timeFormat.ts';

/** The argument as its zone's clock shows it: a DATE or TIMESTAMP. */
function clockOf(value: Typed): string {
  return value.type.kind === 'timestamp with time zone' ? wallClock(value.sql, value.type.zone) : value.sql;
}

/** Formatting rounds to milliseconds first. */
const roundedClock = (value: Typed) =>
  value.type.kind === 'timestamp' || value.type.kind === 'timestamp with time zone'
    ? roundTimestamp(clockOf(value), value.type.precision, 3)
    : clockOf(value);

/** Joda writes a year before 0 with four digits too, which strftime does not. */
function formatted(call: Emission, format: string): string {
  const clock = roundedClock(call.arguments[0]!);
  const text = (part: string) => `strftime(${clock}, ${quoteText(part)})`;
  const parts = (format.match(/%-?.|[^%]+/gs) ?? []).map((part) =>
    part === '%Y' ? `hw_year(${clock})` : text(part),
  );
  if (!parts.includes(`hw_year(${clock})`)) return text(format);
  return `CASE WHEN hw_is_plain_year(${clock}) THEN ${text(format)} ELSE ${parts.join(' || ')} END`;
}

const TIME_TYPES = ['date', 'timestamp(p)', 'timestamp(p) with time zone'] as const;
const CLOCK_TYPES = ['timestamp(p)', 'timestamp(p) with time zone'] as const;

/** Parts of a date or time, by each name that the function has. */
const PARTS: readonly (readonly [names: readonly string[], duck: string, types: readonly string[]])[] = [
  [['year'], 'year', TIME_TYPES],
  [['quarter'], 'quarter', TIME_TYPES],
  [['month'], 'month', TIME_TYPES],
  [['week', 'week_of_year'], 'week', TIME_TYPES],
  [['day', 'day_of_month'], 'day', TIME_TYPES],
  [['day_of_week', 'dow'], 'isodow', TIME_TYPES],
  [['day_of_year', 'doy'], 'dayofyear', TIME_TYPES],
  [['year_of_week', 'yow'], 'isoyear', TIME_TYPES],
  [['hour'], 'hour', CLOCK_TYPES],
  [['minute'], 'minute', CLOCK_TYPES],
  [['second'], 'second', CLOCK_TYPES],
];

const DATE_UNITS = ['day', 'week', 'month', 'quarter', 'year'];
const CLOCK_UNITS = ['millisecond', 'second', 'minute', 'hour'];

function unitOf(call: Emission, value: Typed): string {
  const unit = call.constant(0).toLowerCase();
  const known = value.type.kind === 'date' ? DATE_UNITS : [...CLOCK_UNITS, ...DATE_UNITS];
  return known.includes(unit) ? unit : call.refuse(`${call.name} with the unit '${unit}'`);
}

const isUtc = ({ type }: Typed) => type.kind !== 'timestamp with time zone' || type.zone === 'UTC';

/** The zone of a value, as SQL. */
const zoneSql = (value: Typed) =>
  value.type.kind === 'timestamp with time zone' && value.type.zone !== 'row'
    ? quoteText(value.type.zone)
    : `(${value.sql}).z`;

/** The clock of its zone; cut to hours, a region's clock that shows an hour twice would lose which of the two it was. */
function zonedClock(call: Emission, value: Typed, toHours: boolean): string {
  const { type } = value;
  if (toHours && type.kind === 'timestamp with time zone') {
    if (type.zone !== 'row' && !/^[+-]/.test(type.zone)) call.refuse(`${call.name} to hours in ${type.zone}`);
    if (type.zone === 'row')
      return `CASE WHEN (${value.sql}).z IS NOT NULL AND NOT regexp_full_match((${value.sql}).z, 'UTC|[+-].*') THEN ${failWith(`${call.name} to hours in a region is not in the verified list (docs/athena-sql.md)`)} ELSE ${clockOf(value)} END`;
  }
  return clockOf(value);
}

/** A value's clock in the zone of another. */
function clockLike(value: Typed, other: Typed): string {
  if (value.type.kind !== 'timestamp with time zone' || other.type.kind !== 'timestamp with time zone')
    return clockOf(value);
  if (value === other || (value.type.zone === other.type.zone && value.type.zone !== 'row'))
    return clockOf(value);
  return `hw_wall_clock(${instant(value)}, ${zoneSql(other)})`;
}

/** A value with a zone of its own is a STRUCT that is read several times. */
const bound = (call: Emission, value: Typed, use: (value: Typed) => string) =>
  value.type.kind === 'timestamp with time zone' && value.type.zone !== 'UTC'
    ? once(call.fresh(), value.sql, (sql) => use({ ...value, sql }))
    : use(value);

/** An instant in the zone of `like`. */
const atInstant = (like: Typed, sql: string) =>
  like.type.kind === 'timestamp with time zone' && like.type.zone === 'row'
    ? `CASE WHEN ${like.sql} IS NOT NULL THEN struct_pack(t := ${sql}, z := (${like.sql}).z) END`
    : sql;

/** What the clock of its zone shows, as an instant in it. */
const atClock = (call: Emission, like: Typed, clock: string) =>
  atInstant(
    like,
    once(call.fresh(), `CAST(${clock} AS TIMESTAMP)`, (shown) => `hw_at_zone(${shown}, ${zoneSql(like)})`),
  );

/** Gives a clock's reading back in the type of `like`. */
function backTo(like: Typed, sql: string): string {
  if (like.type.kind === 'date') return `CAST(${sql} AS DATE)`;
  return like.type.kind === 'timestamp'
    ? `CAST(${sql} AS TIMESTAMP)`
    : `timezone('UTC', CAST(${sql} AS TIMESTAMP))`;
}

const ADD: Readonly<Record<string, string>> = {
  millisecond: 'to_milliseconds(%)',
  second: 'to_seconds(%)',
  minute: 'to_minutes(%)',
  hour: 'to_hours(%)',
  day: 'to_days(CAST(% AS INTEGER))',
  week: 'to_days(CAST(% * 7 AS INTEGER))',
  month: 'to_months(CAST(% AS INTEGER))',
  quarter: 'to_months(CAST(% * 3 AS INTEGER))',
  year: 'to_years(CAST(% AS INTEGER))',
};

function patternOf(
  call: Emission,
  read: (text: string) => TimePattern | undefined,
  index: number,
): TimePattern {
  const text = call.constant(index);
  return read(text) ?? call.refuse(`${call.name} with the pattern '${text}'`);
}

/**
 * Reads text by a pattern; anything that the pattern does not describe fails. DuckDB reads whole dates of the usual form,
 * Joda's rules in JavaScript everything else.
 */
function parseTime(call: Emission, text: string, style: TimeStyle): string {
  const written = call.constant(1);
  const pattern = (style === 'mysql' ? mysqlPattern : jodaPattern)(written);
  if (!timeElements(written, style)) call.refuse(`${call.name} with the pattern '${written}'`);
  const exact = `make_timestamp(hw_js_time_ms(${text}, ${quoteText(written)}, '${style}') * 1000)`;
  if (pattern?.input === undefined || !/%Y/.test(pattern.format) || !/%-?d/.test(pattern.format))
    return exact;
  const read = `CASE WHEN regexp_full_match(${text}, ${quoteText(pattern.input)}) THEN try_strptime(${text}, ${quoteText(pattern.format)}) END`;
  return `coalesce(${read}, ${exact})`;
}

const precisionOf = ({ type }: Typed) =>
  type.kind === 'timestamp' || type.kind === 'timestamp with time zone' ? type.precision : 3;

/** Minutes that the value's zone was ahead of UTC. */
const minutesAhead = (value: Typed) =>
  `((epoch_us(${clockOf(value)}) - epoch_us(${instantClock(value)})) // 60000000)`;

/** The zone of hours and minutes that are literals. */
function fixedZone([, hours, minutes]: readonly Typed[]): string | undefined {
  if (hours?.literal?.kind !== 'number' || minutes?.literal?.kind !== 'number') return undefined;
  const total = Number(hours.literal.text) * 60 + Number(minutes.literal.text);
  const size = Math.abs(total);
  const two = (value: number) => String(value).padStart(2, '0');
  return zoneName(`${total < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`);
}

const zoneOf = (call: Emission, index: number) => {
  const text = call.constant(index);
  return zoneName(text) ?? call.refuse(`the time zone '${text}'`);
};

const isComputed = (zone: Typed) => zone.literal?.kind !== 'string';

/** Each row in a zone of its own. */
const zonedByRow = (value: string, at: string, zone: string) =>
  `CASE WHEN ${value} IS NOT NULL AND ${zone} IS NOT NULL THEN struct_pack(t := ${at}, z := hw_js_zone_name(${zone})) END`;

const zonedLike =
  (index: number) =>
  (args: readonly Typed[]): Type => {
    const [value, zone] = args;
    const precision =
      value!.type.kind === 'timestamp' || value!.type.kind === 'timestamp with time zone'
        ? value!.type.precision
        : 3;
    if (zone && isComputed(zone)) return zoned(precision, 'row');
    return zoned(precision, zoneName(args[index]?.literal?.text ?? zone?.literal?.text ?? 'UTC') ?? 'UTC');
  };

export const DATETIME_FUNCTIONS = [
  ...PARTS.flatMap(([names, duck, types]) =>
    names.flatMap((name) =>
      types.map((type) =>
        scalar(
          `${name}(${type}) -> bigint`,
          (_, call) => `CAST(${duck}(${clockOf(call.arguments[0]!)}) AS BIGINT)`,
        ),
      ),
    ),
  ),
  ...CLOCK_TYPES.map((type) =>
    scalar(
      `millisecond(${type}) -> bigint`,
      (_, call) => `CAST(millisecond(${clockOf(call.arguments[0]!)}) % 1000 AS BIGINT)`,
    ),
  ),
  ...TIME_TYPES.map((type) =>
    scalar(
      `last_day_of_month(${type}) -> date`,
      (_, call) => `last_day(CAST(${clockOf(call.arguments[0]!)} AS DATE))`,
    ),
  ),
  ...TIME_TYPES.flatMap((type) => [
    scalar(`date_trunc(varchar(x), ${type}) -> ${type}`, (_, call) => {
      const value = call.arguments[1]!;
      const unit = unitOf(call, value);
      if (isUtc(value)) return backTo(value, `date_trunc('${unit}', ${clockOf(value)})`);
      return bound(call, value, (held) =>
        atClock(call, held, `date_trunc('${unit}', ${zonedClock(call, held, unit === 'hour')})`),
      );
    }),
    scalar(`date_add(varchar(x), bigint, ${type}) -> ${type}`, ([, count], call) => {
      const value = call.arguments[2]!;
      const amount = ADD[unitOf(call, value)]!.replace('%', `(${count})`);
      if (isUtc(value)) return backTo(value, `${clockOf(value)} + ${amount}`);
      const onClock = !CLOCK_UNITS.includes(unitOf(call, value));
      return bound(call, value, (held) =>
        onClock
          ? atClock(call, held, `${zonedClock(call, held, false)} + ${amount}`)
          : atInstant(held, `timezone('UTC', ${instantClock(held)} + ${amount})`),
      );
    }),
    scalar(`date_diff(varchar(x), ${type}, ${type}) -> bigint`, (_, call) => {
      const [, from, to] = call.arguments;
      const unit = unitOf(call, from!);
      // Days and longer are counted on the calendar of the first one's zone.
      const clock = (value: Typed, first: Typed) => {
        const zoneFree = value.type.kind === 'timestamp with time zone' && CLOCK_UNITS.includes(unit);
        return toMilliseconds(value, zoneFree ? instantClock(value) : clockLike(value, first));
      };
      return bound(call, from!, (a) =>
        bound(call, to!, (b) => `datesub('${unit}', ${clock(a, a)}, ${clock(b, a)})`),
      );
    }),
  ]),
  ...CLOCK_TYPES.flatMap((type) => [
    scalar(`date(${type}) -> date`, (_, call) => `CAST(${clockOf(call.arguments[0]!)} AS DATE)`),
    scalar(`date_format(${type}, varchar(x)) -> varchar`, (_, call) =>
      formatted(call, patternOf(call, mysqlPattern, 1).format),
    ),
    scalar(`format_datetime(${type}, varchar(x)) -> varchar`, (_, call) =>
      formatted(call, patternOf(call, jodaPattern, 1).format),
    ),
  ]),
  scalar('date_parse(varchar(x), varchar(y)) -> timestamp(3)', ([text], call) =>
    parseTime(call, text!, 'mysql'),
  ),
  scalar(
    'parse_datetime(varchar(x), varchar(y)) -> timestamp(3) with time zone',
    ([text], call) => {
      const pattern = call.constant(1);
      if (!hasOffset(pattern)) return `timezone('UTC', ${parseTime(call, text!, 'joda')})`;
      if (!timeElements(pattern, 'joda')) call.refuse(`${call.name} with the pattern '${pattern}'`);
      return once(call.fresh(), text!, (held) => {
        const args = `${held}, ${quoteText(pattern)}, 'joda'`;
        return `CASE WHEN ${held} IS NOT NULL THEN struct_pack(t := make_timestamptz(hw_js_time_ms(${args}) * 1000), z := hw_js_time_zone(${args})) END`;
      });
    },
    ([, pattern]) => zoned(3, hasOffset(pattern!.literal?.text ?? '') ? 'row' : 'UTC'),
  ),
  scalar('date(varchar(x)) -> date', ([text], call) =>
    castSql(text!, VARCHAR, DATE, { statement: call.statement, position: call.position, safe: false }),
  ),
  ...CLOCK_TYPES.map((type) =>
    scalar(
      `to_iso8601(${type}) -> varchar(x)`,
      (_, call) => {
        const value = call.arguments[0]!;
        return bound(call, value, (held) => {
          const text = `replace(${timestampText(clockOf(held), precisionOf(held))}, ' ', 'T')`;
          if (held.type.kind !== 'timestamp with time zone') return text;
          if (held.type.zone === 'UTC') return `${text} || 'Z'`;
          return `${text} || ${once(call.fresh(), minutesAhead(held), (minutes) => `hw_offset_text(${minutes})`)}`;
        });
      },
      ([value]) => {
        const precision = precisionOf(value!);
        const plain = precision === 0 ? 22 : 23 + precision;
        return varchar(value!.type.kind === 'timestamp' ? plain : plain + 6);
      },
    ),
  ),
  scalar('timezone_hour(timestamp(p) with time zone) -> bigint', (_, call) =>
    bound(call, call.arguments[0]!, (held) => `CAST(${minutesAhead(held)} // 60 AS BIGINT)`),
  ),
  scalar('timezone_minute(timestamp(p) with time zone) -> bigint', (_, call) =>
    bound(call, call.arguments[0]!, (held) => `CAST(${minutesAhead(held)} % 60 AS BIGINT)`),
  ),
  scalar('timezone(timestamp(p) with time zone) -> varchar', ([x], call) => {
    const { type } = call.arguments[0]!;
    if (type.kind !== 'timestamp with time zone') return call.refuse('timezone of a plain time');
    return type.zone === 'row' ? `(${x}).z` : `CASE WHEN ${x} IS NOT NULL THEN ${quoteText(type.zone)} END`;
  }),
  scalar(
    'from_unixtime(double, varchar(x)) -> timestamp(3) with time zone',
    ([seconds], call) => {
      zoneOf(call, 1);
      return fromSeconds(seconds!);
    },
    ([, zone]) => zoned(3, zoneName(zone!.literal?.text ?? 'UTC') ?? 'UTC'),
  ),
  scalar(
    'from_unixtime(double, bigint, bigint) -> timestamp(3) with time zone',
    ([seconds], call) => {
      if (fixedZone(call.arguments) === undefined) call.refuse('from_unixtime with a computed offset');
      return fromSeconds(seconds!);
    },
    (args) => zoned(3, fixedZone(args) ?? 'UTC'),
  ),
  scalar('human_readable_seconds(double) -> varchar', ([x]) => `hw_js_readable_seconds(${x})`),
  scalar('to_milliseconds(interval day to second) -> bigint', ([x]) => `(epoch_us(${x}) // 1000)`),
  scalar(
    'parse_duration(varchar(x)) -> interval day to second',
    ([x]) => `to_microseconds(hw_js_duration(${x}) * 1000)`,
  ),
  ...(
    [
      ['day', 86_400_000, undefined],
      ['day_of_month', 86_400_000, undefined],
      ['hour', 3_600_000, 24],
      ['minute', 60_000, 60],
      ['second', 1_000, 60],
      ['millisecond', 1, 1_000],
    ] as const
  ).map(([name, size, of]) =>
    scalar(
      `${name}(interval day to second) -> bigint`,
      ([x]) => `((epoch_us(${x}) // ${size * 1000})${of === undefined ? '' : ` % ${of}`})`,
    ),
  ),
  scalar('year(interval year to month) -> bigint', ([x]) => `CAST(hw_months(${x}) // 12 AS BIGINT)`),
  scalar('month(interval year to month) -> bigint', ([x]) => `CAST(hw_months(${x}) % 12 AS BIGINT)`),
  scalar(
    'from_iso8601_timestamp(varchar(x)) -> timestamp(3) with time zone',
    ([text]) => `hw_iso_timestamp(${text})`,
    () => zoned(3, 'row'),
  ),
  scalar('from_iso8601_date(varchar(x)) -> date', ([text]) => `hw_iso_date(${text})`),
  scalar('to_iso8601(date) -> varchar(16)', ([x]) => `hw_date_text(${x})`),
  scalar('from_unixtime(double) -> timestamp(3) with time zone', ([seconds]) => fromSeconds(seconds!)),
  scalar(
    'to_unixtime(timestamp(p) with time zone) -> double',
    (_, call) => `(CAST(epoch_us(${instantClock(call.arguments[0]!)}) AS DOUBLE) / 1000000)`,
  ),
  scalar(
    'at_timezone(timestamp(p) with time zone, varchar(x)) -> timestamp(p) with time zone',
    ([x, zone], call) => {
      if (isComputed(call.arguments[1]!)) return zonedByRow(x!, instant(call.arguments[0]!), zone!);
      zoneOf(call, 1);
      return instant(call.arguments[0]!);
    },
    zonedLike(1),
  ),
  scalar(
    'with_timezone(timestamp(p), varchar(x)) -> timestamp(p) with time zone',
    ([x, zone], call) =>
      isComputed(call.arguments[1]!)
        ? zonedByRow(x!, `hw_at_zone(${x}, hw_js_zone_name(${zone}))`, zone!)
        : `hw_at_zone(${x}, ${quoteText(zoneOf(call, 1))})`,
    zonedLike(1),
  ),
  scalar(
    'now() -> timestamp(3) with time zone',
    (_, call) =>
      `timezone('UTC', TIMESTAMP '${call.statement.options.session.now.toISOString().replace('T', ' ').replace('Z', '')}')`,
  ),
  scalar('current_timezone() -> varchar', () => "'UTC'"),
];

const fromSeconds = (seconds: string) =>
  `make_timestamptz(CAST(floor(hw_nan_to_zero(${seconds}) * 1000 + 0.5) AS BIGINT) * 1000)`;

/** Trino compares what is left after cutting to milliseconds. */
const toMilliseconds = ({ type }: Typed, sql: string) =>
  'precision' in type && type.kind !== 'decimal' && type.precision > 3
    ? `date_trunc('millisecond', ${sql})`
    : sql;

const instant = (value: Typed) =>
  value.type.kind === 'timestamp with time zone' && value.type.zone === 'row'
    ? `(${value.sql}).t`
    : value.sql;
const instantClock = (value: Typed) => `timezone('UTC', ${instant(value)})`;
