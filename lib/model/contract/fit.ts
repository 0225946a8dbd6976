/**
 * What of a payload's values silver can hold: exactly what Athena's cast to the column's type takes (measured on Trino
 * 476), less what it would change without saying so.
 */
import type { Column, Contract, ExcessDigits } from './contract.ts';
import { defaultTimeRange, typeOf } from './contractFacts.ts';
import { compareInstants, type Instant, readInstant, startOfDate } from './instant.ts';
import { type ExactJson, readExactly } from './jsonText.ts';
import { decimalsOf, type ExactNumber, exactNumber, integersOf, isSameNumber, wholeUnits } from './number.ts';
import { type AthenaType, integerRanges } from './types.ts';

/** Why a value does not fit; `path` continues the value's own. */
export interface Misfit {
  readonly rule: string;
  readonly path: string;
  /** What the value must be: `it …`. */
  readonly must: string;
}

/** @param raw the value's JSON text @param arrivedAtMs milliseconds since the epoch */
export type Fit = (raw: string, value: unknown, arrivedAtMs: number) => Misfit | undefined;

const misfit = (rule: string, must: string, path = ''): Misfit => ({ rule, path, must });

const unreadable = misfit('digits', 'must have an exponent of -99999 to 99999');

function fitInteger(number: ExactNumber, type: string): Misfit | undefined {
  const [least, most] = integerRanges[type] ?? [0n, 0n];
  if (decimalsOf(number) > 0) return misfit('type', 'must be integer');
  const size = integersOf(number) > 19 ? 10n ** 19n : wholeUnits(number, 0);
  if (number.negative ? -size < least : size > most)
    return number.negative
      ? misfit('minimum', `must be >= ${least} (${type})`)
      : misfit('maximum', `must be <= ${most} (${type})`);
  return undefined;
}

function fitDecimal(
  number: ExactNumber,
  precision: number,
  scale: number,
  excess: ExcessDigits,
): Misfit | undefined {
  const type = `decimal(${precision},${scale})`;
  if (decimalsOf(number) > scale && excess === 'refuse')
    return misfit(
      'digits',
      `must have at most ${scale} digits after the point (${type}); the contract's excessDigits: round would round it`,
    );
  if (integersOf(number) <= precision - scale && wholeUnits(number, scale) < 10n ** BigInt(precision))
    return undefined;
  const bound = `10^${precision - scale} (${type})`;
  return number.negative
    ? misfit('minimum', `must be above -${bound}`)
    : misfit('maximum', `must be below ${bound}`);
}

function fitNumber(raw: string, type: AthenaType & { kind: 'scalar' }, excess: ExcessDigits) {
  if (type.name === 'float' || type.name === 'double') {
    const value = type.name === 'float' ? Math.fround(Number(raw)) : Number(raw);
    return Number.isFinite(value) ? undefined : misfit('maximum', `must be a finite ${type.name}`);
  }
  const number = exactNumber(raw);
  if (!number) return unreadable;
  return type.name === 'decimal'
    ? fitDecimal(number, type.parameters[0] ?? 38, type.parameters[1] ?? 0, excess)
    : fitInteger(number, type.name);
}

/** Athena's decoder takes no line breaks and needs the padding. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function fitText(value: string, type: AthenaType & { kind: 'scalar' }): Misfit | undefined {
  const [most] = type.parameters;
  if (type.name === 'varchar' && most !== undefined && value.length > most && [...value].length > most)
    return misfit('maxLength', `must NOT have more than ${most} characters (varchar(${most}))`);
  if (type.name === 'binary' && !base64.test(value))
    return misfit('format', 'must be base64 with its padding');
  return undefined;
}

const dayMs = 86_400_000;

/** The instant that a declared bound begins with; undefined for none. */
const boundOf = (text: unknown): Instant | undefined =>
  text === undefined ? undefined : (startOfDate(String(text)) ?? readInstant(String(text)));

