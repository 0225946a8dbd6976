/** Casts: for each pair of types DuckDB SQL that converts, rounds, trims and fails as Trino does. */
import { notVerified, type Position } from '../errors.ts';
import {
  asDecimal,
  commonType,
  fieldNames,
  isFloating,
  isInteger,
  physicalType,
  quoteName,
  quoteText,
  type RowType,
  sameType,
  type Type,
  typeText,
} from '../types.ts';
import { failWith, failWithSql } from './failure.ts';
import { castFromJson, castToJson } from './jsonCast.ts';
import type { StatementContext, Typed } from './scope.ts';
import { tried } from './try.ts';

export interface CastContext {
  readonly statement: StatementContext;
  readonly position: Position;
  /** `TRY_CAST`: what cannot be converted becomes NULL. */
  readonly safe: boolean;
}

type Kind<K extends Type['kind']> = Extract<Type, { kind: K }>;

const as = (sql: string, type: Type) => `CAST(${sql} AS ${physicalType(type)})`;

/** What a value that cannot be converted becomes: a failure in Trino's words, or NULL. */
const unconvertible = (context: CastContext, messageSql: string) =>
  context.safe ? 'NULL' : failWithSql(messageSql);

const checked = (context: CastContext, sql: string, type: Type) =>
  `${context.safe ? 'TRY_CAST' : 'CAST'}(${sql} AS ${physicalType(type)})`;

/** Converts by Trino's implicit coercion; the caller has checked that there is one. */
export function coerce(value: Typed, to: Type, statement: StatementContext, position: Position): Typed {
  if (sameType(value.type, to)) return value;
  if (value.type.kind === 'unknown') return { sql: as('NULL', to), type: to };
  if (value.type.kind === 'varchar' && to.kind === 'varchar') return { ...value, type: to };
  return {
    sql: castSql(value.sql, value.type, to, { statement, position, safe: false }),
    type: to,
    origin: sameShape(value.type, to) ? value.origin : undefined,
  };
}

const sameShape = (a: Type, b: Type) => physicalType(a) === physicalType(b);

/** `CAST(value AS to)`. Throws `SqlError` for a pair that is not verified. */
export function castSql(sql: string, from: Type, to: Type, context: CastContext): string {
  if (sameType(from, to)) return sql;
  if (from.kind === 'unknown') return as('NULL', to);
  if (to.kind === 'json') return castToJson(sql, from, context);
  if (from.kind === 'json') return castFromJson(sql, to, context);
  const converted = castScalar(sql, from, to, context) ?? castStructure(sql, from, to, context);
  if (converted === undefined)
    throw notVerified(`a cast from ${typeText(from)} to ${typeText(to)}`, context.position);
  return converted;
}

function castScalar(sql: string, from: Type, to: Type, context: CastContext): string | undefined {
  switch (to.kind) {
    case 'varchar':
      return toVarchar(sql, from, to, context);
    case 'boolean':
      return toBoolean(sql, from, context);
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return toInteger(sql, from, to, context);
    case 'real':
    case 'double':
      return toFloating(sql, from, to, context);
    case 'decimal':
      return toDecimal(sql, from, to, context);
    case 'date':
      return toDate(sql, from, context);
    case 'timestamp':
      return toTimestamp(sql, from, to, context);
    case 'timestamp with time zone':
      return toZoned(sql, from, to, context);
    case 'uuid':
      return from.kind === 'varchar' ? toUuid(sql, context) : undefined;
    default:
      return undefined;
  }
}

const FRACTION_FORMATS = [
  '%Y-%m-%d %H:%M:%S',
  undefined,
  undefined,
  '%Y-%m-%d %H:%M:%S.%g',
  undefined,
  undefined,
  '%Y-%m-%d %H:%M:%S.%f',
];

