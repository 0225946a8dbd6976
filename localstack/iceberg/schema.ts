/** Iceberg's types and schemas, and their names in Athena, Trino and DuckDB. https://iceberg.apache.org/spec/#schemas-and-data-types */
import { IcebergError, notSupported } from './errors.ts';
import { parseType } from './parseType.ts';
import { quoteIdentifier } from './sqlText.ts';

export interface StructType {
  type: 'struct';
  fields: Field[];
}
export interface ListType {
  type: 'list';
  'element-id': number;
  'element-required': boolean;
  element: IcebergType;
}
export interface MapType {
  type: 'map';
  'key-id': number;
  key: IcebergType;
  'value-id': number;
  'value-required': boolean;
  value: IcebergType;
}
/** A primitive is its name: `int`, `decimal(18,2)`, `fixed[16]`, … */
export type IcebergType = string | StructType | ListType | MapType;

export interface Field {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}

export interface Schema extends StructType {
  'schema-id': number;
  'identifier-field-ids'?: number[];
}

/** A column as a query engine sees it. */
export interface Column {
  id: number;
  name: string;
  required: boolean;
  comment?: string;
  type: IcebergType;
  /** Hive's spelling, as Athena's DDL and DESCRIBE have it: `array<struct<a:int>>`. */
  athenaType: string;
  /** As `athenaType`, with what Glue has no name for mapped as Iceberg's Glue catalog does (`time` → `string`). */
  glueType: string;
  /** Trino's spelling, as results carry it: `array(row(a integer))`. */
  trinoType: string;
  duckdbType: string;
}

export interface ColumnInput {
  name: string;
  /** Athena's or Trino's spelling of the type. */
  type: string;
  comment?: string;
  required?: boolean;
}

const PRIMITIVES = new Set([
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'uuid',
  'binary',
]);

export const isStruct = (type: IcebergType): type is StructType =>
  typeof type === 'object' && type.type === 'struct';
export const isList = (type: IcebergType): type is ListType =>
  typeof type === 'object' && type.type === 'list';
export const isMap = (type: IcebergType): type is MapType => typeof type === 'object' && type.type === 'map';
export const isPrimitive = (type: IcebergType): type is string => typeof type === 'string';

/** Precision and scale of `decimal(p,s)`, else undefined. */
export function decimalOf(type: IcebergType): { precision: number; scale: number } | undefined {
  const match = typeof type === 'string' ? /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type) : null;
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** Length of `fixed[L]`, else undefined. */
export function fixedLengthOf(type: IcebergType): number | undefined {
  const match = typeof type === 'string' ? /^fixed\[(\d+)\]$/.exec(type) : null;
  return match ? Number(match[1]) : undefined;
}

/** Refuses, by name, the types that format version 2 does not have. */
export function checkType(type: IcebergType, where: string): void {
  if (isStruct(type)) {
    for (const field of type.fields) checkType(field.type, `${where}.${field.name}`);
  } else if (isList(type)) {
    checkType(type.element, `${where}.element`);
  } else if (isMap(type)) {
    checkType(type.key, `${where}.key`);
    checkType(type.value, `${where}.value`);
  } else if (
    !PRIMITIVES.has(type as string) &&
    !decimalOf(type) &&
    fixedLengthOf(type as string) === undefined
  ) {
    throw notSupported(
      `Column ${where} has the type ${JSON.stringify(type)}, which is not of Iceberg format version 2`,
    );
  }
}

/** Gives the next free field id. */
export type IdSource = () => number;

export function idsAfter(last: number): { next: IdSource; last: () => number } {
  let current = last;
  return { next: () => ++current, last: () => current };
}

/** A copy of the type whose ids are fresh: all of a level's before those nested in it, as Iceberg's TypeUtil assigns them. */
export function withFreshIds(type: IcebergType, next: IdSource): IcebergType {
  if (isStruct(type)) {
    const ids = type.fields.map(() => next());
    return {
      type: 'struct',
      fields: type.fields.map((field, index) => ({
        ...field,
        id: ids[index]!,
        type: withFreshIds(field.type, next),
      })),
    };
  }
  if (isList(type)) {
    const id = next();
    return { ...type, 'element-id': id, element: withFreshIds(type.element, next) };
  }
  if (isMap(type)) {
    const keyId = next();
    const valueId = next();
    return {
      ...type,
      'key-id': keyId,
      'value-id': valueId,
      key: withFreshIds(type.key, next),
      value: withFreshIds(type.value, next),
    };
  }
  return type;
}

const ATHENA_NAMES: Record<string, string> = { long: 'bigint', timestamptz: 'timestamp with time zone' };
const GLUE_NAMES: Record<string, string> = {
  long: 'bigint',
  timestamptz: 'timestamp',
  time: 'string',
  uuid: 'string',
};
const TRINO_NAMES: Record<string, string> = {
  int: 'integer',
  long: 'bigint',
  float: 'real',
  string: 'varchar',
  binary: 'varbinary',
  time: 'time(6)',
  timestamp: 'timestamp(6)',
  timestamptz: 'timestamp(6) with time zone',
};
const DUCKDB_NAMES: Record<string, string> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  string: 'VARCHAR',
  uuid: 'UUID',
  binary: 'BLOB',
};

function hiveName(type: IcebergType, names: Record<string, string>): string {
  if (isStruct(type))
    return `struct<${type.fields.map((field) => `${field.name}:${hiveName(field.type, names)}`).join(',')}>`;
  if (isList(type)) return `array<${hiveName(type.element, names)}>`;
  if (isMap(type)) return `map<${hiveName(type.key, names)},${hiveName(type.value, names)}>`;
  const decimal = decimalOf(type);
  if (decimal) return `decimal(${decimal.precision},${decimal.scale})`;
  if (fixedLengthOf(type) !== undefined) return 'binary';
  return names[type] ?? type;
}

