/** Conditions (ConditionExpression, FilterExpression, KeyConditionExpression): parsed to a tree and judged on an item. */
import {
  type AttributeValue,
  compareValues,
  equalValues,
  type Item,
  typeOf,
  validationError,
} from '../values.ts';
import { type Binding, parsePath } from './binding.ts';
import { type Path, pathText, valueAt } from './paths.ts';
import { type Cursor, cursorOf } from './tokenizer.ts';

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly of: Operand };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: 'between'; readonly of: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly of: Operand; readonly members: readonly Operand[] }
  | { readonly kind: 'function'; readonly name: FunctionName; readonly arguments: readonly Operand[] };

const FUNCTIONS = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
} as const;
type FunctionName = keyof typeof FUNCTIONS;

const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];
const TYPES: readonly string[] = ['B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'N', 'NS', 'S', 'M'];
const MAX_IN_MEMBERS = 100;

/** Nodes that stood in parentheses of their own: a second pair around one is an error on AWS. */
const grouped = new WeakSet<object>();

const isOperand = (node: Operand | Condition): node is Operand =>
  node.kind === 'path' || node.kind === 'value' || node.kind === 'size';

const typeName = (operand: Operand | undefined) =>
  operand?.kind === 'value' ? typeOf(operand.value) : operand?.kind === 'size' ? 'N' : undefined;

/** Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html */
export function parseCondition(text: string, label: string, binding: Binding): Condition {
  const cursor = cursorOf(text, label);
  const condition = asCondition(parseOr(cursor, binding), cursor);
  if (cursor.peek().kind !== 'end') throw cursor.syntaxError();
  return condition;
}

function asCondition(node: Operand | Condition, cursor: Cursor): Condition {
  if (!isOperand(node)) return node;
  if (node.kind === 'size') throw misused('size', cursor);
  throw cursor.syntaxError();
}

function asOperand(node: Operand | Condition, cursor: Cursor): Operand {
  if (isOperand(node)) return node;
  if (node.kind === 'function') throw misused(node.name, cursor);
  throw cursor.syntaxError();
}

const misused = (name: string, cursor: Cursor) =>
  validationError(
    `Invalid ${cursor.label}: The function is not allowed to be used this way in an expression; function: ${name}`,
  );

function parseOr(cursor: Cursor, binding: Binding): Operand | Condition {
  let left = parseAnd(cursor, binding);
  while (cursor.take('OR')) {
    const right = asCondition(parseAnd(cursor, binding), cursor);
    left = { kind: 'or', left: asCondition(left, cursor), right };
  }
  return left;
}

function parseAnd(cursor: Cursor, binding: Binding): Operand | Condition {
  let left = parseNot(cursor, binding);
  while (cursor.take('AND')) {
    const right = asCondition(parseNot(cursor, binding), cursor);
    left = { kind: 'and', left: asCondition(left, cursor), right };
  }
  return left;
}

function parseNot(cursor: Cursor, binding: Binding): Operand | Condition {
  if (!cursor.take('NOT')) return parseComparison(cursor, binding);
  return { kind: 'not', of: asCondition(parseNot(cursor, binding), cursor) };
}

function parseComparison(cursor: Cursor, binding: Binding): Operand | Condition {
  const first = parsePrimary(cursor, binding);
  if (cursor.peek().kind === 'symbol' && COMPARATORS.includes(cursor.peek().text)) {
    const left = asOperand(first, cursor);
    const operator = cursor.next().text as Comparator;
    const right = asOperand(parsePrimary(cursor, binding), cursor);
    assertDistinct(operator, left, right, cursor);
    return { kind: 'compare', operator, left, right };
  }
  if (cursor.take('BETWEEN')) {
    const of = asOperand(first, cursor);
    const low = asOperand(parsePrimary(cursor, binding), cursor);
    cursor.expect('AND');
    const high = asOperand(parsePrimary(cursor, binding), cursor);
    assertBounds(low, high, cursor);
    return { kind: 'between', of, low, high };
  }
  if (cursor.take('IN')) {
    const of = asOperand(first, cursor);
    cursor.expect('(');
    const members: Operand[] = [];
    do members.push(asOperand(parsePrimary(cursor, binding), cursor));
    while (cursor.take(','));
    cursor.expect(')');
    if (members.length > MAX_IN_MEMBERS) {
      throw validationError(
        `Invalid ${cursor.label}: The IN operator is provided with too many operands; number of operands: ${members.length}`,
      );
    }
    return { kind: 'in', of, members };
  }
  return first;
}

function parsePrimary(cursor: Cursor, binding: Binding): Operand | Condition {
  if (cursor.take('(')) {
    const inner = parseOr(cursor, binding);
    cursor.expect(')');
    if (grouped.has(inner)) throw redundant(cursor);
    grouped.add(inner);
    return inner;
  }
  const token = cursor.peek();
  if (token.kind === 'value') {
    return { kind: 'value', value: binding.value(cursor.next().text, cursor.label) };
  }
  if (token.kind === 'name' && cursor.peek(1).text === '(') return parseFunction(cursor, binding);
  return { kind: 'path', path: parsePath(cursor, binding) };
}

const redundant = (cursor: Cursor) =>
  validationError(`Invalid ${cursor.label}: The expression has redundant parentheses;`);

function parseFunction(cursor: Cursor, binding: Binding): Operand | Condition {
  const { label } = cursor;
  const name = cursor.next().text;
  cursor.expect('(');
  const operands: Operand[] = [];
  do operands.push(asOperand(parsePrimary(cursor, binding), cursor));
  while (cursor.take(','));
  cursor.expect(')');
  const arity = name === 'size' ? 1 : FUNCTIONS[name as FunctionName];
  if (arity === undefined) {
    throw validationError(`Invalid ${label}: Invalid function name; function: ${name}`);
  }
  if (operands.length !== arity) {
    throw validationError(
      `Invalid ${label}: Incorrect number of operands for operator or function; ` +
        `operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  assertOperands(name, operands, cursor);
  return name === 'size'
    ? { kind: 'size', of: operands[0]! }
    : { kind: 'function', name: name as FunctionName, arguments: operands };
}

function assertOperands(name: string, operands: readonly Operand[], cursor: Cursor): void {
  const wrongType = (type: string) =>
    validationError(
      `Invalid ${cursor.label}: Incorrect operand type for operator or function; ` +
        `operator or function: ${name}, operand type: ${type}`,
    );
  const types = operands.map(typeName);
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    if (operands[0]!.kind !== 'path') {
      throw validationError(
        `Invalid ${cursor.label}: Operator or function requires a document path; operator or function: ${name}`,
      );
    }
  } else if (name === 'begins_with') {
    const wrong = types.find((type) => type !== undefined && type !== 'S' && type !== 'B');
    if (wrong) throw wrongType(wrong);
  } else if (name === 'attribute_type') {
    const wanted = operands[1]!;
    if (wanted.kind !== 'value' || wanted.value.S === undefined) {
      throw wrongType(types[1] ?? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}');
    }
    if (!TYPES.includes(wanted.value.S)) {
      throw validationError(
        `Invalid ${cursor.label}: Invalid attribute type name found; type: ${wanted.value.S}, valid types: {${TYPES.join(',')}}`,
      );
    }
  } else if (name === 'size' && types[0] && ['N', 'BOOL', 'NULL'].includes(types[0])) {
    throw wrongType(types[0]);
  }
  if (operands.length === 2) assertDistinct(name, operands[0]!, operands[1]!, cursor);
}

function assertDistinct(operator: string, left: Operand, right: Operand, cursor: Cursor): void {
  if (left.kind !== 'path' || right.kind !== 'path') return;
  if (pathText(left.path) !== pathText(right.path)) return;
  throw validationError(
    `Invalid ${cursor.label}: The first operand must be distinct from the remaining operands for this operator or function; ` +
      `operator: ${operator}, first operand: ${pathText(left.path)}`,
  );
}

function assertBounds(low: Operand, high: Operand, cursor: Cursor): void {
  if (low.kind !== 'value' || high.kind !== 'value') return;
  const text = (value: AttributeValue) => `AttributeValue: {${typeOf(value)}:${value[typeOf(value)]}}`;
  const bounds = `lower bound operand: ${text(low.value)}, upper bound operand: ${text(high.value)}`;
  if (typeOf(low.value) !== typeOf(high.value)) {
    throw validationError(
      `Invalid ${cursor.label}: The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`,
    );
  }
  if ((compareValues(low.value, high.value) ?? 0) > 0) {
    throw validationError(
      `Invalid ${cursor.label}: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
    );
  }
}

function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value === undefined) return undefined;
  if (value.S !== undefined) return { N: String(value.S.length) };
  if (value.B !== undefined) return { N: String(Buffer.byteLength(value.B, 'base64')) };
  const members = value.SS ?? value.NS ?? value.BS ?? value.L ?? (value.M && Object.keys(value.M));
  return members && { N: String(members.length) };
}

