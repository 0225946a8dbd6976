/** Answers that are kept between runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { openAnswers } from './answers.ts';

test('an answer is there for who comes later, a failure too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-answers-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'answers.json');
  const one = { columns: [{ name: '_col0', type: 'double' }], rows: [['NaN'], [null]] };

  const before = openAnswers(file).get('SELECT 1');
  await openAnswers(file).keep(new Map([['SELECT 1', one]]));
  await openAnswers(file).keep(new Map([['SELECT 1 / 0', { error: 'DIVISION_BY_ZERO' }]]));
  const after = openAnswers(file);

  assert.equal(before, undefined);
  assert.deepEqual(after.get('SELECT 1'), one);
  assert.deepEqual(after.get('SELECT 1 / 0'), { error: 'DIVISION_BY_ZERO' });
  assert.equal(after.get('constructor'), undefined);
});
