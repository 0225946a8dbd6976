/** Literal bounds by which a statement reads only the partitions, and the files in them, that it needs. */

import type { Contract } from '../../contract/contract.ts';
import { type Cut, cutOf, fitsStatement, partitionValue, spansOf } from '../../contract/partitioning.ts';
import { literal, quoteName } from '../../sql/write.ts';
import { type Interval, joinIntervals } from '../keys/keyIndex.ts';
import { anyPeriod, type Period } from '../keys/keySegment.ts';
import type { RunScope } from '../scope.ts';
import type { ModelTable } from './names.ts';

/** `expression` is one of these values. */
function isOneOf(expression: string, values: readonly Period[], type: string): string {
  const literals = values.filter((value) => value !== null).map((value) => literal(type, value));
  const listed = literals.length ? `${expression} IN (${literals.join(', ')})` : 'false';
  return values.includes(null) ? `(${listed} OR ${expression} IS NULL)` : listed;
}

/** A partition as `CAST(… AS varchar)` gives its first instant → the period. */
export const periodOfText = (text: string | null): Period => text?.replace(/ 00:00:00(\.0+)?$/, '') ?? null;

/**
 * The rows behind `qualifier` are in these partitions. Written as ranges of the partition's own column, which every engine
 * holds against partitions and against the bounds of files.
 */
export function inPeriods(
  { column: name, type, unit }: Cut,
  qualifier: string,
  periods: readonly Period[],
): string {
  const column = `${qualifier}.${quoteName(name)}`;
  const instant = (text: string) =>
    type === 'date'
      ? literal('date', text)
      : literal('timestamp', text.length === 10 ? `${text} 00:00:00` : text);
  const within = [
    ...spansOf(unit, periods).map(
      ([from, to]) => `(${column} >= ${instant(from)} AND ${column} < ${instant(to)})`,
    ),
    ...(periods.includes(null) ? [`${column} IS NULL`] : []),
  ];
  return `(${within.join(' OR ') || 'false'})`;
}

/** The rows behind `qualifier` are in these partitions of the table, however it is cut. */
export function inPartitions(contract: Contract, qualifier: string, periods: readonly Period[]): string {
  const cut = cutOf(contract);
  if (cut) return inPeriods(cut, qualifier, periods);
  const partition = partitionValue(contract);
  return partition ? isOneOf(partition.expression(qualifier), periods, partition.type) : 'true';
}

/** The rows behind `qualifier` arrived in one of these intervals. */
export function arrivedWithin(qualifier: string, intervals: readonly Interval[]): string {
  const instant = (ms: number) =>
    literal('timestamp', new Date(ms).toISOString().replace('T', ' ').replace('Z', ''));
  const column = `${qualifier}."_arrived_at"`;
  const within = intervals.map(([from, to]) => `${column} BETWEEN ${instant(from)} AND ${instant(to)}`);
  return within.length === 1 ? `${within[0]}` : `(${within.join(' OR ')})`;
}

/**
 * Conditions on a silver table outside of which it holds no event and no key of the run's: by partition, and by arrival,
 * which the files of each run are apart by. Empty where the keys of its rows are not known.
 */
export function silverBounds(
  { contract, derivedFrom }: ModelTable,
  scope: RunScope,
  qualifier: string,
): string[] {
  if (contract.identity || (!derivedFrom && contract.primaryKey.length > 0)) return [];
  const plans = (contract.accountsFor ?? []).flatMap((source) => scope.sources[source] ?? []);
  const periods = plans.flatMap((plan) => [...plan.periods, ...(plan.stored?.periods ?? [])]);
  const arrived = joinIntervals([...scope.arrived, ...plans.flatMap(({ stored }) => stored?.arrived ?? [])]);
  const cut = cutOf(contract);
  const bounded = cut && !periods.includes(anyPeriod) && fitsStatement(cut, periods);
  const cuts = bounded ? [inPeriods(cut, qualifier, periods)] : [];
  return [...cuts, arrivedWithin(qualifier, arrived)];
}
