/** Parses queries: WITH, set operations, SELECT and what is in FROM. */
import { notVerified, SqlError } from '../errors.ts';
import { type Cursor, positionOf } from './cursor.ts';
import { parseExpression, parseSortItem, parseWindow } from './expression.ts';
import type {
  CommonTable,
  Expression,
  GroupBy,
  GroupElement,
  Identifier,
  Join,
  Query,
  QueryBody,
  Relation,
  Select,
  SelectItem,
  TableReference,
} from './tree.ts';

export function parseQuery(cursor: Cursor): Query {
  const position = positionOf(cursor.peek());
  const hasWith = cursor.accept('WITH');
  const recursive = hasWith && cursor.accept('RECURSIVE');
  const commonTables = hasWith ? parseCommonTables(cursor) : [];
  const body = parseSetOperation(cursor);
  const orderBy = cursor.accept('ORDER', 'BY') ? cursor.list(() => parseSortItem(cursor)) : [];
  let offset: Expression | undefined;
  if (cursor.accept('OFFSET')) {
    offset = parseRowCount(cursor);
    if (!cursor.accept('ROWS')) cursor.accept('ROW');
  }
  const isFetch = cursor.at('FETCH');
  const { limit, withTies } = parseLimit(cursor);
  return { recursive, with: commonTables, body, orderBy, offset, limit, isFetch, withTies, position };
}

function parseCommonTables(cursor: Cursor): CommonTable[] {
  return cursor.list(() => {
    const name = cursor.identifier();
    const columns = cursor.at('(') ? cursor.parenthesised(() => cursor.identifier()) : undefined;
    cursor.expect('AS', '(');
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { name, columns, query };
  });
}

function parseRowCount(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (token.type === 'parameter') {
    cursor.next();
    return { kind: 'parameter', index: cursor.takeParameter(), position: positionOf(token) };
  }
  if (token.type !== 'integer') cursor.fail("'?', <integer>");
  return { kind: 'integer', value: cursor.next().value, position: positionOf(token) };
}

function parseLimit(cursor: Cursor): { limit?: Expression | 'all'; withTies: boolean } {
  if (cursor.accept('LIMIT'))
    return { limit: cursor.accept('ALL') ? 'all' : parseRowCount(cursor), withTies: false };
  if (!cursor.accept('FETCH')) return { withTies: false };
  if (!cursor.accept('FIRST')) cursor.expect('NEXT');
  const position = positionOf(cursor.peek());
  const limit: Expression =
    cursor.at('ROW') || cursor.at('ROWS') ? { kind: 'integer', value: '1', position } : parseRowCount(cursor);
  if (!cursor.accept('ROWS')) cursor.expect('ROW');
  if (cursor.accept('ONLY')) return { limit, withTies: false };
  cursor.expect('WITH', 'TIES');
  return { limit, withTies: true };
}

/** UNION and EXCEPT bind from the left; INTERSECT binds tighter. */
function parseSetOperation(cursor: Cursor): QueryBody {
  return parseSetChain(cursor, ['UNION', 'EXCEPT'], () =>
    parseSetChain(cursor, ['INTERSECT'], () => parseQueryTerm(cursor)),
  );
}

function parseSetChain(cursor: Cursor, operators: readonly string[], term: () => QueryBody): QueryBody {
  let left = term();
  for (;;) {
    const word = operators.find((candidate) => cursor.accept(candidate));
    if (!word) return left;
    const all = cursor.accept('ALL');
    if (!all) cursor.accept('DISTINCT');
    if (cursor.at('CORRESPONDING')) throw notVerified('CORRESPONDING', cursor.peek());
    const operator = word.toLowerCase() as 'union' | 'except' | 'intersect';
    left = { kind: 'set', operator, all, left, right: term(), position: left.position };
  }
}

function parseQueryTerm(cursor: Cursor): QueryBody {
  const position = positionOf(cursor.peek());
  if (cursor.accept('(')) {
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'nested', query, position };
  }
  if (cursor.accept('VALUES'))
    return { kind: 'values', rows: cursor.list(() => parseExpression(cursor)), position };
  if (cursor.accept('TABLE')) return { kind: 'table', name: cursor.qualifiedName(), position };
  return parseSelect(cursor);
}

