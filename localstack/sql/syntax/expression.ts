/** Parses expressions: Trino's precedence and special forms (SqlBase.g4, release 476). */
import { notVerified, SqlError } from '../errors.ts';
import { type Cursor, positionOf } from './cursor.ts';
import { parseQuery } from './query.ts';
import type {
  BinaryOperator,
  Call,
  ComparisonOperator,
  Expression,
  Frame,
  FrameBound,
  IntervalUnit,
  SortItem,
  Window,
} from './tree.ts';
import { parseTypeName } from './typeName.ts';

const COMPARISONS: Readonly<Record<string, ComparisonOperator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

export function parseExpression(cursor: Cursor): Expression {
  const position = positionOf(cursor.peek());
  const terms = [parseAnd(cursor)];
  while (cursor.accept('OR')) terms.push(parseAnd(cursor));
  return terms.length === 1 ? terms[0]! : { kind: 'logical', operator: 'or', terms, position };
}

function parseAnd(cursor: Cursor): Expression {
  const position = positionOf(cursor.peek());
  const terms = [parseNot(cursor)];
  while (cursor.accept('AND')) terms.push(parseNot(cursor));
  return terms.length === 1 ? terms[0]! : { kind: 'logical', operator: 'and', terms, position };
}

function parseNot(cursor: Cursor): Expression {
  const position = positionOf(cursor.peek());
  if (cursor.accept('NOT')) return { kind: 'not', operand: parseNot(cursor), position };
  return parsePredicate(cursor);
}

/** One comparison or test; another may only follow in parentheses. */
function parsePredicate(cursor: Cursor): Expression {
  const left = parseConcatenation(cursor);
  const token = cursor.peek();
  const position = positionOf(token);
  const comparison = token.type === 'operator' ? COMPARISONS[token.value] : undefined;
  if (comparison) {
    cursor.next();
    return parseComparison(cursor, left, comparison);
  }
  if (cursor.accept('IS')) {
    const negated = cursor.accept('NOT');
    if (cursor.accept('NULL')) return negate(negated, { kind: 'is null', operand: left, position });
    cursor.expect('DISTINCT', 'FROM');
    const operator: BinaryOperator = negated ? 'is not distinct' : 'is distinct';
    return { kind: 'binary', operator, left, right: parseConcatenation(cursor), position };
  }
  const negated = cursor.at('NOT') && ['BETWEEN', 'IN', 'LIKE'].includes(cursor.peek(1).value);
  if (negated) cursor.next();
  if (cursor.accept('BETWEEN')) {
    const low = parseConcatenation(cursor);
    cursor.expect('AND');
    const high = parseConcatenation(cursor);
    return negate(negated, { kind: 'between', operand: left, low, high, position });
  }
  if (cursor.accept('IN')) return negate(negated, parseIn(cursor, left));
  if (!cursor.accept('LIKE')) return left;
  const pattern = parseConcatenation(cursor);
  const escapeCharacter = cursor.accept('ESCAPE') ? parseConcatenation(cursor) : undefined;
  return negate(negated, { kind: 'like', operand: left, pattern, escape: escapeCharacter, position });
}

const negate = (negated: boolean, operand: Expression): Expression =>
  negated ? { kind: 'not', operand, position: operand.position } : operand;

function parseComparison(cursor: Cursor, left: Expression, operator: ComparisonOperator): Expression {
  const position = left.position;
  for (const [word, quantifier] of [
    ['ALL', 'all'],
    ['ANY', 'any'],
    ['SOME', 'any'],
  ] as const)
    if (cursor.at(word, '(')) {
      cursor.expect(word, '(');
      const query = parseQuery(cursor);
      cursor.expect(')');
      return { kind: 'quantified', operator, quantifier, operand: left, query, position };
    }
  return { kind: 'binary', operator, left, right: parseConcatenation(cursor), position };
}

/** Whether a query in parentheses begins here; `((SELECT 1) + 1)` is none: only the whole tells. */
function startsQuery(cursor: Cursor): boolean {
  const first = cursor.peek();
  if (first.type === 'word') return ['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(first.value);
  return (
    cursor.at('(') &&
    cursor.couldTake(() => {
      parseQuery(cursor);
      cursor.expect(')');
    })
  );
}

function parseIn(cursor: Cursor, operand: Expression): Expression {
  const { position } = operand;
  cursor.expect('(');
  if (startsQuery(cursor)) {
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'in query', operand, query, position };
  }
  const values = cursor.list(() => parseExpression(cursor));
  cursor.expect(')');
  return { kind: 'in list', operand, values, position };
}

