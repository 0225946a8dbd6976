/** Translates what is in FROM: tables, views, sub-queries, UNNEST and joins. */
import { notVerified, SqlError } from '../errors.ts';
import type { AliasedRelation, Join, Relation, Sample, Unnest } from '../syntax/tree.ts';
import type { NamedTable } from '../syntax/walk.ts';
import {
  BIGINT,
  commonType,
  fieldNames,
  parseType,
  quoteText,
  type RowField,
  type Type,
  typeText,
} from '../types.ts';
import { coerce } from './cast.ts';
import { queryEnvironment, translateCondition, translateExpression } from './expression.ts';
import { compare } from './operator.ts';
import { keyedCondition, needsLateral } from './outerJoin.ts';
import { announce } from './predicate.ts';
import { translateQueryBody } from './query.ts';
import {
  candidates,
  columnSql,
  createScan,
  type Environment,
  type Field,
  markUsed,
  type RelationSql,
  type StatementContext,
} from './scope.ts';

export function translateRelation(node: Relation, environment: Environment): RelationSql {
  switch (node.kind) {
    case 'table':
      return translateTable(node, environment);
    case 'subquery': {
      const query = translateQueryBody(
        node.query,
        node.lateral ? environment : { ...environment, fields: [], outer: environment.outer },
      );
      return derived(query, environment.statement, node.lateral ? 'LATERAL ' : '');
    }
    case 'alias':
      return rename(translateRelation(node.relation, environment), node);
    case 'unnest':
      return translateUnnest(node, environment);
    case 'sample':
      return translateSample(node, environment);
    case 'join':
      return translateJoin(node, environment);
  }
}

/** A query as a relation: its columns are reached through an alias of ours. */
export function derived(query: RelationSql, statement: StatementContext, prefix = ''): RelationSql {
  const alias = statement.nextAlias('t');
  return {
    sql: `${prefix}(${query.sql}) AS ${alias}`,
    fields: query.fields.map((field) => ({ ...field, sql: `${alias}.${field.sql}` })),
    alias,
  };
}

export function translateTable(node: NamedTable, environment: Environment): RelationSql {
  const { statement } = environment;
  const [only = ''] = node.name.parts;
  const common = node.name.parts.length === 1 ? environment.commonTables.get(only.toLowerCase()) : undefined;
  if (common) {
    common.uses++;
    const alias = statement.nextAlias('t');
    return {
      sql: `${common.sqlName} AS ${alias}`,
      fields: common.fields.map((field, index) => ({
        name: field.name,
        qualifier: [only],
        type: field.type,
        hidden: field.hidden,
        sql: `${alias}.c${index}`,
        origin: field.origin && { ...field.origin, via: [...field.origin.via, common] },
        needs: field.needs,
      })),
      alias,
    };
  }
  const bound = statement.tables.get(node);
  if (!bound)
    throw new SqlError(
      'TABLE_NOT_FOUND',
      `Table '${node.name.parts.join('.')}' does not exist`,
      node.position,
    );
  const { name, table, viewQuery } = bound;
  const qualifier = [
    ...(name.catalog ? [name.catalog] : []),
    ...(name.database ? [name.database] : []),
    name.table + (name.suffix ?? ''),
  ];
  if (viewQuery) {
    const query = translateQueryBody(viewQuery, {
      ...queryEnvironment(environment),
      outer: undefined,
      commonTables: new Map(),
    });
    const view = derived(query, statement);
    return { ...view, fields: view.fields.map((field) => ({ ...field, qualifier })) };
  }
  if (!('columns' in table)) throw new Error(`a view without its parsed text: ${qualifier.join('.')}`);
  const scan = createScan(statement, table);
  const alias = statement.nextAlias('t');
  const field = (column: { name: string; type: string }, hidden: boolean): Field => ({
    name: column.name,
    qualifier,
    hidden,
    type: parseType(column.type),
    sql: columnSql(alias, column.name),
    origin: { scan, column: column.name, via: [] },
  });
  return {
    sql: `${scan.placeholder} AS ${alias}`,
    fields: [
      ...table.columns.map((column) => field(column, false)),
      ...(table.hidden ?? []).map((column) => field(column, true)),
    ],
    alias,
  };
}

