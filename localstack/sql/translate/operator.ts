/** Arithmetic and comparison by Trino's types: integer division, decimal scale, NaN, intervals, rows and arrays. */
import { notVerified, type Position, SqlError } from '../errors.ts';
import { once } from '../functions/entry.ts';
import type { BinaryOperator, ComparisonOperator } from '../syntax/tree.ts';
import {
  arrayOf,
  BOOLEAN,
  commonType,
  type DecimalType,
  DOUBLE,
  decimal,
  fieldNames,
  isFloating,
  isInteger,
  isNumeric,
  physicalType,
  quoteText,
  type RowType,
  type Type,
  timestamp,
  typeText,
  VARCHAR,
  type ZonedType,
  zoned,
} from '../types.ts';
import { coerce, decimalOperand, instantOf } from './cast.ts';
import { failWith } from './failure.ts';
import type { StatementContext, Typed } from './scope.ts';

interface Place {
  readonly statement: StatementContext;
  readonly position: Position;
}

const COMPARISON_TEXT: Readonly<Record<string, string>> = {
  'is distinct': 'IS DISTINCT FROM',
  'is not distinct': 'IS NOT DISTINCT FROM',
};

export const cannotApply = (operator: string, left: Type, right: Type, position: Position) =>
  new SqlError(
    'TYPE_MISMATCH',
    `Cannot apply operator: ${typeText(left)} ${operator} ${typeText(right)}`,
    position,
  );

export function binary(operator: BinaryOperator, left: Typed, right: Typed, place: Place): Typed {
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(operator, left, right, place);
    case '||':
      return concatenate(left, right, place);
    case 'is distinct':
    case 'is not distinct':
      return distinct(operator, left, right, place);
    default:
      return compare(operator, left, right, place);
  }
}

// ---------------------------------------------------------------- arithmetic

type Arithmetic = '+' | '-' | '*' | '/' | '%';

function arithmetic(operator: Arithmetic, left: Typed, right: Typed, place: Place): Typed {
  const temporal = temporalArithmetic(operator, left, right, place);
  if (temporal) return temporal;
  const common = commonType(left.type, right.type);
  if (!common || !isNumeric(common)) throw cannotApply(operator, left.type, right.type, place.position);
  if (common.kind === 'decimal') return decimalArithmetic(operator, left, right);
  const [a, b] = [
    coerce(left, common, place.statement, place.position),
    coerce(right, common, place.statement, place.position),
  ];
  if (isFloating(common)) return { sql: `(${a.sql} ${operator} ${b.sql})`, type: common };
  if (operator === '/' || operator === '%') return { sql: divideInteger(operator, a, b), type: common };
  return { sql: `(${a.sql} ${operator} ${b.sql})`, type: common };
}

const isNonZeroLiteral = (value: Typed) =>
  value.literal?.kind === 'number' && /[1-9]/.test(value.literal.text);

const guardZero = (divisor: Typed, zero: string, sql: string) =>
  isNonZeroLiteral(divisor)
    ? sql
    : `CASE WHEN ${divisor.sql} = ${zero} THEN ${failWith('Division by zero')} ELSE ${sql} END`;

/** Integer division truncates towards zero; a remainder has the dividend's sign. */
function divideInteger(operator: '/' | '%', a: Typed, b: Typed): string {
  return guardZero(b, '0', `(${a.sql} ${operator === '/' ? '//' : '%'} ${b.sql})`);
}

/** trino.io/docs/476/functions/decimal.html gives the precision and scale of each result. */
export function decimalResult(operator: Arithmetic, a: DecimalType, b: DecimalType): DecimalType {
  const whole = (type: DecimalType) => type.precision - type.scale;
  const scale = Math.max(a.scale, b.scale);
  switch (operator) {
    case '+':
    case '-':
      return decimal(Math.min(38, scale + Math.max(whole(a), whole(b)) + 1), scale);
    case '*':
      return decimal(Math.min(38, a.precision + b.precision), a.scale + b.scale);
    case '/':
      return decimal(Math.min(38, a.precision + b.scale + Math.max(0, b.scale - a.scale)), scale);
    case '%':
      return decimal(Math.min(b.precision - b.scale, whole(a)) + scale, scale);
  }
}

