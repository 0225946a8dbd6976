/** UpdateExpression: SET, REMOVE, ADD and DELETE, parsed and applied to an item. */
import { addDecimals, formatDecimal, negateDecimal, parseDecimal } from '../decimal.ts';
import {
  type AttributeType,
  type AttributeValue,
  checkedValue,
  type Item,
  typeOf,
  validationError,
} from '../values.ts';
import { type Binding, parsePath } from './binding.ts';
import { type Path, valueAt } from './paths.ts';
import { assertApart } from './projection.ts';
import { type Cursor, cursorOf } from './tokenizer.ts';

type SetValue =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: '+' | '-'; readonly left: SetValue; readonly right: SetValue }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: SetValue }
  | { readonly kind: 'list_append'; readonly left: SetValue; readonly right: SetValue };

export type Change =
  | { readonly kind: 'SET'; readonly path: Path; readonly value: SetValue }
  | { readonly kind: 'REMOVE'; readonly path: Path }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: Path; readonly value: AttributeValue };

type Section = Change['kind'];
const SECTIONS: readonly Section[] = ['SET', 'REMOVE', 'ADD', 'DELETE'];
const LABEL = 'UpdateExpression';
const TYPE_NAMES: Partial<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
  L: 'LIST',
  M: 'MAP',
};

const wrongOperand = (operator: string, type: string) =>
  validationError(
    `Invalid ${LABEL}: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
  );

/** Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html */
export function parseUpdate(text: string, binding: Binding): readonly Change[] {
  const cursor = cursorOf(text, LABEL);
  const changes: Change[] = [];
  const seen = new Set<Section>();
  while (cursor.peek().kind !== 'end') {
    const section = SECTIONS.find((name) => cursor.take(name));
    if (!section) throw cursor.syntaxError();
    if (seen.has(section)) {
      throw validationError(
        `Invalid ${LABEL}: The "${section}" section can only be used once in an update expression;`,
      );
    }
    seen.add(section);
    do changes.push(parseChange(section, cursor, binding));
    while (cursor.take(','));
  }
  assertApart(
    changes.map((change) => change.path),
    LABEL,
  );
  return changes;
}

function parseChange(section: Section, cursor: Cursor, binding: Binding): Change {
  const path = parsePath(cursor, binding);
  if (section === 'REMOVE') return { kind: 'REMOVE', path };
  if (section === 'SET') {
    cursor.expect('=');
    return { kind: 'SET', path, value: parseSetValue(cursor, binding) };
  }
  if (cursor.peek().kind !== 'value') throw cursor.syntaxError();
  const value = binding.value(cursor.next().text, cursor.label);
  const type = typeOf(value);
  if (TYPE_NAMES[type] && !(section === 'ADD' && type === 'N')) {
    throw validationError(
      `Invalid ${LABEL}: Incorrect operand type for operator or function; operator: ${section}, operand type: ${TYPE_NAMES[type]}`,
    );
  }
  return { kind: section, path, value };
}

function parseSetValue(cursor: Cursor, binding: Binding): SetValue {
  const left = parseSetOperand(cursor, binding);
  const operator = cursor.at('+') ? '+' : cursor.at('-') ? '-' : undefined;
  if (!operator) return left;
  cursor.next();
  const right = parseSetOperand(cursor, binding);
  for (const operand of [left, right]) {
    if (operand.kind === 'value' && operand.value.N === undefined) {
      throw wrongOperand(operator, typeOf(operand.value));
    }
  }
  return { kind: operator, left, right };
}

function parseSetOperand(cursor: Cursor, binding: Binding): SetValue {
  if (cursor.take('(')) {
    const inner = parseSetValue(cursor, binding);
    cursor.expect(')');
    return inner;
  }
  const token = cursor.peek();
  if (token.kind === 'value') {
    return { kind: 'value', value: binding.value(cursor.next().text, cursor.label) };
  }
  if (token.kind !== 'name' || cursor.peek(1).text !== '(') {
    return { kind: 'path', path: parsePath(cursor, binding) };
  }
  cursor.next();
  cursor.next();
  const operands: SetValue[] = [];
  do operands.push(parseSetValue(cursor, binding));
  while (cursor.take(','));
  cursor.expect(')');
  return functionOf(token.text, operands);
}

function functionOf(name: string, operands: readonly SetValue[]): SetValue {
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw validationError(`Invalid ${LABEL}: Invalid function name; function: ${name}`);
  }
  if (operands.length !== 2) {
    throw validationError(
      `Invalid ${LABEL}: Incorrect number of operands for operator or function; ` +
        `operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  const [left, right] = operands as [SetValue, SetValue];
  if (name === 'if_not_exists') {
    if (left.kind !== 'path') {
      throw validationError(
        `Invalid ${LABEL}: Operator or function requires a document path; operator or function: ${name}`,
      );
    }
    return { kind: name, path: left.path, otherwise: right };
  }
  for (const operand of operands) {
    if (operand.kind === 'value' && !operand.value.L) throw wrongOperand(name, typeOf(operand.value));
  }
  return { kind: name, left, right };
}

