/** Writing data files: a SELECT's rows, cast to the schema, into Parquet files by partition, with their metrics. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { ObjectStore } from '../core/objectStore.ts';
import type { SqlConnection } from '../core/sqlConnection.ts';
import { avroName } from './avro.ts';
import { IcebergError } from './errors.ts';
import type { Iceberg } from './lake.ts';
import { writtenLayout } from './layout.ts';
import { addressOf } from './location.ts';
import { CONTENT, type DataFile } from './manifest.ts';
import { type BoundSpec, boundSpec, currentSchema, numberProperty, type TableMetadata } from './metadata.ts';
import { type ColumnStatistics, leavesByStatisticsKey, metricsOf } from './metrics.ts';
import {
  applyTransform,
  type PartitionKey,
  type PartitionTuple,
  partitionFolder,
  partitionKey,
  type Transform,
} from './partition.ts';
import {
  duckdbType,
  type Field,
  fieldsById,
  fixedLengthOf,
  type IcebergType,
  isList,
  isMap,
  isStruct,
  type Schema,
} from './schema.ts';
import { quoteIdentifier, quotePath, quoteText } from './sqlText.ts';
import { type Datum, requireValue } from './values.ts';

export interface WriteOptions {
  /** More partitions than this in one statement are refused; Athena's limit is 100. */
  maxOpenPartitions?: number;
  /** Begins the names of the files, as Athena's query id does, and is noted in the snapshot. */
  queryId?: string;
}

/** A rewrite knows the one partition that its rows are of; nothing is computed then, and large files are split. */
interface RewriteOptions extends WriteOptions {
  partition?: PartitionTuple;
}

const DEFAULT_TARGET_BYTES = 512 * 1024 * 1024;

/** Most columns have either few texts or one of its own in each row: larger dictionaries are given up after much work. */
const MOST_WORDS = 4096;

const CODECS: Record<string, string> = {
  zstd: 'zstd',
  snappy: 'snappy',
  gzip: 'gzip',
  lz4: 'lz4_raw',
  uncompressed: 'uncompressed',
  none: 'uncompressed',
};

/** The COPY option of the table's `write.parquet.compression-codec`, zstd by default as in Athena. */
export function compression(metadata: TableMetadata): string {
  const { properties } = metadata;
  const name = properties.write_compression ?? properties['write.parquet.compression-codec'] ?? 'zstd';
  const codec = CODECS[name.toLowerCase()];
  if (!codec)
    throw new IcebergError(
      'INVALID_ARGUMENTS',
      `The Parquet compression is '${name}'; allowed: ${Object.keys(CODECS).join(', ')}`,
    );
  return codec;
}

/** Refuses a table whose new files are to be in a format that DuckDB does not write. */
function checkFormat({ properties }: TableMetadata): void {
  const format = properties.format ?? properties['write.format.default'] ?? 'parquet';
  if (format.toLowerCase() !== 'parquet')
    throw new IcebergError('NOT_SUPPORTED', `The table's file format is ${format}; only PARQUET is written`);
}

/** The folder of a table's data files. */
export const dataFolder = (metadata: TableMetadata): string =>
  (metadata.properties['write.data.path'] ?? `${metadata.location}/data`).replace(/\/+$/, '');

/** A name that no other file has, beginning with the query's id as Trino's do. */
export const fileName = (options: WriteOptions, suffix = ''): string =>
  `${options.queryId ? `${options.queryId}-` : ''}${randomUUID()}${suffix}.parquet`;

export const targetFileBytes = (metadata: TableMetadata): number =>
  numberProperty(
    metadata,
    'write_target_data_file_size_bytes',
    numberProperty(metadata, 'write.target-file-size-bytes', DEFAULT_TARGET_BYTES),
  );