/** Years that silver, and whoever reads its files, can hold; after the zone is taken off. */
const firstYear = boundOf('0001-01-01') as Instant;
const lastYear = boundOf('9999-12-31T23:59:59.999999999') as Instant;

/**
 * The range of a time: what the column's own options say, else what the contract says, else from 1900 to a year after the
 * record arrived. It keeps out what programs send for "no time" (0001-01-01, 1601-01-01, 9999-12-31).
 */
export function timeRange(
  contract: Pick<Contract, 'timeRange'>,
  options: Column['options'] = {},
): (instant: Instant, arrivedAtMs: number) => Misfit | undefined {
  const { from, daysAfterArrival } = contract.timeRange ?? defaultTimeRange;
  const hasLeast = options.minimum !== undefined || options.exclusiveMinimum !== undefined;
  const hasMost = options.maximum !== undefined || options.exclusiveMaximum !== undefined;
  // Of declared bounds the schema says what they are.
  const least = hasLeast ? firstYear : (boundOf(from) as Instant);
  return (instant, arrivedAtMs) => {
    if (compareInstants(instant, least) < 0)
      return misfit(
        'minimum',
        hasLeast
          ? 'must be in the year 0001 or later'
          : `must not be before ${from}, the contract's timeRange; logicalTypeOptions.minimum declares another`,
      );
    if (hasMost)
      return compareInstants(instant, lastYear) > 0
        ? misfit('maximum', 'must be in the year 9999 or earlier, in UTC')
        : undefined;
    return instant.seconds * 1000 > arrivedAtMs + daysAfterArrival * dayMs
      ? misfit(
          'maximum',
          `must be at most ${daysAfterArrival} days after its arrival, the contract's timeRange; logicalTypeOptions.maximum declares another`,
        )
      : undefined;
  };
}

function compileTime(column: Column, contract: Contract, excess: ExcessDigits): Fit {
  const range = timeRange(contract, column.options);
  const isDate = column.logicalType === 'date';
  return (_raw, value, arrivedAtMs) => {
    const instant = isDate ? startOfDate(value as string) : readInstant(value as string);
    if (!instant) return misfit('format', `must be a ${column.logicalType} in ISO 8601`);
    if (instant.nanos % 1000 !== 0 && excess === 'refuse')
      return misfit(
        'digits',
        "must have at most 6 digits of a second (timestamp(6)); the contract's excessDigits: round would round it",
      );
    return range(instant, arrivedAtMs);
  };
}

const at = (found: Misfit | undefined, step: string | number): Misfit | undefined =>
  found && {
    ...found,
    path: `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}${found.path}`,
  };

const nameOf: Readonly<Record<ExactJson['kind'], string>> = {
  string: 'string',
  number: 'number',
  word: 'boolean',
  array: 'array',
  object: 'object',
};

/** Inside arrays and objects Athena reads a number with a point or an exponent as a double. */
const survivesDouble = (text: string): boolean =>
  /^-?\d+$/.test(text) || isSameNumber(exactNumber(text), exactNumber(String(Number(text))));

const roundedInside = misfit(
  'digits',
  'must have at most 17 significant digits, because inside arrays and objects Athena reads numbers as doubles',
);

/** JSON that is kept as JSON text: only its numbers could change. */
function fitJson(value: ExactJson): Misfit | undefined {
  switch (value.kind) {
    case 'number':
      return survivesDouble(value.text) ? undefined : roundedInside;
    case 'array':
      return firstOf(value.items.entries(), fitJson);
    case 'object':
      return firstOf(value.members, fitJson);
    default:
      return undefined;
  }
}

function firstOf(
  parts: Iterable<readonly [step: string | number, value: ExactJson]>,
  judge: (value: ExactJson, step: string | number) => Misfit | undefined,
): Misfit | undefined {
  for (const [step, value] of parts) {
    const found = judge(value, step);
    if (found) return at(found, step);
  }
  return undefined;
}

