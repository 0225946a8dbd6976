/** Suggests what to try when Athena refuses a statement: the name that was probably meant, or the engine that knows more. */
import { tokenize } from '../lib/model/sql/tokens.ts';
import type { CatalogTable } from './catalog.ts';

/** Names in Athena's messages (Trino's `TableNotFound`, `ColumnNotFound`, `SchemaNotFound`). */
const TABLE = /\bTABLE_NOT_FOUND: .*?Table '([^']+)' does not exist/;
const COLUMN = /\bCOLUMN_NOT_FOUND: .*?Column '([^']+)' cannot be resolved/;
const SCHEMA = /\bSCHEMA_NOT_FOUND: .*?Schema '([^']+)' does not exist/;

/** The local engine's word for what it has not been checked on. */
const NOT_VERIFIED = /\bNOT_VERIFIED\b/;

/** Whether a message can be helped by the catalog, so that it is only read when it is needed. */
export const namesSomethingUnknown = (message: string): boolean =>
  [TABLE, COLUMN, SCHEMA].some((pattern) => pattern.test(message));

export interface Refused {
  readonly sql: string;
  readonly message: string;
  /** Database of table names without one. */
  readonly database?: string | undefined;
  readonly catalog: readonly CatalogTable[];
}

/** Lines to print under Athena's message; undefined where nothing is known to help. */
export function suggestion({ sql, message, database, catalog }: Refused): string | undefined {
  if (NOT_VERIFIED.test(message))
    return 'The engine under Athena itself may know it: add --athena trino (fetched once; needs Python and 1 GB of memory).';
  const [unknown, known] = unknownIn(message, sql, database, catalog) ?? [];
  if (unknown === undefined || known === undefined) return undefined;
  const near = nearest(unknown, known);
  return near.length > 0 ? `Did you mean ${near.join(' or ')}?` : undefined;
}

function unknownIn(
  message: string,
  sql: string,
  database: string | undefined,
  catalog: readonly CatalogTable[],
): [string, readonly string[]] | undefined {
  const schema = SCHEMA.exec(message)?.[1];
  if (schema) return [schema, [...new Set(catalog.map((table) => table.database))]];
  const table = TABLE.exec(message)?.[1];
  if (table) return tableAmong(table.replace(/^awsdatacatalog\./i, ''), catalog);
  const column = COLUMN.exec(message)?.[1];
  if (column)
    return [
      column.split('.').at(-1)!,
      tablesNamedIn(sql, database, catalog).flatMap(({ columns }) => columns.map(({ name }) => name)),
    ];
  return undefined;
}

/** A table under its right name in another database is meant before one of a similar name. */
function tableAmong(table: string, catalog: readonly CatalogTable[]): [string, readonly string[]] {
  const name = table.split('.').at(-1)!;
  const namesakes = catalog.filter((other) => other.name === name);
  const fullName = (other: CatalogTable) => `${other.database}.${other.name}`;
  if (namesakes.length > 0) return [fullName(namesakes[0]!), namesakes.map(fullName)];
  return [table.includes('.') ? table : `.${table}`, catalog.map(fullName)];
}

/** Every table whose name is a word of the statement. */
function tablesNamedIn(sql: string, database: string | undefined, catalog: readonly CatalogTable[]) {
  const tokens = tokenize(sql, { lenient: true }).map(({ value }) => value.toLowerCase());
  const named = catalog.filter(({ name }) => tokens.includes(name));
  const certain = named.filter((table) => table.database === database || tokens.includes(table.database));
  return certain.length > 0 ? certain : named;
}

const SUGGESTED = 3;

/** Names within a third of their length, nearest first. A name without its database is compared with the names only. */
function nearest(unknown: string, known: readonly string[]): string[] {
  const wanted = unknown.replace(/^\./, '').toLowerCase();
  const compared = (name: string) => (unknown.startsWith('.') ? name.split('.').at(-1)! : name);
  const near = [...new Set(known)]
    .map((name) => ({ name, distance: editDistance(wanted, compared(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(compared(name).length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near
    .filter(({ distance }) => distance <= near[0]!.distance + 1)
    .slice(0, SUGGESTED)
    .map(({ name }) => name);
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let twoAgo: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        previous[j]! + 1,
        row[j - 1]! + 1,
        previous[j - 1]! + same,
        ...(swapped ? [twoAgo[j - 2]! + 1] : []),
      );
    }
    twoAgo = previous;
    previous = row;
  }
  return previous[b.length]!;
}
