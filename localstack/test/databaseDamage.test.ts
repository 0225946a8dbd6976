/** A service's database that lost or changed what was committed to it is refused by name; what a kill leaves is read whole. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type TestContext, test, vi } from 'vitest';
import { DamagedStateError } from '../core/damage.ts';
import { openDatabase, type StateDatabase } from '../core/database.ts';
import { localCloud } from './support/localCloud.ts';
import { cutTo, flipBit, killedImage } from './support/stateFiles.ts';

const FILE = 'store.sqlite';
const ROWS = 60;
const textOf = (id: number) => `row ${id} ${'x'.repeat(500)}`;

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-database-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function fill(db: StateDatabase, from: number, to: number): void {
  db.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
  for (let id = from; id < to; id++) insert.run(id, textOf(id));
}

/** A folder with half of the rows in the database and half in its log, as a kill leaves it. */
function killedFolder(t: TestContext): string {
  const folder = newFolder(t);
  const first = openDatabase(join(folder, FILE));
  fill(first, 0, ROWS / 2);
  first.close();
  const second = openDatabase(join(folder, FILE));
  fill(second, ROWS / 2, ROWS);
  const image = killedImage(folder);
  second.close();
  t.onTestFinished(() => rmSync(image, { recursive: true }));
  return image;
}

/** A folder of a cloud that stopped in good order. */
function stoppedFolder(t: TestContext): string {
  const folder = newFolder(t);
  const db = openDatabase(join(folder, FILE));
  fill(db, 0, ROWS);
  db.close();
  return folder;
}

function assertWhole(folder: string): void {
  const db = openDatabase(join(folder, FILE));
  const rows = db.prepare('SELECT id, text FROM t ORDER BY id').all();
  db.close();
  assert.deepEqual(
    rows.map(({ id, text }) => [id, text]),
    Array.from({ length: ROWS }, (_, id) => [id, textOf(id)]),
  );
}

function assertRefused(folder: string, file: string): void {
  assert.throws(
    () => openDatabase(join(folder, FILE)).close(),
    (error: unknown) => error instanceof DamagedStateError && error.file === join(folder, file),
  );
}

/** Harm done to a copy of `folder`, for each of 20 places and kinds. */
function eachHarm(folder: string, file: string, judge: (harmed: string) => void): void {
  const { size } = statSync(join(folder, file));
  const harm = fc.oneof(
    fc.record({
      at: fc.integer({ min: 0, max: size - 1 }),
      bit: fc.integer({ min: 0, max: 7 }),
      kind: fc.constant('flip' as const),
    }),
    fc.record({ at: fc.integer({ min: 0, max: size - 1 }), kind: fc.constant('cut' as const) }),
    fc.record({ kind: fc.constant('delete' as const) }),
  );
  fc.assert(
    fc.property(harm, (one) => {
      const harmed = killedImage(folder);
      const path = join(harmed, file);
      if (one.kind === 'flip') flipBit(path, one.at, one.bit);
      else if (one.kind === 'cut') cutTo(path, one.at);
      else rmSync(path);
      judge(harmed);
      rmSync(harmed, { recursive: true });
    }),
    { numRuns: 20 },
  );
}

test('a database that was closed in good order is refused when any bit of it is changed, cut off or missing', (t) => {
  const folder = stoppedFolder(t);
  assert.equal(existsSync(join(folder, `${FILE}-wal`)), false);

  eachHarm(folder, FILE, (harmed) => assertRefused(harmed, FILE));

  assertWhole(folder);
});

test('after a kill, harm to the database is refused with its name', (t) => {
  const folder = killedFolder(t);

  eachHarm(folder, FILE, (harmed) => assertRefused(harmed, FILE));

  assertWhole(folder);
});

test('after a kill, harm to the log of commits is refused with its name: none is taken back in silence', (t) => {
  const folder = killedFolder(t);

  eachHarm(folder, `${FILE}-wal`, (harmed) => assertRefused(harmed, `${FILE}-wal`));
});

