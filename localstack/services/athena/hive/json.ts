/** Reads newline-delimited JSON as Hive's JSON serdes do: declared types only, keys in any case, one object a line. */
import type { SqlConnection } from '../../../core/sqlConnection.ts';
import { physicalType, type Type } from '../../../sql/types.ts';
import { QueryFailure } from '../failures.ts';
import { isNested } from '../hiveType.ts';
import type { Session } from '../session.ts';
import { identifier, listOf, literal, longestLine, raise } from './duckText.ts';
import { fileKey, type Spelling } from './fileMemory.ts';
import { compressionOf, type HiveFile } from './files.ts';
import { keyListsOf, lineMaps } from './lineMaps.ts';
import type { RawRead } from './textCache.ts';
import { fromText } from './textValue.ts';

export const jsonSerdes = new Set([
  'org.apache.hive.hcatalog.data.JsonSerDe',
  'org.apache.hadoop.hive.serde2.JsonSerDe',
  'org.openx.data.jsonserde.JsonSerDe',
]);

const openX = 'org.openx.data.jsonserde.JsonSerDe';

interface Column {
  readonly name: string;
  readonly type: Type;
}

/**
 * Finds how each file spells its keys. Hive matches keys without regard to case, DuckDB with regard. Queries that begin
 * together ask for the same files: each file is looked at by one of them, the others wait.
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
  const spelled = await withUpperCase(connection, files, compression);
  const found =
    spelled.length === 0
      ? []
      : (
          await connection.runAndReadAll(
            `SELECT filename, key FROM (SELECT DISTINCT filename, key FROM (SELECT filename, unnest(json_keys(json)) AS key FROM ${linesOf(spelled, compression, lenient)})) QUALIFY bool_or(key <> lower(key)) OVER (PARTITION BY filename, lower(key)) ORDER BY ALL`,
          )
        ).getRowsJS();
  const rows = found as [string, string][];
  const byPath = Map.groupBy(rows, ([path]) => path);
  for (const file of files) {
    const spellings = Map.groupBy(
      (byPath.get(file.path) ?? []).map(([, key]) => key),
      (key) => key.toLowerCase(),
    );
    lake.files.spellings.set(file, Object.fromEntries(spellings));
  }
}

/**
 * The files in which some line has a key with an upper-case letter. A map has a line's keys from the parse that reads it,
 * which is a quarter cheaper than to ask each line for them; what is not an object is for the read itself to judge.
 */
async function withUpperCase(
  connection: SqlConnection,
  files: readonly HiveFile[],
  compression: string,
): Promise<HiveFile[]> {
  const reader = `read_json(${listOf(files.map((file) => file.path))}, columns = {line: 'MAP(VARCHAR, VARCHAR)'}, records = false, format = 'newline_delimited', compression = '${compression}', filename = true, maximum_object_size = ${longestLine}, ignore_errors = true)`;
  const found = await connection.runAndReadAll(
    `SELECT DISTINCT filename FROM (SELECT filename, array_to_string(map_keys(line), '') AS keys FROM ${reader}) WHERE keys <> lower(keys)`,
  );
  const paths = new Set(found.getRowsJS().map(([path]) => path));
  return files.filter((file) => paths.has(file.path));
}

const linesOf = (files: readonly HiveFile[], compression: string, lenient: boolean) =>
  `read_json_objects(${listOf(files.map((file) => file.path))}, format = 'newline_delimited', compression = '${compression}', filename = true, maximum_object_size = ${longestLine}${lenient ? ', ignore_errors = true' : ''})`;

/** A text before a colon that is not an escaped part of a value: a key, with at least one upper-case letter. */
const upperCaseKey = '"((?:[^"\\\\]|\\\\.)*[A-Z](?:[^"\\\\]|\\\\.)*)"\\s*:';

/** Finds the keys inside nested values that are not in lower case: only a table with struct columns asks. */
async function learnDeepKeys(
  { connection, lake }: Session,
  files: readonly HiveFile[],
  compression: string,
  lenient: boolean,
) {
  const unknown = files.filter((file) => !lake.files.deepKeys.get(file));
  if (unknown.length === 0) return;
  const found = await connection.runAndReadAll(
    `SELECT filename, list(DISTINCT key ORDER BY key) FROM (SELECT filename, unnest(regexp_extract_all(json::VARCHAR, ${literal(upperCaseKey)}, 1)) AS key FROM ${linesOf(unknown, compression, lenient)}) GROUP BY filename`,
  );
  const byPath = new Map(found.getRowsJS() as [string, string[]][]);
  for (const file of unknown) lake.files.deepKeys.set(file, byPath.get(file.path) ?? []);
}

