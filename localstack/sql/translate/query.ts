/** Translates queries: WITH, set operations, VALUES, ORDER BY and LIMIT around what SELECT gives. */
import { notVerified, SqlError } from '../errors.ts';
import type { CommonTable, Expression, Query, QueryBody, SetOperation } from '../syntax/tree.ts';
import { tablesOf } from '../syntax/walk.ts';
import {
  canCoerce,
  commonType,
  INTEGER,
  isInteger,
  physicalType,
  type Type,
  typeText,
  UNKNOWN,
} from '../types.ts';
import { coerce } from './cast.ts';
import { queryEnvironment, translateExpression } from './expression.ts';
import { failWith } from './failure.ts';
import { derived, translateTable } from './relation.ts';
import {
  type CommonTableBinding,
  type Environment,
  type Field,
  markUsed,
  type RelationSql,
  withNeeds,
} from './scope.ts';
import { hasWindow, type Naming, orderBySql, translateSelect } from './select.ts';

/** Columns of an inner query are called c0, c1, …: their names in the statement live in the fields. */
export const internalNames: Naming = (index) => `c${index}`;

/** The query as one DuckDB SELECT; its fields' SQL are its column names. */
export function translateQueryBody(
  query: Query,
  environment: Environment,
  naming: Naming = internalNames,
): RelationSql {
  const { sql: withSql, commonTables } = translateWith(query, environment);
  const scope: Environment = { ...environment, commonTables };
  const body = translateOrdered(query, scope, naming);
  return { sql: `${withSql}${body.sql}`, fields: body.fields };
}

function translateWith(
  query: Query,
  environment: Environment,
): { sql: string; commonTables: Environment['commonTables'] } {
  const commonTables = new Map(environment.commonTables);
  const definitions: string[] = [];
  let recursive = false;
  for (const common of query.with) {
    const { name, columns, query: inner } = common;
    if (query.recursive && readsItself(common)) {
      recursive = true;
      const { binding, sql } = translateRecursive(common, {
        ...environment,
        commonTables: new Map(commonTables),
      });
      commonTables.set(name.name.toLowerCase(), binding);
      definitions.push(sql);
      continue;
    }
    const table = translateQueryBody(inner, { ...environment, commonTables: new Map(commonTables) });
    if (columns && columns.length !== table.fields.length)
      throw new SqlError(
        'MISMATCHED_COLUMN_ALIASES',
        `WITH column alias list has ${columns.length} entries but WITH query(${name.name}) has ${table.fields.length} columns`,
        name.position,
      );
    const binding: CommonTableBinding = {
      name: name.name,
      sqlName: environment.statement.nextAlias('w'),
      fields: table.fields.map((field, index) => ({
        name: columns?.[index]?.name ?? field.name,
        type: field.type,
        origin: field.origin,
        needs: field.needs,
      })),
      uses: 0,
    };
    commonTables.set(name.name.toLowerCase(), binding);
    definitions.push(`${binding.sqlName} AS (${table.sql})`);
  }
  const keyword = recursive ? 'WITH RECURSIVE' : 'WITH';
  return { sql: definitions.length === 0 ? '' : `${keyword} ${definitions.join(', ')} `, commonTables };
}

/** Whether a common table names itself. */
function readsItself({ name, query }: CommonTable): boolean {
  let found = false;
  tablesOf(query, (table) => {
    found ||= table.name.parts.length === 1 && table.name.parts[0]!.toLowerCase() === name.name.toLowerCase();
  });
  return found;
}

/** No statement can write this name: the steps that led to a row. */
const STEPS = '\u0001steps';
const MOST_STEPS = 10;

