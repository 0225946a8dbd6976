/** Windows hold each record once, however often it is delivered and wherever the writer dies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { compileViews, type LiveRecord } from './fold.ts';
import type { LiveItem } from './items.ts';
import { memoryTable } from './memoryTable.fixture.ts';
import { createProcessor } from './process.ts';
import { readLive } from './read.ts';
import { NOON, tickRecord, ticksStudy } from './ticks.fixture.ts';

const study = ticksStudy({
  bar: 'key: [symbol]\nwindow: {size: 1m}\ntime: {by: event, lateness: 30s}',
  moving: 'key: [symbol]\nwindow: {size: 3m, every: 1m}',
});

const views = compileViews(study);

const tick = fc.record({
  symbol: fc.constantFrom('IBM', 'SPY', 'GE'),
  price: fc.integer({ min: 1, max: 100_000 }).map((cents) => cents / 100),
  size: fc.integer({ min: 1, max: 1000 }),
  trader: fc.constantFrom('a', 'b', 'c', 'd'),
  at: fc.integer({ min: 0, max: 300_000 }),
});

const sorted = (items: ReadonlyMap<string, LiveItem>) => [...items].sort(([a], [b]) => (a < b ? -1 : 1));

async function undisturbed(records: readonly LiveRecord[]) {
  const table = memoryTable();
  await createProcessor(views, table).process('shard-1', records);
  return table;
}

test('a writer that dies at any request, and is given its batch again in other pieces, leaves the same table', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(tick, { minLength: 1, maxLength: 30 }),
      fc.array(
        fc.record({ size: fc.integer({ min: 1, max: 12 }), diesAt: fc.nat(25), isWarm: fc.boolean() }),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      async (ticks, attempts) => {
        const records = ticks.map((one, place) => tickRecord(place, { ...one, arrived: 300_000 }));
        const expected = await undisturbed(records);
        const items = new Map<string, LiveItem>();
        let left = Number.POSITIVE_INFINITY;
        const table = memoryTable(() => {
          if (left-- <= 0) throw new Error('killed');
        }, items);
        let processor = createProcessor(views, table);

        let done = 0;
        for (const { size, diesAt, isWarm } of attempts) {
          left = diesAt;
          if (!isWarm) processor = createProcessor(views, table);
          await processor.process('shard-1', records.slice(done, done + size)).then(
            () => {
              done += size;
            },
            () => {},
          );
        }
        left = Number.POSITIVE_INFINITY;
        await createProcessor(views, table).process('shard-1', records.slice(done));

        assert.deepEqual(sorted(items), sorted(expected.items));
      },
    ),
    { numRuns: 200 },
  );
});

test('a batch that was checkpointed nowhere and comes again from its beginning changes nothing', async () => {
  const records = Array.from({ length: 20 }, (_, place) =>
    tickRecord(place, { at: place * 10_000, price: place }),
  );
  const table = await undisturbed(records);
  const before = structuredClone(sorted(table.items));

  await createProcessor(views, table).process('shard-1', records.slice(5));

  assert.deepEqual(sorted(table.items), before);
});

test('a write that arrives after the retry was done does not take the retry back', async () => {
  const records = [1, 2, 3].map((place) => tickRecord(place, {}));
  const table = memoryTable();
  await createProcessor(views, table).process('shard-1', records.slice(0, 2));
  const stale = structuredClone([...table.items.values()]);
  await createProcessor(views, table).process('shard-1', records.slice(2));

  for (const item of stale) if ('sequence' in item) assert.equal(await table.writeNewer(item), false);

  const [reading] = await Promise.all([readLive(table, study.live[0]!, NOON)]);
  assert.equal(reading.windows[0]!.rows[0]!.values.trades, 3);
});

test('an event after its window and the allowed lateness is counted as late, and changes no measure', async () => {
  const table = await undisturbed([
    tickRecord(1, { at: 10_000, price: 10 }),
    tickRecord(2, { at: 89_000, price: 20 }),
    tickRecord(3, { at: 59_000, price: 30 }),
    tickRecord(4, { at: 90_000, price: 40 }),
    tickRecord(5, { at: 58_000, price: 50 }),
  ]);

  const { windows, late, events } = await readLive(table, study.live[0]!, NOON, { windows: 2 });

  assert.deepEqual(
    windows.map(({ closed, rows }) => [closed, rows[0]!.values.trades, rows[0]!.values.close, rows[0]!.late]),
    [
      [false, 2, 40, 0],
      [true, 2, 30, 1],
    ],
  );
  assert.deepEqual([events, late], [5, 1]);
});

test('an event from the future closes no window before time has come there', async () => {
  const table = await undisturbed([
    tickRecord(1, { at: 3_600_000, arrived: 1000 }),
    tickRecord(2, { at: 2000, arrived: 2000 }),
  ]);

  const { late } = await readLive(table, study.live[0]!, NOON);

  assert.equal(late, 0);
});

test('a hundred thousand keys are kept, whose state is far over the megabyte that a tumbling window of Lambda may hold', async () => {
  const KEYS = 100_000;
  const one = ticksStudy(
    { bar: 'key: [symbol]\nwindow: {size: 1m}' },
    'measures: [{name: trades, function: count}, {name: notional, function: sum, column: price, times: size}]',
  );
  const table = memoryTable();
  const processor = createProcessor(compileViews(one), table);
  const give = (from: number, to: number) =>
    processor.process(
      'shard-1',
      Array.from({ length: to - from }, (_, index) =>
        tickRecord(from + index, { symbol: `S${(from + index) % KEYS}`, size: 3, price: 0.01 }),
      ),
    );

  // Keys beyond those that memory holds push the first out; they come again after that.
  for (let from = 0; from < KEYS; from += 5000) await give(from, from + 5000);
  await processor.process('shard-1', [tickRecord(KEYS, { symbol: 'one more' })]);
  await give(KEYS + KEYS, KEYS + KEYS + 10);

  const bytes = [...table.items.values()].reduce((sum, item) => sum + JSON.stringify(item).length, 0);
  assert.ok(bytes > 20 * 2 ** 20, String(bytes));
  const { windows } = await readLive(table, one.live[0]!, NOON, { top: 1 });
  assert.equal(windows[0]!.keys, KEYS + 1);
  assert.equal(windows[0]!.rows[0]!.values.trades, 2);
  const [first] = (await readLive(table, one.live[0]!, NOON, { key: { symbol: 'S5' } })).windows[0]!.rows;
  assert.equal(first!.values.notional, 0.06);
});