/** DuckDB's FIELD_IDS of a struct's fields, every level of it. */
function fieldIds(fields: readonly Field[]): string {
  const nested = (id: number, type: IcebergType): string => {
    if (isStruct(type)) return `{__duckdb_field_id: ${id}, ${type.fields.map(ofField).join(', ')}}`;
    if (isList(type))
      return `{__duckdb_field_id: ${id}, element: ${nested(type['element-id'], type.element)}}`;
    if (isMap(type))
      return `{__duckdb_field_id: ${id}, key: ${nested(type['key-id'], type.key)}, value: ${nested(type['value-id'], type.value)}}`;
    return String(id);
  };
  const ofField = (field: Field) =>
    `${quoteIdentifier(avroName(field.name))}: ${nested(field.id, field.type)}`;
  return `{${fields.map(ofField).join(', ')}}`;
}

const MISSING = 'NULL value not allowed for NOT NULL column: ';

/** The type that a column is written as: Parquet's names are Avro's, whatever the table calls its fields. */
const writtenType = (type: IcebergType): IcebergType => {
  if (isStruct(type))
    return {
      type: 'struct',
      fields: type.fields.map((field) => ({
        ...field,
        name: avroName(field.name),
        type: writtenType(field.type),
      })),
    };
  if (isList(type)) return { ...type, element: writtenType(type.element) };
  if (isMap(type)) return { ...type, key: writtenType(type.key), value: writtenType(type.value) };
  return type;
};

/** The cast of a column of the source to its type in the file, refusing NULL where the schema does. */
function writtenColumn(field: Field, source: string): string {
  if (fixedLengthOf(field.type) !== undefined)
    throw new IcebergError(
      'NOT_SUPPORTED',
      `Column '${field.name}' is of type ${field.type}, which Athena does not write`,
    );
  const table = duckdbType(field.type);
  const written = duckdbType(writtenType(field.type));
  const cast = `CAST(${source} AS ${table})`;
  const value = written === table ? cast : `CAST(${positional(cast, field.type)} AS ${written})`;
  if (!field.required) return value;
  return `CASE WHEN ${source} IS NULL THEN error(${quoteText(MISSING + field.name)}) ELSE ${value} END`;
}

/** The value with its struct fields renamed as they are written: DuckDB casts structs by name. */
function positional(sql: string, type: IcebergType, depth = 0): string {
  if (isStruct(type)) {
    const fields = type.fields.map(
      (field) =>
        `${quoteIdentifier(avroName(field.name))} := ${positional(`struct_extract(${sql}, ${quoteText(field.name)})`, field.type, depth)}`,
    );
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
  }
  const item = `item${depth}`;
  if (isList(type))
    return `list_transform(${sql}, lambda ${item}: ${positional(item, type.element, depth + 1)})`;
  if (isMap(type)) {
    const key = positional(`struct_extract(${item}, 'key')`, type.key, depth + 1);
    const value = positional(`struct_extract(${item}, 'value')`, type.value, depth + 1);
    return `map_from_entries(list_transform(map_entries(${sql}), lambda ${item}: struct_pack(k := ${key}, v := ${value})))`;
  }
  return sql;
}

/** A name with a space: no column of the file has one, their names being Avro's. */
const keyColumn = (index: number): string => `"partition ${index}"`;

/** One file that a COPY wrote. */
export interface CopiedFile {
  path: string;
  records: number;
  bytes: number;
  statistics: Map<string, ColumnStatistics>;
  /** Texts of the partition columns, in the COPY's order; NULL is null. */
  keys: (string | null)[];
}

interface CopyEntry {
  key: string;
  value: unknown;
}

/** Runs a COPY … RETURN_STATS and reads its answer; empty files are left out. */
export async function copyOut(connection: SqlConnection, sql: string): Promise<CopiedFile[]> {
  const reader = await connection.runAndReadAll(sql);
  const rows = reader.getRowObjectsJson() as unknown as {
    filename: string;
    count: string;
    file_size_bytes: string;
    column_statistics: CopyEntry[] | null;
    partition_keys: CopyEntry[] | null;
  }[];
  return rows
    .filter((row) => row.count !== '0')
    .map((row) => ({
      path: row.filename,
      records: Number(row.count),
      bytes: Number(row.file_size_bytes),
      statistics: new Map(
        (row.column_statistics ?? []).map(({ key, value }) => [
          key,
          new Map((value as CopyEntry[]).map((entry) => [entry.key, entry.value as string])),
        ]),
      ),
      keys: (row.partition_keys ?? []).map((entry) => entry.value as string | null),
    }));
}

