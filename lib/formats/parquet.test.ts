/** Values of Parquet files as DuckDB writes them: decimals, times and bytes are exact, and rows come in slices. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, test } from 'vitest';
import { readParquet } from './parquet.ts';
import type { RawRow } from './row.ts';

const dir = await mkdtemp(join(tmpdir(), 'headwaters-parquet-test-'));
afterAll(() => rm(dir, { recursive: true, force: true }));
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

let files = 0;
async function write(select: string, options = ''): Promise<string> {
  const path = join(dir, `${files++}.parquet`);
  await connection.run(`copy (${select}) to '${path}' (format parquet${options})`);
  return path;
}
async function read(path: string): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const some of readParquet(path, { name: 'rows', columns: [{ name: 'a', required: true }] }))
    rows.push(...some);
  return rows;
}
const rowOf = (row: RawRow | undefined) => (row && 'row' in row ? row.row : undefined);

test('Decimals keep all their digits, in lists, structures and maps too', async () => {
  const path = await write(
    `select 1.15::decimal(18,2) a, 123456789012345678901234567890.12::decimal(38,2) b, -0.05::decimal(4,2) c,
            [1.15::decimal(18,2), null] d, {'x': 1.10::decimal(9,2), 'y': [{'z': 0.30::decimal(9,2)}]} e, map {'k': 2.50::decimal(9,2)} f,
            null::decimal(9,2) g, 7::decimal(9,0) h`,
  );

  assert.deepEqual(rowOf((await read(path))[0]), {
    a: '1.15',
    b: '123456789012345678901234567890.12',
    c: '-0.05',
    d: ['1.15', null],
    e: { x: '1.10', y: [{ z: '0.30' }] },
    f: { k: '2.50' },
    g: null,
    h: '7',
  });
});

test('Microseconds and nanoseconds are kept, before 1970 too', async () => {
  const path = await write(
    `select timestamp '2024-05-06 07:08:09.123456' a, timestamp '1969-12-31 23:59:59.5' b,
            timestamp_ns '2024-05-06 07:08:09.123456789' c, timestamp_ms '2024-05-06 07:08:09.100' d, timestamptz '2024-05-06 07:08:09+00' e`,
  );

  assert.deepEqual(rowOf((await read(path))[0]), {
    a: '2024-05-06T07:08:09.123456Z',
    b: '1969-12-31T23:59:59.5Z',
    c: '2024-05-06T07:08:09.123456789Z',
    d: new Date('2024-05-06T07:08:09.100Z'),
    e: '2024-05-06T07:08:09Z',
  });
});

test('Bytes that are not UTF-8 stay bytes; big integers keep their digits', async () => {
  const path = await write(String.raw`select 'Zoë' a, '\xff\x00'::blob b, 9007199254740993::bigint c`);

  assert.deepEqual(rowOf((await read(path))[0]), {
    a: 'Zoë',
    b: new Uint8Array([255, 0]),
    c: 9007199254740993n,
  });
});

test('Every row comes once and in order, over row groups and slices', async () => {
  const path = await write(`select i a, repeat('x', 900) b from range(70000) t(i)`, ', row_group_size 50000');

  const rows = await read(path);

  assert.equal(rows.length, 70_000);
  assert.ok(rows.every((row, at) => rowOf(row)!.a === BigInt(at)));
});

test('A file that lost its footer, its head or bytes between them is refused', async () => {
  const whole = await readFile(await write(`select i a, 'row ' || i b from range(5000) t(i)`));
  const broken: [string, Buffer, RegExp][] = [
    ['footer', whole.subarray(0, -20), /not Parquet, or truncated/],
    ['head', whole.subarray(10), /its first bytes are not PAR1/],
    ['bytes after it', Buffer.concat([whole, Buffer.from('x')]), /not Parquet, or truncated/],
    [
      'a part',
      Buffer.concat([whole.subarray(0, 2000), whole.subarray(9000)]),
      /rows 1 to .* cannot be read|not Parquet/,
    ],
  ];
  for (const [what, bytes, message] of broken) {
    const path = join(dir, `${what}.parquet`);
    await writeFile(path, bytes);

    await assert.rejects(read(path), message, what);
  }
});
