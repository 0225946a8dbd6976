/** A cloud assembly that was synthesised before is used again only if every file of it is as it was. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { isAsSynthesised, keepDigest } from './synthesise.ts';

test('a file of an assembly that was changed, added or removed makes it be synthesised again', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-assembly-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const template = join(folder, 'stack.template.json');
  const code = join(folder, 'asset.1', 'index.mjs');
  mkdirSync(join(folder, 'asset.1'));
  writeFileSync(template, '{"Resources": {}}');
  writeFileSync(code, 'export const handler = 1;');
  assert.equal(isAsSynthesised(folder), false);
  keepDigest(folder);
  assert.equal(isAsSynthesised(folder), true);

  writeFileSync(code, 'export const handler = 2;');
  assert.equal(isAsSynthesised(folder), false);
  writeFileSync(code, 'export const handler = 1;');
  assert.equal(isAsSynthesised(folder), true);
  rmSync(template);
  assert.equal(isAsSynthesised(folder), false);
  writeFileSync(template, '{"Resources": {}}');
  writeFileSync(join(folder, 'more.json'), '');
  assert.equal(isAsSynthesised(folder), false);
});