/** `base UNION ALL step`, at most ten steps deep, as Trino's max_recursion_depth has it. */
function translateRecursive(
  common: CommonTable,
  environment: Environment,
): { binding: CommonTableBinding; sql: string } {
  const { name, columns, query } = common;
  const { body } = query;
  const refuse = (what: string) => notVerified(`WITH RECURSIVE ${what}`, name.position);
  if (!columns)
    throw new SqlError('INVALID_ARGUMENTS', 'missing column aliases in recursive WITH query', name.position);
  if (
    body.kind !== 'set' ||
    body.operator !== 'union' ||
    !body.all ||
    query.orderBy.length > 0 ||
    query.limit
  )
    throw refuse('of other than two queries with UNION ALL');
  const step =
    body.right.kind === 'nested' && body.right.query.with.length === 0 ? body.right.query.body : body.right;
  if (step.kind !== 'select' || step.distinct || step.groupBy || step.having)
    throw refuse('whose step groups its rows');
  const base = translateBody(body.left, environment, internalNames);
  base.fields.forEach(markUsed);
  if (base.fields.length !== columns.length)
    throw new SqlError(
      'MISMATCHED_COLUMN_ALIASES',
      `WITH column alias list has ${columns.length} entries but WITH query(${name.name}) has ${base.fields.length} columns`,
      name.position,
    );
  const sqlName = environment.statement.nextAlias('w');
  const fields = columns.map((column, index) => ({ name: column.name, type: base.fields[index]!.type }));
  const withSteps: CommonTableBinding = {
    name: name.name,
    sqlName,
    fields: [...fields, { name: STEPS, type: INTEGER, hidden: true }],
    uses: 0,
  };
  const scope: Environment = {
    ...environment,
    commonTables: new Map(environment.commonTables).set(name.name.toLowerCase(), withSteps),
  };
  const { position } = step;
  const counter: Expression = { kind: 'column', name: STEPS, position };
  const next = translateSelect(
    { ...step, items: [...step.items, { kind: 'expression', expression: counter }] },
    [],
    '',
    scope,
    internalNames,
  );
  if (next.fields.length !== fields.length + 1 || withSteps.uses !== 1)
    throw refuse('whose step reads it more than once or gives other columns');
  next.fields.forEach(markUsed);
  const alias = environment.statement.nextAlias('t');
  const values = fields.map((field, index) => {
    const given = next.fields[index]!;
    if (!canCoerce(given.type, field.type))
      throw new SqlError(
        'TYPE_MISMATCH',
        `recursion step relation output type (${typeText(given.type)}) is not coercible to recursion base relation output type (${typeText(field.type)}) at column ${index + 1}`,
        position,
      );
    const value = { ...given, sql: `${alias}.c${index}` };
    return `${coerce(value, field.type, environment.statement, position).sql} AS c${index}`;
  });
  const depth = `${alias}.c${fields.length}`;
  const tooDeep = failWith(
    `Recursion depth limit exceeded (${MOST_STEPS}). Use 'max_recursion_depth' session property to modify the limit.`,
  );
  const first = base.fields.map(
    (field, index) => `CAST(c${index} AS ${physicalType(field.type)}) AS c${index}`,
  );
  return {
    binding: { name: name.name, sqlName, fields, uses: 0 },
    sql: `${sqlName} AS (SELECT ${first.join(', ')}, CAST(0 AS INTEGER) AS c${fields.length} FROM (${base.sql}) UNION ALL SELECT ${values.join(', ')}, CASE WHEN ${depth} >= ${MOST_STEPS} THEN ${tooDeep} ELSE ${depth} + 1 END AS c${fields.length} FROM (${next.sql}) AS ${alias})`,
  };
}

function translateOrdered(query: Query, environment: Environment, naming: Naming): RelationSql {
  if (query.withTies) return translateTies(query, environment, naming);
  const limit = limitSql(query, environment);
  if (query.body.kind === 'select')
    return translateSelect(query.body, query.orderBy, limit, environment, naming);
  const body = translateBody(query.body, environment, internalNames);
  if (query.orderBy.length > 0) body.fields.forEach(markUsed);
  const relation = derived(body, environment.statement);
  const items = relation.fields.map((field, index) => `${field.sql} AS ${naming(index, field)}`);
  const order = orderBySql(
    query.orderBy,
    relation.fields,
    { ...environment, fields: relation.fields },
    false,
  );
  return {
    sql: `SELECT ${items.join(', ')} FROM ${relation.sql}${order}${limit}`,
    fields: relation.fields.map((field, index) => ({
      name: field.name,
      type: field.type,
      sql: naming(index, field),
      needs: field.needs,
    })),
  };
}