test('after a kill, harm to the mark of how far the log was committed changes nothing that is read', (t) => {
  const folder = killedFolder(t);

  eachHarm(folder, `${FILE}.committed`, assertWhole);
});

test('without the mark, harm in the middle of the log of commits is refused with its name', (t) => {
  const folder = killedFolder(t);
  rmSync(join(folder, `${FILE}.committed`));

  flipBit(join(folder, `${FILE}-wal`), 5000);

  assertRefused(folder, `${FILE}-wal`);
});

test('harm to the checksum changes nothing that is read, and it is made again', (t) => {
  const folder = stoppedFolder(t);

  eachHarm(folder, `${FILE}.sum`, (harmed) => {
    assertWhole(harmed);
    flipBit(join(harmed, FILE), 5000);
    assertRefused(harmed, FILE);
  });
});

test('what a kill left of a commit that was acknowledged to nobody is not read', (t) => {
  const folder = killedFolder(t);
  const log = readFileSync(join(folder, `${FILE}-wal`));

  for (const bytes of [10, 24, 3000]) {
    const torn = killedImage(folder);
    appendFileSync(join(torn, `${FILE}-wal`), log.subarray(32, 32 + bytes));
    assertWhole(torn);
    rmSync(torn, { recursive: true });
  }
});

test('a database whose structure is damaged and whose checksum is not known is refused with its name', (t) => {
  const folder = stoppedFolder(t);
  rmSync(join(folder, `${FILE}.sum`));
  const path = join(folder, FILE);
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096, 4096 + 200);
  writeFileSync(path, bytes);

  assertRefused(folder, FILE);
});

test('harm while the database is open is found by its check, and stays found', (t) => {
  for (const file of [FILE, `${FILE}-wal`]) {
    const folder = stoppedFolder(t);
    const db = openDatabase(join(folder, FILE));
    fill(db, ROWS, ROWS + 20);
    db.check();
    flipBit(join(folder, file), 3000);

    const namesIt = (error: unknown) =>
      error instanceof DamagedStateError && error.file === join(folder, file);
    assert.throws(() => db.check(), namesIt);
    assert.throws(() => db.check(), namesIt);
    db.close();
    assertRefused(folder, FILE);
  }
});

test('a log that has grown large is folded in while the database is open, and the checksum follows', (t) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  t.onTestFinished(() => {
    vi.useRealTimers();
  });
  const folder = newFolder(t);
  const db = openDatabase(join(folder, FILE));
  fill(db, 0, ROWS);
  db.exec('CREATE TABLE filler (text TEXT)');
  db.prepare('INSERT INTO filler VALUES (?)').run('x'.repeat(9 * 1024 * 1024));

  vi.advanceTimersByTime(1000);

  assert.equal(statSync(join(folder, `${FILE}-wal`)).size, 0);
  db.check();
  const image = killedImage(folder);
  assertWhole(image);
  flipBit(join(image, FILE), 5_000_000);
  assertRefused(image, FILE);
  db.close();
  rmSync(image, { recursive: true });
});

test('a cloud whose state is damaged while it runs says so by the file to whoever asks whether it is idle', async (t) => {
  const cloud = await localCloud(t);
  const path = join(cloud.context.stateDir, 'dynamodb', 'dynamodb.sqlite');
  const ask = async (address: string) => {
    const answer = await fetch(`${cloud.endpoint}${address}`);
    return { status: answer.status, text: await answer.text() };
  };
  assert.equal((await ask('/_headwaters/state')).status, 200);

  cutTo(`${path}-wal`, 1000);

  for (const address of ['/_headwaters/state', '/_headwaters/idle']) {
    const { status, text } = await ask(address);
    assert.equal(status, 500);
    assert.match(text, /dynamodb\.sqlite-wal is damaged/);
  }
  await assert.rejects(cloud.restarted(), DamagedStateError);
});