/** All rows, none, or each by its own chance; whole splits of a table, as SYSTEM leaves out, are not known here. */
function translateSample(node: Sample, environment: Environment): RelationSql {
  const { statement } = environment;
  const share = translateExpression(node.percentage, { ...environment, fields: [], outer: undefined });
  const percent = share.literal?.kind === 'number' ? Number(share.literal.text) : undefined;
  if (percent === undefined || (node.method === 'system' && percent > 0 && percent < 100))
    throw notVerified(
      `TABLESAMPLE ${node.method.toUpperCase()} of a computed or partial share`,
      node.position,
    );
  if (percent < 0 || percent > 100)
    throw new SqlError(
      'NUMERIC_VALUE_OUT_OF_RANGE',
      `Sample percentage must be between 0 and 100: ${percent}`,
      node.percentage.position,
    );
  const relation = translateRelation(node.relation, environment);
  if (percent === 100) return relation;
  for (const field of relation.fields) markUsed(field);
  const columns = relation.fields.map((field, index) => `${field.sql} AS c${index}`);
  const alias = statement.nextAlias('t');
  return {
    sql: `(SELECT ${columns.join(', ')} FROM ${relation.sql} WHERE ${percent === 0 ? 'false' : `random() * 100 < ${percent}`}) AS ${alias}`,
    fields: relation.fields.map((field, index) => ({
      ...field,
      sql: `${alias}.c${index}`,
      origin: undefined,
    })),
  };
}

function rename(relation: RelationSql, node: AliasedRelation): RelationSql {
  const shown = relation.fields.filter((field) => !field.hidden);
  if (node.columns && node.columns.length !== shown.length)
    throw new SqlError(
      'MISMATCHED_COLUMN_ALIASES',
      `Column alias list has ${node.columns.length} entries but '${node.alias.name}' has ${shown.length} columns available`,
      node.position,
    );
  let next = 0;
  return {
    ...relation,
    fields: relation.fields.map((field) => ({
      ...field,
      qualifier: [node.alias.name],
      name: node.columns && !field.hidden ? node.columns[next++]!.name : field.name,
    })),
  };
}

/** What one argument of UNNEST opens into: a list, and how each column is read from its elements. */
function unnested(
  type: Type,
  sql: string,
): { list: string; columns: { type: Type; name?: string; read: (element: string) => string }[] } | undefined {
  if (type.kind === 'map')
    return {
      list: `map_entries(${sql})`,
      columns: [
        { type: type.key, read: (element) => `${element}.key` },
        { type: type.value, read: (element) => `${element}.value` },
      ],
    };
  if (type.kind !== 'array') return undefined;
  const { element: row } = type;
  if (row.kind !== 'row') return { list: sql, columns: [{ type: row, read: (element) => element }] };
  const names = fieldNames(row);
  return {
    list: sql,
    columns: row.fields.map((field: RowField, index) => ({
      type: field.type,
      name: field.name,
      read: (element) => `struct_extract(${element}, ${quoteText(names[index]!)})`,
    })),
  };
}

function translateUnnest(node: Unnest, environment: Environment): RelationSql {
  const { statement } = environment;
  const lists: string[] = [];
  const fields: Field[] = [];
  const outer: string[] = [];
  const inner: string[] = [];
  for (const expression of node.expressions) {
    const value = translateExpression(expression, environment);
    const opened = unnested(value.type, value.sql);
    if (!opened)
      throw new SqlError('TYPE_MISMATCH', `Cannot unnest type: ${typeText(value.type)}`, expression.position);
    const element = `u${lists.length}`;
    inner.push(`unnest(${opened.list}) AS ${element}`);
    lists.push(opened.list);
    for (const column of opened.columns) {
      const name = `c${fields.length}`;
      outer.push(`${column.read(element)} AS ${name}`);
      fields.push({ name: column.name, type: column.type, sql: name });
    }
  }
  if (node.ordinality) {
    const longest = lists.map((list) => `coalesce(len(${list}), 0)`).join(', ');
    inner.push(`unnest(range(1, greatest(${longest}, 0) + 1)) AS n`);
    outer.push(`n AS c${fields.length}`);
    fields.push({ type: BIGINT, sql: `c${fields.length}` });
  }
  const sql = `SELECT ${outer.join(', ')} FROM (SELECT ${inner.join(', ')}) AS u`;
  return derived({ sql, fields }, statement, 'LATERAL ');
}

const isLateral = (node: Relation): boolean =>
  node.kind === 'alias'
    ? isLateral(node.relation)
    : node.kind === 'unnest' || (node.kind === 'subquery' && node.lateral);

const JOIN_TEXT = {
  cross: 'CROSS JOIN',
  inner: 'INNER JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
} as const;

