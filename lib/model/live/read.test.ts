import assert from 'node:assert/strict';
import { test } from 'vitest';
import { compileViews } from './fold.ts';
import { memoryTable } from './memoryTable.fixture.ts';
import { createProcessor } from './process.ts';
import { readLive } from './read.ts';
import { NOON, type Tick, tickRecord, ticksStudy } from './ticks.fixture.ts';

const MINUTE = 60_000;

/** Shard → its ticks, in their order. */
async function tableOf(
  study: ReturnType<typeof ticksStudy>,
  shards: Readonly<Record<string, readonly Tick[]>>,
) {
  const table = memoryTable();
  for (const [shard, ticks] of Object.entries(shards))
    await createProcessor(compileViews(study), table).process(
      shard,
      ticks.map((tick, place) => tickRecord(place, tick)),
    );
  return table;
}

test('what shards hold of one key is added up, exactly', async () => {
  const study = ticksStudy({ bar: 'key: [symbol]\nwindow: {size: 1m}' });
  const table = await tableOf(study, {
    a: [
      { price: 0.1, size: 1, trader: 'x', at: 5 },
      { price: 0.2, size: 2, trader: 'y', at: 30 },
    ],
    b: [
      { price: 0.3, size: 3, trader: 'y', at: 10 },
      { price: 0.15, size: 1, trader: 'z', at: 1 },
    ],
  });

  const { windows } = await readLive(table, study.live[0]!, NOON + MINUTE);

  assert.deepEqual(windows, [
    {
      start: '2024-12-02T12:00:00.000Z',
      end: '2024-12-02T12:01:00.000Z',
      closed: true,
      keys: 1,
      rows: [
        {
          key: { symbol: 'IBM' },
          values: {
            trades: 4,
            volume: 7,
            notional: 1.55,
            vwap: 0.2214,
            low: 0.1,
            high: 0.3,
            open: 0.15,
            close: 0.2,
            traders: 3,
          },
          events: 4,
          late: 0,
          arrivedMs: NOON + 30,
        },
      ],
    },
  ]);
});

test('events of one instant are first and last by the order that the contract declares', async () => {
  const study = ticksStudy({ bar: 'key: [symbol]\nwindow: {size: 1m}\ntime: {by: event}' });
  const table = await tableOf(study, {
    a: [
      { sequence: 12, price: 12 },
      { sequence: 9, price: 9 },
      { sequence: 10, price: 10 },
    ],
  });

  const { values } = (await readLive(table, study.live[0]!, NOON)).windows[0]!.rows[0]!;

  assert.deepEqual([values.open, values.close], [9, 12]);
});

test('a sliding window is the sum of its panes, at every step', async () => {
  const study = ticksStudy({ moving: 'window: {size: 3m, every: 1m}' });
  const table = await tableOf(study, {
    a: [0, 1, 2, 5].map((minute) => ({ at: minute * MINUTE, size: 2 ** minute })),
  });

  const { windows } = await readLive(table, study.live[0]!, NOON, { windows: 5 });

  assert.deepEqual(
    windows.map(({ start, rows }) => [start.slice(11, 16), rows[0]!.values.volume]),
    [
      ['12:03', 32],
      ['12:02', 4],
      ['12:01', 6],
      ['12:00', 7],
      ['11:59', 3],
    ],
  );
});

test('rows are those of the key asked for, and the greatest of the first measure', async () => {
  const study = ticksStudy({ bar: 'key: [symbol, trader]\nwindow: {size: 1m}' });
  const ticks = ['A', 'B', 'AB'].flatMap((symbol, index) =>
    Array.from({ length: index + 1 }, () => ({ symbol, trader: `of ${symbol}` })),
  );
  const table = await tableOf(study, { a: ticks });

  const of = async (query: object) =>
    (await readLive(table, study.live[0]!, NOON, query)).windows[0]!.rows.map(({ key }) => key.symbol);

  assert.deepEqual(await of({ top: 2 }), ['AB', 'B']);
  assert.deepEqual(await of({ key: { symbol: 'A' } }), ['A']);
  assert.deepEqual(await of({ key: { trader: 'of B' } }), ['B']);
  assert.deepEqual(await of({ key: { symbol: 'A', trader: 'of B' } }), []);
});

test('a range gives the windows that begin in it', async () => {
  const study = ticksStudy({ bar: 'window: {size: 1m}' });
  const table = await tableOf(study, { a: [0, 1, 2, 3].map((minute) => ({ at: minute * MINUTE })) });

  const { windows } = await readLive(table, study.live[0]!, NOON, {
    fromMs: NOON + MINUTE,
    beforeMs: NOON + 3 * MINUTE,
  });

  assert.deepEqual(
    windows.map(({ start }) => start.slice(11, 16)),
    ['12:02', '12:01'],
  );
});

test('a window is closed when every shard has passed it', async () => {
  const study = ticksStudy({ bar: 'window: {size: 1m}\ntime: {by: event}' });
  const table = await tableOf(study, { a: [{ at: 0 }, { at: 2 * MINUTE }], b: [{ at: 1000 }] });

  const before = await readLive(table, study.live[0]!, NOON, { windows: 2 });
  await createProcessor(compileViews(study), table).process('b', [tickRecord(7, { at: MINUTE })]);
  const after = await readLive(table, study.live[0]!, NOON, { windows: 3 });

  assert.deepEqual(
    before.windows.map(({ closed }) => closed),
    [false, false],
  );
  assert.deepEqual(
    after.windows.map(({ closed }) => closed),
    [false, false, true],
  );
  assert.equal(after.watermark, '2024-12-02T12:01:00.000Z');
});

test('a key that is too long for a sort key is one key still', async () => {
  const study = ticksStudy({ bar: 'key: [trader]\nwindow: {size: 1m}' });
  const long = 'ü'.repeat(3000);
  const table = await tableOf(study, {
    a: [{ trader: `${long}1` }, { trader: `${long}2` }, { trader: `${long}1` }],
  });

  const [window] = (await readLive(table, study.live[0]!, NOON, { key: { trader: `${long}1` } })).windows;

  assert.equal(window!.rows[0]!.values.trades, 2);
  for (const { sk } of table.items.values()) assert.ok(Buffer.byteLength(sk) <= 1024);
});

test('a view without events has no windows', async () => {
  const study = ticksStudy({ bar: 'window: {size: 1m}' });

  const { windows, events, arrivedAt } = await readLive(memoryTable(), study.live[0]!, NOON);

  assert.deepEqual([windows, events, arrivedAt], [[], 0, undefined]);
});
