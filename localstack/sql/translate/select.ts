/** Translates one SELECT: its FROM and WHERE, the grouping as a query of its own, and what is shown of it. */
import { notVerified, type Position, SqlError } from '../errors.ts';
import type { Expression, GroupBy, GroupElement, Select, SelectItem, SortItem } from '../syntax/tree.ts';
import { someParts } from '../syntax/walk.ts';
import { type RowType, typeText } from '../types.ts';
import { isAggregateCall, translateCall } from './call.ts';
import { readDocuments } from './documents.ts';
import { nameParts, translateCondition, translateExpression } from './expression.ts';
import { announce } from './predicate.ts';
import { refuseUncomparable } from './query.ts';
import { translateRelation } from './relation.ts';
import { numberedWindow, numberRows } from './rowNumber.ts';
import { type Environment, type Field, markUsed, type RelationSql, type Typed, withNeeds } from './scope.ts';
import { direction, orderKey } from './window.ts';

/** How the DuckDB column of an output is called. */
export type Naming = (index: number, field: Field) => string;

interface Output extends Field {
  readonly expression?: Expression;
}

export function translateSelect(
  select: Select,
  orderBy: readonly SortItem[],
  limit: string,
  environment: Environment,
  naming: Naming,
  /** FETCH … WITH TIES: how many ranks of the order are kept. */
  ties?: string,
): RelationSql {
  const from = select.from
    ? translateRelation(select.from, { ...environment, fields: [], intercept: undefined })
    : undefined;
  const documents = from && readDocuments(from, environment.statement);
  const source: Environment = {
    ...environment,
    documents,
    fields: from?.fields ?? [],
    visible: undefined,
    windows: new Map(select.windows.map(({ name, window }) => [name.toLowerCase(), window])),
    intercept: undefined,
    clause: '',
    allowsAggregates: false,
    allowsWindows: false,
  };
  let where = '';
  if (select.where) {
    const scope = { ...source, clause: 'WHERE clause' };
    where = ` WHERE ${translateCondition(select.where, scope).sql}`;
    announce(select.where, scope);
  }
  // Complete only when every expression has said what it reads.
  const rows = () => `${documents ? ` FROM ${documents.sql}` : ''}${where}`;
  const grouped = isGrouped(select, orderBy) ? group(select, source, rows) : undefined;
  const scope: Environment = grouped?.environment ?? {
    ...source,
    allowsWindows: true,
    clause: 'SELECT clause',
  };
  const outputs = select.items.flatMap((item) => translateItem(item, scope, from?.fields ?? []));
  const having = select.having
    ? ` WHERE ${translateCondition(select.having, { ...scope, allowsWindows: false }).sql}`
    : '';
  if (select.distinct) for (const output of outputs) refuseUncomparable(output.type, select);
  if (select.distinct || orderBy.length > 0) outputs.forEach(markUsed);
  const order = orderBySql(orderBy, outputs, scope, select.distinct, ties === undefined);
  const qualify = ties === undefined ? '' : ` QUALIFY rank() OVER (${order}) <= ${ties}`;
  const body = grouped ? ` FROM (${grouped.sql}) AS ${grouped.alias}${having}` : rows();
  const shown = outputs.map((value, index) => ({ value, name: naming(index, value) }));
  const windows = outputs.flatMap(({ expression }, index) =>
    expression && hasWindow(expression) ? [index] : [],
  );
  const isPlain = !grouped && !select.distinct && limit === '' && ties === undefined;
  const keepsOrigin = isPlain && windows.length === 0;
  const [at] = windows;
  const window =
    isPlain && order === '' && from && at !== undefined && windows.length === 1
      ? withNeeds(environment.statement, () => ({ of: numberedWindow(outputs[at]!.expression, scope) })).of
      : undefined;
  return {
    sql: window
      ? numberRows(shown, at!, window, body, environment)
      : `SELECT ${select.distinct ? 'DISTINCT ' : ''}${shown.map(({ value, name }) => `${value.sql} AS ${name}`).join(', ')}${body}${qualify}${order}${limit}`,
    fields: shown.map(({ value, name }) => ({
      name: value.name,
      type: value.type,
      sql: name,
      origin: keepsOrigin ? value.origin : undefined,
      needs: value.needs,
    })),
  };
}

export const hasWindow = (expression: Expression) =>
  someParts(expression, (part) => part.kind === 'call' && part.over !== undefined);
