/** Translates INSERT, MERGE, UPDATE and DELETE into SELECTs of the rows to take out and the rows to put in. */
import { notVerified, type Position, SqlError } from '../errors.ts';
import type {
  BaseTable,
  ColumnInfo,
  SimplePredicate,
  TableName,
  TableResolver,
  TranslateOptions,
  Translation,
} from '../resolver.ts';
import type {
  Expression,
  Identifier,
  MergeAssignment,
  MergeClause,
  QualifiedName,
  Statement,
} from '../syntax/tree.ts';
import { canStore, parseType, physicalType, quoteName, quoteText, type Type, typeText } from '../types.ts';
import { castSql, coerce } from './cast.ts';
import { translateCondition, translateExpression } from './expression.ts';
import { failWithSql } from './failure.ts';
import { announce, simplePredicates } from './predicate.ts';
import { internalNames, translateQueryBody } from './query.ts';
import { translateRelation } from './relation.ts';
import {
  columnSql,
  createScan,
  type Environment,
  type Field,
  markUsed,
  type Scan,
  type StatementContext,
  type Typed,
} from './scope.ts';
import { columnInfo, environmentFor, fillScans } from './statement.ts';
import { createTableFinder, tableName } from './tables.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** `rowId`: hidden columns that together name one row of the target. */
export interface RowChangeOptions extends TranslateOptions {
  readonly rowId: readonly string[];
}

export interface MergeOptions extends RowChangeOptions {
  /** Nothing can match then, so nothing is looked for twice, and the rows need not be kept to be. */
  readonly targetIsEmpty?: boolean;
}

export interface RowChange {
  /** The rowId columns; for UPDATE also every column with its new value. */
  readonly sql: string;
  readonly columns: readonly ColumnInfo[];
  /** What holds for every target row that is changed: to prune, and to detect conflicts. */
  readonly predicates: readonly SimplePredicate[];
}

export interface MergeTranslation {
  /** `_action` ('delete' | 'update' | 'insert'), the rowId columns (NULL for an insert), then every column's new value. */
  readonly sql: string;
  readonly columns: readonly ColumnInfo[];
  /** What ON says of every target row that can match. */
  readonly targetPredicates: readonly SimplePredicate[];
  readonly actions: ReadonlySet<'delete' | 'update' | 'insert'>;
}

interface Target {
  readonly name: TableName;
  readonly table: BaseTable;
  readonly columns: readonly { readonly name: string; readonly type: Type }[];
}

async function resolveTarget(
  name: QualifiedName,
  resolver: TableResolver,
  options: TranslateOptions,
): Promise<Target> {
  const resolved = tableName(name, options.database);
  const table = await resolver.resolve(resolved);
  if ('view' in table)
    throw new SqlError(
      'NOT_SUPPORTED',
      `Rows of a view cannot be changed: ${name.parts.join('.')}`,
      name.position,
    );
  return {
    name: resolved,
    table,
    columns: table.columns.map((column) => ({ name: column.name, type: parseType(column.type) })),
  };
}

interface OpenTarget {
  readonly sql: string;
  readonly fields: readonly Field[];
  /** `$path` and the like: for conditions only. */
  readonly hidden: readonly Field[];
  readonly rowIds: readonly string[];
  readonly scan: Scan;
}

/** The target as a relation whose rows can be named. */
function openTarget(
  target: Target,
  environment: Environment,
  rowId: readonly string[],
  alias?: string,
): OpenTarget {
  const scan = createScan(environment.statement, target.table);
  const sqlAlias = environment.statement.nextAlias('t');
  const { name } = target;
  const qualifier = alias
    ? [alias]
    : [...(name.catalog ? [name.catalog] : []), ...(name.database ? [name.database] : []), name.table];
  for (const column of [...rowId, ...target.columns.map((column) => column.name)]) {
    scan.columns.add(column);
    scan.read.add(column);
  }
  const fieldOf = (column: { name: string; type: Type }, hidden: boolean): Field => ({
    name: column.name,
    qualifier,
    hidden,
    type: column.type,
    sql: columnSql(sqlAlias, column.name),
    origin: { scan, column: column.name, via: [] },
  });
  return {
    sql: `${scan.placeholder} AS ${sqlAlias}`,
    scan,
    rowIds: rowId.map((column) => columnSql(sqlAlias, column)),
    fields: target.columns.map((column) => fieldOf(column, false)),
    hidden: (target.table.hidden ?? []).map((column) =>
      fieldOf({ name: column.name, type: parseType(column.type) }, true),
    ),
  };
}

