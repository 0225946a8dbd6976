/** Draws random times over a span by a day's and a week's rhythm. */
import type { Random } from './random.ts';

export interface Rhythm {
  /** 24 weights, midnight UTC first. */
  readonly hours: readonly number[];
  /** 7 weights, Monday first. */
  readonly days: readonly number[];
}

const HOUR_MS = 3_600_000;

/**
 * `count` times within [startMs, endMs), ascending, dense where the rhythm is strong.
 * Each hour of the span gets a share in proportion to its weight; within an hour times are uniform.
 */
export function sampleTimes(
  rhythm: Rhythm,
  startMs: number,
  endMs: number,
  count: number,
  random: Random,
): number[] {
  const starts: number[] = [];
  const cumulative: number[] = [];
  let total = 0;
  for (let start = startMs; start < endMs; start += HOUR_MS) {
    const at = new Date(start);
    const share = Math.min(HOUR_MS, endMs - start) / HOUR_MS;
    total += rhythm.hours[at.getUTCHours()]! * rhythm.days[(at.getUTCDay() + 6) % 7]! * share;
    starts.push(start);
    cumulative.push(total);
  }
  const times = Array.from({ length: count }, () => {
    const target = random.next() * total;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    const start = starts[low]!;
    return Math.floor(start + random.next() * Math.min(HOUR_MS, endMs - start));
  });
  return times.sort((a, b) => a - b);
}