function decimalArithmetic(operator: Arithmetic, left: Typed, right: Typed): Typed {
  const [a, b] = [decimalOperand(left), decimalOperand(right)];
  const type = decimalResult(operator, a.type, b.type);
  if (type.scale > 38)
    throw new SqlError(
      'NUMERIC_VALUE_OUT_OF_RANGE',
      `DECIMAL scale must be in range [0, precision (38)]: ${type.scale}`,
    );
  const result = physicalType(type);
  switch (operator) {
    case '/':
      return { sql: `CAST(${divideDecimal(a, b, type, right)} AS ${result})`, type };
    case '%': {
      const wide = physicalType(decimal(38, type.scale));
      return {
        sql: guardZero(
          { ...right, sql: b.sql },
          '0',
          `CAST(CAST(${a.sql} AS ${wide}) % CAST(${b.sql} AS ${wide}) AS ${result})`,
        ),
        type,
      };
    }
    default:
      return {
        sql: `CAST(${decimalTerm(a, type, operator)} ${operator} ${decimalTerm(b, type, operator)} AS ${result})`,
        type,
      };
  }
}

/** Sums take both operands at the result's scale; a product needs the result's width, which DuckDB would not give it. */
function decimalTerm(
  operand: { sql: string; type: DecimalType },
  type: DecimalType,
  operator: Arithmetic,
): string {
  const scale = operator === '*' ? operand.type.scale : type.scale;
  const wide = type.precision <= 18 || operand.type.precision > 18;
  return operand.type.scale === scale && wide
    ? operand.sql
    : `CAST(${operand.sql} AS ${physicalType(decimal(Math.max(type.precision, operand.type.precision), scale))})`;
}

/**
 * Exact division on unscaled integers, rounded half away from zero. DuckDB has no integer wider than 128 bits, so operands
 * whose digits leave no room fail with an overflow where Trino would still answer.
 */
function divideDecimal(
  a: { sql: string; type: DecimalType },
  b: { sql: string; type: DecimalType },
  type: DecimalType,
  divisor: Typed,
): string {
  const shift = type.scale - a.type.scale + b.type.scale;
  const quotient = `hw_divide(${unscaled(a)}, ${unscaled(b)}, CAST('1${'0'.repeat(shift)}' AS HUGEINT))`;
  return guardZero({ ...divisor, sql: b.sql }, '0', scaledDecimal(quotient, type));
}

/** The decimal `sum` (of that scale) over an integer, at `resultScale`: what avg needs. */
export const divideUnscaled = (sum: string, scale: number, count: string, resultScale: number) =>
  scaledDecimal(
    `hw_divide(${unscaled({ sql: sum, type: decimal(38, scale) })}, ${count}, CAST('1' AS HUGEINT))`,
    decimal(38, resultScale),
  );

/** An unscaled integer as the decimal that it stands for. */
export const scaledDecimal = (quotient: string, type: DecimalType) =>
  type.scale === 0
    ? quotient
    : `CAST(${quotient} AS DECIMAL(38,0)) * CAST('0.${'0'.repeat(type.scale - 1)}1' AS DECIMAL(${type.scale},${type.scale}))`;

export const unscaled = (value: { sql: string; type: DecimalType }) =>
  value.type.scale === 0
    ? `CAST(${value.sql} AS HUGEINT)`
    : `CAST(CAST(${value.sql} AS DECIMAL(38,${value.type.scale})) * CAST('1${'0'.repeat(value.type.scale)}' AS DECIMAL(${value.type.scale + 1},0)) AS HUGEINT)`;

export function negate(operand: Typed, place: Place): Typed {
  const { type } = operand;
  if (type.kind === 'interval day to second' || type.kind === 'interval year to month' || isNumeric(type))
    return {
      sql: `(-${operand.sql})`,
      type,
      literal:
        operand.literal?.kind === 'number' ? { kind: 'number', text: `-${operand.literal.text}` } : undefined,
    };
  throw new SqlError('TYPE_MISMATCH', `Cannot negate ${typeText(type)}`, place.position);
}

