/** Reads the Parquet files of a Hive table: columns by name, missing ones NULL. */
import { physicalType, type Type } from '../../../sql/types.ts';
import type { Session } from '../session.ts';
import { identifier, listOf } from './duckText.ts';
import type { Footer } from './fileMemory.ts';
import type { HiveFile } from './files.ts';

export const parquetSerde = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe';

async function learnFooters({ connection, lake }: Session, files: readonly HiveFile[]) {
  const unknown = files.filter((file) => !lake.files.footers.get(file));
  if (unknown.length === 0) return;
  const paths = listOf(unknown.map((file) => file.path));
  const sizes = await connection.runAndReadAll(
    `SELECT file_name, split_part(path_in_schema, ', ', 1) AS name, sum(total_compressed_size)::DOUBLE FROM parquet_metadata(${paths}) GROUP BY ALL`,
  );
  const byPath = new Map(unknown.map((file) => [file.path, {} as Record<string, Footer[string]>]));
  for (const [path, name, bytes] of sizes.getRowsJS() as [string, string, number][])
    byPath.get(path)![name.toLowerCase()] = { name, bytes };
  for (const file of unknown) lake.files.footers.set(file, byPath.get(file.path)!);
}

/** One SELECT per set of columns that the files have, and the bytes that reading the wanted columns takes. */
export async function readParquet(
  session: Session,
  files: readonly HiveFile[],
  columns: readonly { readonly name: string; readonly type: Type }[],
): Promise<{ selects: string[]; bytes: number }> {
  await learnFooters(session, files);
  let bytes = 0;
  const alike = Map.groupBy(files, (file) => {
    const present = session.lake.files.footers.get(file)!;
    for (const { name } of columns) bytes += present[name]?.bytes ?? 0;
    return JSON.stringify(columns.map(({ name }) => present[name]?.name ?? null));
  });
  const selects = [...alike].map(([names, group]) => {
    const present: (string | null)[] = JSON.parse(names);
    const projected = columns.map(({ name, type }, index) => {
      const source = present[index] === null ? 'NULL' : identifier(present[index]!);
      return `CAST(${source} AS ${physicalType(type)}) AS ${identifier(name)}`;
    });
    return `SELECT ${[...projected, '__file'].join(', ')} FROM read_parquet(${listOf(group.map((file) => file.path))}, hive_partitioning = false, union_by_name = true, filename = '__file')`;
  });
  return { selects, bytes };
}
