/** A state folder's own files: what is damaged is refused by name, what can be made again is made again. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { DamagedStateError } from '../core/damage.ts';
import { readAnnouncement, StateDirInUseError, takeStateDir } from '../core/stateDir.ts';
import { cutTo, flipBit } from './support/stateFiles.ts';

/** A folder that a cloud has used: it holds state, and its clock was moved. */
function usedFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'headwaters-state-'));
  t.onTestFinished(() => rmSync(dir, { recursive: true }));
  const state = takeStateDir(join(dir, 'cloud'));
  state.writeClockOffset(60_000);
  mkdtempSync(join(state.path, 'service-'));
  state.release();
  return state.path;
}

const namesIt = (file: string) => (error: unknown) =>
  error instanceof DamagedStateError && error.file === file;

test('a clock that is missing, cut or changed is refused by name: time would go back', (t) => {
  const dir = usedFolder(t);
  const clock = join(dir, 'clock.json');
  const whole = readFileSync(clock);

  for (let size = 0; size < whole.length; size += 7) {
    cutTo(clock, size);
    assert.throws(() => takeStateDir(dir).readClockOffset(), namesIt(clock));
    writeFileSync(clock, whole);
  }
  for (let at = 0; at < statSync(clock).size; at++) {
    flipBit(clock, at, at % 8);
    assert.throws(() => takeStateDir(dir).readClockOffset(), namesIt(clock));
    writeFileSync(clock, whole);
  }
  rmSync(clock);
  assert.throws(() => takeStateDir(dir), namesIt(clock));
  writeFileSync(clock, whole);
  const state = takeStateDir(dir);
  assert.equal(state.readClockOffset(), 60_000);
  state.release();
});

test('a folder that holds state and does not say its format is refused', (t) => {
  const dir = usedFolder(t);
  const format = join(dir, 'format.json');

  cutTo(format, 3);
  assert.throws(() => takeStateDir(dir), namesIt(format));
  cutTo(format, 0);
  assert.throws(() => takeStateDir(dir), namesIt(format));
  rmSync(format);
  assert.throws(() => takeStateDir(dir), namesIt(format));
});

test('a damaged lock is made again, and holds', (t) => {
  const dir = usedFolder(t);
  writeFileSync(join(dir, 'lock.sqlite'), 'this is not a database, whatever its name says');

  const state = takeStateDir(dir);

  assert.throws(() => takeStateDir(dir), StateDirInUseError);
  state.release();
});

test('a damaged announcement leads nowhere, and the folder in use is still refused to a second cloud', (t) => {
  const dir = usedFolder(t);
  const state = takeStateDir(dir);
  state.announce({ endpoint: 'http://127.0.0.1:4566', athena: 'duckdb' });
  assert.equal(readAnnouncement(dir)?.pid, process.pid);

  flipBit(join(dir, 'cloud.json'), 20);

  assert.equal(readAnnouncement(dir), undefined);
  assert.throws(() => takeStateDir(dir), StateDirInUseError);
  state.release();
});
