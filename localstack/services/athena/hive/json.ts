/** Reads newline-delimited JSON as Hive's JSON serdes do: declared types only, keys in any case, one object a line. */
import { physicalType, type Type } from '../../../sql/types.ts';
import { QueryFailure } from '../failure.ts';
import { isNested } from '../hiveType.ts';
import type { Session } from '../session.ts';
import { identifier, listOf, literal } from './duckText.ts';
import { fileKey } from './fileMemory.ts';
import type { HiveFile } from './files.ts';
import { fromText } from './textValue.ts';

export const jsonSerdes = new Set([
  'org.apache.hive.hcatalog.data.JsonSerDe',
  'org.apache.hadoop.hive.serde2.JsonSerDe',
  'org.openx.data.jsonserde.JsonSerDe',
]);

const openX = 'org.openx.data.jsonserde.JsonSerDe';

/** A line may be as long as a bronze record with its payload. */
const longestLine = 64 * 1024 * 1024;

interface Column {
  readonly name: string;
  readonly type: Type;
}

/**
 * Finds how each file spells its keys. Hive matches keys without regard to case, DuckDB with regard. Queries that begin
 * together ask for the same files: each file is looked at by one of them, the others wait.
 * @throws QueryFailure HIVE_CURSOR_ERROR when a file has keys that differ only by case
 */
async function learnSpellings(
  session: Session,
  files: readonly HiveFile[],
  compression: string,
  lenient: boolean,
) {
  const { spellings, learning } = session.lake.files;
  let unknown = files.filter((file) => !spellings.get(file));
  while (unknown.length > 0) {
    const others = new Set(unknown.flatMap((file) => learning.get(fileKey(file)) ?? []));
    const own = new Set(unknown.filter((file) => !learning.has(fileKey(file))));
    if (own.size > 0) {
      const work = learnSpellingsOf(session, [...own], compression, lenient);
      for (const file of own) learning.set(fileKey(file), work);
      try {
        await work;
      } finally {
        for (const file of own) learning.delete(fileKey(file));
      }
    }
    // What another query failed at, or was cancelled at, this one meets for itself in the next round.
    await Promise.allSettled(others);
    unknown = unknown.filter((file) => !own.has(file) && !spellings.get(file));
  }
}

async function learnSpellingsOf(
  { connection, lake }: Session,
  files: readonly HiveFile[],
  compression: string,
  lenient: boolean,
) {
  const reader = `read_json_objects(${listOf(files.map((file) => file.path))}, format = 'newline_delimited', compression = '${compression}', filename = true, maximum_object_size = ${longestLine}${lenient ? ', ignore_errors = true' : ''})`;
  const found = await connection.runAndReadAll(
    `SELECT DISTINCT filename, key FROM (SELECT filename, unnest(json_keys(json)) AS key FROM ${reader}) WHERE key <> lower(key) ORDER BY ALL`,
  );
  const byPath = new Map(files.map((file) => [file.path, {} as Record<string, string>]));
  for (const [path, key] of found.getRowsJS() as [string, string][]) {
    const known = byPath.get(path)!;
    const lower = key.toLowerCase();
    if (known[lower] !== undefined)
      throw new QueryFailure(
        'HIVE_CURSOR_ERROR',
        `Row is not a valid JSON Object - JSONException: Duplicate key "${lower}" (written '${known[lower]}' and '${key}')`,
      );
    known[lower] = key;
  }
  for (const file of files) lake.files.spellings.set(file, byPath.get(file.path)!);
}

