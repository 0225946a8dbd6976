/** Trino's types: their text, the coercions between them, and how DuckDB holds them. */
import { type Position, SqlError } from './errors.ts';
import { createCursor } from './syntax/cursor.ts';
import type { TypeName } from './syntax/tree.ts';
import { parseTypeName } from './syntax/typeName.ts';

export type ScalarKind =
  | 'unknown'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'double'
  | 'varbinary'
  | 'date'
  | 'json'
  | 'uuid'
  | 'interval day to second'
  | 'interval year to month';

export type Type =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Without a length: unbounded. */
  | { readonly kind: 'varchar'; readonly length?: number }
  | { readonly kind: 'timestamp' | 'time'; readonly precision: number }
  /** `zone`: the one zone of all values; `row` when every value has its own (held as STRUCT(t, z)). */
  | { readonly kind: 'timestamp with time zone'; readonly precision: number; readonly zone: string }
  | { readonly kind: 'array'; readonly element: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'row'; readonly fields: readonly RowField[] };

export interface RowField {
  readonly name?: string;
  readonly type: Type;
}

export type DecimalType = Extract<Type, { kind: 'decimal' }>;
export type RowType = Extract<Type, { kind: 'row' }>;
export type ZonedType = Extract<Type, { kind: 'timestamp with time zone' }>;

