/** Translates queries: WITH, set operations, VALUES, ORDER BY and LIMIT around what SELECT gives. */
import { notVerified, SqlError } from '../errors.ts';
import type { Expression, Query, QueryBody, SetOperation } from '../syntax/tree.ts';
import { commonType, isInteger, type Type, typeText, UNKNOWN } from '../types.ts';
import { coerce } from './cast.ts';
import { queryEnvironment, translateExpression } from './expression.ts';
import { derived, translateTable } from './relation.ts';
import type { CommonTableBinding, Environment, Field, RelationSql } from './scope.ts';
import { type Naming, orderBySql, translateSelect } from './select.ts';

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
  for (const { name, columns, query: inner } of query.with) {
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
      })),
      uses: 0,
    };
    commonTables.set(name.name.toLowerCase(), binding);
    definitions.push(`${binding.sqlName} AS (${table.sql})`);
  }
  return { sql: definitions.length === 0 ? '' : `WITH ${definitions.join(', ')} `, commonTables };
}

function translateOrdered(query: Query, environment: Environment, naming: Naming): RelationSql {
  const limit = limitSql(query, environment);
  if (query.body.kind === 'select')
    return translateSelect(query.body, query.orderBy, limit, environment, naming);
  const body = translateBody(query.body, environment, internalNames);
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
  if (query.withTies) throw notVerified('FETCH … WITH TIES', query.position);
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
      const shown = table.fields.filter((field) => !field.hidden);
      for (const field of shown) field.origin?.scan.columns.add(field.origin.column);
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
    })),
  };
}

/** Values that DuckDB tells apart where Trino does not: zones kept beside the instant. */
export function refuseUncomparable(type: Type, node: { position: Query['position'] }): void {
  if (type.kind === 'timestamp with time zone' && type.zone === 'row')
    throw notVerified('DISTINCT or GROUP BY on timestamps whose zone differs by row', node.position);
  if (type.kind === 'map' || type.kind === 'json')
    throw notVerified(`DISTINCT or GROUP BY on ${typeText(type)}`, node.position);
}
