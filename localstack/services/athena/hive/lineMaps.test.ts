/** Reading by the places of keys gives what reading by the keys gives. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import type { HiveFile } from './files.ts';
import { keyListsOf, lineMaps } from './lineMaps.ts';

const folder = mkdtempSync(join(tmpdir(), 'hw-lines-'));
let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;

/** A file of these lines that is said to be large, so that its keys are looked at. */
function fileOf(lines: readonly string[]): HiveFile {
  const path = join(folder, `${count++}.json`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return { uri: `s3://lake${path}`, path, size: 1e8, etag: '', modifiedAt: new Date(0), partition: {} };
}

const columns = new Map([
  ['first', 'a'],
  ['second', 'b'],
  ['third', 'long key'],
]);
const keys = [...columns.values(), 'unknown', 'other'];

const read = async (file: HiveFile, lists: readonly (readonly string[])[]) =>
  (await connection.runAndReadAll(lineMaps([file], columns, lists))).getRowsJS();

type Value = string | number | null | { k: string };

const line = fc
  .tuple(
    fc.shuffledSubarray(keys),
    fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.nat(9), fc.constant(null), fc.constant({ k: 'v' })), {
      minLength: keys.length,
      maxLength: keys.length,
    }),
  )
  .map(([some, values]) => some.map((key, index): [string, Value] => [key, values[index]!]));

const textOf = (value: Value | undefined) =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

test('lines have the values of their keys, whatever keys they have and in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), async (lines) => {
      const objects = lines.map((entries) => Object.fromEntries(entries));
      const file = fileOf(objects.map((object) => JSON.stringify(object)));

      const lists = await keyListsOf(connection, [file]);
      const placed = await read(file, lists);
      const sought = await read(file, []);

      const expected = objects.map((object) => [
        ...[...columns.values()].map((key) => textOf(object[key])),
        file.path,
      ]);
      assert.ok(lists.length > 0);
      assert.deepEqual(placed, expected);
      assert.deepEqual(sought, expected);
    }),
    { numRuns: 60 },
  );
});

test('a key that must be folded fails the read, and is in no list', async () => {
  const lines = ['{"a":"1","b":"2"}', '{"a":"1","B":"2"}', '{"a":"1","Ä":"2"}'];
  const file = fileOf(lines);

  const lists = await keyListsOf(connection, [file]);

  assert.deepEqual(lists, [['a', 'b']]);
  await assert.rejects(read(file, lists), /keys to be folded/);
  await assert.rejects(read(file, []), /keys to be folded/);
});

test('keys of files that are small or broken are not listed', async () => {
  const small = { ...fileOf(['{"a":"1"}']), size: 1000 };
  const broken = fileOf(['{"a":"1"}', '{"a":']);

  assert.deepEqual(await keyListsOf(connection, [small]), []);
  assert.deepEqual(await keyListsOf(connection, [broken]), []);
});