/** The names of a type's struct fields, at every depth. */
function fieldNames(type: Type): string[] {
  switch (type.kind) {
    case 'row':
      return type.fields.flatMap((field) => [field.name ?? '', ...fieldNames(field.type)]);
    case 'array':
      return fieldNames(type.element);
    case 'map':
      return [...fieldNames(type.key), ...fieldNames(type.value)];
    default:
      return [];
  }
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
  /** The only text of each of these columns that matters. */
  equal: ReadonlyMap<string, string> = new Map(),
): Promise<string[]> {
  const schema = JSON.stringify([all.map(({ name, type }) => [name, readType(type)]), serde]);
  const isText = ({ type }: Column) => type.kind === 'varchar' && type.length === undefined;
  // A value that cannot be read fails the query wherever it stands, so only where all are texts may rows be left out.
  const selected = wanted.every(isText)
    ? all.find(({ name, type }) => isText({ name, type }) && equal.has(name))
    : undefined;
  const selection = selected && { column: selected.name, value: equal.get(selected.name)! };
  const read: RawRead = {
    quick: (some) => lowerCaseSelects(session.connection, some, all, settingsOf(serde)),
    sure: (some) => rawSelects(session, some, all, serde),
  };
  const { text } = session.lake.files;
  const { stored, direct } = await text.split(session.connection, schema, files, read, selection);
  const raw = direct.length > 0 ? await directSelects(session, direct, wanted, serde) : [];
  for (const [batch, some] of stored) raw.push(batch.select(some, selection));
  const projected = wanted.map(
    ({ name, type }) => `${readValue(identifier(name), type, name)} AS ${identifier(name)}`,
  );
  return raw.map((select) => `SELECT ${[...projected, '__file'].join(', ')} FROM (${select})`);
}

/** Files whose spellings are known are read by them; of the others nothing is known, and the attempt may be a quick one. */
async function directSelects(
  session: Session,
  files: readonly HiveFile[],
  columns: readonly Column[],
  serde: JsonSerde,
): Promise<string[]> {
  const { textReads, lake, connection } = session;
  const isKnown = (file: HiveFile) => textReads.mustBeSure || lake.files.spellings.get(file) !== undefined;
  const unknown = files.filter((file) => !isKnown(file));
  const quick =
    unknown.length > 0 && (await lowerCaseSelects(connection, unknown, columns, settingsOf(serde)));
  if (!quick) return rawSelects(session, files, columns, serde);
  textReads.wasQuick = true;
  const known = files.filter(isKnown);
  return known.length > 0 ? [...quick, ...(await rawSelects(session, known, columns, serde))] : quick;
}

/** What a table's serde makes of lines and keys. */
function settingsOf(serde: JsonSerde) {
  const isOpenX = serde.library === openX;
  const option = (name: string) => (isOpenX ? serde.parameters[name]?.toLowerCase() : undefined);
  const dots = option('dots.in.keys') === 'true';
  for (const parameter of Object.keys(serde.parameters))
    if (/^timestamp\.formats$/i.test(parameter))
      throw new QueryFailure('NOT_SUPPORTED', `The serde property '${parameter}' is not emulated.`);
  return {
    lenient: option('ignore.malformed.json') === 'true',
    foldsCase: option('case.insensitive') !== 'false',
    /** The key that a column is read from. */
    mapped(name: string) {
      const key = serde.parameters[`mapping.${name}`] ?? name;
      return dots ? key.replaceAll('_', '.') : key;
    },
  };
}

/**
 * The same columns in one pass, which fails at a line whose keys are not as the columns have them: to look for other
 * spellings first takes half as long as the read. Undefined where the spelling does not matter or a column is nested.
 */
async function lowerCaseSelects(
  connection: SqlConnection,
  files: readonly HiveFile[],
  columns: readonly Column[],
  { lenient, foldsCase, mapped }: ReturnType<typeof settingsOf>,
): Promise<string[] | undefined> {
  const byName = new Map(columns.map(({ name }) => [name, mapped(name)]));
  const keys = [...byName.values()];
  const areApart = new Set(keys.map((key) => key.toLowerCase())).size === keys.length;
  if (!foldsCase || lenient || !areApart || keys.length === 0 || columns.some(({ type }) => isNested(type)))
    return undefined;
  const lists = await keyListsOf(connection, files);
  return [...Map.groupBy(files, compressionOf)].map(([, alike]) => lineMaps(alike, byName, lists));
}

