/** The SQL page's files come from the code that writes those of the command line. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { parquetReadObjects } from 'hyparquet';
import { test } from 'vitest';
import { exportRows } from '../../../lake/export.ts';
import type { Lake } from '../../../lake/lake.ts';
import { PREFIX } from '../../contract/prefix.ts';
import { createPlayground } from '../../server/playground.ts';

const answer = {
  columns: [
    { name: 'state', type: 'varchar' },
    { name: 'orders', type: 'bigint' },
  ],
  rows: [
    ['CA', '12'],
    [null, '3'],
  ],
};

const get = (path: string) => {
  const lake = { queryPage: async () => answer, studies: { names: [] } } as unknown as Lake;
  const playground = createPlayground({ lake, root: '.', endpoint: '127.0.0.1:1', log: () => {} });
  return playground.respond({
    method: 'GET',
    path: `${PREFIX}api/${path}`,
    query: new URLSearchParams(),
    headers: {},
    body: Readable.from([]),
  });
};

test('a finished statement is given as Parquet and as Excel, to be saved under a name', async () => {
  const parquet = await get('sql/q-1/export/parquet');
  const excel = await get('sql/q-1/export/xlsx');

  assert.equal(parquet.status, 200);
  const bytes = new Uint8Array(parquet.body as Buffer);
  assert.deepEqual(await parquetReadObjects({ file: bytes.buffer }), [
    { state: 'CA', orders: 12n },
    { state: null, orders: 3n },
  ]);
  assert.match(String(excel.headers?.['content-disposition']), /filename="result\.xlsx"/);
  // An Excel file names its time of writing, so only the size is compared.
  assert.ok(Math.abs((excel.body as Buffer).length - (await exportRows(answer, 'xlsx')).length) < 16);
});

test('a format that there is not is a 404 that names those there are', async () => {
  const { status, body } = await get('sql/q-1/export/doc');

  assert.equal(status, 404);
  assert.match(String(body), /csv, json, parquet, xlsx/);
});