const isInterval = (type: Type) =>
  type.kind === 'interval day to second' || type.kind === 'interval year to month';

function temporalArithmetic(
  operator: Arithmetic,
  left: Typed,
  right: Typed,
  place: Place,
): Typed | undefined {
  const [a, b] = [left.type, right.type];
  if (isInterval(a) && isInterval(b) && a.kind === b.kind && (operator === '+' || operator === '-'))
    return { sql: `(${left.sql} ${operator} ${right.sql})`, type: a };
  if (operator === '*' && isInterval(a) && isInteger(b))
    return { sql: `(${left.sql} * ${right.sql})`, type: a };
  if (operator === '*' && isInteger(a) && isInterval(b))
    return { sql: `(${right.sql} * ${left.sql})`, type: b };
  if (operator === '*' && isInterval(a) && isNumeric(b)) return scaleInterval('*', left, right, place);
  if (operator === '*' && isNumeric(a) && isInterval(b)) return scaleInterval('*', right, left, place);
  if (operator === '/' && isInterval(a) && isNumeric(b)) return scaleInterval('/', left, right, place);
  if ((operator === '+' || operator === '-') && isInterval(b))
    return addInterval(operator, left, right, place);
  if (operator === '+' && isInterval(a)) return addInterval('+', right, left, place);
  if (operator === '-') return subtractTimes(left, right);
  return undefined;
}

/** By a double, cut to whole milliseconds or months. */
function scaleInterval(operator: '*' | '/', interval: Typed, factor: Typed, place: Place): Typed {
  const by = coerce(factor, DOUBLE, place.statement, place.position).sql;
  const verb = operator === '*' ? 'multiply' : 'divide';
  const wrong = `CASE WHEN isnan(${by})${operator === '/' ? ` OR ${by} = 0` : ''} THEN ${failWith(`Cannot ${verb} by double`)}`;
  const [whole, back] =
    interval.type.kind === 'interval year to month'
      ? [
          `datepart('year', ${interval.sql}) * 12 + datepart('month', ${interval.sql})`,
          'to_months(CAST(trunc(%) AS INTEGER))',
        ]
      : [`epoch_us(${interval.sql}) // 1000`, 'to_microseconds(CAST(trunc(%) AS BIGINT) * 1000)'];
  const scaled = back.replace('%', `CAST(${whole} AS DOUBLE) ${operator} ${by}`);
  return { sql: `${wrong} ELSE ${scaled} END`, type: interval.type };
}

function addInterval(operator: '+' | '-', time: Typed, interval: Typed, place: Place): Typed | undefined {
  const { type } = time;
  if (type.kind === 'date') {
    const moved = `CAST(${time.sql} ${operator} ${interval.sql} AS DATE)`;
    if (interval.type.kind === 'interval year to month') return { sql: moved, type };
    const partOfDay = `epoch_us(${interval.sql}) % 86400000000 <> 0`;
    return {
      sql: `CASE WHEN ${partOfDay} THEN ${failWith('Cannot add hour, minutes or seconds to a date')} ELSE ${moved} END`,
      type,
    };
  }
  const finer = interval.type.kind === 'interval day to second' ? 3 : 0;
  if (type.kind === 'timestamp')
    return {
      sql: `(${time.sql} ${operator} ${interval.sql})`,
      type: timestamp(Math.max(type.precision, finer)),
    };
  if (type.kind !== 'timestamp with time zone') return undefined;
  if (type.zone !== 'UTC') return addToZoned(operator, time, type, interval, finer, place);
  return {
    sql: `timezone('UTC', timezone('UTC', ${time.sql}) ${operator} ${interval.sql})`,
    type: zoned(Math.max(type.precision, finer), type.zone),
  };
}

