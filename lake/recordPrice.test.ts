/** A record's price is its own share of what was billed for its batch and its run. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { recordPrice } from './recordPrice.ts';

const dollars = (work: Parameters<typeof recordPrice>[0]) =>
  Object.fromEntries(
    recordPrice(work).map(({ hop, dollarsAMillion }) => [hop, Number(dollarsAMillion.toPrecision(6))]),
  );

test('PUT units are a record’s own, in steps of 25 KB; what is done for a batch is shared by its records', () => {
  assert.deepEqual(dollars({ streamBytes: 575, batch: 1000 }), {
    Kinesis: 0.014,
    Lambda: 0.0002,
    S3: 0.01,
    Ledger: 0.0025,
  });
  assert.equal(dollars({ streamBytes: 25_601 }).Kinesis, 0.028);
});

test('a statement is billed for 10 MB at least, and shared by the records of the run', () => {
  const statements = { count: 2, scannedBytes: [50, 20_000_000], records: 1000 };

  assert.deepEqual(dollars({ statements }), { Athena: 0.15 });
});
