/** Reads the Parquet files of a Hive table: columns by name, missing ones NULL. */
import { physicalType, type Type, typeText } from '../../../sql/types.ts';
import { QueryFailure } from '../failures.ts';
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
    `SELECT file_name, split_part(path_in_schema, ', ', 1) AS name, sum(total_compressed_size)::DOUBLE, any_value(CASE WHEN contains(path_in_schema, ', ') THEN NULL ELSE type END) FROM parquet_metadata(${paths}) GROUP BY ALL`,
  );
  const byPath = new Map(unknown.map((file) => [file.path, {} as Record<string, Footer[string]>]));
  for (const [path, name, bytes, stored] of sizes.getRowsJS() as [string, string, number, string | null][])
    byPath.get(path)![name.toLowerCase()] = { name, bytes, stored };
  for (const file of unknown) lake.files.footers.set(file, byPath.get(file.path)!);
}

const whole = ['tinyint', 'smallint', 'integer', 'bigint'];

/** What each of Parquet's physical types may be declared as; nothing is turned into another kind of value. */
const readable: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: ['boolean'],
  INT32: [...whole, 'date', 'decimal'],
  INT64: [...whole, 'decimal', 'timestamp', 'timestamp with time zone', 'time'],
  INT96: ['timestamp', 'timestamp with time zone'],
  FLOAT: ['real', 'double'],
  DOUBLE: ['double', 'real'],
  BYTE_ARRAY: ['varchar', 'char', 'varbinary', 'decimal', 'json'],
  FIXED_LEN_BYTE_ARRAY: ['decimal', 'varbinary', 'varchar', 'char', 'uuid'],
};

/** @throws QueryFailure HIVE_BAD_DATA for a column that the file stores as something else than the table declares */
function checkStored(file: HiveFile, name: string, type: Type, stored: string | null): void {
  const allowed = stored === null ? undefined : readable[stored];
  if (!allowed || allowed.includes(type.kind)) return;
  const shown = stored === 'BYTE_ARRAY' ? 'BINARY' : stored;
  throw new QueryFailure(
    'HIVE_BAD_DATA',
    `Field ${name}'s type ${shown} in parquet file ${file.uri} is incompatible with type ${typeText(type)} defined in table schema`,
  );
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
    for (const { name, type } of columns) {
      const column = Object.hasOwn(present, name) ? present[name] : undefined;
      if (!column) continue;
      checkStored(file, name, type, column.stored);
      bytes += column.bytes;
    }
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
