/** Live views as charts: windows from the oldest to the newest, by key. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { liveChart } from './chart.ts';
import type { DeclaredView, LiveReading, LiveWindow } from './contract.ts';

const window = (minute: number, values: Record<string, number>): LiveWindow => ({
  start: `2026-11-30T12:0${minute}:00.000Z`,
  end: `2026-11-30T12:0${minute + 1}:00.000Z`,
  closed: true,
  keys: Object.keys(values).length,
  rows: Object.entries(values).map(([region, viewers]) => ({
    key: { region },
    values: { last_seen: viewers * 100, viewers, open: viewers, high: viewers, low: viewers, close: viewers },
    events: 1,
    late: 0,
    arrivedMs: 0,
  })),
});

const view: DeclaredView = {
  name: 'viewers',
  title: 'Viewers',
  source: 'plays',
  key: ['region'],
  units: {},
  measures: ['last_seen', 'viewers'],
  counts: ['viewers'],
  adds: ['viewers'],
  window: '60 s',
};

const reading = (windows: readonly LiveWindow[]): LiveReading =>
  ({ view: 'viewers', title: 'Viewers', source: 'plays', windows }) as unknown as LiveReading;

test('a view with a key is a heatmap of its windows, the oldest at the left', () => {
  const drawn = liveChart(view, reading([window(2, { US: 5, BR: 3 }), window(1, { US: 4 })]), 'now');

  assert.deepEqual([drawn?.chart.mark, drawn?.chart.y[0]?.column], ['heatmap', 'viewers']);
  assert.deepEqual(drawn?.data.rows, [
    ['2026-11-30 12:01:00', 'US', '400', '4'],
    ['2026-11-30 12:02:00', 'BR', '300', '3'],
    ['2026-11-30 12:02:00', 'US', '500', '5'],
  ]);
});

test('a view for which the study declares candles has them, a key at a time', () => {
  const y = ['open', 'high', 'low', 'close', 'volume'].map((column) => ({ column }));
  const candles: DeclaredView = {
    ...view,
    measures: ['open', 'high', 'low', 'close'],
    chart: {
      name: 'bars',
      title: 'Bars',
      rows: { table: 'gold.bar' },
      mark: 'candles',
      x: { column: 'day' },
      y,
    },
  };

  const drawn = liveChart(candles, reading([window(2, { US: 5 }), window(1, { US: 4 })]), 'now');

  assert.deepEqual([drawn?.chart.mark, drawn?.chart.series], ['candles', 'region']);
  assert.deepEqual(
    drawn?.chart.y.map(({ column }) => column),
    ['open', 'high', 'low', 'close'],
  );
});

test('a single window, and a view without a key, have no chart', () => {
  assert.equal(liveChart(view, reading([window(1, { US: 1 })]), 'now'), undefined);
  assert.equal(
    liveChart({ ...view, key: [] }, reading([window(1, { '': 1 }), window(2, { '': 1 })]), 'now'),
    undefined,
  );
});
