/** A result's columns as GetQueryResults and the `.csv.metadata` file describe them. */
import { parseType } from '../../../sql/types.ts';

export interface ColumnInfo {
  readonly CatalogName: string;
  readonly SchemaName: string;
  readonly TableName: string;
  readonly Name: string;
  readonly Label: string;
  readonly Type: string;
  readonly Precision: number;
  readonly Scale: number;
  readonly Nullable: 'UNKNOWN';
  readonly CaseSensitive: boolean;
}

const longest = 2_147_483_647;

/** Precisions as Athena reports them; types that are not listed have 0. */
const precisions: Readonly<Record<string, number>> = {
  tinyint: 3,
  smallint: 5,
  integer: 10,
  bigint: 19,
  real: 17,
  double: 17,
  varbinary: 1_073_741_824,
  timestamp: 3,
  'timestamp with time zone': 3,
  time: 3,
};

/**
 * A column of a type by its bare name, `decimal`, `varchar`, `row`: Athena shows no more of it, and a real as `float`.
 * @param size the decimal's precision or the text's length, where the type has one
 */
export function columnOf(name: string, kind: string, size?: number, scale = 0): ColumnInfo {
  return {
    CatalogName: 'hive',
    SchemaName: '',
    TableName: '',
    Name: name,
    Label: name,
    Type: kind === 'real' ? 'float' : kind,
    Precision: size ?? (kind === 'varchar' ? longest : (precisions[kind] ?? 0)),
    Scale: scale,
    Nullable: 'UNKNOWN',
    CaseSensitive: kind === 'varchar' || kind === 'char',
  };
}

/** @param typeText Trino's type text, e.g. `decimal(18,2)` */
export function columnInfo(name: string, typeText: string): ColumnInfo {
  const type = parseType(typeText);
  if (type.kind === 'decimal') return columnOf(name, type.kind, type.precision, type.scale);
  return columnOf(name, type.kind, type.kind === 'varchar' ? type.length : undefined);
}

/** The columns of the answer to a statement that says something in text: Hive's `string`, the engine's `varchar`. */
export const textColumn = (name: string, type: 'string' | 'varchar' = 'string'): ColumnInfo => ({
  ...columnInfo(name, 'varchar'),
  Type: type,
  Precision: 0,
  CaseSensitive: false,
});

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

const integerField = (field: number, value: number) => Buffer.from([field << 3, ...varint(value)]);

function bytesField(field: number, value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(bytes.length)]), bytes]);
}

const nullabilityUnknown = 3;

/** Which of precision (7), scale (8) and case sensitivity (10) a column of this type has in the file. */
function factsOf(type: string): readonly (7 | 8 | 10)[] {
  switch (type) {
    case 'boolean':
    case 'interval day to second':
    case 'interval year to month':
      return [10];
    case 'date':
      return [8, 10];
    case 'array':
    case 'map':
    case 'row':
    case 'json':
    case 'string':
    case 'uuid':
    case 'ipaddress':
      return [];
    default:
      return [7, 8, 10];
  }
}

/**
 * The `.metadata` file: a protocol-buffers message with the query's id (field 1), what was updated (2) and how many rows (3), and
 * the columns (4: catalog 1, name 4, label 5, type 6, precision 7, scale 8, nullable 9, case-sensitive 10), as the public JDBC
 * driver io.burt.athena reads it and as aoyagikouhei/athena-local, docs/dev/measurements/metadata.md, recorded it.
 */
export function metadataFile(
  queryExecutionId: string,
  columns: readonly ColumnInfo[],
  written?: { readonly update: string; readonly rows: number },
): Buffer {
  return Buffer.concat([
    bytesField(1, queryExecutionId),
    ...(written ? [bytesField(2, written.update), integerField(3, written.rows)] : []),
    ...columns.map((column) => {
      const facts = factsOf(column.Type);
      return bytesField(
        4,
        Buffer.concat([
          bytesField(1, column.CatalogName),
          bytesField(4, column.Name),
          bytesField(5, column.Label),
          bytesField(6, column.Type),
          ...(facts.includes(7) ? [integerField(7, column.Precision)] : []),
          ...(facts.includes(8) ? [integerField(8, column.Scale)] : []),
          integerField(9, nullabilityUnknown),
          ...(facts.includes(10) ? [integerField(10, column.CaseSensitive ? 1 : 0)] : []),
        ]),
      );
    }),
  ]);
}
