/** Tables of the Iceberg library from creation to reading, over a store in a folder. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import * as iceberg from '../iceberg/index.ts';
import { icebergLake } from './support/icebergLake.ts';

const ORDERS = { database: 'shop', table: 'orders' };

test('rows appended to a partitioned table are read back, from files under their partitions', async (t) => {
  const { lake, connection, rows } = await icebergLake(t);
  await iceberg.createTable(lake, ORDERS, {
    location: 's3://lake/shop/orders',
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'amount', type: 'decimal(18,2)' },
      { name: 'ordered_at', type: 'timestamp' },
    ],
    partitioning: ['month(ordered_at)'],
  });

  const result = await iceberg.append(lake, connection, ORDERS, {
    select: `SELECT i, i * 1.5, TIMESTAMP '2024-01-15' + INTERVAL (i) MONTH FROM range(4) t(i)`,
  });

  const plan = await iceberg.planScan(lake, connection, result.table.metadata);
  assert.deepEqual(await rows(`SELECT * FROM ${plan.relation} ORDER BY id`), [
    ['0', '0.00', '2024-01-15 00:00:00'],
    ['1', '1.50', '2024-02-15 00:00:00'],
    ['2', '3.00', '2024-03-15 00:00:00'],
    ['3', '4.50', '2024-04-15 00:00:00'],
  ]);
  assert.deepEqual(
    plan.files.map((file) => file.partition).sort(),
    ['01', '02', '03', '04'].map((month) => `ordered_at_month=2024-${month}`),
  );
});

test('columns named like the reader’s own are still the table’s', async (t) => {
  const { lake, connection, rows } = await icebergLake(t);
  const { table } = await iceberg.createTableAs(lake, connection, ORDERS, {
    location: 's3://lake/shop/orders',
    columns: [
      { name: 'filename', type: 'string' },
      { name: 'file_row_number', type: 'int' },
      { name: 'file_index', type: 'int' },
      { name: 'a.b', type: 'int' },
    ],
    select: `SELECT 'mine', 90 + i, 80 + i, 70 + i FROM range(3) r(i)`,
  });
  const before = await iceberg.planScan(lake, connection, table.metadata, { rowIds: true });

  const changed = await iceberg.rowDelta(lake, connection, table, {
    operation: 'delete',
    deletes: `SELECT "$path", "$pos" FROM ${before.relation} WHERE file_row_number = 91`,
  });

  const { relation } = await iceberg.planScan(lake, connection, changed.table.metadata);
  assert.deepEqual(await rows(`SELECT * FROM ${relation} ORDER BY 2`), [
    ['mine', 90, 80, 70],
    ['mine', 92, 82, 72],
  ]);
});

test('a connection that may touch nothing but the store’s folder is enough', async (t) => {
  const { lake, connection, rows, root } = await icebergLake(t);
  await connection.run(`SET allowed_directories = ['${root}/']`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  const { table } = await iceberg.createTableAs(lake, connection, ORDERS, {
    location: 's3://lake/shop/orders',
    columns: [
      { name: 'id', type: 'int' },
      { name: 'country', type: 'string' },
    ],
    partitioning: ['country', 'bucket(2, id)'],
    select: `SELECT i, 'c' || i % 2 FROM range(10) r(i)`,
  });
  const before = await iceberg.planScan(lake, connection, table.metadata, { rowIds: true });

  const changed = await iceberg.rowDelta(lake, connection, table, {
    operation: 'delete',
    deletes: `SELECT "$path", "$pos" FROM ${before.relation} WHERE id < 3`,
  });

  const { relation } = await iceberg.planScan(lake, connection, changed.table.metadata);
  assert.deepEqual(await rows(`SELECT count(*)::INT FROM ${relation}`), [[7]]);
});