/** What `CAST(json AS type)` takes inside an array, a map or a struct. */
function fitType(value: ExactJson, type: AthenaType, excess: ExcessDigits): Misfit | undefined {
  if (value.kind === 'word' && value.value === null) return undefined;
  const inside = (part: ExactJson, of: AthenaType) => fitType(part, of, excess);
  const wanted = { array: 'array', map: 'object', struct: 'object', scalar: scalarKind(type) }[type.kind];
  if (nameOf[value.kind] !== wanted) return misfit('type', `must be ${wanted}`);
  if (type.kind === 'array' && value.kind === 'array')
    return firstOf(value.items.entries(), (item) => inside(item, type.element));
  if (type.kind === 'map' && value.kind === 'object')
    return doubledName(value.members, false) ?? firstOf(value.members, (item) => inside(item, type.value));
  if (type.kind === 'struct' && value.kind === 'object') {
    // Athena finds a struct's fields whatever the case of their names.
    const fields = new Map(type.fields.map((field) => [field.name.toLowerCase(), field.type]));
    const known = value.members.filter(([name]) => fields.has(name.toLowerCase()));
    return (
      doubledName(known, true) ??
      firstOf(known, (item, name) => inside(item, fields.get(String(name).toLowerCase()) as AthenaType))
    );
  }
  if (type.kind !== 'scalar') return undefined;
  if (value.kind === 'string') return fitText(value.value, type);
  if (value.kind !== 'number') return undefined;
  const approximate = type.name === 'float' || type.name === 'double';
  return approximate || survivesDouble(value.text) ? fitNumber(value.text, type, excess) : roundedInside;
}

function scalarKind(type: AthenaType): string {
  if (type.kind !== 'scalar') return type.kind;
  if (type.name === 'string' || type.name === 'varchar') return 'string';
  return type.name === 'boolean' ? 'boolean' : 'number';
}

function doubledName(
  members: readonly (readonly [name: string, value: ExactJson])[],
  fold: boolean,
): Misfit | undefined {
  const seen = new Set<string>();
  for (const [name] of members) {
    const key = fold ? name.toLowerCase() : name;
    if (seen.has(key)) return at(misfit('duplicate', 'must be there once'), name);
    seen.add(key);
  }
  return undefined;
}

/** Compiles what a column of a source can hold; undefined where every value of its JSON type fits. */
export function compileFit(column: Column, contract: Contract): Fit | undefined {
  const type = typeOf(column);
  const excess = column.excessDigits ?? contract.excessDigits ?? 'refuse';
  switch (column.logicalType) {
    case 'integer':
    case 'number': {
      if (type.kind !== 'scalar') return undefined;
      // Nearly every number is of this shape, and fits.
      const plain = plainNumber(type);
      return (raw) => (plain.test(raw) ? undefined : fitNumber(raw, type, excess));
    }
    case 'date':
    case 'timestamp':
      return compileTime(column, contract, excess);
    case 'string':
      return type.kind === 'scalar' && type.name !== 'string'
        ? (_raw, value) => fitText(value as string, type)
        : undefined;
    case 'object':
    case 'array':
      return type.kind === 'scalar'
        ? (raw) => fitJson(readExactly(raw))
        : (raw) => fitType(readExactly(raw), type, excess);
    default:
      return undefined;
  }
}

/** Numbers without exponent that certainly fit the type. */
function plainNumber(type: AthenaType & { kind: 'scalar' }): RegExp {
  const whole: Readonly<Record<string, number>> = { tinyint: 2, smallint: 4, int: 9, bigint: 18 };
  if (type.name === 'decimal') {
    const [precision = 38, scale = 0] = type.parameters;
    const decimals = scale > 0 ? `(?:\\.\\d{1,${scale}})?` : '';
    return precision > scale ? new RegExp(`^-?\\d{1,${precision - scale}}${decimals}$`) : /^-?0$/;
  }
  const digits = whole[type.name];
  return digits === undefined ? /^-?\d{1,30}(?:\.\d{1,30})?$/ : new RegExp(`^-?\\d{1,${digits}}$`);
}