export const UNKNOWN: Type = { kind: 'unknown' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const INTEGER: Type = { kind: 'integer' };
export const BIGINT: Type = { kind: 'bigint' };
export const DOUBLE: Type = { kind: 'double' };
export const VARCHAR: Type = { kind: 'varchar' };
export const VARBINARY: Type = { kind: 'varbinary' };
export const DATE: Type = { kind: 'date' };
export const varchar = (length: number): Type => ({ kind: 'varchar', length });
export const decimal = (precision: number, scale: number): DecimalType => ({
  kind: 'decimal',
  precision,
  scale,
});
export const timestamp = (precision: number): Type => ({ kind: 'timestamp', precision });
export const zoned = (precision: number, zone: string): ZonedType => ({
  kind: 'timestamp with time zone',
  precision,
  zone,
});
export const arrayOf = (element: Type): Type => ({ kind: 'array', element });
export const mapOf = (key: Type, value: Type): Type => ({ kind: 'map', key, value });

/** Digits of the integer types when they meet a decimal (Trino: implicit coercion). */
const INTEGER_DIGITS: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 };
const NUMERIC_ORDER = ['tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'real', 'double'];

export const isInteger = (type: Type) => type.kind in INTEGER_DIGITS;
export const isNumeric = (type: Type) => NUMERIC_ORDER.includes(type.kind);
export const isFloating = (type: Type) => type.kind === 'real' || type.kind === 'double';

/** An integer type as the decimal that holds all its values. */
export const asDecimal = (type: Type): DecimalType =>
  type.kind === 'decimal' ? type : decimal(INTEGER_DIGITS[type.kind]!, 0);

/** A field's name in a type's text, quoted where it must be. */
const fieldText = (name: string) => (/^[a-z_]\w*$/i.test(name) ? name : quoteName(name));

/** Trino's text of a type, e.g. `decimal(38,2)`, `array(row(a bigint))`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'varchar':
      return type.length === undefined ? 'varchar' : `varchar(${type.length})`;
    case 'timestamp':
    case 'time':
      return `${type.kind}(${type.precision})`;
    case 'timestamp with time zone':
      return `timestamp(${type.precision}) with time zone`;
    case 'array':
      return `array(${typeText(type.element)})`;
    case 'map':
      return `map(${typeText(type.key)},${typeText(type.value)})`;
    case 'row':
      return `row(${type.fields.map(({ name, type: field }) => (name === undefined ? '' : `${fieldText(name)} `) + typeText(field)).join(',')})`;
    default:
      return type.kind;
  }
}

/** Names a row's field in DuckDB, where every field has a name and names differ. */
export function fieldNames(type: RowType): string[] {
  const seen = new Set<string>();
  return type.fields.map(({ name }, index) => {
    const lower = name?.toLowerCase();
    const physical = lower === undefined || seen.has(lower) ? `field${index}` : lower;
    seen.add(physical);
    return physical;
  });
}

export const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The DuckDB type that holds values of a Trino type. */
export function physicalType(type: Type): string {
  switch (type.kind) {
    case 'unknown':
      return 'INTEGER';
    case 'real':
      return 'FLOAT';
    case 'varbinary':
      return 'BLOB';
    case 'json':
    case 'varchar':
      return 'VARCHAR';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'timestamp':
      return 'TIMESTAMP';
    case 'time':
      return 'TIME';
    case 'timestamp with time zone':
      return type.zone === 'row' ? 'STRUCT(t TIMESTAMPTZ, z VARCHAR)' : 'TIMESTAMPTZ';
    case 'interval day to second':
    case 'interval year to month':
      return 'INTERVAL';
    case 'array':
      return `${physicalType(type.element)}[]`;
    case 'map':
      return `MAP(${physicalType(type.key)}, ${physicalType(type.value)})`;
    case 'row': {
      const names = fieldNames(type);
      return `STRUCT(${type.fields.map((field, index) => `${quoteName(names[index]!)} ${physicalType(field.type)}`).join(', ')})`;
    }
    default:
      return type.kind.toUpperCase();
  }
}

export const sameType = (a: Type, b: Type): boolean =>
  typeText(a) === typeText(b) && zonesOf(a) === zonesOf(b);

const zonesOf = (type: Type): string => {
  if (type.kind === 'timestamp with time zone') return `${type.zone};`;
  if (type.kind === 'array') return zonesOf(type.element);
  if (type.kind === 'map') return zonesOf(type.key) + zonesOf(type.value);
  if (type.kind === 'row') return type.fields.map((field) => zonesOf(field.type)).join('');
  return '';
};

/**
 * The type that both have in common, or undefined (Trino: TypeCoercion.getCommonSuperType). Two zones that differ have no
 * common type here, since a TIMESTAMPTZ keeps no zone by value.
 */
export function commonType(a: Type, b: Type): Type | undefined {
  if (sameType(a, b)) return a;
  if (a.kind === 'unknown') return b;
  if (b.kind === 'unknown') return a;
  if (isNumeric(a) && isNumeric(b)) return commonNumeric(a, b);
  if (a.kind === 'varchar' && b.kind === 'varchar')
    return a.length === undefined || b.length === undefined ? VARCHAR : varchar(Math.max(a.length, b.length));
  if ((a.kind === 'timestamp' && b.kind === 'timestamp') || (a.kind === 'time' && b.kind === 'time'))
    return { kind: a.kind, precision: Math.max(a.precision, b.precision) };
  const zonedA = a.kind === 'timestamp with time zone';
  const zonedB = b.kind === 'timestamp with time zone';
  if (zonedA && zonedB)
    return a.zone === b.zone ? zoned(Math.max(a.precision, b.precision), a.zone) : undefined;
  if (zonedA && (b.kind === 'timestamp' || b.kind === 'date')) return commonZoned(a, b);
  if (zonedB && (a.kind === 'timestamp' || a.kind === 'date')) return commonZoned(b, a);
  if (a.kind === 'date' && b.kind === 'timestamp') return b;
  if (b.kind === 'date' && a.kind === 'timestamp') return a;
  return commonStructure(a, b);
}

/** A plain time becomes an instant in the session's zone, UTC: only with that zone is the result's zone known. */
const commonZoned = (a: ZonedType, b: Type): Type | undefined =>
  a.zone === 'UTC'
    ? zoned(Math.max(a.precision, b.kind === 'timestamp' ? b.precision : 0), 'UTC')
    : undefined;

function commonNumeric(a: Type, b: Type): Type {
  if (isFloating(a) || isFloating(b))
    return a.kind === 'double' || b.kind === 'double' ? DOUBLE : { kind: 'real' };
  if (a.kind === 'decimal' || b.kind === 'decimal') {
    const [left, right] = [asDecimal(a), asDecimal(b)];
    const scale = Math.max(left.scale, right.scale);
    const whole = Math.max(left.precision - left.scale, right.precision - right.scale);
    return decimal(Math.min(38, whole + scale), scale);
  }
  return NUMERIC_ORDER.indexOf(a.kind) > NUMERIC_ORDER.indexOf(b.kind) ? a : b;
}

function commonStructure(a: Type, b: Type): Type | undefined {
  if (a.kind === 'array' && b.kind === 'array') {
    const element = commonType(a.element, b.element);
    return element && arrayOf(element);
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const key = commonType(a.key, b.key);
    const value = commonType(a.value, b.value);
    return key && value && mapOf(key, value);
  }
  if (a.kind === 'row' && b.kind === 'row' && a.fields.length === b.fields.length) {
    const fields: RowField[] = [];
    for (const [index, left] of a.fields.entries()) {
      const right = b.fields[index]!;
      const type = commonType(left.type, right.type);
      if (!type) return undefined;
      const sameName = left.name?.toLowerCase() === right.name?.toLowerCase();
      fields.push(sameName && left.name !== undefined ? { name: left.name, type } : { type });
    }
    return { kind: 'row', fields };
  }
  return undefined;
}

/** Whether Trino coerces `from` to `to` without a cast. */
export function canCoerce(from: Type, to: Type): boolean {
  const common = commonType(from, to);
  if (common === undefined) return false;
  if (sameType(common, to)) return true;
  // A row's field names and a varchar's length do not matter.
  return (
    to.kind === 'row' &&
    common.kind === 'row' &&
    to.fields.every((field, index) => canCoerce((from as RowType).fields[index]?.type ?? UNKNOWN, field.type))
  );
}

const isTime = (type: Type) =>
  type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'timestamp with time zone';

/**
 * Whether Trino stores a value of `from` in a column of `to`. INSERT, UPDATE and MERGE cast within numbers, within texts and
 * within dates and timestamps, at any depth, where an operator would not.
 */
export function canStore(from: Type, to: Type, isNested = false): boolean {
  if (isNumeric(from) && isNumeric(to)) return true;
  if (isTime(from) && isTime(to)) return true;
  if (from.kind === 'varchar' && to.kind === 'varchar')
    // Only a column's own text is looked at for what would be cut off.
    return !isNested || to.length === undefined || (from.length !== undefined && from.length <= to.length);
  if (from.kind === 'array' && to.kind === 'array') return canStore(from.element, to.element, true);
  if (from.kind === 'map' && to.kind === 'map')
    return canStore(from.key, to.key, true) && canStore(from.value, to.value, true);
  if (from.kind === 'row' && to.kind === 'row')
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, index) => canStore(field.type, to.fields[index]!.type, true))
    );
  return canCoerce(from, to);
}