/** One SELECT per compression and spelling of the keys, of the columns as they are in the files. */
async function rawSelects(
  session: Session,
  files: readonly HiveFile[],
  columns: readonly Column[],
  serde: JsonSerde,
): Promise<string[]> {
  const { lenient, foldsCase, mapped } = settingsOf(serde);
  const nested = new Set(columns.flatMap(({ type }) => fieldNames(type)));
  const selects: string[] = [];
  for (const [compression, group] of Map.groupBy(files, compressionOf)) {
    if (foldsCase) await learnSpellings(session, group, compression, lenient);
    if (foldsCase && nested.size > 0) await learnDeepKeys(session, group, compression, lenient);
    const spellingOf = (file: HiveFile) => (foldsCase && session.lake.files.spellings.get(file)) || {};
    /** The keys that must be folded in the text itself: several spellings in one file, or a struct's fields. */
    const folded = (file: HiveFile) => {
      const several = Object.values(spellingOf(file)).some((spellings) => spellings.length > 1);
      const deep = (foldsCase && nested.size > 0 && session.lake.files.deepKeys.get(file)) || [];
      const fields = deep.filter((key) => nested.has(key.toLowerCase()));
      if (!several && fields.length === 0) return [];
      const top = Object.values(spellingOf(file)).flat();
      return [...new Set([...top, ...fields])].filter((key) => key !== key.toLowerCase());
    };
    const waysOf = (file: HiveFile) => JSON.stringify([folded(file), spellingOf(file)]);
    for (const [ways, alike] of Map.groupBy(group, waysOf)) {
      const [fold, spelling]: [string[], Spelling] = JSON.parse(ways);
      if (fold.length > 0) {
        selects.push(foldedSelect(alike, columns, mapped, fold, compression, lenient));
        continue;
      }
      const keyOf = (name: string) => {
        const key = mapped(name).toLowerCase();
        return (Object.hasOwn(spelling, key) && spelling[key]![0]) || mapped(name);
      };
      const declared = columns.map(({ name, type }) => `${literal(keyOf(name))}: ${literal(readType(type))}`);
      // A reader without columns would guess them: one that no line has is named instead.
      const shape = declared.length > 0 ? declared.join(', ') : "'__none': 'VARCHAR'";
      const reader = `read_json(${listOf(alike.map((file) => file.path))}, columns = {${shape}}, format = 'newline_delimited', records = true, compression = '${compression}', maximum_object_size = ${longestLine}, filename = '__file'${lenient ? ', ignore_errors = true' : ''})`;
      const named = columns.map(({ name }) => `${identifier(keyOf(name))} AS ${identifier(name)}`);
      selects.push(`SELECT ${[...named, '__file'].join(', ')} FROM ${reader}`);
    }
  }
  return selects;
}

/** The type with texts in the place of every scalar. */
function asText(type: Type): Type {
  switch (type.kind) {
    case 'row':
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: asText(field.type) })) };
    case 'array':
      return { ...type, element: asText(type.element) };
    case 'map':
      return { ...type, key: asText(type.key), value: asText(type.value) };
    default:
      return { kind: 'varchar' };
  }
}

/** Reads files whose keys cannot be named once for all lines: the keys are folded in each line's text first. */
function foldedSelect(
  files: readonly HiveFile[],
  columns: readonly Column[],
  mapped: (name: string) => string,
  fold: readonly string[],
  compression: string,
  lenient: boolean,
): string {
  const text = fold.reduce((expression, key) => {
    const pattern = `"${key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}"(\\s*:)`;
    return `regexp_replace(${expression}, ${literal(pattern)}, ${literal(`"${key.toLowerCase()}"\\1`)}, 'g')`;
  }, 'json::VARCHAR');
  const keyOf = (name: string) => mapped(name).toLowerCase();
  const shape = columns.map(
    ({ name, type }) => `${JSON.stringify(keyOf(name))}:${JSON.stringify(physicalType(asText(type)))}`,
  );
  const repeated = raise(
    'HIVE_CURSOR_ERROR',
    'Row is not a valid JSON Object - JSONException: Duplicate key',
    "''",
  );
  const once = `CASE WHEN len(json_keys(folded)) > len(list_distinct(json_keys(folded))) THEN ${repeated} ELSE folded END`;
  // A transformation lets misfits pass as NULL, so it makes texts only; what they are read as is a cast's to judge.
  const named = columns.map(({ name, type }) => {
    const value = `line.${identifier(keyOf(name))}`;
    const typed = isNested(type)
      ? `${lenient ? 'TRY_CAST' : 'CAST'}(${value} AS ${physicalType(type)})`
      : value;
    return `${typed} AS ${identifier(name)}`;
  });
  const values = columns.length > 0 ? `json_transform(${once}, ${literal(`{${shape.join(',')}}`)})` : 'NULL';
  return `SELECT ${[...named, '__file'].join(', ')} FROM (SELECT ${values} AS line, __file FROM (SELECT ${text} AS folded, filename AS __file FROM ${linesOf(files, compression, lenient)}))`;
}

/** Scalars are read as text and then judged; nested values are the reader's own work. */
const readType = (type: Type) => (isNested(type) ? physicalType(type) : 'VARCHAR');

const readValue = (expression: string, type: Type, column: string) =>
  isNested(type) ? expression : fromText(expression, type, column, 'fail');
