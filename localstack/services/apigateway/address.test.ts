/** An API's address names the port at which the cloud is served now. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { CloudContext } from '../../core/service.ts';
import { addressNow } from './address.ts';

test('an address that a stack kept follows the port; every other text stays as it is', () => {
  const context = { endpoint: () => 'http://127.0.0.1:4570' } as CloudContext;
  const now = (text: string) => addressNow(context, text);

  assert.equal(
    now('http://127.0.0.1:4566/_aws/execute-api/abc123/v1'),
    'http://127.0.0.1:4570/_aws/execute-api/abc123/v1',
  );
  assert.equal(now('http://127.0.0.1:4566/a-queue'), 'http://127.0.0.1:4566/a-queue');
  assert.equal(now('headwaters-lake'), 'headwaters-lake');
});