const targetInfo = (target: Target) => target.columns.map((column) => columnInfo(column.name, column.type));
const scanPredicates = (scan: Scan) => scan.predicates.map(({ predicate }) => predicate);

function columnIndex(target: Target, column: Identifier): number {
  const index = target.columns.findIndex(({ name }) => name.toLowerCase() === column.name.toLowerCase());
  if (index < 0)
    throw new SqlError(
      'COLUMN_NOT_FOUND',
      `The UPDATE SET target column ${column.name} doesn't exist`,
      column.position,
    );
  return index;
}

/** A value as a column of the type keeps it; the caller has checked that it may. */
function storedSql(value: Typed, to: Type, statement: StatementContext, position: Position): string {
  const { sql, type } = value;
  // Such a column keeps instants, and no zone.
  if (type.kind === 'timestamp with time zone' && to.kind === 'timestamp with time zone')
    return type.zone === 'row' ? `(${sql}).t` : sql;
  if (type.kind !== 'varchar' || to.kind !== 'varchar' || to.length === undefined)
    return type.kind === 'unknown' || type.kind === 'varchar'
      ? coerce(value, to, statement, position).sql
      : castSql(sql, type, to, { statement, position, safe: false });
  if (type.length !== undefined && type.length <= to.length) return sql;
  const refusal = `'!Cannot truncate non-space characters when casting from ${typeText(type)} to ${typeText(to)} on INSERT' || left(${sql}, 0)`;
  return `CASE WHEN length(rtrim(${sql}, ' ')) > ${to.length} THEN ${failWithSql(refusal)} ELSE left(${sql}, ${to.length}) END`;
}

/** A value as the column takes it. */
function assigned(
  value: Typed,
  type: Type,
  column: string,
  environment: Environment,
  position: Position,
): string {
  if (!canStore(value.type, type))
    throw new SqlError(
      'TYPE_MISMATCH',
      `Column '${column}' of type ${typeText(type)} cannot take a value of type ${typeText(value.type)}`,
      position,
    );
  return storedSql(value, type, environment.statement, position);
}

function assignments(
  target: Target,
  set: readonly MergeAssignment[],
  environment: Environment,
): Map<number, string> {
  const values = new Map<number, string>();
  for (const { column, expression } of set) {
    const index = columnIndex(target, column);
    if (values.has(index))
      throw new SqlError('SYNTAX_ERROR', `Column ${column.name} is set more than once`, column.position);
    const { type, name } = target.columns[index]!;
    values.set(
      index,
      assigned(translateExpression(expression, environment), type, name, environment, expression.position),
    );
  }
  return values;
}

// ---------------------------------------------------------------- INSERT

