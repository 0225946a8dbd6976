/**
 * Reads lines of JSON as maps, which have every key of a line: so the parse that reads the values also shows keys that no
 * column has as they are written.
 */
import type { SqlConnection } from '../../../core/sqlConnection.ts';
import { identifier, listOf, literal, longestLine } from './duckText.ts';
import { bytesOf, compressionOf, type HiveFile, someOf } from './files.ts';

/** The keys of a line in their order. */
type KeyList = readonly string[];

/** From here on a look at a few files costs nothing compared with the read. */
const worthLookingBytes = 16_000_000;
/** Lines are compared with each list in turn. */
const mostLists = 4;

const linesOf = (files: readonly HiveFile[]) =>
  `read_json(${listOf(files.map(({ path }) => path))}, columns = {line: 'MAP(VARCHAR, VARCHAR)'}, records = false, format = 'newline_delimited', compression = '${compressionOf(files[0]!)}', maximum_object_size = ${longestLine}, filename = '__file')`;

/** Without a letter that has a lower case, and no key twice. */
const needsNoFolding = (list: KeyList) =>
  list.every((key) => /^[^A-Z\u0080-\uffff]*$/.test(key)) && new Set(list).size === list.length;

/**
 * Lists of keys that many lines have, none of which is to be folded: those of a few of the files. None where files are too
 * small to look, or where one of the few cannot be read, which is for the read itself to say.
 * @throws what the query's own cancelling caused
 */
export async function keyListsOf(connection: SqlConnection, files: readonly HiveFile[]): Promise<KeyList[]> {
  if (bytesOf(files) < worthLookingBytes) return [];
  const lists = [...Map.groupBy(someOf(files), compressionOf).values()].map(
    (alike) => `SELECT map_keys(line) AS keys FROM ${linesOf(alike)}`,
  );
  const common = `SELECT keys FROM (${lists.join(' UNION ALL ')}) GROUP BY keys ORDER BY count(*) DESC LIMIT ${mostLists}`;
  const found = await connection.runAndReadAll(common).catch(notInterrupted);
  const keys = (found?.getRowsJS() ?? []) as [KeyList | null][];
  return keys.flatMap(([list]) => (list && needsNoFolding(list) ? [list] : []));
}

/** Undefined for a failure that another read may not meet. @throws what the query's own cancelling caused */
export function notInterrupted(cause: Error): undefined {
  if (/^INTERRUPT/i.test(cause.message)) throw cause;
}

/**
 * SELECT of columns and `__file`, which fails at a line with a key that must be folded.
 * @param files of one compression
 * @param columns the key that each is read from; no two differ only in case
 * @param lists keys of lines whose values may be read by their places, which is twice as fast as to seek each key
 */
export function lineMaps(
  files: readonly HiveFile[],
  columns: ReadonlyMap<string, string>,
  lists: readonly KeyList[],
): string {
  const shapes = lists.map((list, index) => `WHEN map_keys(line) = ${listOf(list)} THEN ${index + 1}`);
  const shape = lists.length > 0 ? `CASE ${shapes.join(' ')} ELSE 0 END` : '0';
  const textOf = (key: string) => {
    const sought = `line[${literal(key)}]`;
    const places = lists.map((list) => list.indexOf(key) + 1);
    const placed = places.map((place) => (place === 0 ? 'NULL' : `texts[${place}]`));
    if (new Set(placed).size === 1) return `CASE WHEN shape > 0 THEN ${placed[0]} ELSE ${sought} END`;
    const cases = placed.map((text, index) => `WHEN ${index + 1} THEN ${text}`);
    return cases.length === 0 ? sought : `CASE shape ${cases.join(' ')} ELSE ${sought} END`;
  };
  const named = [...columns].map(([name, key]) => `${textOf(key)} AS ${identifier(name)}`);
  const others = `array_to_string(map_keys(line), '') = array_to_string(list_transform(map_keys(line), lambda key: lower(key)), '') AND len(list_distinct(map_keys(line))) = cardinality(line)`;
  // In a filter, because a column that the statement does not use is not evaluated.
  const isFit = `CASE WHEN shape > 0 THEN true WHEN ${others} THEN true ELSE error('keys to be folded') END`;
  const shaped = `SELECT ${shape} AS shape, map_values(line) AS texts, line, __file FROM ${linesOf(files)}`;
  return `SELECT ${[...named, '__file'].join(', ')} FROM (${shaped}) WHERE ${isFit}`;
}
