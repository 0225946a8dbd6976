/** The files behind objects: moved only when given away, and there for as long as an answer may still open them. */
import assert from 'node:assert/strict';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type OnTestFinishedHandler, test } from 'vitest';
import { FileToMove } from '../../core/fileToMove.ts';
import { createBlobs } from './blobs.ts';

function blobsIn(t: { onTestFinished: (handler: OnTestFinishedHandler) => void }) {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-blobs-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  writeFileSync(file, 'bytes');
  return { blobs: createBlobs(folder, () => {}), file };
}

test('a stream of a file is read and its file stays; a file that is given away is moved', async (t) => {
  const { blobs, file } = blobsIn(t);

  const read = await blobs.write(createReadStream(file), 'key');
  const isThere = existsSync(file);
  const moved = await blobs.write(new FileToMove(file), 'key');

  assert.deepEqual([isThere, existsSync(file)], [true, false]);
  for (const { name } of [read, moved]) assert.equal(readFileSync(blobs.path(name), 'utf8'), 'bytes');
});

test('a file that is removed stays for the answers that were decided on before', async (t) => {
  const { blobs } = blobsIn(t);
  const { name } = await blobs.write(Buffer.from('bytes'), 'key');

  blobs.remove(name);
  // As far as promises carry an answer without waiting for anything.
  for (let step = 0; step < 100; step++) await Promise.resolve();
  const meanwhile = existsSync(blobs.path(name));
  while (existsSync(blobs.path(name))) await setImmediate();

  assert.ok(meanwhile);
});
