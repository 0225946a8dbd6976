import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Flow } from '../../../lake/flow.ts';
import { layOut } from './layout.ts';

const line = (source: string, inBronze: number) => ({
  source,
  inBronze,
  copies: 0,
  silver: inBronze,
  duplicates: 0,
  quarantined: 0,
  unaccounted: 0,
});

const flow: Flow = {
  run: { id: '20261130t122916-03ed2afc', endedAt: '2026-11-30T12:29:20Z' },
  sheet: {
    lines: [line('orders', 900), line('products', 100)],
    total: line('total', 1000),
    lost: 0,
    withoutReceipt: 0,
    balanced: true,
  },
  sources: [
    { name: 'products', ingestion: 'file', records: 100 },
    { name: 'orders', ingestion: 'stream', records: 900 },
    { name: 'returns', ingestion: 'stream', records: 0 },
  ],
  objects: [
    { key: 'bronze/a', stream: 'events', records: 900, bytes: 10, writtenAt: '2026-11-30T12:29:16Z' },
  ],
  tables: [],
  reads: [],
  liveViews: 2,
  stacks: 5,
  resources: 151,
};

test('a ribbon’s width is linear to its records, and what carried nothing has none', () => {
  const { ribbons, stations } = layOut(flow);

  const fromSources = ribbons.filter(({ x0 }) => x0 === 150);
  assert.deepEqual(
    fromSources.map(({ h0 }) => Number(h0.toFixed(2))),
    [12.4, 111.6],
  );
  assert.deepEqual(
    stations.filter(({ value }) => value !== undefined).map(({ label, value }) => [label, value]),
    [
      ['products', 100],
      ['orders', 900],
      ['returns', 0],
    ],
  );
});

test('what leaves the sources arrives in bronze: the bands are as high on both sides', () => {
  const { ribbons } = layOut(flow);

  const heightAt = (x1: number) =>
    ribbons.filter((one) => one.x1 === x1).reduce((sum, { h1 }) => sum + h1, 0);
  assert.equal(heightAt(288), heightAt(510));
  assert.equal(heightAt(510), ribbons.find(({ layer }) => layer === 'bronze')?.h0);
});

test('the hot path has its line when the study declares live views, and says what it reads', () => {
  const { hot } = layOut(flow);

  assert.equal(hot?.label, '2 live views');
  assert.match(hot!.note, /the same 900 records/);
  assert.equal(layOut({ ...flow, liveViews: 0 }).hot, undefined);
});

test('ribbons of the sources do not overlap', () => {
  const { ribbons } = layOut(flow);

  const starts = ribbons.filter(({ x0 }) => x0 === 150).sort((a, b) => a.y0 - b.y0);
  for (const [index, one] of starts.slice(1).entries())
    assert.ok(one.y0 >= starts[index]!.y0 + starts[index]!.h0);
});

test('the name of a table ends before the threads to the marts begin', () => {
  const name = 'fact_of_something_that_has_a_very_long_name';
  const tables = [
    { zone: 'gold', name, rows: 5 },
    { zone: 'marts', name: 'daily', rows: 1 },
  ] as unknown as Flow['tables'];

  const { stations, threads } = layOut({ ...flow, tables });

  const gold = stations.find(({ layer }) => layer === 'gold')!;
  // 10 px from its mark, and 6.6 px for each character of 11 px.
  assert.ok(gold.x + 10 + gold.sub.length * 6.6 < threads[0]!.x0);
});