function parseLeftAssociative(
  cursor: Cursor,
  operators: readonly BinaryOperator[],
  operand: (cursor: Cursor) => Expression,
): Expression {
  let left = operand(cursor);
  for (;;) {
    const operator = operators.find((candidate) => cursor.at(candidate));
    if (!operator) return left;
    cursor.next();
    left = { kind: 'binary', operator, left, right: operand(cursor), position: left.position };
  }
}

const parseConcatenation = (cursor: Cursor) => parseLeftAssociative(cursor, ['||'], parseSum);
const parseSum = (cursor: Cursor) => parseLeftAssociative(cursor, ['+', '-'], parseProduct);
const parseProduct = (cursor: Cursor) => parseLeftAssociative(cursor, ['*', '/', '%'], parseUnary);

function parseUnary(cursor: Cursor): Expression {
  const position = positionOf(cursor.peek());
  if (cursor.accept('-')) return { kind: 'unary', operator: '-', operand: parseUnary(cursor), position };
  if (cursor.accept('+')) return { kind: 'unary', operator: '+', operand: parseUnary(cursor), position };
  let operand = parsePostfix(cursor);
  while (cursor.accept('AT', 'TIME', 'ZONE'))
    operand = { kind: 'at time zone', operand, zone: parsePostfix(cursor), position };
  return operand;
}

function parsePostfix(cursor: Cursor): Expression {
  let base = parsePrimary(cursor);
  for (;;) {
    const { position } = base;
    if (cursor.accept('[')) {
      const index = parseConcatenation(cursor);
      cursor.expect(']');
      base = { kind: 'subscript', base, index, position };
    } else if (cursor.at('.') && cursor.peek(1).value !== '*') {
      cursor.next();
      base = { kind: 'dereference', base, field: cursor.identifier().name, position };
    } else return base;
  }
}

const INTERVAL_UNITS: readonly string[] = ['year', 'month', 'day', 'hour', 'minute', 'second'];

function parseIntervalUnit(cursor: Cursor): IntervalUnit {
  const unit = cursor.peek().value.toLowerCase();
  if (!INTERVAL_UNITS.includes(unit)) cursor.fail("'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'");
  cursor.next();
  return unit as IntervalUnit;
}

function parseInterval(cursor: Cursor): Expression {
  const position = positionOf(cursor.expect('INTERVAL'));
  const negative = cursor.accept('-');
  if (!negative) cursor.accept('+');
  const value = cursor.string();
  const unit = parseIntervalUnit(cursor);
  const to = cursor.accept('TO') ? parseIntervalUnit(cursor) : undefined;
  return { kind: 'interval', negative, value, unit, to, position };
}

function parseCase(cursor: Cursor): Expression {
  const position = positionOf(cursor.expect('CASE'));
  const operand = cursor.at('WHEN') ? undefined : parseExpression(cursor);
  const branches: { when: Expression; result: Expression }[] = [];
  while (cursor.accept('WHEN')) {
    const when = parseExpression(cursor);
    cursor.expect('THEN');
    branches.push({ when, result: parseExpression(cursor) });
  }
  if (branches.length === 0) cursor.fail("'WHEN'");
  const otherwise = cursor.accept('ELSE') ? parseExpression(cursor) : undefined;
  cursor.expect('END');
  return { kind: 'case', operand, branches, otherwise, position };
}

/** `(a, b)`, `(a)`, `(SELECT …)` or `(x, y) -> …`. */
function parseInParentheses(cursor: Cursor): Expression {
  const position = positionOf(cursor.peek());
  const lambda = cursor.try(() => {
    cursor.expect('(');
    const parameters = cursor.at(')') ? [] : cursor.list(() => cursor.identifier().name);
    cursor.expect(')', '->');
    return parameters;
  });
  if (lambda) return { kind: 'lambda', parameters: lambda, body: parseExpression(cursor), position };
  cursor.expect('(');
  if (startsQuery(cursor)) {
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'scalar query', query, position };
  }
  const items = cursor.list(() => parseExpression(cursor));
  cursor.expect(')');
  return items.length === 1 ? items[0]! : { kind: 'row', items, position };
}

