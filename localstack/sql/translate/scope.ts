/** Resolves names at a place in a statement, and keeps the state that translating one statement shares. */
import { type Position, SqlError } from '../errors.ts';
import type { BaseTable, ResolvedTable, SimplePredicate, TableName, TranslateOptions } from '../resolver.ts';
import type { Expression, Query, Window } from '../syntax/tree.ts';
import { quoteName, type Type } from '../types.ts';
import type { Documents } from './documents.ts';

/** One value's DuckDB SQL with its Trino type. */
export interface Typed {
  readonly sql: string;
  readonly type: Type;
  /** A literal's value, where emission may use it: text of a string, digits of a number. */
  readonly literal?: { readonly kind: 'string' | 'number' | 'boolean' | 'null'; readonly text: string };
  /** The column of a table that this value is, unchanged: what pruning may use. */
  readonly origin?: Origin;
}

/** `via`: the common tables it came through; a condition reaches the scan only if each is used once. */
export interface Origin {
  readonly scan: Scan;
  readonly column: string;
  /** An outer join may have put NULL in its place, which says nothing about the table's rows. */
  readonly isOptional?: boolean;
  readonly via: readonly CommonTableBinding[];
}

/** A column of a table of which a value is made. */
export interface Need {
  readonly scan: Scan;
  readonly column: string;
}

export interface Field extends Typed {
  /** What is read for the column of a sub-query, where the query around it uses it. */
  readonly needs?: readonly Need[];
  /** As it would be shown; absent for an expression without alias. */
  readonly name?: string;
  /** The names before the column's: `['t']`, or `['db', 't']` for a table without alias. */
  readonly qualifier?: readonly string[];
  /** Reachable by name, but not part of `*`. */
  readonly hidden?: boolean;
}

/** A relation in DuckDB SQL with what its columns are called. */
export interface RelationSql {
  readonly sql: string;
  readonly fields: readonly Field[];
  /** Our name for the whole of it, where it has one: the relation is `… AS alias`. */
  readonly alias?: string;
}

/** One use of a table; its SQL is filled in when it is known what is needed of it. */
export interface Scan {
  readonly placeholder: string;
  readonly table: BaseTable;
  /** Columns that the statement names. */
  readonly columns: Set<string>;
  /** Those of them that decide about its result; the others are in sub-queries of which that column is not used. */
  readonly read: Set<string>;
  readonly recorder: Recorder;
  readonly predicates: { readonly predicate: SimplePredicate; readonly via: readonly CommonTableBinding[] }[];
}

/** Takes what is used while one column of a query is translated. */
interface Recorder {
  needs?: Need[] | undefined;
}

export interface CommonTableBinding {
  readonly name: string;
  readonly sqlName: string;
  readonly fields: readonly {
    readonly name?: string;
    readonly type: Type;
    readonly origin?: Typed['origin'];
    readonly needs?: Field['needs'];
    readonly hidden?: boolean;
  }[];
  uses: number;
}

/** What is shared while one statement is translated. */
export interface StatementContext {
  readonly options: TranslateOptions;
  readonly parameters: readonly Expression[];
  readonly tables: ReadonlyMap<
    object,
    { readonly name: TableName; readonly table: ResolvedTable; readonly viewQuery?: Query }
  >;
  readonly scans: Scan[];
  readonly recorder: Recorder;
  /** Entries of the allow-list that the statement called. */
  readonly functions: Set<string>;
  nextAlias(prefix: string): string;
}

/** Where an expression is. */
export interface Environment {
  readonly statement: StatementContext;
  readonly fields: readonly Field[];
  /** What a sub-query sees instead of `fields`: in a grouped query, the keys that are columns. */
  readonly visible?: readonly Field[];
  /** The enclosing query's environment, for correlated names. */
  readonly outer?: Environment;
  readonly commonTables: ReadonlyMap<string, CommonTableBinding>;
  readonly windows: ReadonlyMap<string, Window>;
  /** Takes an expression over before it is translated: group keys, aggregates, aliases of ORDER BY. */
  readonly intercept?: (expression: Expression, environment: Environment) => Typed | undefined;
  /** The JSON documents of the FROM that the expression is over. */
  readonly documents?: Documents;
  /** Why aggregates, or windows, may not occur here, e.g. `WHERE clause`. */
  readonly clause: string;
  readonly allowsAggregates: boolean;
  readonly allowsWindows: boolean;
  /** Inside TRY, where what a value does not need must not be evaluated. */
  readonly isTried?: boolean;
}

