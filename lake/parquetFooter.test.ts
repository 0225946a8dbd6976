import assert from 'node:assert/strict';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { test } from 'vitest';
import { parquetFooter } from './parquetFooter.ts';

test('a column has its type, NULLs and bounds over all row groups, numbers by their value', async () => {
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'symbol', data: ['SPY', 'IBM', 'QQQ', 'DIA'], type: 'STRING' },
      { name: 'price', data: [9.5, 100, null, 20], type: 'DOUBLE' },
    ],
    rowGroupSize: 2,
  });

  const { rows, rowGroups, columns } = await parquetFooter(file);

  assert.deepEqual([rows, rowGroups], [4, 2]);
  assert.deepEqual(
    columns.map(({ name, type, values, nulls, from, to }) => [name, type, values, nulls, from, to]),
    [
      ['symbol', 'UTF8 (BYTE_ARRAY)', 4, 0, 'DIA', 'SPY'],
      ['price', 'DOUBLE', 4, 1, '9.5', '100'],
    ],
  );
});

test('only the end of a large file is read', async () => {
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'n', data: Array.from({ length: 100_000 }, (_, n) => `${n * 7919}`), type: 'STRING' },
    ],
  });
  let read = 0;

  const { rows } = await parquetFooter({
    byteLength: file.byteLength,
    slice(start, end) {
      read += (end ?? file.byteLength) - start;
      return file.slice(start, end);
    },
  });

  assert.equal(rows, 100_000);
  assert.ok(read <= 64 * 1024 && file.byteLength > 4 * read, `${read} of ${file.byteLength} bytes`);
});

test('a file that is not Parquet is refused', async () => {
  const file = new TextEncoder().encode('symbol,price\nIBM,100\n').buffer;

  await assert.rejects(parquetFooter(file), /parquet file invalid/);
});