/** A timestamp's text with exactly `precision` decimals. */
export function timestampText(sql: string, precision: number): string {
  const format = FRACTION_FORMATS[precision];
  // Six decimals are cut from the end, for a year may have more than four digits.
  const text = format
    ? `strftime(${sql}, ${quoteText(format)})`
    : `left(strftime(${sql}, '%Y-%m-%d %H:%M:%S.%f'), ${precision - 6})`;
  return `hw_signed_year(${text}, ${sql})`;
}

/** DuckDB leaves out the zero before the point when all digits are decimals: `.05`. */
export const decimalText = (sql: string, type: Kind<'decimal'>) =>
  type.precision === type.scale
    ? `regexp_replace(CAST(${sql} AS VARCHAR), '^(-?)[.]', '\\10.')`
    : `CAST(${sql} AS VARCHAR)`;

/** The text of a value as `CAST(x AS varchar)` gives it, or undefined where there is none. */
function textOf(sql: string, from: Type): string | undefined {
  if (isInteger(from) || from.kind === 'boolean' || from.kind === 'uuid') return `CAST(${sql} AS VARCHAR)`;
  if (from.kind === 'decimal') return decimalText(sql, from);
  if (from.kind === 'double') return `hw_double_text(${sql})`;
  if (from.kind === 'real') return `hw_real_text(${sql})`;
  if (from.kind === 'date') return `hw_date_text(${sql})`;
  if (from.kind === 'interval day to second') return `hw_day_time_text(${sql})`;
  if (from.kind === 'interval year to month') return `hw_year_month_text(${sql})`;
  if (from.kind === 'timestamp') return timestampText(sql, from.precision);
  if (from.kind === 'timestamp with time zone') {
    const zone = from.zone === 'row' ? `(${sql}).z` : quoteText(from.zone);
    return `${timestampText(wallClock(sql, from.zone), from.precision)} || ' ' || ${zone}`;
  }
  return undefined;
}

function toVarchar(sql: string, from: Type, to: Kind<'varchar'>, context: CastContext): string | undefined {
  if (from.kind === 'varchar') {
    const shortens = to.length !== undefined && (from.length === undefined || from.length > to.length);
    return shortens ? `left(${sql}, ${to.length})` : sql;
  }
  const text = textOf(sql, from);
  if (text === undefined || to.length === undefined) return text;
  const message = `'!Value ' || ${text} || ' cannot be represented as ${typeText(to)}'`;
  return `CASE WHEN length(${text}) <= ${to.length} THEN ${text} WHEN ${sql} IS NULL THEN NULL ELSE ${unconvertible(context, message)} END`;
}

