/** Finds in a condition what a table may use to leave out files: conjuncts that compare one of its columns with literals. */
import { SqlError } from '../errors.ts';
import type { Comparison, SimplePredicate, SimpleValue } from '../resolver.ts';
import type { Expression } from '../syntax/tree.ts';
import { isFloating } from '../types.ts';
import { nameParts, translateExpression } from './expression.ts';
import { candidates, type Environment, type Origin, type Typed } from './scope.ts';

const FLIPPED = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** The column of a table that a name means in this scope itself, not in an enclosing one. */
function originOf(
  node: Expression,
  environment: Environment,
): { origin: Origin; type: Typed['type'] } | undefined {
  const parts = nameParts(node);
  if (!parts) return undefined;
  const [field] = candidates(environment.fields, parts.slice(0, -1), parts.at(-1)!);
  return field?.origin && { origin: field.origin, type: field.type };
}

/** A literal's value as the column's type would hold it; undefined where that is not certain. */
function literalValue(
  node: Expression,
  column: Typed['type'],
  environment: Environment,
): SimpleValue | undefined {
  if (!['string', 'integer', 'decimal', 'boolean', 'typed', 'unary', 'parameter'].includes(node.kind))
    return undefined;
  let value: Typed;
  try {
    value = translateExpression(node, { ...environment, fields: [], outer: undefined, intercept: undefined });
  } catch (cause) {
    if (cause instanceof SqlError) return undefined;
    throw cause;
  }
  const { literal, type } = value;
  if (!literal || literal.kind === 'null' || isFloating(column) || isFloating(type)) return undefined;
  if (literal.kind === 'boolean') return column.kind === 'boolean' ? literal.text === 'true' : undefined;
  if (literal.kind === 'string') return type.kind === column.kind ? literal.text : undefined;
  if (column.kind === 'decimal') return literal.text;
  const isWhole = /^-?\d+$/.test(literal.text);
  return isWhole && ['tinyint', 'smallint', 'integer', 'bigint'].includes(column.kind)
    ? BigInt(literal.text)
    : undefined;
}

interface Compared {
  readonly origin: Origin;
  readonly predicate: Comparison;
}

function simple(node: Expression, environment: Environment): Compared[] {
  const comparison = (
    column: Expression,
    operator: Comparison['operator'],
    others: readonly Expression[],
  ) => {
    const found = originOf(column, environment);
    if (!found) return [];
    const values = others.map((other) => literalValue(other, found.type, environment));
    if (values.some((value) => value === undefined)) return [];
    return [
      {
        origin: found.origin,
        predicate: { column: found.origin.column, operator, values: values as SimpleValue[] },
      },
    ];
  };
  if (node.kind === 'binary' && node.operator in FLIPPED) {
    const operator = node.operator as keyof typeof FLIPPED;
    return [
      ...comparison(node.left, operator, [node.right]),
      ...comparison(node.right, FLIPPED[operator], [node.left]),
    ];
  }
  if (node.kind === 'in list') return comparison(node.operand, 'in', node.values);
  if (node.kind === 'between')
    return [...comparison(node.operand, '>=', [node.low]), ...comparison(node.operand, '<=', [node.high])];
  if (node.kind === 'not' && node.operand.kind === 'is null')
    return comparison(node.operand.operand, 'is not null', []);
  if (node.kind === 'is null')
    return comparison(node.operand, 'is null', []).filter(({ origin }) => !origin.isOptional);
  return [];
}

const conjuncts = (condition: Expression): readonly Expression[] =>
  condition.kind === 'logical' && condition.operator === 'and'
    ? condition.terms.flatMap(conjuncts)
    : [condition];

/** Ranges of one column of which one must hold; undefined for alternatives that say anything else. */
function alternatives(
  terms: readonly Expression[],
  environment: Environment,
): { origin: Origin; predicate: SimplePredicate } | undefined {
  const read = terms.map((term) => conjuncts(term).map((part) => simple(part, environment)));
  const compared = read.flat(2);
  const [first] = compared;
  const oneColumn = compared.every(
    ({ origin, predicate }) =>
      origin.scan === first?.origin.scan && predicate.column === first.predicate.column,
  );
  if (!first || !oneColumn || read.some((parts) => parts.every((found) => found.length === 0)))
    return undefined;
  const { column } = first.predicate;
  return {
    origin: first.origin,
    predicate: {
      column,
      operator: 'any of',
      alternatives: read.map((parts) => parts.flat().map(({ predicate }) => predicate)),
    },
  };
}

/** The simple conjuncts of a condition; each rejects the NULL of an outer join, so that it also holds above one. */
export function simplePredicates(
  condition: Expression,
  environment: Environment,
): { origin: Origin; predicate: SimplePredicate }[] {
  return conjuncts(condition).flatMap((part) => {
    if (part.kind !== 'logical' || part.operator !== 'or') return simple(part, environment);
    return alternatives(part.terms, environment) ?? [];
  });
}

/** Tells the scans what a condition says about their columns. */
export function announce(condition: Expression, environment: Environment): void {
  for (const { origin, predicate } of simplePredicates(condition, environment))
    origin.scan.predicates.push({ predicate, via: origin.via });
}
