/** Choice rules: comparisons of a variable with a value or another variable, combined with And, Or and Not. */
import { starParts, wildcardTest } from '../../../core/wildcards.ts';
import { runtimeFailure } from './failure.ts';
import type { Json, JsonObject } from './json.ts';
import { evaluate, exists, MissingPathError, parseJsonPath } from './jsonPath.ts';

export interface ChoiceScope {
  readonly input: Json;
  readonly context: Json;
}

const ORDERS = ['LessThanEquals', 'GreaterThanEquals', 'LessThan', 'GreaterThan', 'Equals'] as const;
type Order = (typeof ORDERS)[number];

/** RFC 3339 with a T and a zone. https://states-language.net/spec.html#timestamps */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export const timestampMs = (value: Json): number | undefined => {
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
};

function holdsOrder(order: Order, a: number | string, b: number | string): boolean {
  switch (order) {
    case 'Equals':
      return a === b;
    case 'LessThan':
      return a < b;
    case 'LessThanEquals':
      return a <= b;
    case 'GreaterThan':
      return a > b;
    case 'GreaterThanEquals':
      return a >= b;
  }
}

function comparable(type: string, value: Json): number | string | undefined {
  if (type === 'Numeric') return typeof value === 'number' ? value : undefined;
  if (type === 'String') return typeof value === 'string' ? value : undefined;
  return timestampMs(value);
}

/** Undefined when `operator` is none. Values of another type than the operator's compare as false. */
function comparison(operator: string): ((value: Json, other: Json) => boolean) | undefined {
  switch (operator) {
    case 'BooleanEquals':
      return (value, other) => typeof value === 'boolean' && value === other;
    case 'StringMatches':
      return (value, other) =>
        typeof value === 'string' && typeof other === 'string' && wildcardTest(starParts(other))(value);
    case 'IsNull':
      return (value, wanted) => (value === null) === wanted;
    case 'IsNumeric':
      return (value, wanted) => (typeof value === 'number') === wanted;
    case 'IsString':
      return (value, wanted) => (typeof value === 'string') === wanted;
    case 'IsBoolean':
      return (value, wanted) => (typeof value === 'boolean') === wanted;
    case 'IsTimestamp':
      return (value, wanted) => (timestampMs(value) !== undefined) === wanted;
  }
  for (const type of ['String', 'Numeric', 'Timestamp']) {
    const order = ORDERS.find((name) => operator === type + name);
    if (!order) continue;
    return (value, other) => {
      const [a, b] = [comparable(type, value), comparable(type, other)];
      return a !== undefined && b !== undefined && holdsOrder(order, a, b);
    };
  }
  return undefined;
}

const COMBINERS = ['And', 'Or', 'Not'];
const NOT_OPERATORS = ['Variable', 'Next', 'Comment', 'Assign'];

const operatorOf = (rule: JsonObject) => Object.keys(rule).find((name) => !NOT_OPERATORS.includes(name));

/** What is wrong with a rule; undefined when it can be judged. */
export function ruleMistake(rule: JsonObject): string | undefined {
  const operator = operatorOf(rule);
  if (operator === undefined) return 'a rule needs an operator';
  if (COMBINERS.includes(operator)) {
    const inner = operator === 'Not' ? [rule.Not] : (rule[operator] as readonly Json[]);
    return inner.map((part) => ruleMistake(part as JsonObject)).find((mistake) => mistake !== undefined);
  }
  if (typeof rule.Variable !== 'string') return 'a rule needs a Variable';
  parseJsonPath(rule.Variable);
  if (operator === 'IsPresent') return undefined;
  const known = operator.endsWith('Path') ? comparison(operator.slice(0, -4)) : comparison(operator);
  return known ? undefined : `${operator} is not an operator`;
}

/** Whether a rule holds. A Variable that leads nowhere fails the state, unless IsPresent asks for it. */
export function ruleHolds(rule: JsonObject, scope: ChoiceScope): boolean {
  if (rule.And) return (rule.And as readonly JsonObject[]).every((part) => ruleHolds(part, scope));
  if (rule.Or) return (rule.Or as readonly JsonObject[]).some((part) => ruleHolds(part, scope));
  if (rule.Not) return !ruleHolds(rule.Not as JsonObject, scope);
  const operator = operatorOf(rule)!;
  const wanted = rule[operator]!;
  const variable = parseJsonPath(rule.Variable as string);
  const root = variable.ofContext ? scope.context : scope.input;
  if (operator === 'IsPresent') return exists(variable, root) === wanted;
  const value = read(rule.Variable as string, scope);
  if (!operator.endsWith('Path')) return comparison(operator)!(value, wanted);
  return comparison(operator.slice(0, -4))!(value, read(wanted as string, scope));
}

function read(source: string, scope: ChoiceScope): Json {
  const path = parseJsonPath(source);
  try {
    return evaluate(path, path.ofContext ? scope.context : scope.input);
  } catch (error) {
    if (!(error instanceof MissingPathError)) throw error;
    throw runtimeFailure(
      `Invalid path '${source}': The choice state's condition path references an invalid value.`,
    );
  }
}