function toBoolean(sql: string, from: Type, context: CastContext): string | undefined {
  if (isInteger(from) || isFloating(from) || from.kind === 'decimal') return `(${sql} <> 0)`;
  if (from.kind !== 'varchar') return undefined;
  return `CASE WHEN lower(${sql}) IN ('true', 't', '1') THEN true WHEN lower(${sql}) IN ('false', 'f', '0') THEN false WHEN ${sql} IS NULL THEN NULL ELSE ${unconvertible(context, `'!Cannot cast ''' || ${sql} || ''' to BOOLEAN'`)} END`;
}

const INTEGER_NAMES: Readonly<Record<string, string>> = {
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  integer: 'INT',
  bigint: 'BIGINT',
};

interface TextForm {
  /** All of the text; its first group is what DuckDB casts. */
  readonly pattern: string;
  /** Text that Trino may take in a way that is not verified: it fails, even under TRY_CAST. */
  readonly unverified?: string;
  readonly messageSql: string;
  /** What is made of the text before DuckDB casts it. */
  readonly plain?: (text: string) => string;
  readonly wrap?: (read: string) => string;
}

/**
 * Reads text of a known form. The operand is evaluated once where the text is good; what else it may be is only asked
 * where it is not.
 */
function readText(sql: string, to: Type, context: CastContext, form: TextForm): string {
  const text = `regexp_extract(${sql}, ${quoteText(`^${form.pattern}$`)}, 1)`;
  const cast = `TRY_CAST(${form.plain?.(text) ?? text} AS ${physicalType(to)})`;
  const refusal = failWith(
    `a cast of text in this form to ${typeText(to)} is not in the verified list (docs/athena-sql.md)`,
  );
  const odd = form.unverified
    ? `WHEN regexp_full_match(${sql}, ${quoteText(form.unverified)}) THEN ${refusal} `
    : '';
  const failing = context.safe ? '' : `WHEN ${sql} IS NOT NULL THEN ${failWithSql(form.messageSql)} `;
  const read = form.wrap ? form.wrap(cast) : cast;
  return odd || failing ? `coalesce(${read}, CASE ${odd}${failing}END)` : read;
}

/** Digits of other scripts, which Java reads. */
const OTHER_DIGITS = '[\\p{Nd}+.eE\\s-]*[^\\x00-\\x7F][\\p{Nd}+.eE\\s-]*';

function toInteger(sql: string, from: Type, to: Type, context: CastContext): string | undefined {
  if (isInteger(from) || from.kind === 'boolean') return checked(context, sql, to);
  // DuckDB rounds a double half to even when it casts; Trino rounds half away from zero.
  if (isFloating(from) || from.kind === 'decimal') return checked(context, `round(${sql})`, to);
  if (from.kind !== 'varchar') return undefined;
  return readText(sql, to, context, {
    pattern: '\\s*([+-]?[0-9]+)\\s*',
    unverified: OTHER_DIGITS,
    messageSql: `'!Cannot cast ''' || ${sql} || ''' to ${INTEGER_NAMES[to.kind]}'`,
  });
}

/** What Java's Double.parseDouble takes: blanks around it, and a suffix `d` or `f`. */
const FLOAT_PATTERN =
  '[\\x00-\\x20]*([+-]?(?:(?:NaN|Infinity)[\\x00-\\x20]*$|(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?))[dDfF]?[\\x00-\\x20]*';

function toFloating(sql: string, from: Type, to: Type, context: CastContext): string | undefined {
  if (from.kind === 'double' && to.kind === 'real') return `hw_to_real(${sql})`;
  if (isInteger(from) || isFloating(from) || from.kind === 'boolean') return as(sql, to);
  // A short decimal is its whole number divided by a power of ten, in the target's own arithmetic.
  if (from.kind === 'decimal' && to.kind === 'real' && from.precision <= 18) {
    const whole = `CAST(CAST(${sql} AS DECIMAL(38,${from.scale})) * CAST('1${'0'.repeat(from.scale)}' AS DECIMAL(${from.scale + 1},0)) AS BIGINT)`;
    return `(CAST(${whole} AS FLOAT) / CAST('1${'0'.repeat(from.scale)}' AS FLOAT))`;
  }
  // Through text a long decimal is rounded once, as Trino's parse does.
  if (from.kind === 'decimal') return from.precision <= 15 ? as(sql, to) : as(`CAST(${sql} AS VARCHAR)`, to);
  if (from.kind !== 'varchar') return undefined;
  return readText(sql, to, context, {
    pattern: FLOAT_PATTERN,
    // A number that DuckDB cannot hold, which Java takes for Infinity, is refused too.
    unverified: `${FLOAT_PATTERN}|${OTHER_DIGITS}`,
    messageSql: `'!Cannot cast ''' || ${sql} || ''' to ${to.kind.toUpperCase()}'`,
  });
}

function toDecimal(sql: string, from: Type, to: Kind<'decimal'>, context: CastContext): string | undefined {
  if (isInteger(from) || from.kind === 'boolean' || from.kind === 'decimal') return checked(context, sql, to);
  // Trino rounds the shortest decimal text of a double, not its binary value.
  if (isFloating(from)) return checked(context, `CAST(${sql} AS VARCHAR)`, to);
  if (from.kind !== 'varchar') return undefined;
  const message = `'!Cannot cast VARCHAR ''' || ${sql} || ''' to DECIMAL(${to.precision}, ${to.scale})'`;
  return readText(sql, to, context, {
    pattern: '([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)',
    unverified: OTHER_DIGITS,
    messageSql: message,
    plain: (text) => `hw_plain_number(${text})`,
  });
}

/** An instant as the clock of its zone showed it. */
export function wallClock(sql: string, zone: string): string {
  if (zone === 'row') return `hw_wall_clock((${sql}).t, (${sql}).z)`;
  return zone === 'UTC' ? `hw_utc_clock(${sql})` : `hw_wall_clock(${sql}, ${quoteText(zone)})`;
}

/** How a text of ISO 8601 is made one that a cast takes: `replace(text, 'T', ' ')`. */
const ISO_REPLACED = `, 'T', ' '`;

/** The instant of a value with a zone, whatever its form. */
export function instantOf(sql: string, type: Type): string {
  if (type.kind !== 'timestamp with time zone' || type.zone !== 'row') return sql;
  for (const style of ['iso', 'zoned']) {
    const text = onlyArgument(`hw_${style}_timestamp`, sql);
    if (text === undefined) continue;
    const replaced = style === 'zoned' ? onlyArgument('hw_replace', text) : undefined;
    if (replaced?.endsWith(ISO_REPLACED))
      return `hw_zoned_iso_instant(${replaced.slice(0, -ISO_REPLACED.length)})`;
    return `hw_${style}_instant(${text})`;
  }
  return `(${sql}).t`;
}

/** What is in the brackets where `sql` is one call of this function and nothing else. */
function onlyArgument(name: string, sql: string): string | undefined {
  if (!sql.startsWith(`${name}(`) || !sql.endsWith(')')) return undefined;
  const text = sql.slice(name.length + 1, -1);
  let depth = 0;
  for (const [bracket] of text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '').matchAll(/[()]/g)) {
    depth += bracket === '(' ? 1 : -1;
    if (depth < 0) return undefined;
  }
  return depth === 0 ? text : undefined;
}

/** Years of other than four digits, signs, and longer months and days. */
const ODD_DATE =
  '\\s*(?:[+-][0-9]+|[0-9]{1,3}|[0-9]{5,})-[0-9]+-[0-9]+.*|\\s*[0-9]{4}-(?:[0-9]{3,}-[0-9]+|[0-9]+-[0-9]{3,}).*';
/** Also zones, and finer fractions than are held. */
const ODD_TIMESTAMP = `${ODD_DATE}|\\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9:]+(?:\\.[0-9]{7,}.*|(?:\\.[0-9]*)?\\s*[A-Za-z+-].*)`;

function toDate(sql: string, from: Type, context: CastContext): string | undefined {
  if (from.kind === 'timestamp') return `CAST(${sql} AS DATE)`;
  if (from.kind === 'timestamp with time zone') return `CAST(${wallClock(sql, from.zone)} AS DATE)`;
  if (from.kind !== 'varchar') return undefined;
  return readText(sql, { kind: 'date' }, context, {
    pattern: '\\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})\\s*',
    unverified: ODD_DATE,
    messageSql: `'!Value cannot be cast to date: ' || ${sql}`,
  });
}

/** Rounds half up to `precision` decimals of a second. */
export function roundTimestamp(sql: string, from: number, to: number): string {
  return from <= to ? sql : `hw_round_time(${sql}, ${10 ** (6 - to)})`;
}

const TIMESTAMP_PATTERN =
  '\\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?: (?:[01]?[0-9]|2[0-3]):[0-5]?[0-9](?::[0-5]?[0-9](?:\\.[0-9]{1,6})?)?)?)\\s*';

function toTimestamp(
  sql: string,
  from: Type,
  to: Kind<'timestamp' | 'time'>,
  context: CastContext,
): string | undefined {
  if (from.kind === 'timestamp') return roundTimestamp(sql, from.precision, to.precision);
  if (from.kind === 'date') return `CAST(${sql} AS TIMESTAMP)`;
  if (from.kind === 'timestamp with time zone')
    return roundTimestamp(wallClock(sql, from.zone), from.precision, to.precision);
  if (from.kind !== 'varchar') return undefined;
  const message = `'!Value cannot be cast to timestamp: ' || ${sql}`;
  return readText(sql, { kind: 'timestamp', precision: 6 }, context, {
    pattern: TIMESTAMP_PATTERN,
    unverified: ODD_TIMESTAMP,
    messageSql: message,
    wrap: (read) => roundTimestamp(read, 6, to.precision),
  });
}

/** The type that a cast gives: of text, each value has its own zone. */
export const castType = (from: Type, to: Type): Type =>
  from.kind === 'varchar' && to.kind === 'timestamp with time zone' ? { ...to, zone: 'row' } : to;

function toZoned(
  sql: string,
  from: Type,
  to: Kind<'timestamp with time zone'>,
  context: CastContext,
): string | undefined {
  if (from.kind === 'varchar')
    return to.zone === 'row' && to.precision === 6 && !context.safe
      ? `hw_zoned_timestamp(${sql})`
      : undefined;
  if (from.kind === 'timestamp with time zone')
    return from.zone === to.zone ? roundZoned(sql, from.precision, to.precision) : undefined;
  if (to.zone !== 'UTC') return undefined;
  if (from.kind === 'date') return `timezone('UTC', CAST(${sql} AS TIMESTAMP))`;
  if (from.kind === 'timestamp')
    return `timezone('UTC', ${roundTimestamp(sql, from.precision, to.precision)})`;
  return undefined;
}

const toUuid = (sql: string, context: CastContext) =>
  readText(sql, { kind: 'uuid' }, context, {
    pattern: '([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})',
    // Java's UUID.fromString takes parts of fewer digits.
    unverified: '[0-9a-fA-F]+(?:-[0-9a-fA-F]+){4}',
    messageSql: `'!Cannot cast value to UUID: ' || ${sql}`,
  });

const roundZoned = (sql: string, from: number, to: number) =>
  from <= to ? sql : `timezone('UTC', ${roundTimestamp(`timezone('UTC', ${sql})`, from, to)})`;

function castStructure(sql: string, from: Type, to: Type, context: CastContext): string | undefined {
  if (context.safe) {
    // Only the conversion may become NULL; a failure inside the operand must stay one.
    if (sql.includes("'!"))
      throw notVerified(`try_cast of a computed value to ${typeText(to)}`, context.position);
    const strict = castStructure(sql, from, to, { ...context, safe: false });
    return strict && tried(strict, context.statement);
  }
  if (from.kind === 'array' && to.kind === 'array') {
    if (sameShape(from, to) && commonType(from, to)) return sql;
    const item = context.statement.nextAlias('e');
    return `list_transform(${sql}, lambda ${item}: ${castSql(item, from.element, to.element, context)})`;
  }
  if (from.kind === 'map' && to.kind === 'map') {
    const key = context.statement.nextAlias('e');
    return `map_from_entries(list_transform(map_entries(${sql}), lambda ${key}: struct_pack(k := ${castSql(`${key}.key`, from.key, to.key, context)}, v := ${castSql(`${key}.value`, from.value, to.value, context)})))`;
  }
  if (from.kind === 'row' && to.kind === 'row' && from.fields.length === to.fields.length)
    return castRow(sql, from, to, context);
  return undefined;
}

function castRow(sql: string, from: RowType, to: RowType, context: CastContext): string {
  const [sources, targets] = [fieldNames(from), fieldNames(to)];
  const fields = to.fields.map((field, index) => {
    const value = `struct_extract(${sql}, ${quoteText(sources[index]!)})`;
    return `${quoteName(targets[index]!)} := ${castSql(value, from.fields[index]!.type, field.type, context)}`;
  });
  return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
}

/** An integer or decimal operand as the decimal it takes part as. */
export const decimalOperand = (value: Typed) => {
  const type = asDecimal(value.type);
  return { type, sql: value.type.kind === 'decimal' ? value.sql : as(value.sql, type) };
};