export function createStatementContext(
  options: TranslateOptions,
  parameters: readonly Expression[],
  tables: StatementContext['tables'],
): StatementContext {
  let next = 0;
  return {
    options,
    parameters,
    tables,
    scans: [],
    recorder: {},
    functions: new Set(),
    nextAlias: (prefix) => `${prefix}${next++}`,
  };
}

/** Characters that a statement cannot hold mark a scan's place, so that no string literal can be mistaken for one. */
export function createScan(statement: StatementContext, table: BaseTable): Scan {
  const scan: Scan = {
    placeholder: `\u0000scan${statement.scans.length}\u0000`,
    table,
    columns: new Set(),
    read: new Set(),
    recorder: statement.recorder,
    predicates: [],
  };
  statement.scans.push(scan);
  return scan;
}

const equalNames = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** `['t']` and `['db', 't']` both name the table `catalog.db.t`. */
const qualifierMatches = (qualifier: readonly string[] | undefined, written: readonly string[]) =>
  qualifier !== undefined &&
  written.length <= qualifier.length &&
  written.every((part, index) => equalNames(part, qualifier[qualifier.length - written.length + index]!));

/** The fields that the name could mean in this scope. */
export function candidates(fields: readonly Field[], qualifier: readonly string[], name: string): Field[] {
  return fields.filter(
    (field) =>
      field.name !== undefined &&
      equalNames(field.name, name) &&
      (qualifier.length === 0 || qualifierMatches(field.qualifier, qualifier)),
  );
}

export const columnNotFound = (name: string, position: Position) =>
  new SqlError('COLUMN_NOT_FOUND', `Column '${name}' cannot be resolved`, position);

/** Resolves `a.b.c` as far as it names a column; says how many parts were used (the rest are fields of a row). */
export function resolveColumn(
  environment: Environment,
  parts: readonly string[],
  position: Position,
): { field: Field; used: number } | undefined {
  for (let scope: Environment | undefined = environment; scope; scope = scope.outer)
    for (let used = parts.length; used > 0; used--) {
      const found = candidates(scope.fields, parts.slice(0, used - 1), parts[used - 1]!);
      if (found.length > 1)
        throw new SqlError(
          'AMBIGUOUS_NAME',
          `Column '${parts.slice(0, used).join('.').toLowerCase()}' is ambiguous`,
          position,
        );
      if (found[0]) {
        markUsed(found[0]);
        return { field: found[0], used };
      }
    }
  return undefined;
}

/** Tells the scans behind a field that its columns are needed. */
export function markUsed({ origin, needs = [] }: Field): void {
  if (origin) use(origin);
  needs.forEach(use);
}

function use({ scan, column }: Need): void {
  scan.columns.add(column);
  if (scan.recorder.needs) scan.recorder.needs.push({ scan, column });
  else scan.read.add(column);
}

/** Translates one column of a query: what it needs is only read where the column is used. */
export function withNeeds<T extends object>(
  { recorder }: StatementContext,
  translate: () => T,
): T & { readonly needs: readonly Need[] } {
  const around = recorder.needs;
  const needs: Need[] = [];
  recorder.needs = needs;
  try {
    const translated = translate();
    const distinct = new Map(needs.map((need) => [`${need.scan.placeholder}${need.column}`, need]));
    return { ...translated, needs: [...distinct.values()] };
  } finally {
    recorder.needs = around;
  }
}

export const columnSql = (alias: string, name: string) => `${alias}.${quoteName(name)}`;
