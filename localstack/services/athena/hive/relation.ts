/** A Hive table as a relation that DuckDB can read: columns, partition keys and the hidden file columns. */

import { parseType, physicalType, type Type } from '../../../sql/types.ts';
import type { Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import type { Session } from '../session.ts';
import type { Constraints } from './constraint.ts';
import { lazySimple, openCsv, readCsv } from './csv.ts';
import { identifier, literal } from './duckText.ts';
import { type HiveFile, listFiles } from './files.ts';
import { jsonSerdes, readJson } from './json.ts';
import { parquetSerde, readParquet } from './parquet.ts';

export interface HiveColumn {
  readonly name: string;
  readonly type: Type;
}

/** Columns that every file-based table has without declaring them. */
export const hiddenColumns = [
  { name: '$path', type: 'varchar' },
  { name: '$file_size', type: 'bigint' },
  { name: '$file_modified_time', type: 'timestamp(3) with time zone' },
] as const;

const columnsOf = (columns: Table['PartitionKeys']): HiveColumn[] =>
  (columns ?? []).map((column) => ({ name: column.Name, type: parseType(column.Type ?? 'string') }));

/** The table's own columns, then its partition keys: the order of `SELECT *`. */
export const hiveColumns = (table: Table): HiveColumn[] => [
  ...columnsOf(table.StorageDescriptor?.Columns),
  ...columnsOf(table.PartitionKeys),
];

const typedText = (value: string | null, type: Type) =>
  `CAST(${value === null ? 'NULL' : literal(value)} AS ${physicalType(type)})`;

const hiddenValue = (name: string, file: HiveFile) =>
  name === '$path'
    ? literal(file.uri)
    : name === '$file_size'
      ? `CAST(${file.size} AS BIGINT)`
      : `CAST(${literal(file.modifiedAt.toISOString())} AS TIMESTAMPTZ)`;

/** Up to this many distinct constants are written into the statement; more go through a join on the file. */
const fewFiles = 1;

/** What else the statement says of the rows that matter. */
export interface Narrowing {
  /** Columns of which it looks at one text only; other rows may be left out. */
  readonly equal?: ReadonlyMap<string, string>;
  /** Whether a file's rows matter, by its `s3://` path. */
  readonly hasPath?: (uri: string) => boolean;
}

/**
 * SQL of a sub-query with the wanted columns. The bytes it reads are counted before it runs.
 * @param wanted names, hidden ones included; absent = every column and no hidden one
 */
export async function hiveRelation(
  session: Session,
  table: Table,
  constraints: Constraints,
  wanted: readonly string[] | undefined,
  { equal, hasPath = () => true }: Narrowing = {},
): Promise<string> {
  const data = columnsOf(table.StorageDescriptor?.Columns);
  const keys = columnsOf(table.PartitionKeys);
  const names = new Set(wanted ?? [...data, ...keys].map(({ name }) => name));
  const readColumns = data.filter(({ name }) => names.has(name));
  const readKeys = keys.filter(({ name }) => names.has(name));
  const readHidden = hiddenColumns.filter(({ name }) => names.has(name));

  const files = await listFiles(session, table, constraints, hasPath);
  const selects = await readFiles(session, table, files, data, readColumns, equal);
  if (selects.length === 0) {
    const empty = [
      ...[...readColumns, ...readKeys].map(
        ({ name, type }) => `CAST(NULL AS ${physicalType(type)}) AS ${identifier(name)}`,
      ),
      ...readHidden.map(
        ({ name, type }) => `CAST(NULL AS ${physicalType(parseType(type))}) AS ${identifier(name)}`,
      ),
    ];
    return `(SELECT ${empty.length > 0 ? empty.join(', ') : '1'} WHERE false)`;
  }

  const fileColumns = (file: HiveFile) => [
    ...readKeys.map(({ name, type }) => typedText(file.partition[name] ?? null, type)),
    ...readHidden.map(({ name }) => hiddenValue(name, file)),
  ];
  const fileColumnNames = [...readKeys, ...readHidden].map(({ name }) => identifier(name));
  const own = readColumns.map(({ name }) => identifier(name));
  const union = selects.join(' UNION ALL ');
  if (fileColumnNames.length === 0)
    return own.length > 0 ? `(SELECT ${own.join(', ')} FROM (${union}))` : `(SELECT 1 FROM (${union}))`;

  const distinct = new Set(files.map((file) => fileColumns(file).join(', ')));
  if (distinct.size <= fewFiles) {
    const constants = fileColumns(files[0]!).map((value, index) => `${value} AS ${fileColumnNames[index]}`);
    return `(SELECT ${[...own, ...constants].join(', ')} FROM (${union}))`;
  }
  const rows = files.map((file) => `(${[literal(file.path), ...fileColumns(file)].join(', ')})`);
  return `(SELECT ${[...own.map((column) => `d.${column}`), ...fileColumnNames.map((column) => `f.${column}`)].join(', ')} FROM (${union}) d JOIN (VALUES ${rows.join(', ')}) f(${['__file', ...fileColumnNames].join(', ')}) ON d.__file = f.__file)`;
}

async function readFiles(
  session: Session,
  table: Table,
  files: readonly HiveFile[],
  all: readonly HiveColumn[],
  wanted: readonly HiveColumn[],
  equal: ReadonlyMap<string, string> | undefined,
): Promise<string[]> {
  if (files.length === 0) return [];
  const info = table.StorageDescriptor?.SerdeInfo;
  const library = info?.SerializationLibrary ?? lazySimple;
  const serde = { library, parameters: info?.Parameters ?? {} };
  if (library === parquetSerde) {
    const { selects, bytes } = await readParquet(session, files, wanted);
    session.progress.scan(bytes);
    return selects;
  }
  session.progress.scan(files.reduce((sum, file) => sum + file.size, 0));
  if (jsonSerdes.has(library)) return readJson(session, files, all, wanted, serde, equal);
  if (library === lazySimple || library === openCsv)
    return readCsv(files, all, new Set(wanted.map(({ name }) => name)), serde, table.Parameters ?? {});
  throw new QueryFailure(
    'NOT_SUPPORTED',
    `The serde ${library} of ${table.DatabaseName}.${table.Name} is not emulated; JSON, CSV and Parquet are.`,
  );
}
