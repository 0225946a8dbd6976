/**
 * Looks keys up in what a run brings and in everything before it: which partitions of silver hold a key, and which share
 * keys. The answer is exact but for hashes that two keys share, which add a partition and never leave one out.
 */

import {
  anyPeriod,
  hasRepeats,
  type KeyList,
  type KeySegment,
  mergeHashes,
  type Period,
} from './keySegment.ts';
import type { StoredKeys, StoredList } from './storedKeys.ts';

/** Arrival, milliseconds since the epoch, both ends included. */
export type Interval = readonly [from: number, to: number];

/** Where a key may be in silver. */
export interface Lookup {
  readonly periods: readonly Period[];
  readonly arrived: readonly Interval[];
}

export interface KeyIndex {
  /** What the run brings. */
  readonly own: KeySegment;
  /** What silver may hold already. */
  readonly stored: readonly StoredKeys[];
}

const listsOf = <List extends { readonly kind: string }>(
  { lists }: { readonly lists: readonly List[] },
  kind: string,
): readonly List[] => lists.filter((list) => list.kind === kind);

const union = (lists: readonly Float64Array[]): Float64Array =>
  lists.length === 1 ? (lists[0] as Float64Array) : mergeHashes(lists);

const hashesOf = (lists: readonly KeyList[]) => union(lists.map(({ hashes }) => hashes));

const holds = async (list: StoredList, keys: Float64Array): Promise<boolean> =>
  keys.length > 0 && intersect(keys, await list.near(keys));

/** Whether two ascending lists have a hash in common; the shorter one is looked up in the longer. */
export function intersect(a: Float64Array, b: Float64Array): boolean {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  let low = 0;
  for (const hash of few) {
    // Steps that double find the place of the next hash in few comparisons, wherever it is.
    let step = 1;
    while (low + step < many.length && (many[low + step] as number) < hash) step *= 2;
    let high = Math.min(many.length, low + step + 1);
    low += step >> 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((many[middle] as number) < hash) low = middle + 1;
      else high = middle;
    }
    if (low === many.length) return false;
    if (many[low] === hash) return true;
  }
  return false;
}

const sorted = (periods: Iterable<Period>): Period[] =>
  [...new Set(periods)].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));

/** Partitions that the run's own records are in. */
export const ownPeriods = ({ own }: KeyIndex, kind: string): Period[] =>
  sorted(listsOf(own, kind).map(({ period }) => period));

export const ownCount = ({ own }: KeyIndex, kind: string): number =>
  listsOf(own, kind).reduce((sum, { hashes }) => sum + hashes.length, 0);

/** Whether two of the run's own records have one key. */
export const ownRepeats = ({ own }: KeyIndex, kind: string): boolean => hasRepeats(listsOf(own, kind));

/** Where the run's own keys may be stored already; undefined = nowhere. */
export async function storedKeys({ own, stored }: KeyIndex, kind: string): Promise<Lookup | undefined> {
  if (stored.length === 0) return undefined;
  const keys = hashesOf(listsOf(own, kind));
  const found = await Promise.all(
    stored.map(async (segment) => {
      const lists = listsOf(segment, kind);
      const held = await Promise.all(lists.map((list) => holds(list, keys)));
      const periods = lists.filter((_, at) => held[at]).map(({ period }) => period);
      return { periods, arrived: [segment.from, segment.to] as const };
    }),
  );
  const hits = found.filter(({ periods }) => periods.length > 0);
  if (hits.length === 0) return undefined;
  return {
    periods: sorted(hits.flatMap(({ periods }) => periods)),
    arrived: hits.map(({ arrived }) => arrived),
  };
}

/** Partitions of the keys of `kind`, the run's own included, that hold one of these keys. */
async function periodsWith({ own, stored }: KeyIndex, kind: string, keys: Float64Array): Promise<Period[]> {
  const found = new Set<Period>();
  for (const { period, hashes } of listsOf(own, kind)) if (intersect(keys, hashes)) found.add(period);
  const lists = stored
    .flatMap((segment) => listsOf(segment, kind))
    .filter(({ period }) => !found.has(period));
  const held = await Promise.all(lists.map((list) => holds(list, keys)));
  for (const { period } of lists.filter((_, at) => held[at])) found.add(period);
  return sorted(found);
}

/** Partitions in which the keys of `kind` meet one that the run brings as a key of `ownKind`. */
export const periodsOfOwn = (index: KeyIndex, ownKind: string, kind: string): Promise<Period[]> =>
  periodsWith(index, kind, hashesOf(listsOf(index.own, ownKind)));

/** Partitions in which the keys of `kind` meet one that `otherKind` has in these partitions. */
export async function periodsSharing(
  index: KeyIndex,
  otherKind: string,
  periods: readonly Period[],
  kind: string,
): Promise<Period[]> {
  const wanted = new Set(periods);
  const isWanted = ({ period }: { readonly period: Period }) =>
    wanted.has(anyPeriod) || wanted.has(period) || period === anyPeriod;
  const own = listsOf(index.own, otherKind).filter(isWanted);
  const stored = index.stored.flatMap((segment) => listsOf(segment, otherKind)).filter(isWanted);
  const hashes = await Promise.all(stored.map((list) => list.all()));
  return periodsWith(index, kind, union([...own.map((list) => list.hashes), ...hashes]));
}

/** Every partition that holds keys of the kind. */
export const allPeriods = ({ own, stored }: KeyIndex, kind: string): Period[] =>
  sorted(
    [own, ...stored].flatMap(({ lists }) =>
      listsOf<{ kind: string; period: Period }>({ lists }, kind).map(({ period }) => period),
    ),
  );

/** Intervals in their order, those that meet joined, and the nearest joined too while there are more than `most`. */
export function joinIntervals(intervals: readonly Interval[], most = 20): Interval[] {
  const joined: [number, number][] = [];
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  while (joined.length > most) {
    let nearest = 1;
    const gap = (at: number) => (joined[at]?.[0] ?? 0) - (joined[at - 1]?.[1] ?? 0);
    for (let at = 2; at < joined.length; at++) if (gap(at) < gap(nearest)) nearest = at;
    const [, to] = joined.splice(nearest, 1)[0] as [number, number];
    (joined[nearest - 1] as [number, number])[1] = to;
  }
  return joined;
}
