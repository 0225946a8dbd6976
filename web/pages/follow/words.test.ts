/** The finding of the page, and a choice as it is typed. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { CellOrigin, FollowedRecord } from './contract.ts';
import { cellText, cellTitle, leadOf, originWords, readCell, titleOf } from './words.ts';

const followed = (changes: Partial<FollowedRecord> = {}): FollowedRecord => ({
  id: 'line-1',
  eventId: 'line-1',
  source: 'order_items',
  record: { stream: 'events', shard: 's', sequenceNumber: '7' },
  copies: [],
  copy: { record: 'events/s/7', arrivedAt: '2026-11-30T12:28:15.878Z', fate: 'kept' },
  times: {
    arrivedAt: '2026-11-30T12:28:15.878Z',
    writtenAt: '2026-11-30T12:28:17.378Z',
    runStartedAt: '2026-11-30T12:29:16.378Z',
    goldAt: '2026-11-30T12:29:19.878Z',
  },
  hops: [],
  untraced: [],
  price: { region: 'us-east-1', hops: [] },
  ...changes,
});

test('a record that was kept is summed up by how long it took, and what it waited for', () => {
  assert.equal(titleOf(followed()), 'From the shard to gold in 1 min 4 s');
  assert.equal(
    leadOf(followed()),
    'Event line-1 of order_items arrived at 12:28:15.878 on 2026-11-30. It waited 1.5 s for its batch to be written, ' +
      'then 59.0 s for the run to begin; the run needed 3.5 s to publish it.',
  );
});

test('a record that ended before gold is summed up by where', () => {
  const { copy, times } = followed();
  const ended = (changes: Partial<typeof copy>) =>
    titleOf(followed({ copy: { ...copy, ...changes }, times: { arrivedAt: times.arrivedAt } }));

  assert.deepEqual(
    [
      ended({ fate: 'refused', of: 'type' }),
      ended({ fate: 'duplicate' }),
      ended({ fate: 'waiting' }),
      ended({ fate: 'kept' }),
    ],
    [
      'Refused by the rule type',
      'A duplicate: another record with its id was kept',
      'In bronze, waiting for a run',
      'From the shard to silver: nothing in gold is made from it',
    ],
  );
  assert.equal(
    titleOf(followed({ copy: { ...copy, fate: 'waiting' } })),
    'In bronze: no table of silver holds it',
  );
});

test('a cell is a table, a column and a key, and is written as it is read; anything else is an event’s id', () => {
  const cell = {
    table: 'sales',
    column: 'revenue',
    key: { month: '2026-11-01', category: 'Sci-Fi, Fantasy' },
  };

  assert.deepEqual(readCell(cellText(cell)), cell);
  assert.deepEqual(readCell('marts.sales.revenue month=2026-11-01, category=Sci-Fi, Fantasy'), cell);
  assert.deepEqual(readCell('sales, revenue, month=2026-11-01, category=Sci-Fi, Fantasy'), cell);
  for (const id of ['o-1/order_items/line-1', 'events/shardId-0/77', 'v2-0001495-1', 'a=b'])
    assert.equal(readCell(id), undefined, id);
});

test('a cell’s value is said to be what its expression makes of the rows behind it', () => {
  const behind = { zone: 'gold', table: 'fact_sales', total: 85 } as NonNullable<CellOrigin['behind']>;
  const origin = { records: [{}, {}], behind, expression: 'sum(f.amount)' } as unknown as CellOrigin;

  assert.equal(originWords(origin), 'is the sum over 85 rows of fact_sales, which come from 2 records');
  assert.equal(cellTitle({ ...origin, value: '7384.79' }), '7,384.79 is made from 2 records');
  const { behind: _behind, ...straight } = origin;
  assert.equal(originWords({ ...straight, expression: 'i.price' }), 'is made from 2 records');
});
