/** Where each column of a query comes from: the columns of tables that its expression names, through sub-queries and joins. */
import { closingAt, isSelect, type Query, type Relation, readSelects, type Select } from './select.ts';
import type { Token } from './tokens.ts';

export interface ColumnRef {
  /** `database.table` */
  readonly table: string;
  readonly column: string;
}

export interface OutputColumn {
  readonly name: string;
  /** The outermost expression, as it is written. */
  readonly expression: string;
  /** Each once, in the order in which they are named. */
  readonly sources: readonly ColumnRef[];
}

/** Columns of a table, in order; undefined for one that is not known. */
export type ColumnsOf = (table: string) => readonly string[] | undefined;

/** Column → where it comes from. */
type Columns = ReadonlyMap<string, readonly ColumnRef[]>;
type Names = ReadonlyMap<string, Columns>;

interface ScopeRelation {
  readonly alias: string | undefined;
  readonly columns: Columns;
}

/**
 * The columns that a query gives, each with the columns that its value is made from. What only filters or joins is left out.
 * @throws SqlProblem for what is not a query.
 */
export function columnLineage(sql: string, columnsOf: ColumnsOf): OutputColumn[] {
  const query = readSelects(sql);
  const columns = columnsOfQuery(query, new Map(), [], columnsOf);
  const expressions = new Map(firstSelect(query).items.map((item) => [item.name, textOf(sql, item.tokens)]));
  return [...columns].map(([name, sources]) => ({
    name,
    sources,
    expression: expressions.get(name) ?? name,
  }));
}

const firstSelect = ({ selects: [first] }: Query): Select => (isSelect(first!) ? first : firstSelect(first!));

/** An expression without its alias, on one line. */
function textOf(sql: string, tokens: readonly Token[]): string {
  const as = tokens.at(-2);
  const last = as?.value === 'as' && as.kind === 'word' ? tokens.at(-3) : tokens.at(-1);
  return sql.slice(tokens[0]!.start, last!.end).replaceAll(/\s+/g, ' ');
}

function columnsOfQuery(
  query: Query,
  outerNames: Names,
  outer: readonly ScopeRelation[],
  columnsOf: ColumnsOf,
): Columns {
  const names = new Map(outerNames);
  for (const { name, columns, query: inner } of query.ctes) {
    const given = columnsOfQuery(inner, names, outer, columnsOf);
    names.set(name, columns ? renamed(given, columns) : given);
  }
  const [first, ...others] = query.selects.map((part) =>
    isSelect(part)
      ? columnsOfSelect(part, names, outer, columnsOf)
      : columnsOfQuery(part, names, outer, columnsOf),
  );
  // A set operation's columns have the names of its first part, and come from the same place of every part.
  return new Map(
    [...first!].map(([name, sources], at) => [
      name,
      distinct([sources, ...others.map((other) => [...other.values()][at] ?? [])].flat()),
    ]),
  );
}

const renamed = (columns: Columns, names: readonly string[]): Columns =>
  new Map([...columns.values()].map((sources, at) => [names[at] ?? String(at), sources]));

const distinct = (refs: readonly ColumnRef[]): ColumnRef[] => [
  ...new Map(refs.map((ref) => [`${ref.table}.${ref.column}`, ref])).values(),
];

function columnsOfSelect(
  { items, relations }: Select,
  names: Names,
  outer: readonly ScopeRelation[],
  columnsOf: ColumnsOf,
): Columns {
  const scope: ScopeRelation[] = [];
  for (const relation of relations) scope.push(scopeOf(relation, names, [...scope, ...outer], columnsOf));
  const columns = new Map<string, readonly ColumnRef[]>();
  for (const [at, { tokens, name, star }] of items.entries())
    if (star) {
      const [qualifier] = tokens.length > 1 ? tokens : [];
      for (const relation of scope)
        if (!qualifier || relation.alias === qualifier.value.toLowerCase())
          for (const [column, sources] of relation.columns) columns.set(column, sources);
    } else columns.set(name ?? `_col${at}`, sourcesOf(tokens, names, [...scope, ...outer], columnsOf));
  return columns;
}

function scopeOf(
  { kind, database, table, query, arguments: inside, alias, columns: renames }: Relation,
  names: Names,
  scope: readonly ScopeRelation[],
  columnsOf: ColumnsOf,
): ScopeRelation {
  if (kind === 'unnest') {
    const sources = sourcesOf(inside, names, scope, columnsOf);
    return { alias, columns: new Map((renames ?? []).map((name) => [name, sources])) };
  }
  const given = query
    ? columnsOfQuery(query, names, scope, columnsOf)
    : (database === undefined && names.get(table!)) || baseColumns(`${database}.${table}`, columnsOf);
  return { alias, columns: renames ? renamed(given, renames) : given };
}

const baseColumns = (table: string, columnsOf: ColumnsOf): Columns =>
  new Map((columnsOf(table) ?? []).map((column) => [column, [{ table, column }]]));

/** The columns that an expression names; a word that no relation has as a column is a keyword, a type or a function. */
function sourcesOf(
  tokens: readonly Token[],
  names: Names,
  scope: readonly ScopeRelation[],
  columnsOf: ColumnsOf,
): ColumnRef[] {
  const found: ColumnRef[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const next = tokens[at + 1];
    if (token.text === '(' && (next?.value === 'select' || next?.value === 'with')) {
      const close = closingAt(tokens, at);
      found.push(...sourcesOfSubquery(tokens.slice(at + 1, close), names, scope, columnsOf));
      at = close;
      continue;
    }
    if (token.kind !== 'word' && token.kind !== 'quoted') continue;
    const isName = next?.text !== '(' && next?.kind !== 'string' && tokens[at - 1]?.value !== 'as';
    if (!isName) continue;
    if (next?.text === '.' && tokens[at + 2]) {
      const relation = scope.find(({ alias }) => alias === token.value.toLowerCase());
      const column = tokens[at + 2]!.value.toLowerCase();
      found.push(...(relation?.columns.get(column) ?? []));
      if (relation) at += 2;
      continue;
    }
    const relation = scope.find(({ columns }) => columns.has(token.value.toLowerCase()));
    found.push(...(relation?.columns.get(token.value.toLowerCase()) ?? []));
  }
  return distinct(found);
}

function sourcesOfSubquery(
  tokens: readonly Token[],
  names: Names,
  scope: readonly ScopeRelation[],
  columnsOf: ColumnsOf,
): ColumnRef[] {
  const sql = tokens.map(({ text }) => text).join(' ');
  return [...columnsOfQuery(readSelects(sql), names, scope, columnsOf).values()].flat();
}
