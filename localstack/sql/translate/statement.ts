/** The entry: resolves a statement's tables, translates it, and fills in what each table has to give. */
import type {
  ColumnInfo,
  SimplePredicate,
  TableResolver,
  TranslateOptions,
  Translation,
} from '../resolver.ts';
import { parseLoneExpression } from '../syntax/statement.ts';
import type { Query } from '../syntax/tree.ts';
import { quoteName, type Type, typeText } from '../types.ts';
import { translateQueryBody } from './query.ts';
import {
  createStatementContext,
  type Environment,
  markUsed,
  type RelationSql,
  type Scan,
  type StatementContext,
} from './scope.ts';
import { createTableFinder, type FoundTables } from './tables.ts';

export function environmentFor(found: FoundTables, options: TranslateOptions): Environment {
  const parameters = (options.parameters ?? []).map(parseLoneExpression);
  const statement = createStatementContext(options, parameters, found.byNode);
  return {
    statement,
    fields: [],
    commonTables: new Map(),
    windows: new Map(),
    clause: '',
    allowsAggregates: false,
    allowsWindows: false,
  };
}

/** Conditions that hold for every use of the scan. */
const predicatesOf = (scan: Scan): SimplePredicate[] =>
  scan.predicates
    .filter(({ via }) => via.every((table) => table.uses === 1))
    .map(({ predicate }) => predicate);

/** Puts each table's relation where its scan was marked. */
export async function fillScans(sql: string, statement: StatementContext): Promise<string> {
  let filled = sql;
  for (const scan of statement.scans) {
    if (!filled.includes(scan.placeholder)) continue;
    const relation = await scan.table.relation({
      columns: [...scan.columns],
      read: [...scan.read],
      predicates: predicatesOf(scan),
    });
    filled = filled.replaceAll(scan.placeholder, () => relation);
  }
  return filled;
}

export function columnInfo(name: string, type: Type): ColumnInfo {
  const zone = type.kind === 'timestamp with time zone' && type.zone !== 'UTC' ? { zone: type.zone } : {};
  return { name, type: typeText(type), ...zone };
}

/** What a query's column is called in a result: `_col3` where it has no name. */
const shownName = (name: string | undefined, index: number) => name ?? `_col${index}`;

/**
 * Translates a query. Throws `SqlError` for what is wrong or not verified; the resolver's errors pass through.
 * The answer's SQL reads the relations that the resolver gave and calls only what `setupConnection` defines.
 */
export async function translateQuery(
  query: Query,
  resolver: TableResolver,
  options: TranslateOptions,
): Promise<Translation> {
  const finder = createTableFinder(resolver, options);
  await finder.addQuery(query);
  const environment = environmentFor(finder.found, options);
  const naming = (index: number, field: { name?: string }) => quoteName(shownName(field.name, index));
  let result: RelationSql = translateQueryBody(query, environment, naming);
  result.fields.forEach(markUsed);
  if (options.target === 'table') result = withoutZones(result);
  const columns = result.fields.map((field, index) => columnInfo(shownName(field.name, index), field.type));
  return {
    sql: await fillScans(result.sql, environment.statement),
    columns,
    tables: finder.found.names,
    functions: [...environment.statement.functions],
  };
}

/** A table keeps the instant only. */
function withoutZones(result: RelationSql): RelationSql {
  if (!result.fields.some(({ type }) => type.kind === 'timestamp with time zone' && type.zone !== 'UTC'))
    return result;
  const items = result.fields.map(({ type, sql }) =>
    type.kind === 'timestamp with time zone' && type.zone === 'row' ? `(${sql}).t AS ${sql}` : sql,
  );
  return {
    sql: `SELECT ${items.join(', ')} FROM (${result.sql})`,
    fields: result.fields.map((field) =>
      field.type.kind === 'timestamp with time zone'
        ? { ...field, type: { ...field.type, zone: 'UTC' } }
        : field,
    ),
  };
}