const hasAggregate = (expression: Expression) =>
  someParts(
    expression,
    (part) => part.kind === 'call' && (isAggregateCall(part) || part.name === 'grouping'),
  );

const isGrouped = (select: Select, orderBy: readonly SortItem[]) =>
  select.groupBy !== undefined ||
  select.having !== undefined ||
  select.items.some((item) => item.kind === 'expression' && hasAggregate(item.expression)) ||
  orderBy.some(({ expression }) => hasAggregate(expression));

// ---------------------------------------------------------------- what is shown

function translateItem(item: SelectItem, scope: Environment, fields: readonly Field[]): Output[] {
  if (item.kind === 'expression') {
    const value = withNeeds(scope.statement, () => translateExpression(item.expression, scope));
    return [
      { ...value, name: item.alias?.name ?? impliedName(item.expression), expression: item.expression },
    ];
  }
  return item.base ? expandBase(item.base, item, scope, fields) : expandAll(fields, item.position, scope);
}

/** A column or a row's field is called as written; anything else has no name. */
function impliedName(expression: Expression): string | undefined {
  if (expression.kind === 'column') return expression.name;
  return expression.kind === 'dereference' ? expression.field : undefined;
}

function expandAll(fields: readonly Field[], position: Position, scope: Environment): Output[] {
  const shown = fields.filter((field) => !field.hidden);
  if (shown.length === 0)
    throw new SqlError(
      'COLUMN_NOT_FOUND',
      'SELECT * not allowed from relation that has no columns',
      position,
    );
  return shown.map((field) => showField(field, position, scope));
}

/** In a grouped query a star's columns must be group keys, as if each were written. */
const showField = (field: Field, position: Position, scope: Environment): Output =>
  withNeeds(scope.statement, () => shownField(field, position, scope));

function shownField(field: Field, position: Position, scope: Environment): Output {
  markUsed(field);
  if (scope.clause !== 'grouped') return field;
  const parts = [...(field.qualifier ?? []), field.name ?? ''];
  const [first = '', ...rest] = parts;
  const expression = rest.reduce<Expression>(
    (base, part) => ({ kind: 'dereference', base, field: part, position }),
    { kind: 'column', name: first, position },
  );
  return { ...translateExpression(expression, scope), name: field.name };
}

function expandBase(
  base: Expression,
  item: Extract<SelectItem, { kind: 'star' }>,
  scope: Environment,
  fields: readonly Field[],
): Output[] {
  const parts = nameParts(base);
  const matching = parts
    ? fields.filter(
        (field) =>
          !field.hidden &&
          field.qualifier &&
          parts.length <= field.qualifier.length &&
          parts.every(
            (part, index) =>
              part.toLowerCase() ===
              field.qualifier![field.qualifier!.length - parts.length + index]!.toLowerCase(),
          ),
      )
    : [];
  if (matching.length > 0) {
    if (item.aliases) throw notVerified('t.* AS (…)', item.position);
    return matching.map((field) => showField(field, item.position, scope));
  }
  if (base.kind === 'column')
    throw new SqlError('TABLE_NOT_FOUND', `Unable to resolve reference ${base.name}`, base.position);
  const row = translateExpression(base, scope);
  if (row.type.kind !== 'row')
    throw new SqlError(
      'TYPE_MISMATCH',
      `expected expression of type Row: ${typeText(row.type)}`,
      item.position,
    );
  return expandRow(base, row.type, item, scope);
}

function expandRow(
  base: Expression,
  type: RowType,
  item: Extract<SelectItem, { kind: 'star' }>,
  scope: Environment,
): Output[] {
  return type.fields.map((field, index) => {
    const subscript: Expression = {
      kind: 'subscript',
      base,
      index: { kind: 'integer', value: String(index + 1), position: item.position },
      position: item.position,
    };
    const value = withNeeds(scope.statement, () => translateExpression(subscript, scope));
    return { ...value, name: item.aliases?.[index]?.name ?? field.name };
  });
}

// ---------------------------------------------------------------- order