const wrongType = () => validationError('An operand in the update expression has an incorrect data type');

function evaluate(value: SetValue, item: Item): AttributeValue {
  switch (value.kind) {
    case 'value':
      return value.value;
    case 'path': {
      const found = valueAt(item, value.path);
      if (found === undefined) {
        throw validationError(
          'The provided expression refers to an attribute that does not exist in the item',
        );
      }
      return found;
    }
    case 'if_not_exists':
      return valueAt(item, value.path) ?? evaluate(value.otherwise, item);
    case 'list_append': {
      const left = evaluate(value.left, item).L;
      const right = evaluate(value.right, item).L;
      if (!left || !right) throw wrongType();
      return { L: [...left, ...right] };
    }
    default: {
      const left = evaluate(value.left, item).N;
      const right = evaluate(value.right, item).N;
      if (left === undefined || right === undefined) throw wrongType();
      return sum(left, right, value.kind === '-');
    }
  }
}

function sum(left: string, right: string, negated = false): AttributeValue {
  const addend = parseDecimal(right);
  return {
    N: formatDecimal(addDecimals(parseDecimal(left), negated ? negateDecimal(addend) : addend)),
  };
}

function added(existing: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (existing === undefined) return value;
  const type = typeOf(value);
  if (typeOf(existing) !== type) throw wrongType();
  if (type === 'N') return sum(existing.N!, value.N!);
  const members = existing[type] as readonly string[];
  return { [type]: [...new Set([...members, ...(value[type] as readonly string[])])] };
}

/** What stays of a set; undefined when nothing does. */
function withoutMembers(
  existing: AttributeValue | undefined,
  value: AttributeValue,
): AttributeValue | undefined {
  if (existing === undefined) return undefined;
  const type = typeOf(value);
  if (typeOf(existing) !== type) throw wrongType();
  const removed = value[type] as readonly string[];
  const left = (existing[type] as readonly string[]).filter((member) => !removed.includes(member));
  return left.length > 0 ? { [type]: left } : undefined;
}

/** The item with `value` at `path`, or without it when `value` is undefined; list holes are closed by the caller. */
function replaced(
  container: AttributeValue,
  path: Path,
  value: AttributeValue | undefined,
): AttributeValue | undefined {
  const [step, ...rest] = path as [string | number, ...(string | number)[]];
  const invalidPath = () =>
    validationError('The document path provided in the update expression is invalid for update');
  if (typeof step === 'number') {
    if (!container.L) throw invalidPath();
    const members = [...container.L] as (AttributeValue | undefined)[];
    if (rest.length > 0) {
      if (!members[step]) throw invalidPath();
      members[step] = replaced(members[step], rest, value);
    } else if (value !== undefined) {
      members[Math.min(step, members.length)] = value;
    } else if (step < members.length) {
      members[step] = undefined;
    }
    return { L: members as AttributeValue[] };
  }
  if (!container.M) throw invalidPath();
  const members: Record<string, AttributeValue> = { ...container.M };
  let next = value;
  if (rest.length > 0) {
    if (!members[step]) throw invalidPath();
    next = replaced(members[step], rest, value);
  }
  if (next === undefined) delete members[step];
  else members[step] = next;
  return { M: members };
}

/** Takes the holes out that removals left in lists, so that all removals of one expression use the original indexes. */
function closeHoles(value: AttributeValue): AttributeValue {
  if (value.L) {
    return {
      L: (value.L as readonly (AttributeValue | undefined)[]).flatMap((member) =>
        member === undefined ? [] : [closeHoles(member)],
      ),
    };
  }
  if (!value.M) return value;
  return {
    M: Object.fromEntries(Object.entries(value.M).map(([name, member]) => [name, closeHoles(member)])),
  };
}

/** The value that a change leaves at its path; undefined when it leaves none. */
function outcomeOf(change: Change, item: Item): AttributeValue | undefined {
  switch (change.kind) {
    case 'SET':
      return checkedValue(evaluate(change.value, item));
    case 'REMOVE':
      return undefined;
    case 'ADD':
      return added(valueAt(item, change.path), change.value);
    case 'DELETE':
      return withoutMembers(valueAt(item, change.path), change.value);
  }
}

/** The item after all changes; every value is computed from the item as it was before the first. */
export function applyUpdate(changes: readonly Change[], item: Item): Item {
  const outcomes = changes.map((change): [Path, AttributeValue | undefined] => [
    change.path,
    outcomeOf(change, item),
  ]);
  // List members set beyond the end are appended in the order of their indexes.
  const ordered = outcomes.toSorted(([a], [b]) => {
    const [left, right] = [a.at(-1), b.at(-1)];
    return typeof left === 'number' && typeof right === 'number' ? left - right : 0;
  });
  let result: AttributeValue = { M: item };
  for (const [path, value] of ordered) result = replaced(result, path, value)!;
  const touchesList = changes.some(({ path }) => path.some((step) => typeof step === 'number'));
  return touchesList ? closeHoles(result).M! : result.M!;
}
