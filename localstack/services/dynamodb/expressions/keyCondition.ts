/** KeyConditionExpression: one partition, and at most one condition on the sort key. */
import { keyBytes } from '../keys.ts';
import type { RangeBounds } from '../store.ts';
import { type AttributeValue, typeOf, validationError } from '../values.ts';
import type { Comparator, Condition, Operand } from './condition.ts';

export interface KeyCondition {
  readonly hash: AttributeValue;
  readonly bounds: RangeBounds;
  /** What the sort key is compared with. */
  readonly rangeValues: readonly AttributeValue[];
}

interface KeyTerm {
  readonly name: string;
  readonly operator: Comparator | 'between' | 'begins_with';
  readonly values: readonly AttributeValue[];
}

const FLIPPED: Partial<Record<Comparator, Comparator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

const invalidOperator = (operator: string) =>
  validationError(`Invalid operator used in KeyConditionExpression: ${operator}`);

function attributeOf(operand: Operand): string | undefined {
  if (operand.kind !== 'path') return undefined;
  if (operand.path.length > 1) {
    throw validationError('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return operand.path[0] as string;
}

function literal(operand: Operand): AttributeValue {
  if (operand.kind === 'value') return operand.value;
  if (operand.kind === 'size') {
    throw validationError('KeyConditionExpressions cannot contain nested operations');
  }
  throw validationError(
    'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
  );
}

function term(
  operator: KeyTerm['operator'],
  label: string,
  subject: Operand,
  rest: readonly Operand[],
): KeyTerm {
  const name = attributeOf(subject);
  if (name === undefined) {
    throw validationError(
      `Invalid condition in KeyConditionExpression: ${label} operator must have the key attribute as its first operand`,
    );
  }
  return { name, operator, values: rest.map(literal) };
}

function compareTerm(operator: Comparator, left: Operand, right: Operand): KeyTerm {
  if (operator === '<>') throw invalidOperator('<>');
  if (left.kind === 'path') return { name: attributeOf(left)!, operator, values: [literal(right)] };
  const name = attributeOf(right);
  if (name === undefined) {
    throw validationError('Invalid condition in KeyConditionExpression: No key attribute specified');
  }
  return { name, operator: FLIPPED[operator] ?? operator, values: [literal(left)] };
}

function termsOf(condition: Condition): KeyTerm[] {
  switch (condition.kind) {
    case 'and':
      return [...termsOf(condition.left), ...termsOf(condition.right)];
    case 'or':
    case 'not':
    case 'in':
      throw invalidOperator(condition.kind.toUpperCase());
    case 'compare':
      return [compareTerm(condition.operator, condition.left, condition.right)];
    case 'between':
      return [term('between', 'BETWEEN', condition.of, [condition.low, condition.high])];
    case 'function':
      if (condition.name !== 'begins_with') throw invalidOperator(condition.name);
      return [term('begins_with', 'begins_with', condition.arguments[0]!, condition.arguments.slice(1))];
  }
}

/** The first byte string after all that begin with `prefix`; undefined when there is none. */
function afterPrefix(prefix: Buffer): Buffer | undefined {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  if (end === 0) return undefined;
  const next = Buffer.from(prefix.subarray(0, end));
  next[end - 1] = next[end - 1]! + 1;
  return next;
}

function boundsOf({ operator, values }: KeyTerm): RangeBounds {
  const bytes = keyBytes(values[0]!);
  switch (operator) {
    case '=':
      return { from: { bytes, inclusive: true }, until: { bytes, inclusive: true } };
    case '<':
    case '<=':
      return { until: { bytes, inclusive: operator === '<=' } };
    case '>':
    case '>=':
      return { from: { bytes, inclusive: operator === '>=' } };
    case 'between':
      return { from: { bytes, inclusive: true }, until: { bytes: keyBytes(values[1]!), inclusive: true } };
    default: {
      const next = afterPrefix(bytes);
      return { from: { bytes, inclusive: true }, until: next && { bytes: next, inclusive: false } };
    }
  }
}

/**
 * What a condition asks of a key with these attributes. Throws `ValidationException` in AWS's words unless it names
 * the partition key with `=` and, if anything else, the sort key once.
 */
export function keyConditionOf(
  condition: Condition,
  hash: { readonly name: string; readonly type: string },
  range: { readonly name: string; readonly type: string } | undefined,
): KeyCondition {
  const terms = termsOf(condition);
  if (new Set(terms.map(({ name }) => name)).size !== terms.length) {
    throw validationError('KeyConditionExpressions must only contain one condition per key');
  }
  if (terms.length > 2) throw validationError('Conditions can be of length 1 or 2 only');
  const hashTerm = terms.find(({ name }) => name === hash.name);
  const rangeTerm = terms.find((other) => other !== hashTerm);
  if (!hashTerm) throw validationError(`Query condition missed key schema element: ${hash.name}`);
  if (rangeTerm && !range) throw validationError('Query key condition not supported');
  if (rangeTerm && rangeTerm.name !== range!.name) {
    throw validationError(`Query condition missed key schema element: ${range!.name}`);
  }
  if (hashTerm.operator !== '=') throw validationError('Query key condition not supported');
  const fits = (key: KeyTerm, type: string) => key.values.every((value) => typeOf(value) === type);
  if (!fits(hashTerm, hash.type) || (rangeTerm && !fits(rangeTerm, range!.type))) {
    throw validationError(
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    );
  }
  if (rangeTerm?.operator === 'begins_with' && range!.type === 'N') {
    throw validationError(
      'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    );
  }
  return {
    hash: hashTerm.values[0]!,
    bounds: rangeTerm ? boundsOf(rangeTerm) : {},
    rangeValues: rangeTerm?.values ?? [],
  };
}