/** Months move the clock of the zone, seconds the instant. */
function addToZoned(
  operator: '+' | '-',
  time: Typed,
  type: ZonedType,
  interval: Typed,
  finer: number,
  place: Place,
): Typed {
  const [held, shown] = [place.statement.nextAlias('e'), place.statement.nextAlias('e')];
  const sql = once(held, time.sql, (value) => {
    const instant = instantOf(value, type);
    const zone = type.zone === 'row' ? `(${value}).z` : quoteText(type.zone);
    const moved =
      finer === 0
        ? once(
            shown,
            `hw_wall_clock(${instant}, ${zone}) ${operator} ${interval.sql}`,
            (clock) => `hw_at_zone(${clock}, ${zone})`,
          )
        : `timezone('UTC', timezone('UTC', ${instant}) ${operator} ${interval.sql})`;
    return type.zone === 'row'
      ? `CASE WHEN ${value} IS NOT NULL THEN struct_pack(t := ${moved}, z := ${zone}) END`
      : moved;
  });
  return { sql, type: zoned(Math.max(type.precision, finer), type.zone) };
}

function subtractTimes(left: Typed, right: Typed): Typed | undefined {
  const common = commonType(left.type, right.type);
  const type: Type = { kind: 'interval day to second' };
  if (left.type.kind === 'date' && right.type.kind === 'date')
    return { sql: `to_microseconds((${left.sql} - ${right.sql}) * 86400000000)`, type };
  if (left.type.kind === 'timestamp with time zone' && right.type.kind === 'timestamp with time zone') {
    const ms = (value: Typed) => `(epoch_us(${instantOf(value.sql, value.type)}) // 1000)`;
    return { sql: `to_microseconds((${ms(left)} - ${ms(right)}) * 1000)`, type };
  }
  if (common?.kind !== 'timestamp') return undefined;
  const micros = (value: Typed) => `epoch_us(CAST(${value.sql} AS TIMESTAMP))`;
  return { sql: `to_microseconds((${micros(left)} // 1000 - ${micros(right)} // 1000) * 1000)`, type };
}

function concatenate(left: Typed, right: Typed, place: Place): Typed {
  const [a, b] = [left.type, right.type];
  // Trino takes NULL for an array there: too surprising to imitate.
  if (a.kind === 'unknown' || b.kind === 'unknown') throw notVerified('NULL with ||', place.position);
  if (a.kind === 'varchar' && b.kind === 'varchar')
    return { sql: `(${left.sql} || ${right.sql})`, type: VARCHAR };
  if (a.kind === 'varbinary' && b.kind === 'varbinary')
    return { sql: `(${left.sql} || ${right.sql})`, type: a };
  if (a.kind === 'array' && b.kind === 'array') {
    const type = commonType(a, b);
    if (type) {
      const [x, y] = [
        coerce(left, type, place.statement, place.position),
        coerce(right, type, place.statement, place.position),
      ];
      return {
        sql: `CASE WHEN ${x.sql} IS NOT NULL AND ${y.sql} IS NOT NULL THEN list_concat(${x.sql}, ${y.sql}) END`,
        type,
      };
    }
  }
  for (const [list, item, listFirst] of [
    [left, right, true],
    [right, left, false],
  ] as const) {
    if (list.type.kind !== 'array') continue;
    const element = commonType(list.type.element, item.type);
    if (!element) continue;
    const type = arrayOf(element);
    const values = coerce(list, type, place.statement, place.position).sql;
    const value = coerce(item, element, place.statement, place.position).sql;
    return {
      sql: `CASE WHEN ${values} IS NOT NULL AND ${value} IS NOT NULL THEN ${listFirst ? `list_append(${values}, ${value})` : `list_prepend(${value}, ${values})`} END`,
      type,
    };
  }
  throw cannotApply('||', a, b, place.position);
}

// ---------------------------------------------------------------- comparison

export function compare(operator: ComparisonOperator, left: Typed, right: Typed, place: Place): Typed {
  const { statement, position } = place;
  if (left.type.kind === 'timestamp with time zone' && right.type.kind === 'timestamp with time zone')
    return {
      sql: `(${instantOf(left.sql, left.type)} ${operator} ${instantOf(right.sql, right.type)})`,
      type: BOOLEAN,
    };
  const common = commonType(left.type, right.type);
  if (!common) throw cannotApply(operator, left.type, right.type, position);
  const [a, b] = [coerce(left, common, statement, position), coerce(right, common, statement, position)];
  return { sql: compareSql(operator, a.sql, b.sql, common, place, [left, right]), type: BOOLEAN };
}

