/** The words for why a table is rebuilt. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { because } from './rebuiltText.ts';

test('A table whose partitions changed with its contract says so', () => {
  assert.equal(because({ reason: 'contract' }), 'its contract changed');
  assert.equal(
    because({ reason: 'contract', repartitioned: true }),
    'its contract and its partitions changed',
  );
});
