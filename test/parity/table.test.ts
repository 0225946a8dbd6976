/** docs/parity.md is what the code says today. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { FILE, parityPage } from './table.ts';

test('docs/parity.md is up to date: `node test/parity/table.ts` writes it', async () => {
  const written = readFileSync(FILE, 'utf8');

  const page = await parityPage();

  assert.equal(written, page);
});