/** The first rows and all that the order puts next to the last of them: by rank. */
function translateTies(query: Query, environment: Environment, naming: Naming): RelationSql {
  if (query.orderBy.length === 0)
    throw new SqlError('INVALID_ARGUMENTS', 'FETCH FIRST WITH TIES clause requires ORDER BY', query.position);
  if (query.offset) throw notVerified('OFFSET before FETCH … WITH TIES', query.position);
  const count = query.limit && query.limit !== 'all' ? rowCount(query.limit, environment) : '0';
  const inner = query.body.kind === 'select' ? query.body : undefined;
  if (
    inner?.distinct ||
    inner?.items.some((item) => item.kind === 'expression' && hasWindow(item.expression))
  )
    throw notVerified('FETCH … WITH TIES of DISTINCT rows or window functions', query.position);
  if (inner) return translateSelect(inner, query.orderBy, '', environment, naming, count);
  const body = derived(translateBody(query.body, environment, internalNames), environment.statement);
  body.fields.forEach(markUsed);
  const scope = { ...environment, fields: body.fields };
  const order = orderBySql(query.orderBy, body.fields, scope, false, false);
  const items = body.fields.map((field, index) => `${field.sql} AS ${naming(index, field)}`);
  return {
    sql: `SELECT ${items.join(', ')} FROM ${body.sql} QUALIFY rank() OVER (${order}) <= ${count}${order}`,
    fields: body.fields.map((field, index) => ({
      name: field.name,
      type: field.type,
      sql: naming(index, field),
    })),
  };
}

function rowCount(node: Expression, environment: Environment): string {
  const value = translateExpression(node, { ...environment, fields: [], outer: undefined });
  if (value.literal?.kind !== 'number' || !isInteger(value.type))
    throw new SqlError('INVALID_ARGUMENTS', 'LIMIT and OFFSET take an integer', node.position);
  return value.literal.text;
}

function limitSql(query: Query, environment: Environment): string {
  const limit = query.limit && query.limit !== 'all' ? ` LIMIT ${rowCount(query.limit, environment)}` : '';
  return `${limit}${query.offset ? ` OFFSET ${rowCount(query.offset, environment)}` : ''}`;
}

/** A body without ORDER BY and LIMIT of its own. */
function translateBody(body: QueryBody, environment: Environment, naming: Naming): RelationSql {
  switch (body.kind) {
    case 'select':
      return translateSelect(body, [], '', environment, naming);
    case 'nested':
      return translateQueryBody(body.query, environment, naming);
    case 'table': {
      const table = translateTable(body, environment);
      const shown = table.fields
        .filter((field) => !field.hidden)
        .map((field) =>
          withNeeds(environment.statement, () => {
            markUsed(field);
            return field;
          }),
        );
      return {
        sql: `SELECT ${shown.map((field, index) => `${field.sql} AS ${naming(index, field)}`).join(', ')} FROM ${table.sql}`,
        fields: shown.map((field, index) => ({ ...field, sql: naming(index, field), qualifier: undefined })),
      };
    }
    case 'values':
      return translateValues(body.rows, environment, naming);
    case 'set':
      return translateSet(body, environment, naming);
  }
}