/** ` ORDER BY …`: an ordinal, an output's name, or any expression of the query's scope. */
export function orderBySql(
  orderBy: readonly SortItem[],
  outputs: readonly Output[],
  scope: Environment,
  distinct: boolean,
  /** Whether a key that is an output may be named by its place. */
  byPlace = true,
): string {
  if (orderBy.length === 0) return '';
  const keys = orderBy.map((item) => {
    const output = namedOutput(item, outputs);
    const value = output === undefined ? orderExpression(item, outputs, scope) : outputs[output]!;
    const key = orderKey(value, item);
    if (distinct && !outputs.some((shown) => shown.sql === value.sql))
      throw new SqlError(
        'NOT_SUPPORTED',
        'For SELECT DISTINCT, ORDER BY expressions must appear in select list',
        item.position,
      );
    const place = output ?? outputs.findIndex((shown) => shown.sql === value.sql);
    return `${byPlace && place >= 0 && key === value.sql ? place + 1 : key} ${direction(item)}`;
  });
  return ` ORDER BY ${keys.join(', ')}`;
}

function namedOutput(item: SortItem, outputs: readonly Output[]): number | undefined {
  const { expression, position } = item;
  if (expression.kind === 'integer') {
    const index = Number(expression.value) - 1;
    if (!outputs[index])
      throw new SqlError(
        'INVALID_ARGUMENTS',
        `ORDER BY position ${expression.value} is not in select list`,
        position,
      );
    return index;
  }
  if (expression.kind !== 'column') return undefined;
  const name = expression.name.toLowerCase();
  const matching = outputs.flatMap((output, index) => (output.name?.toLowerCase() === name ? [index] : []));
  if (new Set(matching.map((index) => outputs[index]!.sql)).size > 1)
    throw new SqlError('AMBIGUOUS_NAME', `Column '${name}' is ambiguous`, position);
  return matching[0];
}

/** Inside an expression an output's alias comes before the columns of FROM. */
function orderExpression(item: SortItem, outputs: readonly Output[], scope: Environment): Typed {
  const aliased = new Map(
    outputs
      .filter((output) => output.name !== undefined)
      .map((output) => [output.name!.toLowerCase(), output]),
  );
  return translateExpression(item.expression, {
    ...scope,
    intercept(node, environment) {
      if (node.kind === 'call' && node.name === 'grouping')
        throw notVerified('grouping in ORDER BY', node.position);
      const taken = scope.intercept?.(node, environment);
      return taken ?? (node.kind === 'column' ? aliased.get(node.name.toLowerCase()) : undefined);
    },
  });
}

// ---------------------------------------------------------------- grouping

interface Grouped {
  readonly sql: string;
  readonly alias: string;
  readonly environment: Environment;
}

interface GroupKey {
  readonly expression: Expression;
  readonly value: Typed;
}

/**
 * The grouping as a query of its own: keys k0, k1, … and aggregates a0, a1, …, added as the outer expressions ask for
 * them; the text is complete once all of those are translated, which the getter of `sql` relies on.
 */
function group(select: Select, source: Environment, rows: () => string): Grouped {
  const keys: GroupKey[] = [];
  const keyIndex = (expression: Expression): number => {
    const value = translateExpression(expression, { ...source, clause: 'GROUP BY clause' });
    refuseUncomparable(value.type, expression);
    const known = keys.findIndex((key) => key.value.sql === value.sql);
    return known >= 0 ? known : keys.push({ expression, value }) - 1;
  };
  const sets = groupingSets(select.groupBy, (expression) => keyIndex(selectedBy(expression, select)));
  const alias = source.statement.nextAlias('g');
  const aggregates: { sql: string; type: Typed['type'] }[] = [];
  const aggregate = (value: Typed): Typed => {
    let index = aggregates.findIndex(({ sql }) => sql === value.sql);
    if (index < 0) index = aggregates.push(value) - 1;
    return { sql: `${alias}.a${index}`, type: value.type };
  };
  const keyAt = (index: number): Typed => ({ sql: `${alias}.k${index}`, type: keys[index]!.value.type });
  const intercept: Environment['intercept'] = (node) => {
    if (node.kind === 'call' && isAggregateCall(node))
      return aggregate(translateCall(node, { ...source, allowsAggregates: true, clause: 'SELECT clause' }));
    if (node.kind === 'call' && node.name === 'grouping')
      return aggregate(groupingCall(node.arguments, keys, source, node.position));
    const index = matchingKey(node, keys, source);
    return index === undefined ? undefined : keyAt(index);
  };
  const columns = keys.flatMap(({ value }, index) =>
    source.fields
      .filter((field) => field.sql === value.sql)
      .map((field) => ({ ...field, ...keyAt(index), origin: undefined })),
  );
  return {
    alias,
    environment: { ...source, clause: 'grouped', intercept, visible: columns, allowsWindows: true },
    get sql() {
      const items = [
        ...keys.map(({ value }, index) => `${value.sql} AS k${index}`),
        ...aggregates.map(({ sql }, index) => `${sql} AS a${index}`),
      ];
      if (items.length === 0) items.push('count(*) AS a0');
      return `SELECT ${items.join(', ')}${rows()}${groupBySql(sets, keys.length)}`;
    },
  };
}