function resolve(operand: Operand, item: Item): AttributeValue | undefined {
  if (operand.kind === 'value') return operand.value;
  if (operand.kind === 'path') return valueAt(item, operand.path);
  return sizeOf(resolve(operand.of, item));
}

/** A missing attribute compares with nothing, so that only `<>` holds for it. */
function compares(
  operator: Comparator,
  a: AttributeValue | undefined,
  b: AttributeValue | undefined,
): boolean {
  const equal = a !== undefined && b !== undefined && equalValues(a, b);
  if (operator === '=') return equal;
  if (operator === '<>') return !equal;
  const order = a && b && compareValues(a, b);
  if (order === undefined) return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

function contains(whole: AttributeValue, part: AttributeValue): boolean {
  if (whole.S !== undefined) return part.S !== undefined && whole.S.includes(part.S);
  if (whole.B !== undefined) {
    return part.B !== undefined && Buffer.from(whole.B, 'base64').includes(Buffer.from(part.B, 'base64'));
  }
  if (whole.L) return whole.L.some((member) => equalValues(member, part));
  const member = whole.SS ? part.S : whole.NS ? part.N : part.B;
  return member !== undefined && (whole.SS ?? whole.NS ?? whole.BS ?? []).includes(member);
}

function beginsWith(whole: AttributeValue, start: AttributeValue): boolean {
  if (whole.S !== undefined && start.S !== undefined) return whole.S.startsWith(start.S);
  if (whole.B === undefined || start.B === undefined) return false;
  const prefix = Buffer.from(start.B, 'base64');
  return Buffer.from(whole.B, 'base64').subarray(0, prefix.length).equals(prefix);
}

function applies(name: FunctionName, operands: readonly Operand[], item: Item): boolean {
  const [first, second] = operands.map((operand) => resolve(operand, item));
  if (name === 'attribute_not_exists') return first === undefined;
  if (first === undefined) return false;
  if (name === 'attribute_exists') return true;
  if (second === undefined) return false;
  if (name === 'attribute_type') return typeOf(first) === second.S;
  return name === 'contains' ? contains(first, second) : beginsWith(first, second);
}

/** Whether the condition holds for an item; an item that does not exist is `{}`. */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.of, item);
    case 'compare':
      return compares(condition.operator, resolve(condition.left, item), resolve(condition.right, item));
    case 'between': {
      const value = resolve(condition.of, item);
      return (
        compares('>=', value, resolve(condition.low, item)) &&
        compares('<=', value, resolve(condition.high, item))
      );
    }
    case 'in': {
      const value = resolve(condition.of, item);
      return condition.members.some((member) => compares('=', value, resolve(member, item)));
    }
    case 'function':
      return applies(condition.name, condition.arguments, item);
  }
}

function operandPaths(operand: Operand): Path[] {
  if (operand.kind === 'path') return [operand.path];
  return operand.kind === 'size' ? operandPaths(operand.of) : [];
}

/** Every document path that a condition reads. */
export function conditionPaths(condition: Condition): Path[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...conditionPaths(condition.left), ...conditionPaths(condition.right)];
    case 'not':
      return conditionPaths(condition.of);
    case 'compare':
      return [...operandPaths(condition.left), ...operandPaths(condition.right)];
    case 'between':
      return [condition.of, condition.low, condition.high].flatMap(operandPaths);
    case 'in':
      return [condition.of, ...condition.members].flatMap(operandPaths);
    case 'function':
      return condition.arguments.flatMap(operandPaths);
  }
}
