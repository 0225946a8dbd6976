/** The arithmetic of what published traffic needs, against figures reckoned by hand from AWS's limits and prices. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { needOf } from './publishedNeed.ts';

test('the peak decides the shards, by records or by bytes, and the day decides what is stored', () => {
  const volume = { eventsADay: 1e9, bytesAnEvent: 1000, source: 'paper' };

  const byRecords = needOf({ ...volume, peakEventsASecond: 50_000, bytesAnEvent: 100 });
  const byBytes = needOf({ ...volume, peakEventsASecond: 50_000, bytesAnEvent: 4096 });
  const stored = needOf({ ...volume, peakEventsASecond: 1 });

  // 50,000 records a second at 1,000 a shard; 204.8 MB a second at 1 MiB a shard.
  assert.deepEqual([byRecords.shards, byBytes.shards], [50, 196]);
  assert.equal(stored.terabytesADay, 1);
  // One shard at 0.015 an hour; 30,417 million units at 0.014; 30,417 GB at 0.023.
  const dollars = Object.fromEntries(
    stored.costs.map(({ item, dollarsAMonth }) => [item, dollarsAMonth.toFixed(2)]),
  );
  assert.equal(dollars['Kinesis shards'], '10.95');
  assert.equal(dollars['million Kinesis PUT units'], '425.83');
  assert.equal(dollars['GB of bronze'], '699.58');
});