/** `GROUP BY 2` is the second item of the select list. */
function selectedBy(expression: Expression, select: Select): Expression {
  if (expression.kind !== 'integer') return expression;
  const item = select.items[Number(expression.value) - 1];
  if (select.items.some(({ kind }) => kind === 'star'))
    throw notVerified('a GROUP BY position with *', expression.position);
  if (item?.kind !== 'expression')
    throw new SqlError(
      'INVALID_ARGUMENTS',
      `GROUP BY position ${expression.value} is not in select list`,
      expression.position,
    );
  if (hasAggregate(item.expression))
    throw new SqlError(
      'NOT_SUPPORTED',
      'GROUP BY clause cannot contain aggregations, window functions or grouping operations',
      expression.position,
    );
  return item.expression;
}

const NAME_KINDS = new Set(['column', 'dereference']);
const sameKind = (a: Expression, b: Expression) =>
  a.kind === b.kind || (NAME_KINDS.has(a.kind) && NAME_KINDS.has(b.kind));

/** The key that an expression is: the one that gives the same SQL over the rows before grouping. */
function matchingKey(node: Expression, keys: readonly GroupKey[], source: Environment): number | undefined {
  if (!keys.some((key) => sameKind(key.expression, node))) return undefined;
  let value: Typed;
  try {
    value = translateExpression(node, source);
  } catch (cause) {
    if (cause instanceof SqlError) return undefined;
    throw cause;
  }
  const index = keys.findIndex((key) => key.value.sql === value.sql);
  return index < 0 ? undefined : index;
}

function groupingCall(
  args: readonly Expression[],
  keys: readonly GroupKey[],
  source: Environment,
  position: Position,
): Typed {
  const grouped = args.map((argument) => {
    const index = matchingKey(argument, keys, source);
    if (index === undefined)
      throw new SqlError(
        'INVALID_ARGUMENTS',
        'The arguments to GROUPING() must be expressions referenced by the GROUP BY at the current level',
        position,
      );
    return keys[index]!.value.sql;
  });
  return { sql: `CAST(GROUPING(${grouped.join(', ')}) AS INTEGER)`, type: { kind: 'integer' } };
}

type IndexSets = readonly (readonly number[])[];

function elementSets(element: GroupElement, keyIndex: (expression: Expression) => number): IndexSets {
  if (element.kind === 'simple') return [element.expressions.map(keyIndex)];
  const sets = element.sets.map((set) => set.map(keyIndex));
  if (element.kind === 'sets') return sets;
  if (element.kind === 'rollup')
    return Array.from({ length: sets.length + 1 }, (_, dropped) =>
      sets.slice(0, sets.length - dropped).flat(),
    );
  return Array.from({ length: 2 ** sets.length }, (_, mask) =>
    sets.filter((_set, index) => (mask & (1 << (sets.length - 1 - index))) === 0).flat(),
  );
}

/** Several elements combine as their cross product. */
function groupingSets(groupBy: GroupBy | undefined, keyIndex: (expression: Expression) => number): IndexSets {
  const elements = (groupBy?.elements ?? []).map((element) => elementSets(element, keyIndex));
  const combined = elements.reduce<IndexSets>(
    (sets, next) => sets.flatMap((set) => next.map((more) => [...new Set([...set, ...more])])),
    [[]],
  );
  if (!groupBy?.distinct) return combined;
  const distinct = new Map(combined.map((set) => [set.toSorted().join(), set]));
  return [...distinct.values()];
}

function groupBySql(sets: IndexSets, keyCount: number): string {
  if (sets.length === 1)
    return keyCount === 0 ? '' : ` GROUP BY ${sets[0]!.map((index) => index + 1).join(', ')}`;
  return ` GROUP BY GROUPING SETS (${sets.map((set) => `(${set.map((index) => index + 1).join(', ')})`).join(', ')})`;
}
