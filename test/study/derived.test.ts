/** Generated files that are committed say what the contracts say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { generatedFiles } from '../../lake/generatedFiles.ts';
import { root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';

for (const { path, text } of generatedFiles(studiesOf()))
  test(`${path} is what npm run generate writes`, () => {
    const committed = readFileSync(join(root, path), 'utf8');

    assert.equal(committed, text);
  });