interface JsonSerde {
  readonly library: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** One SELECT per group of files; its columns are the wanted ones and `__file`, the local path. */
export async function readJson(
  session: Session,
  files: readonly HiveFile[],
  all: readonly Column[],
  wanted: readonly Column[],
  serde: JsonSerde,
): Promise<string[]> {
  const schema = JSON.stringify([all.map(({ name, type }) => [name, readType(type)]), serde]);
  const { stored, direct } = await session.lake.files.text.split(session.connection, schema, files, (some) =>
    rawSelects(session, some, all, serde),
  );
  const raw = direct.length > 0 ? await rawSelects(session, direct, wanted, serde) : [];
  for (const [batch, some] of stored) {
    const part = some.length < batch.files.size;
    raw.push(
      `SELECT * FROM read_parquet(${literal(batch.path)})${part ? ` WHERE __file IN (${some.map((file) => literal(file.path)).join(', ')})` : ''}`,
    );
  }
  const projected = wanted.map(
    ({ name, type }) => `${readValue(identifier(name), type, name)} AS ${identifier(name)}`,
  );
  return raw.map((select) => `SELECT ${[...projected, '__file'].join(', ')} FROM (${select})`);
}

/** One SELECT per compression and spelling of the keys, of the columns as they stand in the files. */
async function rawSelects(
  session: Session,
  files: readonly HiveFile[],
  columns: readonly Column[],
  serde: JsonSerde,
): Promise<string[]> {
  const isOpenX = serde.library === openX;
  const option = (name: string) => (isOpenX ? serde.parameters[name]?.toLowerCase() : undefined);
  const lenient = option('ignore.malformed.json') === 'true';
  const dots = option('dots.in.keys') === 'true';
  const foldsCase = option('case.insensitive') !== 'false';
  for (const parameter of Object.keys(serde.parameters))
    if (/^timestamp\.formats$/i.test(parameter))
      throw new QueryFailure('NOT_SUPPORTED', `The serde property '${parameter}' is not emulated.`);
  const mapped = (name: string) => {
    const key = serde.parameters[`mapping.${name}`] ?? name;
    return dots ? key.replaceAll('_', '.') : key;
  };

  const selects: string[] = [];
  for (const [compression, group] of Map.groupBy(files, compressionOf)) {
    if (foldsCase) await learnSpellings(session, group, compression, lenient);
    const spellingOf = (file: HiveFile) => (foldsCase && session.lake.files.spellings.get(file)) || {};
    for (const [spellingText, alike] of Map.groupBy(group, (file) => JSON.stringify(spellingOf(file)))) {
      const spelling: Record<string, string> = JSON.parse(spellingText);
      const keyOf = (name: string) => spelling[mapped(name).toLowerCase()] ?? mapped(name);
      const declared = columns.map(({ name, type }) => `${literal(keyOf(name))}: ${literal(readType(type))}`);
      // A reader without columns would guess them: one that no line has stands in.
      const shape = declared.length > 0 ? declared.join(', ') : "'__none': 'VARCHAR'";
      const reader = `read_json(${listOf(alike.map((file) => file.path))}, columns = {${shape}}, format = 'newline_delimited', records = true, compression = '${compression}', maximum_object_size = ${longestLine}, filename = '__file'${lenient ? ', ignore_errors = true' : ''})`;
      const named = columns.map(({ name }) => `${identifier(keyOf(name))} AS ${identifier(name)}`);
      selects.push(`SELECT ${[...named, '__file'].join(', ')} FROM ${reader}`);
    }
  }
  return selects;
}

export function compressionOf(file: HiveFile): string {
  if (file.uri.endsWith('.gz')) return 'gzip';
  if (file.uri.endsWith('.zst')) return 'zstd';
  for (const unsupported of ['.bz2', '.snappy', '.lz4', '.deflate'])
    if (file.uri.endsWith(unsupported))
      throw new QueryFailure(
        'NOT_SUPPORTED',
        `'${file.uri}': ${unsupported} files are not emulated; gzip and zstd are.`,
      );
  return 'uncompressed';
}

/** Scalars are read as text and then judged; nested values are the reader's own work. */
const readType = (type: Type) => (isNested(type) ? physicalType(type) : 'VARCHAR');

const readValue = (expression: string, type: Type, column: string) =>
  isNested(type) ? expression : fromText(expression, type, column, 'fail');
