/** A folder of data is taken as it is, and what a symbolic link hides is said instead of left out. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { filesIn } from './inputFiles.ts';

function folder(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'headwaters-input-'));
  t.onTestFinished(() => rmSync(dir, { recursive: true }));
  const input = join(dir, 'input');
  mkdirSync(join(input, 'deep'), { recursive: true });
  writeFileSync(join(input, 'deep', 'orders.csv'), 'a\n1\n');
  return { dir, input };
}

test('files of a folder behind a link, and files that are links, are taken', (t) => {
  const { dir, input } = folder(t);
  writeFileSync(join(dir, 'real.csv'), 'a\n1\n');
  symlinkSync(join(dir, 'real.csv'), join(input, 'customers.csv'));
  symlinkSync(input, join(dir, 'link'));

  assert.deepEqual(filesIn(join(dir, 'link')), ['customers.csv', 'deep/orders.csv']);
});

test('a link to nothing is named, with what to do', (t) => {
  const { dir, input } = folder(t);
  symlinkSync(join(dir, 'gone.csv'), join(input, 'sellers.csv'));

  assert.throws(
    () => filesIn(input),
    new UsageError(
      `${join(input, 'sellers.csv')} is a symbolic link to a file that does not exist. Point it to one, or remove it.`,
    ),
  );
});

test('a link to a folder is named, since its files would be left out', (t) => {
  const { dir, input } = folder(t);
  mkdirSync(join(dir, 'more'));
  symlinkSync(join(dir, 'more'), join(input, 'more'));

  assert.throws(
    () => filesIn(input),
    /more is a symbolic link to a folder, which is not followed\. Give that folder/,
  );
});
