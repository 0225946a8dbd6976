/** Writes rows as the files of a Hive table, one folder a partition, for INSERT, CTAS and UNLOAD. */

import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseType, type Type } from '../../../sql/types.ts';
import { QueryFailure } from '../failures.ts';
import { isNested } from '../hiveType.ts';
import { asFolder, type Session, s3Location, withoutSlash } from '../session.ts';
import { identifier, literal } from './duckText.ts';
import { defaultPartition } from './files.ts';

export interface FileFormat {
  readonly kind: 'parquet' | 'json' | 'text';
  /** DuckDB's name of the codec: `gzip`, `snappy`, `zstd`, `uncompressed`. */
  readonly compression: string;
  /** Only for `text`. */
  readonly delimiter?: string;
}

export interface WrittenFiles {
  readonly rows: number;
  readonly uris: readonly string[];
  /** The partitions written, each with its values in the keys' order and its location. */
  readonly partitions: readonly { readonly values: readonly string[]; readonly location: string }[];
}

interface Column {
  readonly name: string;
  /** Trino's or Hive's type text. */
  readonly type: string;
}

/** Text forms that Hive's JSON and text serdes read back. */
function serialized(column: Column, kind: FileFormat['kind']): string {
  const name = identifier(column.name);
  const type: Type = parseType(column.type);
  if (kind === 'parquet' || isNested(type)) {
    if (kind === 'text')
      throw new QueryFailure(
        'NOT_SUPPORTED',
        `Column '${column.name}': writing a ${type.kind} as delimited text is not emulated.`,
      );
    return name;
  }
  if (type.kind === 'timestamp') return `strftime(${name}, '%Y-%m-%d %H:%M:%S.%g') AS ${name}`;
  if (type.kind === 'varbinary') return `to_base64(${name}) AS ${name}`;
  return name;
}

function copyOptions({ kind, compression, delimiter }: FileFormat): string {
  if (kind === 'parquet') return `FORMAT parquet, COMPRESSION ${compression}`;
  if (kind === 'json') return `FORMAT json, COMPRESSION ${compression}`;
  return `FORMAT csv, HEADER false, DELIMITER ${literal(delimiter ?? '\u0001')}, QUOTE '', ESCAPE '', NULLSTR '\\N', COMPRESSION ${compression}`;
}

const extensions: Readonly<Record<string, string>> = { gzip: '.gz', zstd: '.zst' };

/** Parquet's compression is inside the file, and is not in its name. */
const fileName = ({ kind, compression }: FileFormat, queryExecutionId: string) =>
  `${queryExecutionId.replaceAll('-', '_')}_${randomUUID()}${kind === 'parquet' ? '' : (extensions[compression] ?? '')}`;

/** As Hive spells partition folders: what a path or a URI cannot have is in percent. */
const folderText = (value: string) =>
  [...value]
    .map((character) =>
      character < ' ' || '\u007f"#%\'*/:=?\\{[]^'.includes(character)
        ? `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
        : character,
    )
    .join('');

/**
 * Runs a query and writes its rows below `location`. Partition columns go into folder names, not into files.
 * @param columns the query's columns, in its order; those in `partitionBy` are taken by name
 */
export async function writeFiles(
  session: Session,
  sql: string,
  columns: readonly Column[],
  partitionBy: readonly string[],
  location: string,
  format: FileFormat,
  mostPartitions: number,
): Promise<WrittenFiles> {
  const { connection } = session;
  const { store } = session.lake;
  const { bucket, key } = s3Location(asFolder(location));
  const data = columns.filter(({ name }) => !partitionBy.includes(name));
  if (data.length === 0)
    throw new QueryFailure('INVALID_TABLE_PROPERTY', 'Table contains only partition columns');
  const rowsTable = `rows_${randomUUID().replaceAll('-', '')}`;
  const named = `SELECT * FROM (${sql}) AS t(${columns.map(({ name }) => identifier(name)).join(', ')})`;
  await connection.run(`CREATE TEMP TABLE ${rowsTable} AS ${named}`);
  const folder = store.tempFile('-files');
  try {
    await mkdir(folder, { recursive: true });
    const count = await connection.runAndReadAll(`SELECT count(*) FROM ${rowsTable}`);
    const rows = Number(count.getRowsJS()[0]![0]);
    const projection = data.map((column) => serialized(column, format.kind)).join(', ');
    // A file without a row is none, as Trino writes.
    const targets = rows === 0 ? [] : await partitionTargets(session, rowsTable, partitionBy, mostPartitions);
    const uris: string[] = [];
    for (const target of targets) {
      const file = join(folder, fileName(format, session.queryExecutionId));
      await connection.run(
        `COPY (SELECT ${projection} FROM ${rowsTable} WHERE ${target.where}) TO ${literal(file)} (${copyOptions(format)})`,
      );
      const objectKey = `${key}${target.folder}${basename(file)}`;
      await store.putFile(bucket, objectKey, file);
      uris.push(`s3://${bucket}/${objectKey}`);
    }
    return {
      rows,
      uris,
      partitions: targets
        .filter(({ values }) => values.length > 0)
        .map((target) => ({
          values: target.values,
          location: withoutSlash(`s3://${bucket}/${key}${target.folder}`),
        })),
    };
  } finally {
    await connection.run(`DROP TABLE ${rowsTable}`);
    await rm(folder, { recursive: true, force: true });
  }
}

async function partitionTargets(
  session: Session,
  rowsTable: string,
  partitionBy: readonly string[],
  most: number,
) {
  if (partitionBy.length === 0) return [{ where: 'true', folder: '', values: [] as string[] }];
  const keys = partitionBy.map((name) => `CAST(${identifier(name)} AS VARCHAR)`);
  const found = await session.connection.runAndReadAll(
    `SELECT DISTINCT ${keys.join(', ')} FROM ${rowsTable} ORDER BY ALL LIMIT ${most + 1}`,
  );
  const partitions = found.getRowsJS() as (string | null)[][];
  if (partitions.length > most)
    throw new QueryFailure(
      'HIVE_TOO_MANY_OPEN_PARTITIONS',
      `Exceeded limit of ${most} open writers for partitions/buckets`,
    );
  return partitions.map((row) => {
    const values = row.map((value) => value ?? defaultPartition);
    return {
      values,
      folder: partitionBy.map((name, index) => `${name}=${folderText(values[index]!)}/`).join(''),
      where: keys
        .map((key, index) => (row[index] === null ? `${key} IS NULL` : `${key} = ${literal(row[index]!)}`))
        .join(' AND '),
    };
  });
}