function parseLiteral(cursor: Cursor): Expression | undefined {
  const token = cursor.peek();
  const position = positionOf(token);
  if (token.type === 'string') return { kind: 'string', value: cursor.next().value, position };
  if (token.type === 'integer' || token.type === 'decimal' || token.type === 'double')
    return { kind: token.type, value: cursor.next().value, position };
  if (token.type === 'binary') {
    if (!/^([0-9a-fA-F]{2})*$/.test(token.value))
      throw new SqlError(
        'INVALID_LITERAL',
        'Binary literal must contain an even number of hexadecimal digits',
        token,
      );
    return { kind: 'bytes', hex: cursor.next().value.toUpperCase(), position };
  }
  if (token.type === 'parameter') {
    cursor.next();
    return { kind: 'parameter', index: cursor.takeParameter(), position };
  }
  if (cursor.accept('NULL')) return { kind: 'null', position };
  if (cursor.accept('TRUE')) return { kind: 'boolean', value: true, position };
  if (cursor.accept('FALSE')) return { kind: 'boolean', value: false, position };
  return undefined;
}

function parseCurrent(cursor: Cursor): Expression | undefined {
  const position = positionOf(cursor.peek());
  if (cursor.accept('CURRENT_DATE')) return { kind: 'current', what: 'date', position };
  if (cursor.accept('CURRENT_USER')) return { kind: 'current', what: 'user', position };
  for (const [word, what] of [
    ['CURRENT_TIMESTAMP', 'timestamp'],
    ['LOCALTIMESTAMP', 'localtimestamp'],
  ] as const)
    if (cursor.accept(word)) {
      const precision = cursor.at('(') ? cursor.parenthesised(() => cursor.integer())[0] : undefined;
      return { kind: 'current', what, precision, position };
    }
  for (const word of [
    'CURRENT_TIME',
    'LOCALTIME',
    'CURRENT_CATALOG',
    'CURRENT_SCHEMA',
    'CURRENT_PATH',
    'CURRENT_ROLE',
  ])
    if (cursor.at(word)) throw notVerified(word, cursor.peek());
  return undefined;
}

const call = (name: string, args: Expression[], position: Expression['position']): Call => ({
  kind: 'call',
  name,
  arguments: args,
  star: false,
  distinct: false,
  orderBy: [],
  position,
});

/** Functions whose arguments are written with keywords. */
function parseSpecialCall(cursor: Cursor): Expression | undefined {
  const token = cursor.peek();
  const position = positionOf(token);
  if (token.type !== 'word' || cursor.peek(1).value !== '(') {
    return undefined;
  }
  const open = () => cursor.expect(token.value, '(');
  if (token.value === 'CAST' || token.value === 'TRY_CAST') {
    open();
    const operand = parseExpression(cursor);
    cursor.expect('AS');
    const type = parseTypeName(cursor);
    cursor.expect(')');
    return { kind: 'cast', safe: token.value === 'TRY_CAST', operand, type, position };
  }
  if (token.value === 'EXTRACT') {
    open();
    const field = cursor.identifier().name.toLowerCase();
    cursor.expect('FROM');
    const operand = parseConcatenation(cursor);
    cursor.expect(')');
    return { kind: 'extract', field, operand, position };
  }
  if (token.value === 'EXISTS') {
    open();
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'exists', query, position };
  }
  if (token.value === 'POSITION') {
    open();
    const needle = parseConcatenation(cursor);
    cursor.expect('IN');
    const text = parseConcatenation(cursor);
    cursor.expect(')');
    return call('strpos', [text, needle], position);
  }
  if (token.value === 'TRIM') return parseTrim(cursor);
  if (token.value === 'SUBSTRING') {
    open();
    const args = [parseConcatenation(cursor)];
    if (cursor.accept('FROM')) {
      args.push(parseConcatenation(cursor));
      if (cursor.accept('FOR')) args.push(parseConcatenation(cursor));
    } else while (cursor.accept(',')) args.push(parseExpression(cursor));
    cursor.expect(')');
    return call('substring', args, position);
  }
  if (token.value === 'GROUPING') {
    open();
    const args = cursor.list(() => parseExpression(cursor));
    cursor.expect(')');
    return call('grouping', args, position);
  }
  if (token.value === 'LISTAGG') return parseListagg(cursor);
  if (token.value === 'NORMALIZE') {
    open();
    const text = parseConcatenation(cursor);
    const form = cursor.accept(',') ? cursor.next().value.toUpperCase() : 'NFC';
    cursor.expect(')');
    return call('normalize', [text, { kind: 'string', value: form, position }], position);
  }
  for (const word of ['JSON_EXISTS', 'JSON_VALUE', 'JSON_QUERY', 'JSON_OBJECT', 'JSON_ARRAY'])
    if (token.value === word) throw notVerified(`function ${word.toLowerCase()}`, token);
  return undefined;
}