const ALIASES: Readonly<Record<string, string>> = {
  int: 'integer',
  string: 'varchar',
  float: 'real',
  binary: 'varbinary',
};
const SCALARS: ReadonlySet<string> = new Set<ScalarKind>([
  'unknown',
  'boolean',
  'tinyint',
  'smallint',
  'integer',
  'bigint',
  'real',
  'double',
  'varbinary',
  'date',
  'json',
  'uuid',
  'interval day to second',
  'interval year to month',
]);

function precisionOf(name: TypeName, byDefault: number): number {
  const [precision] = name.arguments;
  if (precision === undefined) return byDefault;
  if (typeof precision !== 'number' || precision > 12)
    throw new SqlError(
      'TYPE_MISMATCH',
      `${name.name.toUpperCase()} precision must be in range [0, 12]`,
      name.position,
    );
  if (precision > 6)
    throw new SqlError(
      'NOT_VERIFIED',
      `type ${name.name}(${precision}) is not in the verified list (docs/athena-sql.md): times are held to the microsecond`,
      name.position,
    );
  return precision;
}

/** Turns a written type into a type; throws `SqlError` for one that is unknown or not verified. */
export function typeOf(name: TypeName): Type {
  const base = ALIASES[name.name] ?? name.name;
  const argument = (index: number): Type => {
    const value = name.arguments[index];
    if (value === undefined || typeof value === 'number') throw unknownType(name.name, name.position);
    return typeOf(value);
  };
  switch (base) {
    case 'decimal': {
      const [precision = 38, scale = 0] = name.arguments as readonly number[];
      if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
        throw new SqlError(
          'INVALID_ARGUMENTS',
          `DECIMAL precision must be in range [1, 38] and scale in [0, precision]: decimal(${precision},${scale})`,
          name.position,
        );
      return decimal(precision, scale);
    }
    case 'varchar': {
      const [length] = name.arguments as readonly number[];
      return length === undefined ? VARCHAR : varchar(length);
    }
    case 'timestamp':
    case 'time':
      return { kind: base, precision: precisionOf(name, 3) };
    case 'timestamp with time zone':
      return zoned(precisionOf(name, 3), 'UTC');
    case 'array':
      return arrayOf(argument(0));
    case 'map':
      return mapOf(argument(0), argument(1));
    case 'row':
      return {
        kind: 'row',
        fields: name.arguments.map((_, index) => ({ name: name.fieldNames?.[index], type: argument(index) })),
      };
    default:
      if (SCALARS.has(base) && name.arguments.length === 0) return { kind: base as ScalarKind };
      throw unknownType(name.name, name.position);
  }
}

const unknownType = (name: string, position?: Position) =>
  new SqlError('NOT_VERIFIED', `type ${name} is not in the verified list (docs/athena-sql.md)`, position);

/**
 * Reads a column's type from Trino's text or from Glue's (Hive's), e.g. `array<struct<a:int>>`. Hive's `timestamp` holds
 * milliseconds in Athena; a caller that knows better (Iceberg: microseconds) says `timestamp(6)`.
 */
export function parseType(text: string): Type {
  return text.includes('<') ? readGlueType(text.replace(/\s/g, '').toLowerCase()) : readTrinoType(text);
}

function readTrinoType(text: string): Type {
  const cursor = createCursor(text);
  const name = parseTypeName(cursor);
  if (cursor.peek().type !== 'end') throw unknownType(text);
  return typeOf(name);
}

/** Splits `a,b<c,d>,e` at the commas outside brackets. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const c = text[index];
    if (c === '<' || c === '(') depth++;
    else if (c === '>' || c === ')') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function readGlueType(text: string): Type {
  const inner = text.slice(text.indexOf('<') + 1, -1);
  if (text.startsWith('array<')) return arrayOf(readGlueType(inner));
  if (text.startsWith('map<')) {
    const [key, value] = splitTop(inner);
    return mapOf(readGlueType(key!), readGlueType(value!));
  }
  if (text.startsWith('struct<'))
    return {
      kind: 'row',
      fields: splitTop(inner).map((field) => {
        const colon = field.indexOf(':');
        return { name: field.slice(0, colon), type: readGlueType(field.slice(colon + 1)) };
      }),
    };
  return readTrinoType(text);
}
