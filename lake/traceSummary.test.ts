/** A trace begins with what became of the event: which copy was kept, and which was the duplicate. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Layer } from './trace.ts';
import { summaryOf } from './traceSummary.ts';

const layer = (name: string, columns: string, ...rows: string[]): Layer => ({
  layer: name,
  place: `shop_${name}.orders`,
  columns: columns.split(' '),
  rows: rows.map((row) => row.split(' ').map((cell) => (cell === '-' ? null : cell))),
});

const bronze = (...rows: string[]) =>
  layer('bronze', 'object stream shard sequence_number arrived_at rule', ...rows);

test('the copy that silver holds was kept; another of the same id is its duplicate, one of the same record redelivered', () => {
  const { copies, runs, tables } = summaryOf([
    bronze(
      's3://lake/a events s0 1 10:00 -',
      's3://lake/b events s0 1 10:01 -',
      's3://lake/b events s0 7 10:02 -',
      's3://lake/b events s0 8 10:03 digits',
      's3://lake/c events s0 9 10:04 -',
    ),
    layer('ledger', 'object state records run', 'a accounted 1 run-1', 'b accounted 3 run-1', 'c landed 1 -'),
    layer('silver', 'order_id _stream _shard _sequence_number', 'o-1 events s0 1'),
    layer('gold', 'order_id', 'o-1'),
  ]);

  assert.deepEqual(
    copies.map(({ record, fate, of }) => [record, fate, of]),
    [
      ['events/s0/1', 'kept', undefined],
      ['events/s0/1', 'redelivered', 'events/s0/1'],
      ['events/s0/7', 'duplicate', 'events/s0/1'],
      ['events/s0/8', 'refused', 'digits'],
      ['events/s0/9', 'waiting', undefined],
    ],
  );
  assert.deepEqual([runs, tables], [['run-1'], ['shop_silver.orders', 'shop_gold.orders']]);
});

test('an event that no run has taken waits', () => {
  const { copies, runs } = summaryOf([bronze('s3://lake/a events s0 1 10:00 -')]);

  assert.deepEqual([copies[0]!.fate, runs], ['waiting', []]);
});