/** The query's columns in the table's order and types; columns that the statement leaves out are NULL. */
export async function translateInsert(
  statement: Of<'insert'>,
  resolver: TableResolver,
  options: TranslateOptions,
): Promise<Translation> {
  const target = await resolveTarget(statement.name, resolver, options);
  const finder = createTableFinder(resolver, options);
  await finder.addQuery(statement.query);
  const environment = environmentFor(finder.found, options);
  const query = translateQueryBody(statement.query, environment, internalNames);
  query.fields.forEach(markUsed);
  const { position } = statement.name;
  const columns =
    statement.columns?.map((column) => {
      const index = target.columns.findIndex(({ name }) => name.toLowerCase() === column.name.toLowerCase());
      if (index < 0)
        throw new SqlError(
          'COLUMN_NOT_FOUND',
          `Insert column name does not exist in target table: ${column.name}`,
          column.position,
        );
      return index;
    }) ?? target.columns.map((_, index) => index);
  if (new Set(columns).size < columns.length)
    throw new SqlError('SYNTAX_ERROR', 'Insert column name is specified more than once', position);
  const shown = (types: readonly Type[]) => types.map(typeText).join(', ');
  const wanted = columns.map((index) => target.columns[index]!.type);
  const given = query.fields.map(({ type }) => type);
  if (given.length !== wanted.length || !given.every((type, index) => canStore(type, wanted[index]!)))
    throw new SqlError(
      'TYPE_MISMATCH',
      `Insert query has mismatched column types: Table: [${shown(wanted)}], Query: [${shown(given)}]`,
      position,
    );
  const items = target.columns.map(({ name, type }, index) => {
    const from = columns.indexOf(index);
    const field = query.fields[from];
    const value: Typed = field
      ? { sql: `q.${field.sql}`, type: field.type }
      : { sql: 'NULL', type: { kind: 'unknown' } };
    return `${storedSql(value, type, environment.statement, position)} AS ${quoteName(name)}`;
  });
  const sql = await fillScans(`SELECT ${items.join(', ')} FROM (${query.sql}) AS q`, environment.statement);
  return { sql, columns: targetInfo(target), tables: finder.found.names };
}

// ---------------------------------------------------------------- UPDATE and DELETE

async function openForChange(
  name: QualifiedName,
  expressions: readonly (Expression | undefined)[],
  resolver: TableResolver,
  options: RowChangeOptions,
) {
  const target = await resolveTarget(name, resolver, options);
  const finder = createTableFinder(resolver, options);
  for (const expression of expressions) if (expression) await finder.addPart({ expression });
  const base = environmentFor(finder.found, options);
  const open = openTarget(target, base, options.rowId);
  return {
    target,
    open,
    environment: { ...base, fields: [...open.fields, ...open.hidden], clause: 'WHERE clause' },
  };
}

function whereSql(where: Expression | undefined, environment: Environment): string {
  if (!where) return '';
  announce(where, environment);
  return ` WHERE ${translateCondition(where, environment).sql}`;
}

const rowIdItems = (open: OpenTarget, rowId: readonly string[]) =>
  open.rowIds.map((sql, index) => `${sql} AS ${quoteName(rowId[index]!)}`);

export async function translateDelete(
  statement: Of<'delete'>,
  resolver: TableResolver,
  options: RowChangeOptions,
): Promise<RowChange> {
  const { open, environment } = await openForChange(statement.name, [statement.where], resolver, options);
  const where = whereSql(statement.where, environment);
  const sql = await fillScans(
    `SELECT ${rowIdItems(open, options.rowId).join(', ')} FROM ${open.sql}${where}`,
    environment.statement,
  );
  return { sql, columns: [], predicates: scanPredicates(open.scan) };
}

export async function translateUpdate(
  statement: Of<'update'>,
  resolver: TableResolver,
  options: RowChangeOptions,
): Promise<RowChange> {
  const expressions = [statement.where, ...statement.set.map(({ expression }) => expression)];
  const { target, open, environment } = await openForChange(statement.name, expressions, resolver, options);
  const values = assignments(target, statement.set, { ...environment, clause: 'SET clause' });
  const columns = target.columns.map(
    ({ name }, index) => `${values.get(index) ?? open.fields[index]!.sql} AS ${quoteName(name)}`,
  );
  const where = whereSql(statement.where, environment);
  const sql = await fillScans(
    `SELECT ${[...rowIdItems(open, options.rowId), ...columns].join(', ')} FROM ${open.sql}${where}`,
    environment.statement,
  );
  return { sql, columns: targetInfo(target), predicates: scanPredicates(open.scan) };
}

// ---------------------------------------------------------------- MERGE

function mergeExpressions(statement: Of<'merge'>): Expression[] {
  const parts = statement.clauses.flatMap(({ condition, action }) => [
    ...(condition ? [condition] : []),
    ...(action.kind === 'update'
      ? action.set.map(({ expression }) => expression)
      : action.kind === 'insert'
        ? action.values
        : []),
  ]);
  return [statement.on, ...parts];
}