export const athenaType = (type: IcebergType): string => hiveName(type, ATHENA_NAMES);
export const glueType = (type: IcebergType): string => hiveName(type, GLUE_NAMES);

export function trinoType(type: IcebergType): string {
  if (isStruct(type))
    return `row(${type.fields.map((field) => `${trinoName(field.name)} ${trinoType(field.type)}`).join(', ')})`;
  if (isList(type)) return `array(${trinoType(type.element)})`;
  if (isMap(type)) return `map(${trinoType(type.key)}, ${trinoType(type.value)})`;
  const decimal = decimalOf(type);
  if (decimal) return `decimal(${decimal.precision},${decimal.scale})`;
  if (fixedLengthOf(type) !== undefined) return 'varbinary';
  return TRINO_NAMES[type] ?? type;
}

const trinoName = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name));

export function duckdbType(type: IcebergType): string {
  if (isStruct(type))
    return `STRUCT(${type.fields.map((field) => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`).join(', ')})`;
  if (isList(type)) return `${duckdbType(type.element)}[]`;
  if (isMap(type)) return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`;
  const decimal = decimalOf(type);
  if (decimal) return `DECIMAL(${decimal.precision},${decimal.scale})`;
  if (fixedLengthOf(type) !== undefined) return 'BLOB';
  return DUCKDB_NAMES[type]!;
}

export const columnOf = (field: Field): Column => ({
  id: field.id,
  name: field.name,
  required: field.required,
  ...(field.doc === undefined ? {} : { comment: field.doc }),
  type: field.type,
  athenaType: athenaType(field.type),
  glueType: glueType(field.type),
  trinoType: trinoType(field.type),
  duckdbType: duckdbType(field.type),
});

/** A schema with ids from 1 on. Throws for an empty list, a name twice (whatever its case) or a type that Iceberg lacks. */
export function newSchema(columns: readonly ColumnInput[]): { schema: Schema; lastColumnId: number } {
  if (columns.length === 0) throw new IcebergError('INVALID_ARGUMENTS', 'A table needs at least one column');
  const ids = idsAfter(0);
  const struct = withFreshIds(
    {
      type: 'struct',
      fields: columns.map((column) => ({
        id: 0,
        name: column.name,
        required: column.required ?? false,
        type: parseType(column.type),
        ...(column.comment ? { doc: column.comment } : {}),
      })),
    },
    ids.next,
  ) as StructType;
  checkNames(struct, 'the table');
  return { schema: { 'schema-id': 0, ...struct }, lastColumnId: ids.last() };
}

/** Refuses a struct, at any depth, in which two fields have one name to a case-insensitive engine. */
export function checkNames(type: IcebergType, where: string): void {
  if (isStruct(type)) {
    const seen = new Set<string>();
    for (const field of type.fields) {
      const folded = field.name.toLowerCase();
      if (seen.has(folded))
        throw new IcebergError(
          'COLUMN_ALREADY_EXISTS',
          `Column '${field.name}' is named twice in ${where}: names differ by more than case`,
        );
      seen.add(folded);
      checkNames(field.type, field.name);
    }
  } else if (isList(type)) checkNames(type.element, where);
  else if (isMap(type)) {
    checkNames(type.key, where);
    checkNames(type.value, where);
  }
}

/** A field with its place: names from the top, and whether it is in a list or a map (no bounds, no partitioning). */
export interface PlacedField {
  id: number;
  path: string[];
  type: IcebergType;
  required: boolean;
  repeated: boolean;
}

/** Every field of a struct by id: list elements and map keys and values included. */
export function fieldsById(struct: StructType): Map<number, PlacedField> {
  const found = new Map<number, PlacedField>();
  const visit = (
    id: number,
    path: string[],
    type: IcebergType,
    required: boolean,
    repeated: boolean,
  ): void => {
    found.set(id, { id, path, type, required, repeated });
    if (isStruct(type)) {
      for (const field of type.fields)
        visit(field.id, [...path, field.name], field.type, field.required, repeated);
    } else if (isList(type)) {
      visit(type['element-id'], [...path, 'element'], type.element, type['element-required'], true);
    } else if (isMap(type)) {
      visit(type['key-id'], [...path, 'key'], type.key, true, true);
      visit(type['value-id'], [...path, 'value'], type.value, type['value-required'], true);
    }
  };
  for (const field of struct.fields) visit(field.id, [field.name], field.type, field.required, false);
  return found;
}

/** The field of a dotted name, whatever its case. Throws COLUMN_NOT_FOUND. A name with a dot in it is found too. */
export function findField(struct: StructType, name: string): PlacedField {
  const folded = name.toLowerCase();
  for (const field of fieldsById(struct).values())
    if (field.path.join('.').toLowerCase() === folded) return field;
  throw new IcebergError(
    'COLUMN_NOT_FOUND',
    `Column '${name}' cannot be resolved: the table has ${struct.fields.map((field) => field.name).join(', ')}`,
  );
}

/** Whether two types are the same but for field documentation. */
export function sameType(left: IcebergType, right: IcebergType): boolean {
  const bare = (type: IcebergType): unknown =>
    isStruct(type)
      ? type.fields.map((field) => [field.id, field.name, field.required, bare(field.type)])
      : isList(type)
        ? ['list', type['element-id'], type['element-required'], bare(type.element)]
        : isMap(type)
          ? [
              'map',
              type['key-id'],
              bare(type.key),
              type['value-id'],
              type['value-required'],
              bare(type.value),
            ]
          : type.replaceAll(' ', '');
  return JSON.stringify(bare(left)) === JSON.stringify(bare(right));
}
