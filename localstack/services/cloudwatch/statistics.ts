/** From what was put in a period to one number: sums, averages, extremes, percentiles. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudWatchStore, MetricId, MinuteSet, MinuteValue } from './store.ts';

/** A number a period; periods without data are absent. Keys are the period's start in seconds since the epoch. */
export type Series = ReadonlyMap<number, number>;

const MINUTE = 60;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
export function statistic(name: string, values: readonly MinuteValue[], sets: readonly MinuteSet[]): number {
  const count = () =>
    values.reduce((total, each) => total + each.count, 0) +
    sets.reduce((total, each) => total + each.count, 0);
  const sum = () =>
    values.reduce((total, each) => total + each.value * each.count, 0) +
    sets.reduce((total, each) => total + each.sum, 0);
  switch (name) {
    case 'SampleCount':
      return count();
    case 'Sum':
      return sum();
    case 'Average':
      return sum() / count();
    case 'Minimum':
      return Math.min(...values.map(({ value }) => value), ...sets.map(({ least }) => least));
    case 'Maximum':
      return Math.max(...values.map(({ value }) => value), ...sets.map(({ most }) => most));
    default:
      return percentile(name, values, sets);
  }
}

function percentile(name: string, values: readonly MinuteValue[], sets: readonly MinuteSet[]): number {
  const [, text] = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name) ?? [];
  if (text === undefined) throw new NotEmulatedError('CloudWatch', `the statistic ${name}`);
  if (sets.length > 0) throw new NotEmulatedError('CloudWatch', `${name} over statistic sets`);
  const sorted = [...values].sort((a, b) => a.value - b.value);
  const total = sorted.reduce((all, each) => all + each.count, 0);
  let left = Math.max(1, Math.ceil((Number(text) / 100) * total));
  for (const { value, count } of sorted) {
    left -= count;
    if (left <= 0) return value;
  }
  return Number.NaN;
}

/** A metric's statistic for each period that has data, from `startSecond` to `endSecond`, exclusive. */
export function readSeries(
  store: CloudWatchStore,
  metric: MetricId,
  stat: string,
  periodSeconds: number,
  startSecond: number,
  endSecond: number,
): Series {
  if (periodSeconds < MINUTE || periodSeconds % MINUTE !== 0) {
    throw new AwsError(
      'InvalidParameterValueException',
      `Period is ${periodSeconds}; the local cloud keeps metrics by the minute, so it must be a multiple of 60.`,
    );
  }
  const periodMinutes = periodSeconds / MINUTE;
  const first = Math.floor(startSecond / periodSeconds) * periodMinutes;
  const { values, sets } = store.read(metric, first, Math.ceil(endSecond / MINUTE));
  const periodOf = ({ minute }: { minute: number }) => Math.floor(minute / periodMinutes) * periodSeconds;
  const valuesBy = Map.groupBy(values, periodOf);
  const setsBy = Map.groupBy(sets, periodOf);
  const starts = [...new Set([...valuesBy.keys(), ...setsBy.keys()])].sort((a, b) => a - b);
  return new Map(
    starts.map((start) => [start, statistic(stat, valuesBy.get(start) ?? [], setsBy.get(start) ?? [])]),
  );
}