/** `trim(x)`, `trim(x, chars)`, `trim([LEADING|TRAILING|BOTH] [chars] FROM x)`. */
function parseTrim(cursor: Cursor): Expression {
  const position = positionOf(cursor.expect('TRIM'));
  cursor.expect('(');
  const side = (['LEADING', 'TRAILING', 'BOTH'] as const).find((word) => cursor.accept(word));
  const name = side === 'LEADING' ? 'ltrim' : side === 'TRAILING' ? 'rtrim' : 'trim';
  if (side && cursor.accept('FROM')) {
    const text = parseConcatenation(cursor);
    cursor.expect(')');
    return call(name, [text], position);
  }
  const first = parseConcatenation(cursor);
  const args = cursor.accept('FROM')
    ? [parseConcatenation(cursor), first]
    : !side && cursor.accept(',')
      ? [first, parseConcatenation(cursor)]
      : [first];
  if (side && args.length === 1) cursor.fail("'FROM'");
  cursor.expect(')');
  return call(name, args, position);
}

function parseListagg(cursor: Cursor): Expression {
  const position = positionOf(cursor.expect('LISTAGG'));
  cursor.expect('(');
  const distinct = cursor.accept('DISTINCT');
  const args = cursor.list(() => parseExpression(cursor));
  if (cursor.at('ON', 'OVERFLOW')) throw notVerified('listagg … ON OVERFLOW', cursor.peek());
  cursor.expect(')', 'WITHIN', 'GROUP', '(', 'ORDER', 'BY');
  const orderBy = cursor.list(() => parseSortItem(cursor));
  cursor.expect(')');
  const filter = parseFilter(cursor);
  return { ...call('listagg', args, position), distinct, orderBy, filter };
}

function parseFilter(cursor: Cursor): Expression | undefined {
  if (!cursor.at('FILTER', '(')) return undefined;
  cursor.expect('FILTER', '(', 'WHERE');
  const filter = parseExpression(cursor);
  cursor.expect(')');
  return filter;
}

function parseNullTreatment(cursor: Cursor): Call['nulls'] {
  if (cursor.accept('IGNORE', 'NULLS')) return 'ignore';
  if (cursor.accept('RESPECT', 'NULLS')) return 'respect';
  return undefined;
}

function parseCall(cursor: Cursor): Expression {
  const position = positionOf(cursor.peek());
  const { name } = cursor.identifier();
  cursor.expect('(');
  let star = false;
  let distinct = false;
  let args: Expression[] = [];
  let orderBy: SortItem[] = [];
  if (cursor.at('*', ')')) {
    cursor.next();
    star = true;
  } else if (!cursor.at(')')) {
    distinct = cursor.accept('DISTINCT');
    if (!distinct) cursor.accept('ALL');
    args = cursor.list(() => parseExpression(cursor));
    if (cursor.accept('ORDER', 'BY')) orderBy = cursor.list(() => parseSortItem(cursor));
  }
  const nullsInside = parseNullTreatment(cursor);
  cursor.expect(')');
  const filter = parseFilter(cursor);
  const nulls = nullsInside ?? parseNullTreatment(cursor);
  let over: Call['over'];
  if (cursor.accept('OVER')) {
    if (cursor.accept('(')) {
      over = parseWindow(cursor);
      cursor.expect(')');
    } else {
      const reference = cursor.identifier();
      over = { reference: reference.name, position: reference.position };
    }
  }
  return {
    kind: 'call',
    name: name.toLowerCase(),
    arguments: args,
    star,
    distinct,
    orderBy,
    filter,
    nulls,
    over,
    position,
  };
}

/** Types that may be written with arguments or in several words before a literal's text. */
const TYPED_LITERALS = new Set([
  'DATE',
  'TIME',
  'TIMESTAMP',
  'DECIMAL',
  'DOUBLE',
  'REAL',
  'BIGINT',
  'INTEGER',
  'INT',
  'SMALLINT',
  'TINYINT',
  'VARCHAR',
  'CHAR',
  'BOOLEAN',
  'JSON',
  'UUID',
]);

