/** Errors of the embedded target that a person can act on. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { remedyOfOlderState } from './embedded.ts';

test('a state folder of older code is named with the command that removes it', () => {
  const refused = new Error('Export Lake:Bucket cannot be removed as it is in use by Shop');

  assert.throws(() => remedyOfOlderState(refused, '/data/other'), {
    name: 'RunFailedError',
    message:
      /The state folder \/data\/other .*npx headwaters down --purge --state \/data\/other, and run again\.$/,
  });
});

test('every other error of a deploy stays as it is', () => {
  const other = new Error('The bucket is not empty');

  assert.throws(() => remedyOfOlderState(other, '/data/other'), other);
});