function parseSelect(cursor: Cursor): Select {
  const position = positionOf(cursor.expect('SELECT'));
  const distinct = cursor.accept('DISTINCT');
  if (!distinct) cursor.accept('ALL');
  const items = cursor.list(() => parseSelectItem(cursor));
  const from = cursor.accept('FROM') ? parseFrom(cursor) : undefined;
  const where = cursor.accept('WHERE') ? parseExpression(cursor) : undefined;
  const groupBy = cursor.accept('GROUP', 'BY') ? parseGroupBy(cursor) : undefined;
  const having = cursor.accept('HAVING') ? parseExpression(cursor) : undefined;
  const windows = cursor.accept('WINDOW')
    ? cursor.list(() => {
        const { name } = cursor.identifier();
        cursor.expect('AS', '(');
        const window = parseWindow(cursor);
        cursor.expect(')');
        return { name, window };
      })
    : [];
  return { kind: 'select', distinct, items, from, where, groupBy, having, windows, position };
}

function parseSelectItem(cursor: Cursor): SelectItem {
  const position = positionOf(cursor.peek());
  if (cursor.accept('*')) return { kind: 'star', position };
  const expression = parseExpression(cursor);
  if (cursor.accept('.', '*')) {
    const aliases =
      cursor.at('AS', '(') && cursor.accept('AS')
        ? cursor.parenthesised(() => cursor.identifier())
        : undefined;
    return { kind: 'star', base: expression, aliases, position };
  }
  if (cursor.accept('AS')) return { kind: 'expression', expression, alias: cursor.identifier() };
  return { kind: 'expression', expression, alias: cursor.atAlias() ? cursor.identifier() : undefined };
}

function parseGroupBy(cursor: Cursor): GroupBy {
  const distinct = cursor.accept('DISTINCT');
  if (!distinct) cursor.accept('ALL');
  return { distinct, elements: cursor.list(() => parseGroupElement(cursor)) };
}

const parseGroupingSet = (cursor: Cursor): Expression[] => {
  if (!cursor.accept('(')) return [parseExpression(cursor)];
  const set = cursor.at(')') ? [] : cursor.list(() => parseExpression(cursor));
  cursor.expect(')');
  return set;
};

function parseGroupElement(cursor: Cursor): GroupElement {
  if (cursor.accept('GROUPING', 'SETS'))
    return { kind: 'sets', sets: cursor.parenthesised(() => parseGroupingSet(cursor)) };
  for (const [word, kind] of [
    ['ROLLUP', 'rollup'],
    ['CUBE', 'cube'],
  ] as const)
    if (cursor.accept(word)) return { kind, sets: cursor.parenthesised(() => parseGroupingSet(cursor)) };
  if (cursor.accept('(', ')')) return { kind: 'simple', expressions: [] };
  const expression = parseExpression(cursor);
  return { kind: 'simple', expressions: expression.kind === 'row' ? expression.items : [expression] };
}

/** Comma joins are cross joins. */
function parseFrom(cursor: Cursor): Relation {
  let left = parseRelation(cursor);
  while (cursor.accept(','))
    left = {
      kind: 'join',
      type: 'cross',
      isImplicit: true,
      left,
      right: parseRelation(cursor),
      position: left.position,
    };
  return left;
}

/** A table, sub-query, UNNEST or parenthesised join, with the joins that follow it. */
export function parseRelation(cursor: Cursor): Relation {
  let left = parseAliased(cursor);
  for (;;) {
    const { position } = left;
    if (cursor.at('NATURAL')) throw notVerified('NATURAL JOIN', cursor.peek());
    if (cursor.accept('CROSS', 'JOIN')) {
      left = { kind: 'join', type: 'cross', left, right: parseAliased(cursor), position };
      continue;
    }
    const type = parseJoinType(cursor);
    if (!type) return left;
    left = {
      kind: 'join',
      type,
      left,
      right: parseRelationOperand(cursor),
      position,
      ...parseJoinCriteria(cursor),
    };
  }
}

/** `a JOIN b JOIN c ON … ON …` nests to the right; one ON for each join. */
function parseRelationOperand(cursor: Cursor): Relation {
  let right = parseAliased(cursor);
  while (!cursor.at('ON') && !cursor.at('USING')) {
    const type = parseJoinType(cursor);
    if (!type) cursor.fail("'ON', 'USING'");
    right = {
      kind: 'join',
      type,
      left: right,
      right: parseRelationOperand(cursor),
      position: right.position,
      ...parseJoinCriteria(cursor),
    };
  }
  return right;
}

