import assert from 'node:assert/strict';
import { test } from 'vitest';
import { recordsByShard } from './logic.ts';

test('records keep their order, their bytes and their arrival, by shard', () => {
  const record = (shard: string, sequenceNumber: string) => ({
    eventID: `${shard}:${sequenceNumber}`,
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'k',
      sequenceNumber,
      data: Buffer.from(`record ${sequenceNumber}`).toString('base64'),
      approximateArrivalTimestamp: 1_733_000_000.123,
    },
  });

  const shards = recordsByShard([record('a', '1'), record('b', '2'), record('a', '3')]);

  assert.deepEqual(
    [...shards].map(([shard, records]) => [shard, records.map(({ sequence }) => sequence)]),
    [
      ['a', ['1', '3']],
      ['b', ['2']],
    ],
  );
  assert.deepEqual(shards.get('b'), [
    { bytes: Buffer.from('record 2'), arrivedAtMs: 1_733_000_000_123, sequence: '2' },
  ]);
});
