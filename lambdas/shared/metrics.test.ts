/** A count becomes a metric only where CloudWatch has something to show: each is billed by the hour. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { metricLine } from './metrics.ts';

test('A figure of 0 and one that nobody watches are in the log, but are no metrics', () => {
  const line = JSON.parse(
    metricLine('shop', { metrics: { RecordsToBronze: 3, RecordsRefused: 0 }, more: { BronzeBytes: 9 } }, 1),
  );

  assert.deepEqual(line._aws.CloudWatchMetrics[0].Metrics, [{ Name: 'RecordsToBronze', Unit: 'Count' }]);
  assert.deepEqual([line.RecordsRefused, line.BronzeBytes], [0, 9]);
});

test('An invocation that has nothing to count writes no metric', () => {
  assert.equal(JSON.parse(metricLine('shop', { metrics: { LedgerRowsSwept: 0 } }, 1))._aws, undefined);
});
