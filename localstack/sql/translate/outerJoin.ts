/**
 * Finds outer joins that DuckDB would make by trying every pair of rows: it joins by hash only where each condition
 * compares one side with the other, or looks only at the optional side. What looks only at the kept side becomes part of a
 * key. Written laterally, any other such join is decorrelated into hash joins, of which it takes two and a grouping.
 */
import type { Expression } from '../syntax/tree.ts';
import { partsOf } from '../syntax/walk.ts';
import { nameParts } from './expression.ts';
import { candidates, type Field } from './scope.ts';

type Side = 'kept' | 'optional' | 'elsewhere';

interface Sides {
  /** Fields of the side whose rows all stay. */
  readonly kept: readonly Field[];
  readonly optional: readonly Field[];
}

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=']);

const conjuncts = (on: Expression): readonly Expression[] =>
  on.kind === 'logical' && on.operator === 'and' ? on.terms.flatMap(conjuncts) : [on];

/** The sides whose columns an expression names; sub-queries and names from around the join are `elsewhere`. */
function sidesOf(node: Expression, sides: Sides): Set<Side> {
  if (['exists', 'in query', 'scalar query', 'quantified'].includes(node.kind)) return new Set(['elsewhere']);
  const parts = nameParts(node);
  if (!parts) return new Set(partsOf(node).flatMap((part) => [...sidesOf(part, sides)]));
  const names = (fields: readonly Field[]) =>
    parts.some((name, index) => candidates(fields, parts.slice(0, index), name).length > 0);
  if (names(sides.kept)) return new Set(['kept']);
  return new Set([names(sides.optional) ? 'optional' : 'elsewhere']);
}

const isOnly = (found: ReadonlySet<Side>, side: Side) => found.size === 1 && found.has(side);

/** Whether a conjunct compares one side with the other. */
function isAcross(node: Expression, sides: Sides): boolean {
  if (node.kind !== 'binary' || !COMPARISONS.has(node.operator)) return false;
  const [left, right] = [sidesOf(node.left, sides), sidesOf(node.right, sides)];
  return (
    (isOnly(left, 'kept') && isOnly(right, 'optional')) || (isOnly(left, 'optional') && isOnly(right, 'kept'))
  );
}

/**
 * The condition with what looks only at the kept side inside of one of the keys: where that does not hold the key is NULL,
 * which equals nothing.
 */
export function keyedCondition(on: Expression, sides: Sides): Expression {
  const terms = conjuncts(on);
  const conditions = terms.filter((node) => isOnly(sidesOf(node, sides), 'kept'));
  const key = terms.find((node) => node.kind === 'binary' && node.operator === '=' && isAcross(node, sides));
  if (conditions.length === 0 || key?.kind !== 'binary') return on;
  const side = isOnly(sidesOf(key.left, sides), 'kept') ? 'left' : 'right';
  const value: Expression = {
    kind: 'case',
    position: key.position,
    branches: [{ when: allOf(conditions), result: key[side] }],
  };
  return allOf([
    { ...key, [side]: value },
    ...terms.filter((node) => node !== key && !conditions.includes(node)),
  ]);
}

const allOf = (terms: readonly Expression[]): Expression =>
  terms.length === 1 ? terms[0]! : { kind: 'logical', operator: 'and', terms, position: terms[0]!.position };

/** Whether an outer join on this condition has keys to hash by, and a condition that would keep DuckDB from it. */
export function needsLateral(on: Expression, sides: Sides): boolean {
  const terms = conjuncts(on).map((node) => ({
    found: sidesOf(node, sides),
    across: isAcross(node, sides),
    equal: node.kind === 'binary' && node.operator === '=',
  }));
  return (
    terms.every(({ found }) => !found.has('elsewhere')) &&
    terms.some(({ across, equal }) => across && equal) &&
    terms.some(({ found, across }) => !across && found.has('kept'))
  );
}
