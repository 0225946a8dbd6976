import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test, vi } from 'vitest';
import type { Study } from '../lib/model/study/study.ts';
import { keepingStudies } from './keptStudy.ts';

/** A folder with a text, a reader of it that keeps, and how often the text was read. */
function textIn(folder = mkdtempSync(join(tmpdir(), 'kept-study-'))) {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'gold', 'sales.sql');
  mkdirSync(join(folder, 'gold'));
  writeFileSync(file, 'select 1');
  const load = vi.fn((at: string) => {
    const title = readFileSync(join(at, 'gold', 'sales.sql'), 'utf8');
    if (title === 'broken') throw new Error('The model does not parse.');
    return { title } as Study;
  });
  return { folder, file, load, find: keepingStudies(load) };
}

/** The clock stands long after every change so far. */
function later() {
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
}

test('a study is read once while its files stay as they are', () => {
  const { folder, load, find } = textIn();
  later();

  const found = [find(folder), find(folder), find(folder)];

  assert.deepEqual(new Set(found).size, 1);
  assert.equal(load.mock.calls.length, 1);
});

test.each<[string, (file: string, folder: string) => void]>([
  ['a file that changed', (file) => writeFileSync(file, 'select 22')],
  ['one of the same size', (file) => writeFileSync(file, 'select 2')],
  [
    'one of the same size and with its old time',
    (file) => {
      writeFileSync(file, 'select 2');
      utimesSync(file, 0, 0);
    },
  ],
  [
    'one that another replaced',
    (file, folder) => {
      writeFileSync(join(folder, 'next'), 'select 2');
      renameSync(join(folder, 'next'), file);
    },
  ],
])('%s is read again', (_, change) => {
  const { folder, file, find } = textIn();
  utimesSync(file, 0, 0);
  later();
  const before = find(folder).title;

  change(file, folder);

  assert.notEqual(find(folder).title, before);
});

test('files that come and go are noticed', () => {
  const { folder, load, find } = textIn();
  later();
  find(folder);

  writeFileSync(join(folder, 'gold', 'more.sql'), 'select 3');
  find(folder);
  rmSync(join(folder, 'gold', 'more.sql'));
  find(folder);

  assert.equal(load.mock.calls.length, 3);
});

test('what has just changed is read again, for it may change once more at the same time', () => {
  const { folder, load, find } = textIn();

  find(folder);
  find(folder);

  assert.equal(load.mock.calls.length, 2);
});

test('a study with problems is read again until it has none', () => {
  const { folder, file, find } = textIn();
  writeFileSync(file, 'broken');
  later();

  assert.throws(() => find(folder), /does not parse/);
  assert.throws(() => find(folder), /does not parse/);
  writeFileSync(file, 'select 4');

  assert.equal(find(folder).title, 'select 4');
});
