/** Completes the word at the cursor: tables and columns of the catalog, keywords, the shell's own commands. */
import type { CatalogTable } from '../../lake/catalog.ts';
import { tokenize } from '../../lib/model/sql/tokens.ts';
import { COMMANDS } from './commands.ts';

const KEYWORDS =
  'select from where group by order having limit offset join left right full inner cross on using union all distinct as and or not in is null like between case when then else end with count sum avg min max cast coalesce date_trunc show databases tables columns describe insert into values create table view drop explain'.split(
    ' ',
  );

export interface Completing {
  readonly catalog: readonly CatalogTable[];
  /** Database of table names without one. */
  readonly database: string | undefined;
  /** The statement's lines before this one. */
  readonly before: string;
}

/** The candidates, and the part of the line that they take the place of (as Node's readline wants them). */
export function complete(line: string, { catalog, database, before }: Completing): [string[], string] {
  const word = /[\w.\\]*$/.exec(line)![0];
  const matching = (candidates: readonly string[]) =>
    [...new Set(candidates)].filter((one) => one.startsWith(word.toLowerCase())).sort();
  if (/^\s*\\\S*$/.test(line)) return [matching(COMMANDS.map(({ name }) => `\\${name}`)), word];
  const tables = catalog.flatMap((table) => [
    `${table.database}.${table.name}`,
    ...(table.database === database ? [table.name] : []),
  ]);
  if (/^\s*\\d\s+\S*$/.test(line)) return [matching(tables), word];
  const databases = [...new Set(catalog.map((table) => table.database))];
  if (/^\s*\\c\s+\S*$/.test(line)) return [matching(databases), word];
  const named = namedIn(`${before}\n${line}`, catalog);
  const dot = word.lastIndexOf('.');
  const qualifier = word.slice(0, dot);
  if (dot >= 0 && !databases.includes(qualifier)) {
    const columns = named.flatMap((table) => table.columns.map(({ name }) => `${qualifier}.${name}`));
    return [matching([...columns, ...tables]), word];
  }
  const columns = named.flatMap((table) => table.columns.map(({ name }) => name));
  return [matching([...columns, ...tables, ...(dot < 0 ? [...databases, ...KEYWORDS] : [])]), word];
}

/** The tables whose names are words of the statement. */
function namedIn(sql: string, catalog: readonly CatalogTable[]): CatalogTable[] {
  const words = new Set(tokenize(sql, { lenient: true }).map(({ value }) => value.toLowerCase()));
  return catalog.filter(({ name }) => words.has(name));
}