function parseTypedLiteral(cursor: Cursor): Expression | undefined {
  const token = cursor.peek();
  if (cursor.atIdentifier() && cursor.peek(1).type === 'string') {
    const position = positionOf(token);
    const name = cursor.identifier().name.toLowerCase();
    return { kind: 'typed', type: { name, arguments: [], position }, value: cursor.string(), position };
  }
  if (token.type !== 'word' || !TYPED_LITERALS.has(token.value)) return undefined;
  return cursor.try(() => {
    const type = parseTypeName(cursor);
    return { kind: 'typed', type, value: cursor.string(), position: positionOf(token) };
  });
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const position = positionOf(token);
  const special = parseLiteral(cursor) ?? parseCurrent(cursor) ?? parseSpecialCall(cursor);
  if (special) return special;
  if (cursor.at('(')) return parseInParentheses(cursor);
  if (cursor.at('CASE')) return parseCase(cursor);
  if (
    cursor.at('INTERVAL') &&
    (cursor.peek(1).type === 'string' || ['-', '+'].includes(cursor.peek(1).value))
  )
    return parseInterval(cursor);
  if (cursor.at('ARRAY', '[')) {
    cursor.expect('ARRAY', '[');
    const items = cursor.at(']') ? [] : cursor.list(() => parseExpression(cursor));
    cursor.expect(']');
    return { kind: 'array', items, position };
  }
  if (cursor.at('ROW', '(')) {
    cursor.next();
    return { kind: 'row', items: cursor.parenthesised(() => parseExpression(cursor)), position };
  }
  const typed = parseTypedLiteral(cursor);
  if (typed) return typed;
  if (!cursor.atIdentifier()) cursor.fail('<expression>');
  if (cursor.peek(1).value === '->' && cursor.peek(1).type === 'operator') {
    const parameters = [cursor.identifier().name];
    cursor.expect('->');
    return { kind: 'lambda', parameters, body: parseExpression(cursor), position };
  }
  if (cursor.peek(1).value === '(' && cursor.peek(1).type === 'operator') return parseCall(cursor);
  return { kind: 'column', name: cursor.identifier().name, position };
}

export function parseSortItem(cursor: Cursor): SortItem {
  const position = positionOf(cursor.peek());
  const expression = parseExpression(cursor);
  const descending = cursor.accept('DESC');
  if (!descending) cursor.accept('ASC');
  let nullsFirst = false;
  const placesNulls = cursor.accept('NULLS');
  if (placesNulls) {
    nullsFirst = cursor.accept('FIRST');
    if (!nullsFirst) cursor.expect('LAST');
  }
  return { expression, descending, nullsFirst, placesNulls, position };
}

/** The inside of `OVER (…)` and of `WINDOW w AS (…)`. */
export function parseWindow(cursor: Cursor): Window {
  const position = positionOf(cursor.peek());
  const base =
    cursor.atIdentifier() &&
    !cursor.at('PARTITION', 'BY') &&
    !cursor.at('ROWS') &&
    !cursor.at('RANGE') &&
    !cursor.at('GROUPS')
      ? cursor.identifier().name
      : undefined;
  const partitionBy = cursor.accept('PARTITION', 'BY') ? cursor.list(() => parseExpression(cursor)) : [];
  const orderBy = cursor.accept('ORDER', 'BY') ? cursor.list(() => parseSortItem(cursor)) : [];
  return { base, partitionBy, orderBy, frame: parseFrame(cursor), position };
}

function parseFrame(cursor: Cursor): Frame | undefined {
  const unit = (['ROWS', 'RANGE', 'GROUPS'] as const).find((word) => cursor.accept(word));
  if (!unit) return undefined;
  const between = cursor.accept('BETWEEN');
  const start = parseFrameBound(cursor);
  let end: FrameBound | undefined;
  if (between) {
    cursor.expect('AND');
    end = parseFrameBound(cursor);
  }
  return { unit: unit.toLowerCase() as Frame['unit'], start, end };
}

function parseFrameBound(cursor: Cursor): FrameBound {
  if (cursor.accept('UNBOUNDED', 'PRECEDING')) return { kind: 'unbounded preceding' };
  if (cursor.accept('UNBOUNDED', 'FOLLOWING')) return { kind: 'unbounded following' };
  if (cursor.accept('CURRENT', 'ROW')) return { kind: 'current row' };
  const value = parseExpression(cursor);
  if (cursor.accept('PRECEDING')) return { kind: 'preceding', value };
  cursor.expect('FOLLOWING');
  return { kind: 'following', value };
}