/** A folder of the store's disk for a COPY, gone when `use` is done. */
export async function inTemporaryFolder<T>(
  store: ObjectStore,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = store.tempFile('.copy');
  await mkdir(folder, { recursive: true });
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a SELECT's rows, its columns taken by position, as data files of the table's current schema and spec.
 * Every object written is noted in `written` before it is put, for whoever has to clean up.
 * Throws INVALID_ARGUMENTS (column count), CONSTRAINT_VIOLATION (NULL in a required column) and
 * ICEBERG_TOO_MANY_OPEN_PARTITIONS.
 */
export async function writeDataFiles(
  lake: Iceberg,
  connection: SqlConnection,
  metadata: TableMetadata,
  select: string,
  written: string[],
  options: RewriteOptions = {},
): Promise<DataFile[]> {
  const schema = currentSchema(metadata);
  checkFormat(metadata);
  await checkColumnCount(connection, select, schema);
  const { spec, transforms } = boundSpec(metadata, metadata['default-spec-id']);

  const sources = schema.fields.map((_field, index) => `c${index}`);
  const columns = schema.fields.map(
    (field, index) => `${writtenColumn(field, sources[index]!)} AS ${quoteIdentifier(avroName(field.name))}`,
  );
  const keys = options.partition ? [] : partitionKeys(schema, spec.fields, transforms, sources);
  const keyColumns = keys.map((key, index) => `${key.sql} AS ${keyColumn(index)}`);
  const copyOptions = [
    'FORMAT parquet',
    `COMPRESSION ${compression(metadata)}`,
    `DICTIONARY_SIZE_LIMIT ${MOST_WORDS}`,
    `FIELD_IDS ${fieldIds(schema.fields)}`,
    'RETURN_STATS',
    "FILENAME_PATTERN '{uuid}'",
    ...(keys.length > 0
      ? [
          `PARTITION_BY (${keys.map((_key, index) => keyColumn(index)).join(', ')})`,
          'WRITE_PARTITION_COLUMNS false',
        ]
      : [`FILE_SIZE_BYTES ${targetFileBytes(metadata)}`]),
  ];

  return inTemporaryFolder(lake.store, async (folder) => {
    const copied = await copyOut(
      connection,
      `COPY (SELECT ${[...columns, ...keyColumns].join(', ')} FROM (${select}\n) AS source(${sources.join(', ')})) TO ${quoteText(folder)} (${copyOptions.join(', ')})`,
    ).catch(asConstraintViolation);
    const limit = options.maxOpenPartitions ?? Number.POSITIVE_INFINITY;
    if (new Set(copied.map((file) => JSON.stringify(file.keys))).size > limit)
      throw new IcebergError(
        'ICEBERG_TOO_MANY_OPEN_PARTITIONS',
        `Exceeded limit of ${limit} open writers for partitions`,
      );
    const leaves = leavesByStatisticsKey(schema);
    const layout = writtenLayout(schema);
    const named = await Promise.all(
      copied.map(async (file) => {
        const partition =
          options.partition ?? (await partitionOf(connection, file, keys, schema, { spec, transforms }));
        const place = partitionFolder(spec, transforms, partition);
        const path = [dataFolder(metadata), ...(place ? [place] : []), fileName(options)].join('/');
        return { file, partition, path };
      }),
    );
    await moveIn(
      lake.store,
      named.map(({ file, path }) => ({ local: file.path, location: path })),
      written,
    );
    return named.map(({ file, partition, path }): DataFile => {
      lake.layouts.set(path, layout);
      return {
        content: CONTENT.data,
        path,
        format: 'PARQUET',
        specId: spec['spec-id'],
        partition,
        records: file.records,
        bytes: file.bytes,
        ...metricsOf(file.statistics, leaves),
        sortOrderId: 0,
      };
    });
  });
}

const PUTS_AT_ONCE = 8;

/** Moves finished local files into the store, a few at a time. */
export async function moveIn(
  store: ObjectStore,
  files: readonly { local: string; location: string }[],
  written: string[],
): Promise<void> {
  for (let at = 0; at < files.length; at += PUTS_AT_ONCE) {
    const batch = files.slice(at, at + PUTS_AT_ONCE);
    written.push(...batch.map((file) => file.location));
    await Promise.all(
      batch.map(({ local, location }) => {
        const { bucket, key } = addressOf(location);
        return store.putFile(bucket, key, local);
      }),
    );
  }
}

async function checkColumnCount(connection: SqlConnection, select: string, schema: Schema): Promise<void> {
  const prepared = await connection.prepare(select);
  try {
    if (prepared.columnCount !== schema.fields.length)
      throw new IcebergError(
        'INVALID_ARGUMENTS',
        `Insert query has ${prepared.columnCount} columns, but the table has ${schema.fields.length}: ${schema.fields.map((field) => field.name).join(', ')}`,
      );
  } finally {
    prepared.destroySync();
  }
}

function partitionKeys(
  schema: Schema,
  fields: readonly { 'source-id': number }[],
  transforms: readonly Transform[],
  sources: readonly string[],
): PartitionKey[] {
  const placed = fieldsById(schema);
  return fields.map((field, index) => {
    const source = placed.get(field['source-id']);
    if (!source) return partitionKey(transforms[index]!, 'NULL');
    const top = schema.fields.findIndex((column) => column.name === source.path[0]);
    const column = `CAST(${sources[top]} AS ${duckdbType(schema.fields[top]!.type)})`;
    const nested = source.path
      .slice(1)
      .reduce((sql, name) => `struct_extract(${sql}, ${quoteText(name)})`, column);
    return partitionKey(transforms[index]!, nested);
  });
}

/** The partition that a written file's keys stand for. */
const partitionOf = (
  connection: SqlConnection,
  file: CopiedFile,
  keys: readonly PartitionKey[],
  schema: Schema,
  { spec, transforms }: BoundSpec,
): Promise<PartitionTuple> =>
  Promise.all(
    keys.map(async (key, index) => {
      const text = file.keys[index] ?? null;
      if (text === null) return null;
      if (!key.hashed) return key.decode(text);
      const source = fieldsById(schema).get(spec.fields[index]!['source-id'])!;
      const value = await anyValue(connection, file.path, source.path, transforms[index]!);
      return applyTransform(transforms[index]!, value);
    }),
  );

/** One value of a column of a file in which the column's transform has one value. */
async function anyValue(
  connection: SqlConnection,
  file: string,
  path: readonly string[],
  transform: Transform,
): Promise<Datum> {
  const column = path
    .slice(1)
    .reduce(
      (sql, name) => `struct_extract(${sql}, ${quoteText(avroName(name))})`,
      quoteIdentifier(avroName(path[0]!)),
    );
  const text = transform.sourceType === 'binary' ? `hex(${column})` : `${column}::VARCHAR`;
  const reader = await connection.runAndReadAll(
    `SELECT ${text} FROM read_parquet(${quotePath(file)}, hive_partitioning = false) WHERE ${column} IS NOT NULL LIMIT 1`,
  );
  return requireValue(transform.sourceType, reader.getRowsJS()[0]![0] as string, path.join('.'));
}

function asConstraintViolation(cause: Error): never {
  const at = cause.message.indexOf(MISSING);
  if (at < 0) throw cause;
  throw new IcebergError('CONSTRAINT_VIOLATION', cause.message.slice(at), { cause });
}
