/** Predicates as far as they prune files: whether the values that a file or a manifest can hold could satisfy one. */
import { applyTransform, type Transform } from './partition.ts';
import { findField, type StructType } from './schema.ts';
import { compareValues, type Datum, type Literal, literalValue } from './values.ts';

type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** A nested column is named with dots. A condition that fits no other form is `true`: it prunes nothing. */
export type Predicate =
  | { op: Comparison; column: string; value: Literal }
  | { op: 'in'; column: string; values: readonly Literal[] }
  | { op: 'is null' | 'is not null'; column: string }
  | { op: 'and' | 'or'; terms: readonly Predicate[] }
  | { op: 'not'; term: Predicate }
  | { op: 'true' };

/** A predicate with its columns resolved, its literals as values and every NOT pushed down to the comparisons. */
export type BoundPredicate =
  | { op: Comparison; id: number; value: Datum }
  | { op: 'in'; id: number; values: Datum[] }
  | { op: 'is null' | 'is not null'; id: number }
  | { op: 'and' | 'or'; terms: BoundPredicate[] }
  | { op: 'true' };

/** What is known of the values of one column in one place. Absent bounds are unknown. */
export interface ValueRange {
  lower?: Datum;
  upper?: Datum;
  /** Whether the bounds are values that occur, rather than cut ones. */
  exact: boolean;
  mayHaveNull: boolean;
  allNull: boolean;
  /** The place of a predicate's value in the range's own terms: partition ranges are of transformed values. */
  map(value: Datum): Datum | undefined;
  /** Whether `map` keeps order; a bucket's does not. */
  ordered: boolean;
  /** Whether `map` is one to one. */
  identity: boolean;
}

/** Every range known of a column: its bounds and the partition fields made from it. */
export type RangesOf = (id: number) => readonly ValueRange[];

const NEGATED: Record<Comparison, Comparison> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

const TRUE: BoundPredicate = { op: 'true' };

/** The columns that a predicate names, as often as it does. */
export function namedColumns(predicate: Predicate): string[] {
  switch (predicate.op) {
    case 'true':
      return [];
    case 'not':
      return namedColumns(predicate.term);
    case 'and':
    case 'or':
      return predicate.terms.flatMap(namedColumns);
    default:
      return [(predicate as { column: string }).column];
  }
}

/** Resolves a predicate against a schema. Throws COLUMN_NOT_FOUND. */
export function bindPredicate(predicate: Predicate, schema: StructType, negate = false): BoundPredicate {
  switch (predicate.op) {
    case 'true':
      return TRUE;
    case 'not':
      return bindPredicate(predicate.term, schema, !negate);
    case 'and':
    case 'or': {
      const op = negate === (predicate.op === 'and') ? 'or' : 'and';
      return { op, terms: predicate.terms.map((term) => bindPredicate(term, schema, negate)) };
    }
    default: {
      const field = findField(schema, predicate.column);
      if (field.repeated || typeof field.type !== 'string') return TRUE;
      const { id, type } = field;
      if (predicate.op === 'is null' || predicate.op === 'is not null')
        return { op: (predicate.op === 'is null') === negate ? 'is not null' : 'is null', id };
      if (predicate.op === 'in') {
        const values = predicate.values.map((literal) => literalValue(type, literal));
        return negate || values.includes(undefined) ? TRUE : { op: 'in', id, values: values as Datum[] };
      }
      const { op, value: literal } = predicate as { op: Comparison; value: Literal };
      const value = literalValue(type, literal);
      return value === undefined ? TRUE : { op: negate ? NEGATED[op] : op, id, value };
    }
  }
}

/** False only when no row of the place can satisfy the predicate. */
export function mightMatch(predicate: BoundPredicate, rangesOf: RangesOf): boolean {
  switch (predicate.op) {
    case 'true':
      return true;
    case 'and':
      return predicate.terms.every((term) => mightMatch(term, rangesOf));
    case 'or':
      return predicate.terms.some((term) => mightMatch(term, rangesOf));
    case 'is null':
      return rangesOf(predicate.id).every((range) => range.mayHaveNull);
    case 'is not null':
      return rangesOf(predicate.id).every((range) => !range.allNull);
    case 'in':
      return predicate.values.some((value) =>
        rangesOf(predicate.id).every((range) => comparisonMightHold('=', value, range)),
      );
    default:
      return rangesOf(predicate.id).every((range) =>
        comparisonMightHold(predicate.op, predicate.value, range),
      );
  }
}

function comparisonMightHold(op: Comparison, value: Datum, range: ValueRange): boolean {
  if (range.allNull) return false;
  const mapped = range.map(value);
  if (mapped === undefined) return true;
  const above = range.lower === undefined ? undefined : compareValues(range.lower, mapped);
  const below = range.upper === undefined ? undefined : compareValues(range.upper, mapped);
  if (op === '=') return !(above !== undefined && above > 0) && !(below !== undefined && below < 0);
  if (op === '<>') return !(range.identity && range.exact && above === 0 && below === 0);
  if (!range.ordered) return true;
  const strict = range.identity ? 0 : 1;
  if (op === '<') return above === undefined || above < strict;
  if (op === '<=') return above === undefined || above <= 0;
  if (op === '>') return below === undefined || below > -strict;
  return below === undefined || below >= 0;
}

/** True only when every row of the place satisfies the predicate: no row could fail it, by its value or by NULL. */
export const allMatch = (predicate: BoundPredicate, rangesOf: RangesOf): boolean =>
  !mightMatch(failing(predicate), rangesOf);

function failing(predicate: BoundPredicate): BoundPredicate {
  const orNull = (id: number, failed: BoundPredicate): BoundPredicate => ({
    op: 'or',
    terms: [failed, { op: 'is null', id }],
  });
  switch (predicate.op) {
    case 'true':
      return { op: 'or', terms: [] };
    case 'and':
      return { op: 'or', terms: predicate.terms.map(failing) };
    case 'or':
      return { op: 'and', terms: predicate.terms.map(failing) };
    case 'is null':
      return { op: 'is not null', id: predicate.id };
    case 'is not null':
      return { op: 'is null', id: predicate.id };
    case 'in':
      return orNull(predicate.id, {
        op: 'and',
        terms: predicate.values.map((value) => ({ op: '<>', id: predicate.id, value })),
      });
    default:
      return orNull(predicate.id, {
        op: NEGATED[predicate.op],
        id: predicate.id,
        value: predicate.value,
      });
  }
}

/** The range of values that a partition field allows, from the bounds of the field's own values. */
export function partitionRange(
  transform: Transform,
  values: { lower?: Datum; upper?: Datum; mayHaveNull: boolean; allNull: boolean },
): ValueRange {
  const identity = transform.kind === 'identity';
  return {
    ...values,
    exact: true,
    ordered: transform.kind !== 'bucket' && transform.kind !== 'void',
    identity,
    map: (value) => (transform.kind === 'void' ? undefined : (applyTransform(transform, value) ?? undefined)),
  };
}