function parseJoinType(cursor: Cursor): Join['type'] | undefined {
  for (const word of ['LEFT', 'RIGHT', 'FULL'] as const)
    if (cursor.accept(word)) {
      cursor.accept('OUTER');
      cursor.expect('JOIN');
      return word.toLowerCase() as Join['type'];
    }
  return cursor.accept('JOIN') || cursor.accept('INNER', 'JOIN') ? 'inner' : undefined;
}

function parseJoinCriteria(cursor: Cursor): { on?: Expression; using?: readonly Identifier[] } {
  if (cursor.accept('ON')) return { on: parseExpression(cursor) };
  cursor.expect('USING');
  return { using: cursor.parenthesised(() => cursor.identifier()) };
}

function parseAliased(cursor: Cursor): Relation {
  const relation = parseNamed(cursor);
  const { position } = relation;
  if (!cursor.accept('TABLESAMPLE')) return relation;
  const method = cursor.accept('BERNOULLI') ? 'bernoulli' : 'system';
  if (method === 'system') cursor.expect('SYSTEM');
  cursor.expect('(');
  const percentage = parseExpression(cursor);
  cursor.expect(')');
  return { kind: 'sample', relation, method, percentage, position };
}

function parseNamed(cursor: Cursor): Relation {
  const relation = parsePrimaryRelation(cursor);
  if (cursor.at('MATCH_RECOGNIZE')) throw notVerified('MATCH_RECOGNIZE', cursor.peek());
  const explicit = cursor.accept('AS');
  if (!explicit && !cursor.atAlias()) return relation;
  const alias = cursor.identifier();
  const columns = cursor.at('(') ? cursor.parenthesised(() => cursor.identifier()) : undefined;
  if (cursor.at('MATCH_RECOGNIZE')) throw notVerified('MATCH_RECOGNIZE', cursor.peek());
  return { kind: 'alias', relation, alias, columns, position: relation.position };
}

function parsePrimaryRelation(cursor: Cursor): Relation {
  const position = positionOf(cursor.peek());
  if (cursor.at('UNNEST', '(')) {
    cursor.next();
    const expressions = cursor.parenthesised(() => parseExpression(cursor));
    return { kind: 'unnest', expressions, ordinality: cursor.accept('WITH', 'ORDINALITY'), position };
  }
  if (cursor.at('LATERAL', '(')) {
    cursor.expect('LATERAL', '(');
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'subquery', lateral: true, query, position };
  }
  if (cursor.at('TABLE', '(') || cursor.at('JSON_TABLE', '('))
    throw notVerified('a table function', cursor.peek());
  if (cursor.accept('(')) return parseRelationInParentheses(cursor);
  return parseTableReference(cursor);
}

/** After an opening parenthesis: a query, or tables that are joined. */
function parseRelationInParentheses(cursor: Cursor): Relation {
  const position = positionOf(cursor.peek());
  const { type, value } = cursor.peek();
  const takeQuery = () => {
    const query = parseQuery(cursor);
    cursor.expect(')');
    return query;
  };
  // Read once: an attempt that is repeated doubles the time with each level of nesting.
  const isQuery = type === 'word' && ['SELECT', 'WITH', 'VALUES'].includes(value);
  const query = isQuery ? takeQuery() : cursor.try(takeQuery);
  if (query) return { kind: 'subquery', lateral: false, query, position };
  const relation = parseRelation(cursor);
  cursor.expect(')');
  return relation;
}

function parseTableReference(cursor: Cursor): TableReference {
  const position = positionOf(cursor.peek());
  const name = cursor.qualifiedName();
  if (cursor.peek().value === '(' && cursor.peek().type === 'operator')
    throw new SqlError(
      'FUNCTION_NOT_FOUND',
      `Table function '${name.parts.join('.')}' not registered`,
      position,
    );
  if (!cursor.at('FOR')) return { kind: 'table', name, position };
  const asked = positionOf(cursor.peek());
  cursor.expect('FOR');
  const kind = cursor.accept('TIMESTAMP') || cursor.accept('SYSTEM_TIME') ? 'timestamp' : 'version';
  if (kind === 'version' && !cursor.accept('SYSTEM_VERSION')) cursor.expect('VERSION');
  cursor.expect('AS', 'OF');
  const expression = parseExpression(cursor);
  return { kind: 'table', name, version: { kind, expression, position: asked }, position };
}

/** A query and its text as written, which views, CTAS and the history keep. */
export function takeQuery(cursor: Cursor): { query: Query; queryText: string } {
  const { start } = cursor.peek();
  const query = parseQuery(cursor);
  return { query, queryText: cursor.textFrom(start) };
}