const isNumberLiteral = (value: Typed | undefined) => value?.literal?.kind === 'number';

function compareSql(
  operator: ComparisonOperator,
  a: string,
  b: string,
  type: Type,
  place: Place,
  operands: readonly Typed[] = [],
): string {
  if (isFloating(type)) return compareFloating(operator, a, b, operands);
  if (type.kind === 'row' && (operator === '=' || operator === '<>'))
    return compareRows(operator, a, b, type, place);
  if (type.kind === 'array' && (operator === '=' || operator === '<>'))
    return compareArrays(operator, a, b, type.element, place);
  if (type.kind === 'row' || type.kind === 'array' || type.kind === 'map' || type.kind === 'json')
    throw notVerified(`the operator ${operator} on ${typeText(type)}`, place.position);
  return `(${a} ${operator} ${b})`;
}

/** NaN compares as false (<> as true) in Trino; DuckDB orders it above all numbers and equal to itself. */
function compareFloating(
  operator: ComparisonOperator,
  a: string,
  b: string,
  operands: readonly Typed[],
): string {
  const unordered = [
    isNumberLiteral(operands[0]) ? '' : `isnan(${a})`,
    isNumberLiteral(operands[1]) ? '' : `isnan(${b})`,
  ]
    .filter(Boolean)
    .join(' OR ');
  const plain = `(${a} ${operator} ${b})`;
  return unordered === ''
    ? plain
    : `CASE WHEN ${unordered} THEN ${comparedToNaN(operator, a, b)} ELSE ${plain} END`;
}

const comparedToNaN = (operator: ComparisonOperator, a: string, b: string) =>
  `CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN ${operator === '<>'} END`;

function compareRows(operator: '=' | '<>', a: string, b: string, type: RowType, place: Place): string {
  const names = fieldNames(type);
  const equal = type.fields.map((field, index) =>
    compareSql(
      '=',
      `struct_extract(${a}, ${quoteText(names[index]!)})`,
      `struct_extract(${b}, ${quoteText(names[index]!)})`,
      field.type,
      place,
    ),
  );
  return operator === '=' ? `(${equal.join(' AND ')})` : `(NOT (${equal.join(' AND ')}))`;
}

/** A NULL element makes the answer NULL unless another pair differs. */
function compareArrays(operator: '=' | '<>', a: string, b: string, element: Type, place: Place): string {
  if (isFloating(element) || element.kind === 'array' || element.kind === 'row' || element.kind === 'map')
    throw notVerified(`the operator ${operator} on array(${typeText(element)})`, place.position);
  const equal = `hw_arrays_equal(${a}, ${b})`;
  return operator === '=' ? equal : `(NOT ${equal})`;
}

function distinct(
  operator: 'is distinct' | 'is not distinct',
  left: Typed,
  right: Typed,
  place: Place,
): Typed {
  const { statement, position } = place;
  const text = COMPARISON_TEXT[operator]!;
  if (left.type.kind === 'timestamp with time zone' && right.type.kind === 'timestamp with time zone')
    return {
      sql: `(${instantOf(left.sql, left.type)} ${text} ${instantOf(right.sql, right.type)})`,
      type: BOOLEAN,
    };
  const common = commonType(left.type, right.type);
  if (!common) throw cannotApply(text, left.type, right.type, position);
  const [a, b] = [coerce(left, common, statement, position), coerce(right, common, statement, position)];
  return { sql: `(${a.sql} ${text} ${b.sql})`, type: BOOLEAN };
}

/** Whether values of the type can be ordered, as ORDER BY, min and max need. */
export const isOrderable = (type: Type): boolean =>
  type.kind === 'array'
    ? isOrderable(type.element)
    : type.kind === 'row'
      ? type.fields.every((field) => isOrderable(field.type))
      : type.kind !== 'map' && type.kind !== 'json';