function translateValues(rows: readonly Expression[], environment: Environment, naming: Naming): RelationSql {
  const scope = { ...queryEnvironment(environment), outer: environment.outer };
  const cells = rows.map((row) =>
    (row.kind === 'row' ? row.items : [row]).map((cell) => ({
      cell,
      value: translateExpression(cell, scope),
    })),
  );
  const width = cells[0]!.length;
  const types: Type[] = [];
  for (const [index, row] of cells.entries()) {
    if (row.length !== width)
      throw new SqlError(
        'TYPE_MISMATCH',
        `Values rows have mismatched sizes: ${width} vs ${row.length}`,
        rows[index]!.position,
      );
    for (const [column, { value, cell }] of row.entries()) {
      const type = commonType(types[column] ?? UNKNOWN, value.type);
      if (!type)
        throw new SqlError(
          'TYPE_MISMATCH',
          `Values rows have mismatched types: ${typeText(types[column]!)} vs ${typeText(value.type)}`,
          cell.position,
        );
      types[column] = type;
    }
  }
  const text = cells.map(
    (row) =>
      `(${row.map(({ value, cell }, column) => coerce(value, types[column]!, environment.statement, cell.position).sql).join(', ')})`,
  );
  const alias = environment.statement.nextAlias('t');
  const names = types.map((_, index) => `c${index}`);
  const fields: Field[] = types.map((type, index) => ({ type, sql: naming(index, { type, sql: '' }) }));
  return {
    sql: `SELECT ${names.map((name, index) => `${alias}.${name} AS ${fields[index]!.sql}`).join(', ')} FROM (VALUES ${text.join(', ')}) AS ${alias}(${names.join(', ')})`,
    fields,
  };
}

function translateSet(body: SetOperation, environment: Environment, naming: Naming): RelationSql {
  const [left, right] = [
    translateBody(body.left, environment, internalNames),
    translateBody(body.right, environment, internalNames),
  ];
  const operator = `${body.operator.toUpperCase()}${body.all ? ' ALL' : ''}`;
  if (left.fields.length !== right.fields.length)
    throw new SqlError(
      'TYPE_MISMATCH',
      `${body.operator.toUpperCase()} query has different number of fields: ${left.fields.length}, ${right.fields.length}`,
      body.position,
    );
  const types = left.fields.map((field, index) => {
    const other = right.fields[index]!.type;
    const type = commonType(field.type, other);
    if (!type)
      throw new SqlError(
        'TYPE_MISMATCH',
        `column ${index + 1} in ${body.operator.toUpperCase()} query has incompatible types: ${typeText(field.type)}, ${typeText(other)}`,
        body.position,
      );
    if (!body.all || body.operator !== 'union') refuseUncomparable(type, body);
    return type;
  });
  if (!body.all || body.operator !== 'union') [...left.fields, ...right.fields].forEach(markUsed);
  const side = (relation: RelationSql, rename: boolean) => {
    const alias = environment.statement.nextAlias('t');
    const columns = relation.fields.map((field, index) => {
      const value = coerce(
        { ...field, sql: `${alias}.${field.sql}` },
        types[index]!,
        environment.statement,
        body.position,
      );
      return `${value.sql} AS ${rename ? naming(index, left.fields[index]!) : field.sql}`;
    });
    return `SELECT ${columns.join(', ')} FROM (${relation.sql}) AS ${alias}`;
  };
  return {
    sql: `${side(left, true)} ${operator} ${side(right, false)}`,
    fields: left.fields.map((field, index) => ({
      name: field.name,
      type: types[index]!,
      sql: naming(index, field),
      needs: [...(field.needs ?? []), ...(right.fields[index]!.needs ?? [])],
    })),
  };
}

/** Values that DuckDB tells apart where Trino does not: zones kept next to the instant. */
export function refuseUncomparable(type: Type, node: { position: Query['position'] }): void {
  if (type.kind === 'timestamp with time zone' && type.zone === 'row')
    throw notVerified('DISTINCT or GROUP BY on timestamps whose zone differs by row', node.position);
  if (type.kind === 'map' || type.kind === 'json')
    throw notVerified(`DISTINCT or GROUP BY on ${typeText(type)}`, node.position);
}
