/** Live windows: exact sums, and the same items however a window's records are cut into batches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderEvent, smallStudy } from '../shared/smallStudy.fixture.ts';
import { addDecimals, createAggregator, liveItems, type WindowState } from './logic.ts';

const aggregate = createAggregator(smallStudy);
const order = (id: string, amount: number) => Buffer.from(orderEvent(id, { order_id: id, amount }));

test('A window counts its events, the refused apart, and sums the decimal columns exactly', () => {
  const state = aggregate({}, [order('a', 0.1), order('b', 0.2), order('c', -5), Buffer.from('poison')]);

  assert.deepEqual(state, {
    orders: { events: 2, refused: 1, sums: { amount: '0.30' } },
    unknown: { events: 0, refused: 1, sums: {} },
  });
});

test('A window is the same however its records are cut into batches', () => {
  const cents = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(fc.array(cents, { minLength: 1, maxLength: 30 }), fc.nat(), (amounts, cut) => {
      const records = amounts.map((amount, index) => order(String(index), amount / 100));
      const at = cut % records.length;

      const whole = aggregate({}, records);
      const inTwo = aggregate(aggregate({}, records.slice(0, at)), records.slice(at));

      assert.deepEqual(inTwo, whole);
    }),
    { numRuns: 50 },
  );
});

test('The items of a window carry its start, its shard and a time to go', () => {
  const state: WindowState = { orders: { events: 2, refused: 0, sums: { amount: '3.00' } } };

  const [item] = liveItems(
    { start: '2024-12-01T10:00:00Z', end: '2024-12-01T10:01:00Z' },
    'shardId-1',
    state,
  );

  assert.deepEqual(item, {
    pk: 'live#orders',
    sk: '2024-12-01T10:00:00.000Z#shardId-1',
    source: 'orders',
    window_start: '2024-12-01T10:00:00.000Z',
    window_seconds: 60,
    shard: 'shardId-1',
    events: 2,
    refused: 0,
    sums: { amount: '3.00' },
    expires_at: Date.UTC(2024, 11, 4, 10, 1) / 1000,
  });
});

test('Decimals are added as decimals', () => {
  assert.equal(addDecimals('0.10', '0.20', 2), '0.30');
  assert.equal(addDecimals('-0.05', '0.02', 2), '-0.03');
  assert.equal(addDecimals('7', '5', 0), '12');
});
