/** What a live view says as a whole. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { DeclaredView, LiveReading, LiveRow, LiveWindow } from './contract.ts';
import { summaryOf } from './summary.ts';

const view = (key: readonly string[], adds: readonly string[] = ['plays']): DeclaredView => ({
  name: 'plays',
  title: 'Plays',
  source: 'player_events',
  key,
  units: {},
  measures: ['viewers', 'plays'],
  counts: ['viewers', 'plays'],
  adds,
  window: '60 s',
});

const window = (rows: readonly [LiveRow['key'], number | null][]): LiveWindow => ({
  start: '2026-11-30T12:00:00.000Z',
  end: '2026-11-30T12:01:00.000Z',
  closed: true,
  keys: rows.length,
  rows: rows.map(([key, plays]) => ({
    key,
    values: { viewers: 1, plays },
    events: 1,
    late: 0,
    arrivedMs: 0,
  })),
});

const reading = (...windows: LiveWindow[]) => ({ view: 'plays', windows }) as unknown as LiveReading;

test('the newest window has a total and a leader, whatever the order of its rows', () => {
  const newest = window([
    [{ region: 'BR' }, 2],
    [{ region: 'US' }, 5],
    [{ region: null }, null],
  ]);

  const summary = summaryOf(view(['region']), reading(newest, window([[{ region: 'US' }, 90]])));

  assert.deepEqual(summary, {
    view: 'plays',
    measure: 'plays',
    total: 7,
    leader: { key: 'region', name: 'US', value: 5 },
  });
});

test('what does not add up has no total: the viewers of two regions may be the same ones', () => {
  assert.deepEqual(summaryOf(view(['region'], []), reading(window([[{ region: 'US' }, 5]]))), {
    view: 'plays',
  });
});

test('before the first window there is nothing to say, and a single key does not lead', () => {
  assert.deepEqual(summaryOf(view(['region']), reading()), { view: 'plays' });
  assert.equal(summaryOf(view(['region']), reading(window([[{ region: 'US' }, 5]]))).leader, undefined);
});

test('two keys are a matrix of all windows, the greatest first, whose totals hold what is not shown', () => {
  const cells: [LiveRow['key'], number][] = Array.from({ length: 100 }, (_, at) => [
    { video: `v${Math.floor(at / 10)}`, region: `r${at % 10}` },
    at,
  ]);

  const { matrix } = summaryOf(view(['video', 'region']), reading(window(cells), window(cells)));

  assert.equal(matrix!.total, 2 * 4950);
  assert.deepEqual([matrix!.windows, matrix!.rowCount, matrix!.columnCount], [2, 10, 10]);
  assert.deepEqual(
    matrix!.columns.map(({ name }) => name),
    ['r9', 'r8', 'r7', 'r6', 'r5', 'r4'],
  );
  assert.equal(matrix!.rows.length, 8);
  assert.deepEqual(matrix!.rows[0], {
    name: 'v9',
    total: 2 * (900 + 45),
    cells: [198, 196, 194, 192, 190, 188],
  });
});

test('sums of decimals have no digits of binary fractions', () => {
  const newest = window([
    [{ region: 'BR' }, 0.1],
    [{ region: 'US' }, 0.2],
  ]);

  assert.equal(summaryOf(view(['region']), reading(newest)).total, 0.3);
});

test('a key that no other meets is a row, not a matrix', () => {
  const alone = window([[{ video: 'v1', region: 'US' }, 5]]);

  assert.equal(summaryOf(view(['video', 'region']), reading(alone)).matrix, undefined);
});