/** The new value of each column under one clause, in the target's order. */
function clauseValues(
  clause: MergeClause,
  target: Target,
  targetFields: readonly Field[],
  environment: Environment,
): readonly string[] {
  const { action } = clause;
  if (action.kind === 'delete') return targetFields.map(({ sql }) => sql);
  if (action.kind === 'update') {
    const values = assignments(target, action.set, environment);
    return targetFields.map(({ sql }, index) => values.get(index) ?? sql);
  }
  const columns =
    action.columns?.map((column) => columnIndex(target, column)) ?? target.columns.map((_, index) => index);
  if (columns.length !== action.values.length)
    throw new SqlError(
      'TYPE_MISMATCH',
      `MERGE INSERT has ${columns.length} columns but ${action.values.length} values`,
      action.values[0]!.position,
    );
  const values = new Map(
    action.values.map((expression, index) => {
      const column = target.columns[columns[index]!]!;
      return [
        columns[index]!,
        assigned(
          translateExpression(expression, environment),
          column.type,
          column.name,
          environment,
          expression.position,
        ),
      ] as const;
    }),
  );
  return target.columns.map(({ type }, index) => values.get(index) ?? `CAST(NULL AS ${physicalType(type)})`);
}

/**
 * MERGE as one SELECT: source left-joined with target, the first clause whose condition holds, and the new values. A target
 * row that two source rows take fails with Trino's words when the SELECT runs.
 */
