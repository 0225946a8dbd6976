import assert from 'node:assert/strict';
import { test } from 'vitest';
import { compareLive, comparisonSql, type NamedRow, type Published } from './compare.ts';
import type { LiveReading, LiveRow } from './read.ts';
import { NOON, ticksStudy } from './ticks.fixture.ts';

const [view] = ticksStudy({
  bar: 'key: [symbol]\nwindow: {size: 1m}\ncompare: {query: select 1}',
}).live;
const compared = { ...view!, compare: view!.compare! };

const row = (symbol: string, values: LiveRow['values'], more: Partial<LiveRow> = {}): LiveRow => ({
  key: { symbol },
  values,
  events: 1,
  late: 0,
  arrivedMs: NOON,
  ...more,
});

const reading = (...rows: LiveRow[]): LiveReading => ({
  view: 'bar',
  title: 'T',
  source: 'ticks',
  windows: [
    {
      start: '2024-12-02T12:00:00.000Z',
      end: '2024-12-02T12:01:00.000Z',
      closed: true,
      keys: rows.length,
      rows,
    },
  ],
  events: rows.length,
  late: 0,
  refused: 0,
  leftOut: 0,
});

const gold = (symbol: string, cells: Readonly<Record<string, string>>): NamedRow => ({
  window_start: '2024-12-02 12:00:00.000000',
  symbol,
  ...cells,
});

const published = (rows: NamedRow[], more: Partial<Published> = {}): Published => ({
  columns: ['window_start', 'symbol', 'trades', 'close', 'traders'],
  rows,
  reasons: {},
  duplicates: 0,
  ...more,
});

const compare = (rows: LiveRow[], of: Published, before = NOON + 1) =>
  compareLive(compared, reading(...rows), of, before);

test('equal values are equal however they are written, and a distinct count within its error', () => {
  const result = compare(
    [row('IBM', { trades: 2, close: 1.5, traders: 1010 })],
    published([gold('IBM', { trades: '2', close: '1.50', traders: '1000' })]),
  );

  assert.deepEqual([result.values, result.equal, result.differing], [3, 3, {}]);
});

test('a difference that nothing explains is named with its window, key and both values', () => {
  const result = compare(
    [row('IBM', { trades: 2, close: 1.5, traders: 1 })],
    published([gold('IBM', { trades: '2', close: '1.51', traders: '1' })]),
  );

  assert.deepEqual(result.differing, { unexplained: 1 });
  assert.deepEqual(result.differences, [
    { window: '2024-12-02T12:00:00.000Z', key: { symbol: 'IBM' }, measure: 'close', live: 1.5, gold: '1.51' },
  ]);
});

test('late events, declared reasons and duplicates explain a difference', () => {
  const late = compare(
    [row('IBM', { trades: 1, close: 1, traders: 1 }, { late: 1 })],
    published([gold('IBM', { trades: '2', close: '1', traders: '1' })]),
  );
  const cancelled = compare(
    [row('IBM', { trades: 2, close: 1, traders: 1 })],
    published([gold('IBM', { trades: '1', close: '1', traders: '1' })], {
      reasons: { cancelled: [gold('IBM', {})] },
    }),
  );
  const twice = compare(
    [row('IBM', { trades: 2, close: 1, traders: 1 })],
    published([gold('IBM', { trades: '1', close: '1', traders: '1' })], { duplicates: 1 }),
  );

  assert.deepEqual(
    [late.differing, cancelled.differing, twice.differing],
    [{ late: 1 }, { cancelled: 1 }, { duplicates: 1 }],
  );
});

test('fewer duplicates than live counts too many explain nothing', () => {
  const result = compare(
    [row('IBM', { trades: 4, close: 1, traders: 1 })],
    published([gold('IBM', { trades: '1', close: '1', traders: '1' })], { duplicates: 2 }),
  );

  assert.deepEqual(result.differing, { unexplained: 1 });
});

test('a row that one side lacks differs in every measure', () => {
  const result = compare(
    [row('IBM', { trades: 1, close: 1, traders: 1 })],
    published([gold('GE', { trades: '1', close: '1', traders: '1' })]),
  );

  assert.deepEqual([result.values, result.differing], [6, { unexplained: 6 }]);
});

test('a row that moved after the run began is left for the next one', () => {
  const result = compare([row('IBM', { trades: 1, close: 1, traders: 1 })], published([]), NOON);

  assert.deepEqual([result.values, result.moving], [0, 1]);
});

test('the statement is bounded by the windows', () => {
  assert.equal(
    comparisonSql('select 1 where t >= {from} and t < {to}', NOON, NOON + 60_000),
    "select 1 where t >= timestamp '2024-12-02 12:00:00.000' and t < timestamp '2024-12-02 12:01:00.000'",
  );
});
