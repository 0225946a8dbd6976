/** What is derived from contracts and committed says what the contracts say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { derivedFiles } from '../../bin/derived.ts';
import { root } from '../../bin/world.ts';

for (const { path, text } of derivedFiles())
  test(`${path} is what npm run derive writes`, () => {
    const committed = readFileSync(join(root, path), 'utf8');

    assert.equal(committed, text);
  });