export async function translateMerge(
  statement: Of<'merge'>,
  resolver: TableResolver,
  options: MergeOptions,
): Promise<MergeTranslation> {
  const target = await resolveTarget(statement.name, resolver, options);
  const finder = createTableFinder(resolver, options);
  await finder.addPart({ relation: statement.source });
  for (const expression of mergeExpressions(statement)) await finder.addPart({ expression });
  const base = environmentFor(finder.found, options);
  const relation = translateRelation(statement.source, base);
  const source = { sql: relation.sql, fields: relation.fields.filter((field) => !field.hidden) };
  const open = openTarget(target, base, options.rowId, statement.alias);
  const joined: Environment = {
    ...base,
    fields: [...open.fields, ...source.fields],
    clause: 'MERGE ON clause',
  };
  const on = translateCondition(statement.on, joined).sql;
  announce(statement.on, { ...joined, fields: open.fields });

  // From here on the values are read from the joined rows, which carry each column under a name of its own.
  const carried = (prefix: string, fields: readonly Field[]): Field[] =>
    fields.map((field, index) => ({ ...field, sql: `m.${prefix}${index}`, origin: undefined }));
  source.fields.forEach(markUsed);
  const [targetFields, sourceFields] = [carried('t', open.fields), carried('s', source.fields)];
  const scopeOf = (clause: MergeClause): Environment => ({
    ...base,
    fields: clause.when === 'matched' ? [...targetFields, ...sourceFields] : sourceFields,
    clause: 'MERGE WHEN clause',
  });
  const conditions = statement.clauses.map((clause, index) => {
    const found = clause.when === 'matched' ? 'm.found' : 'NOT m.found';
    return `WHEN ${found}${clause.condition ? ` AND ${translateCondition(clause.condition, scopeOf(clause)).sql}` : ''} THEN ${index}`;
  });
  const values = statement.clauses.map((clause) =>
    clauseValues(clause, target, targetFields, scopeOf(clause)),
  );
  const choose = (results: readonly string[]) =>
    `CASE m.clause ${results.map((result, index) => `WHEN ${index} THEN ${result}`).join(' ')} END`;
  const columns = target.columns.map(
    ({ name }, column) => `${choose(values.map((row) => row[column]!))} AS ${quoteName(name)}`,
  );
  const rowIds = options.rowId.map((name, index) => `m.r${index} AS ${quoteName(name)}`);
  const { targetIsEmpty } = options;
  const read = (sql: string, type?: Type) =>
    targetIsEmpty ? `CAST(NULL AS ${type ? physicalType(type) : 'VARCHAR'})` : sql;
  const items = [
    ...open.rowIds.map((sql, index) => `${read(sql)} AS r${index}`),
    `${targetIsEmpty ? 'false' : `${open.rowIds[0]} IS NOT NULL`} AS found`,
    ...open.fields.map((field, index) => `${read(field.sql, field.type)} AS t${index}`),
    ...source.fields.map((field, index) => `${field.sql} AS s${index}`),
  ];
  const keepsUnmatched = statement.clauses.some(({ when }) => when === 'not matched');
  const unmatched = keepsUnmatched ? '' : ' WHERE false';
  const met = targetIsEmpty ? unmatched : ` ${keepsUnmatched ? 'LEFT' : 'INNER'} JOIN ${open.sql} ON ${on}`;
  const rows = `SELECT ${items.join(', ')} FROM ${source.sql}${met}`;
  const ids = options.rowId.map((_, index) => `r${index}`).join(', ');
  const repeated = `SELECT 1 FROM merged WHERE found AND clause IS NOT NULL GROUP BY ${ids} HAVING count(*) > 1`;
  // It hangs on the count: DuckDB would evaluate a constant failure without a row that needs it.
  const tooManyMatches = `'!One MERGE target table row matched more than one source row' || left(CAST(count(*) AS VARCHAR), 0)`;
  const merged = `SELECT m.*, CASE ${conditions.join(' ')} END AS clause FROM (${rows}) AS m`;
  const checked = [
    `WITH merged AS MATERIALIZED (${merged})`,
    `repeated AS (${repeated})`,
    `checked AS (SELECT CASE WHEN count(*) > 0 THEN ${failWithSql(tooManyMatches)} ELSE 0 END AS passed FROM repeated)`,
  ].join(', ');
  const actions = statement.clauses.map(({ action }) => action.kind);
  const select = `SELECT ${[`${choose(actions.map(quoteText))} AS _action`, ...rowIds, ...columns].join(', ')}`;
  const sql = targetIsEmpty
    ? `${select} FROM (${merged}) AS m WHERE m.clause IS NOT NULL`
    : `${checked} ${select} FROM merged AS m, checked WHERE m.clause IS NOT NULL AND checked.passed = 0`;
  return {
    sql: await fillScans(sql, base.statement),
    columns: targetInfo(target),
    targetPredicates: scanPredicates(open.scan),
    actions: new Set(actions),
  };
}

// ---------------------------------------------------------------- OPTIMIZE … WHERE

/**
 * A condition on one table that is wholly made of simple predicates, as OPTIMIZE needs; one that is not is refused.
 * `sql` is the same condition for DuckDB, over the table's column names.
 */
export async function translatePredicate(
  where: Expression,
  table: { readonly database?: string; readonly table: string },
  resolver: TableResolver,
  options: TranslateOptions,
): Promise<{ predicates: readonly SimplePredicate[]; sql: string }> {
  const target = await resolveTarget(
    { parts: table.database ? [table.database, table.table] : [table.table], position: where.position },
    resolver,
    options,
  );
  const base = environmentFor({ byNode: new Map(), names: [] }, options);
  const open = openTarget(target, base, []);
  const environment: Environment = {
    ...base,
    fields: open.fields.map((field) => ({ ...field, sql: quoteName(field.name!) })),
    clause: 'WHERE clause',
  };
  const terms = where.kind === 'logical' && where.operator === 'and' ? where.terms : [where];
  const { sql } = translateCondition(where, environment);
  const predicates = terms.map((term) => {
    const found = simplePredicates(term, environment);
    if (found.length !== (term.kind === 'between' ? 2 : 1) || ['logical', 'is null'].includes(term.kind))
      throw notVerified('an OPTIMIZE condition other than columns compared with literals', term.position);
    return found.map(({ predicate }) => predicate);
  });
  return { predicates: predicates.flat(), sql };
}
