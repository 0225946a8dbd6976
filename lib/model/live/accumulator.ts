/** Accumulates the measures of a window: made of events, merged over shards and panes, stored as plain data, and read as values. */
import { canonicalNumber } from '../contract/number.ts';
import type { Condition, LiveView, Measure } from './design.ts';
import { addToSketch, decodeSketch, encodeSketch, estimate, mergeSketch, type Sketch } from './sketch.ts';

/** A column's value: whole units of a decimal, a double, or a text; null where the event has none. */
export type Value = bigint | number | string | null;

/** The value at one end of a window, with its place in the order of events. */
interface Placed {
  place: string;
  value: Value;
}

/** A measure's state by its function; undefined before the first event. Ratios have none: they are read off two others. */
type State = number | bigint | Placed | Sketch | undefined;

/** The states of a view's measures, in their order. */
export type Accumulator = State[];

/** An event as the measures see it. */
export interface Contribution {
  /** The payload. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly read: (column: string) => Value;
  /** Sorts events of a key: instant, the contract's order, shard, sequence number. */
  readonly place: () => string;
}

export const emptyAccumulator = ({ measures }: Pick<LiveView, 'measures'>): Accumulator =>
  measures.map((measure) => emptyState(measure));

const emptyState = (measure: Measure): State =>
  measure.function === 'count'
    ? 0
    : measure.function === 'sum'
      ? 0n
      : measure.function === 'distinct'
        ? new Map()
        : undefined;

type Adder = (states: Accumulator, event: Contribution) => void;

/** Compiles a view's measures into a function that adds an event to the states, in place. */
export function compileMeasures({ measures }: LiveView): Adder {
  const adders = measures.flatMap((measure, index) => {
    if (measure.function === 'ratio') return [];
    const add = adderOf(measure, index);
    if (measure.where.length === 0) return [add];
    const matches = compileConditions(measure.where);
    return [(states: Accumulator, event: Contribution) => matches(event.data) && add(states, event)];
  });
  return (states, event) => {
    for (const add of adders) add(states, event);
  };
}

function adderOf(measure: Exclude<Measure, { function: 'ratio' }>, index: number): Adder {
  if (measure.function === 'count')
    return (states) => {
      states[index] = (states[index] as number) + 1;
    };
  const column = measure.column.name;
  if (measure.function === 'distinct')
    return (states, { read }) => {
      const value = read(column);
      if (value !== null) addToSketch(states[index] as Sketch, String(value));
    };
  if (measure.function === 'sum') {
    const times = measure.times?.name;
    return (states, { read }) => {
      const value = read(column);
      const factor = times === undefined ? 1n : read(times);
      if (value !== null && factor !== null)
        states[index] =
          (states[index] as bigint) +
          (times === undefined ? (value as bigint) : (value as bigint) * (factor as bigint));
    };
  }
  const by = measure.function;
  const isPlaced = by === 'first' || by === 'last';
  return (states, { read, place }) => {
    const value = read(column);
    if (value === null) return;
    const found = { place: isPlaced ? place() : '', value };
    states[index] = chosen(by, states[index] as Placed | undefined, found);
  };
}

/** Compiles conditions that a payload must meet, all of them. */
export function compileConditions(
  conditions: readonly Condition[],
): (data: Readonly<Record<string, unknown>>) => boolean {
  if (conditions.length === 0) return () => true;
  const sets = conditions.map(({ column, values, not }) => ({
    column,
    not,
    values: new Set<unknown>(values),
  }));
  return (data) => sets.every(({ column, not, values }) => values.has(data[column] ?? null) !== not);
}

/** Of two values the one that min, max, first or last is. */
function chosen(by: 'min' | 'max' | 'first' | 'last', held: Placed | undefined, found: Placed): Placed {
  if (!held) return found;
  const replaces =
    by === 'first'
      ? found.place < held.place
      : by === 'last'
        ? found.place > held.place
        : by === 'min'
          ? found.value! < held.value!
          : found.value! > held.value!;
  return replaces ? found : held;
}

/** Adds the other's states, in place: the result is the same in whatever order parts are merged. */
export function mergeAccumulator({ measures }: LiveView, into: Accumulator, other: Accumulator): void {
  for (const [index, measure] of measures.entries()) {
    const found = other[index];
    if (found === undefined) continue;
    if (measure.function === 'count') into[index] = (into[index] as number) + (found as number);
    else if (measure.function === 'sum') into[index] = (into[index] as bigint) + (found as bigint);
    else if (measure.function === 'distinct') mergeSketch(into[index] as Sketch, found as Sketch);
    else if (measure.function !== 'ratio')
      into[index] = chosen(measure.function, into[index] as Placed | undefined, found as Placed);
  }
}

