/** Reads what a statement's WHERE says about one partition column, as far as partitions can be pruned by it. */

export interface Constraint {
  /** The only values the column may have, as partition texts; absent = any. */
  readonly oneOf?: readonly string[];
  readonly low?: Bound;
  readonly high?: Bound;
}

export interface Bound {
  readonly value: string;
  readonly inclusive: boolean;
}

export type Constraints = Readonly<Record<string, Constraint>>;

/** Both must hold. */
export function intersect(
  a: Constraint,
  b: Constraint,
  compare: (x: string, y: string) => number,
): Constraint {
  const oneOf =
    a.oneOf && b.oneOf ? a.oneOf.filter((value) => b.oneOf!.includes(value)) : (a.oneOf ?? b.oneOf);
  const tighter = (x: Bound | undefined, y: Bound | undefined, sign: 1 | -1) => {
    if (!x || !y) return x ?? y;
    const order = compare(x.value, y.value) * sign;
    if (order === 0) return x.inclusive ? y : x;
    return order > 0 ? x : y;
  };
  const low = tighter(a.low, b.low, 1);
  const high = tighter(a.high, b.high, -1);
  return { ...(oneOf && { oneOf }), ...(low && { low }), ...(high && { high }) };
}

/** Whether a partition's value can satisfy the constraint. */
export function allows(
  constraint: Constraint | undefined,
  value: string,
  compare: (x: string, y: string) => number,
): boolean {
  if (!constraint) return true;
  if (constraint.oneOf && !constraint.oneOf.some((one) => compare(one, value) === 0)) return false;
  if (constraint.low) {
    const order = compare(value, constraint.low.value);
    if (order < 0 || (order === 0 && !constraint.low.inclusive)) return false;
  }
  if (constraint.high) {
    const order = compare(value, constraint.high.value);
    if (order > 0 || (order === 0 && !constraint.high.inclusive)) return false;
  }
  return true;
}

const numericTypes = new Set(['tinyint', 'smallint', 'int', 'integer', 'bigint', 'float', 'double']);

/** The order of a partition column's values: numbers as numbers, everything else as text. */
export function comparatorOf(hiveType: string): (x: string, y: string) => number {
  if (numericTypes.has(hiveType.toLowerCase()) || hiveType.toLowerCase().startsWith('decimal'))
    return (x, y) => Number(x) - Number(y);
  return (x, y) => (x < y ? -1 : x > y ? 1 : 0);
}
