/** Partition folders in Hive's style, `dt=2024-01-01/hour=03/`, read and written. */
import { QueryFailure } from '../failures.ts';

/** `%3A` and the like back to characters. */
const unescaped = (text: string) =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** The values of the keys in a key's folders below the location, or undefined when its folders are not a partition. */
export function partitionOfKey(
  relativeKey: string,
  keys: readonly string[],
): { folder: string; values: string[] } | undefined {
  const folders = relativeKey.split('/').slice(0, keys.length);
  if (folders.length < keys.length || relativeKey.split('/').length <= keys.length) return undefined;
  const values: string[] = [];
  for (const [index, folder] of folders.entries()) {
    const equals = folder.indexOf('=');
    if (equals < 0 || folder.slice(0, equals).toLowerCase() !== keys[index]) return undefined;
    values.push(unescaped(folder.slice(equals + 1)));
  }
  return { folder: `${folders.join('/')}/`, values };
}

/** Puts the values of a PARTITION clause in the order of the table's keys. @throws QueryFailure for others. */
export function orderedValues(
  keys: readonly string[],
  given: readonly { readonly column: string; readonly value: string }[],
): string[] {
  const byName = new Map(given.map(({ column, value }) => [column.toLowerCase(), value]));
  const stray = given.find(({ column }) => !keys.includes(column.toLowerCase()));
  const missing = keys.find((key) => !byName.has(key));
  if (stray || missing)
    throw new QueryFailure(
      '',
      `FAILED: SemanticException [Error 10006]: Partition not found or keys do not match: the table is partitioned by (${keys.join(', ')}), the statement names (${given.map(({ column }) => column).join(', ')})`,
    );
  return keys.map((key) => byName.get(key)!);
}
