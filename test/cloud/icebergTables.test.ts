/** Tables of the Iceberg library from creation to reading, over a store in a folder. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as iceberg from '../../localstack/iceberg/index.ts';
import { icebergLake } from '../support/icebergLake.ts';

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