function translateJoin(node: Join, environment: Environment): RelationSql {
  const left = translateRelation(node.left, environment);
  const lateral = isLateral(node.right);
  if (lateral && (node.type === 'right' || node.type === 'full'))
    throw notVerified(`a ${node.type.toUpperCase()} JOIN with UNNEST or LATERAL`, node.position);
  const rightScope: Environment = lateral
    ? { ...environment, fields: left.fields, outer: environment.outer }
    : environment;
  const right = translateRelation(node.right, lateral ? lateralScope(rightScope, node.right) : environment);
  const rightSql = node.right.kind === 'join' ? `(${right.sql})` : right.sql;
  const fields = joinedFields(node, left, right);
  const text = JOIN_TEXT[node.type];
  if (node.using) return joinUsing(node, left, { ...right, sql: rightSql }, environment);
  if (!node.on) return { sql: `${left.sql} ${text} ${rightSql}`, fields };
  const scope: Environment = {
    ...environment,
    fields,
    clause: 'JOIN clause',
    allowsAggregates: false,
    allowsWindows: false,
    intercept: undefined,
  };
  // A condition in ON only leaves rows out of the side that it need not keep.
  if (node.type === 'inner') announce(node.on, scope);
  if (node.type === 'left') announce(node.on, { ...scope, fields: right.fields });
  if (node.type === 'right') announce(node.on, { ...scope, fields: left.fields });
  if (node.type === 'left' || node.type === 'right') {
    const [kept, optional] = node.type === 'left' ? [left, right] : [{ ...right, sql: rightSql }, left];
    const sides = { kept: kept.fields, optional: optional.fields };
    const condition = lateral ? node.on : keyedCondition(node.on, sides);
    const on = translateCondition(condition, scope);
    if (!lateral && optional.alias && needsLateral(condition, sides))
      return {
        sql: `${kept.sql} LEFT JOIN LATERAL (SELECT * FROM ${optional.sql} WHERE ${on.sql}) AS ${optional.alias} ON true`,
        fields,
      };
    return { sql: `${left.sql} ${text} ${rightSql} ON ${on.sql}`, fields };
  }
  return { sql: `${left.sql} ${text} ${rightSql} ON ${translateCondition(node.on, scope).sql}`, fields };
}

/** The fields of both sides; those of a side that the join may leave without a row are optional. */
function joinedFields({ type }: Join, left: RelationSql, right: RelationSql): Field[] {
  const optional = (fields: readonly Field[]): Field[] =>
    fields.map((field) => ({
      ...field,
      origin: field.origin && { ...field.origin, isOptional: true },
    }));
  return [
    ...(type === 'right' || type === 'full' ? optional(left.fields) : left.fields),
    ...(type === 'left' || type === 'full' ? optional(right.fields) : right.fields),
  ];
}

/** UNNEST's arguments see the left side directly; a lateral query sees it as its enclosing scope. */
const lateralScope = (scope: Environment, node: Relation): Environment =>
  (node.kind === 'alias' ? node.relation : node).kind === 'unnest' ? scope : queryEnvironment(scope);

/** The join's columns come first, once and without a qualifier, then the rest of both sides. */
function joinUsing(node: Join, left: RelationSql, right: RelationSql, environment: Environment): RelationSql {
  const { statement } = environment;
  const conditions: string[] = [];
  const merged: Field[] = [];
  const taken = new Set<Field>();
  for (const column of node.using ?? []) {
    const [[a], [b]] = [candidates(left.fields, [], column.name), candidates(right.fields, [], column.name)];
    if (!a || !b)
      throw new SqlError(
        'COLUMN_NOT_FOUND',
        `Column '${column.name}' is missing from ${a ? 'right' : 'left'} side of join`,
        column.position,
      );
    markUsed(a);
    markUsed(b);
    const type = commonType(a.type, b.type);
    if (!type)
      throw new SqlError(
        'TYPE_MISMATCH',
        `Column types of left and right must match: ${typeText(a.type)}, ${typeText(b.type)}`,
        column.position,
      );
    conditions.push(compare('=', a, b, { statement, position: column.position }).sql);
    const [x, y] = [
      coerce(a, type, statement, column.position).sql,
      coerce(b, type, statement, column.position).sql,
    ];
    merged.push({ name: column.name.toLowerCase(), type, sql: `coalesce(${x}, ${y})` });
    taken.add(a).add(b);
  }
  return {
    sql: `${left.sql} ${JOIN_TEXT[node.type]} ${right.sql} ON ${conditions.join(' AND ')}`,
    fields: [...merged, ...joinedFields(node, without(left, taken), without(right, taken))],
  };
}

const without = (relation: RelationSql, taken: ReadonlySet<Field>): RelationSql => ({
  ...relation,
  fields: relation.fields.filter((field) => !taken.has(field)),
});