/** A state as DynamoDB keeps it. */
export type StoredState =
  | number
  | string
  | Uint8Array
  | { readonly place: string; readonly value: string | number | null };
export type StoredMeasures = Readonly<Record<string, StoredState>>;

export function storeAccumulator({ measures }: LiveView, states: Accumulator): StoredMeasures {
  const stored: Record<string, StoredState> = {};
  for (const [index, measure] of measures.entries()) {
    const state = states[index];
    if (state === undefined) continue;
    if (state instanceof Map) stored[measure.name] = encodeSketch(state);
    else if (typeof state === 'bigint') stored[measure.name] = String(state);
    else if (typeof state === 'number') stored[measure.name] = state;
    else {
      const { place, value } = state;
      stored[measure.name] = { place, value: typeof value === 'bigint' ? String(value) : value };
    }
  }
  return stored;
}

export const restoreAccumulator = ({ measures }: LiveView, stored: StoredMeasures): Accumulator =>
  measures.map((measure) => {
    const state = stored[measure.name];
    if (state === undefined || measure.function === 'ratio') return emptyState(measure);
    if (state instanceof Uint8Array) return decodeSketch(state);
    if (typeof state === 'number') return state;
    if (typeof state === 'string') return BigInt(state);
    const { place, value } = state;
    const isUnits = measure.function !== 'count' && measure.column.kind === 'decimal' && value !== null;
    return { place, value: isUnits ? BigInt(value) : value };
  });

/** A measure's value as JSON: a number where a double holds it exactly, else its digits as text; null without events. */
export type LiveValue = number | string | null;

/** The values of a view's measures by their names. */
export function valuesOf({ measures }: LiveView, states: Accumulator): Record<string, LiveValue> {
  const texts = new Map<string, string | null>();
  for (const [index, measure] of measures.entries())
    texts.set(measure.name, measure.function === 'ratio' ? null : textOf(measure, states[index]));
  for (const measure of measures)
    if (measure.function === 'ratio')
      texts.set(measure.name, ratioOf(texts.get(measure.of)!, texts.get(measure.over)!, measure.digits));
  return Object.fromEntries(
    measures.map((measure) => [measure.name, jsonValue(measure, texts.get(measure.name)!)]),
  );
}

function textOf(measure: Exclude<Measure, { function: 'ratio' }>, state: State): string | null {
  if (state === undefined) return null;
  if (state instanceof Map) return String(estimate(state));
  if (typeof state === 'number') return String(state);
  if (typeof state === 'bigint') return decimalText(state, measure.function === 'sum' ? measure.scale : 0);
  const { value } = state;
  if (typeof value === 'bigint') return decimalText(value, 'scale' in measure ? measure.scale : 0);
  return value === null ? null : String(value);
}

/** Whole units of 10^-scale as a decimal: 105 at 2 → `1.05`. */
function decimalText(units: bigint, scale: number): string {
  if (scale === 0) return String(units);
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Rounded half up, as Athena divides decimals; null where there is nothing to divide by. */
function ratioOf(of: string | null, over: string | null, digits: number): string | null {
  if (of === null || over === null) return null;
  const scaleOf = (text: string) => text.split('.')[1]?.length ?? 0;
  const scale = Math.max(scaleOf(of), scaleOf(over));
  const unitsOf = (text: string) => BigInt(text.replace('.', '')) * 10n ** BigInt(scale - scaleOf(text));
  const divisor = unitsOf(over);
  if (divisor === 0n) return null;
  const scaled = unitsOf(of) * 10n ** BigInt(digits);
  const isNegative = scaled < 0n !== divisor < 0n;
  const [a, b] = [scaled < 0n ? -scaled : scaled, divisor < 0n ? -divisor : divisor];
  const rounded = (2n * a + b) / (2n * b);
  return decimalText(isNegative ? -rounded : rounded, digits);
}

function jsonValue(measure: Measure, text: string | null): LiveValue {
  if (text === null) return null;
  const isNumber =
    measure.function !== 'first' && measure.function !== 'last' ? true : measure.column.kind !== 'text';
  if (!isNumber) return text;
  const number = Number(text);
  return canonicalNumber(String(number)) === canonicalNumber(text) ? number : text;
}
