/** Iceberg tables through Athena's statements: CTAS, INSERT, MERGE, UPDATE, DELETE, time travel, maintenance; and Hive tables written. */
import assert from 'node:assert/strict';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { test } from 'vitest';
import { runToEnd } from './support/athenaClient.ts';
import { type AthenaCloud, athenaCloud } from './support/athenaCloud.ts';

const salesTable = `CREATE TABLE sales (id bigint, at timestamp, amount decimal(18,2), note string)
  PARTITIONED BY (month(at)) LOCATION 's3://lake/sales/' TBLPROPERTIES ('table_type' = 'ICEBERG')`;

const salesRows = `INSERT INTO sales VALUES
  (1, TIMESTAMP '2024-01-15 10:00:00', DECIMAL '10.00', 'a'),
  (2, TIMESTAMP '2024-02-15 10:00:00.123456', DECIMAL '20.50', NULL),
  (3, TIMESTAMP '2024-02-16 10:00:00', DECIMAL '30.00', 'c')`;

async function withSales(t: Parameters<typeof athenaCloud>[0]): Promise<AthenaCloud> {
  const lake = await athenaCloud(t);
  await lake.run(salesTable);
  await lake.run(salesRows);
  return lake;
}

const ids = async ({ run }: AthenaCloud, where = 'true') =>
  (await run(`SELECT id FROM sales WHERE ${where} ORDER BY id`)).rows.flat();

test('rows go in by INSERT and come out typed; columns that are left out are NULL', async (t) => {
  const lake = await withSales(t);

  const inserted = await lake.run(`INSERT INTO sales (amount, id) SELECT DECIMAL '5', 4`);
  const answer = await lake.run('SELECT * FROM sales ORDER BY id');

  assert.equal(inserted.updateCount, 1);
  assert.deepEqual(answer.rows, [
    ['1', '2024-01-15 10:00:00.000000', '10.00', 'a'],
    ['2', '2024-02-15 10:00:00.123456', '20.50', null],
    ['3', '2024-02-16 10:00:00.000000', '30.00', 'c'],
    ['4', null, '5.00', null],
  ]);
  assert.ok(Number(answer.execution.Statistics?.DataScannedInBytes) > 0);
});

test('a filter on the partition scans less', async (t) => {
  const lake = await withSales(t);
  const scanned = async (sql: string) =>
    Number((await lake.run(sql)).execution.Statistics?.DataScannedInBytes);

  const all = await scanned('SELECT id FROM sales');
  const january = await scanned(`SELECT id FROM sales WHERE at < TIMESTAMP '2024-02-01 00:00:00'`);
  const nothing = await scanned(`SELECT id FROM sales WHERE at > TIMESTAMP '2030-01-01 00:00:00'`);

  assert.ok(january < all && january > 0, `${january} of ${all}`);
  assert.equal(nothing, 0);
});

test('MERGE updates, deletes and inserts in one snapshot, its clauses in order', async (t) => {
  const lake = await withSales(t);

  const merged = await lake.run(`MERGE INTO sales t
    USING (VALUES (1, 'D', DECIMAL '0'), (2, 'U', DECIMAL '99.99'), (7, 'I', DECIMAL '7')) AS s(id, op, amount)
    ON t.id = s.id
    WHEN MATCHED AND s.op = 'D' THEN DELETE
    WHEN MATCHED THEN UPDATE SET amount = s.amount, note = 'merged'
    WHEN NOT MATCHED THEN INSERT (id, amount, at) VALUES (s.id, s.amount, TIMESTAMP '2024-03-01 00:00:00')`);

  assert.equal(merged.updateCount, 3);
  assert.deepEqual((await lake.run('SELECT id, amount, note FROM sales ORDER BY id')).rows, [
    ['2', '99.99', 'merged'],
    ['3', '30.00', 'c'],
    ['7', '7.00', null],
  ]);
  assert.deepEqual((await lake.run('SELECT count(*) FROM "sales$snapshots"')).rows, [['2']]);
});

test('a MERGE that hits one row twice fails and changes nothing', async (t) => {
  const lake = await withSales(t);

  const reason =
    await lake.failure(`MERGE INTO sales t USING (VALUES (1, 'x'), (1, 'y')) AS s(id, note) ON t.id = s.id
    WHEN MATCHED THEN UPDATE SET note = s.note`);

  assert.match(reason, /One MERGE target table row matched more than one source row/);
  assert.deepEqual((await lake.run('SELECT note FROM sales WHERE id = 1')).rows, [['a']]);
});

test('UPDATE and DELETE change the rows that their WHERE names', async (t) => {
  const lake = await withSales(t);

  const updated = await lake.run(
    `UPDATE sales SET amount = CAST(amount * 2 AS decimal(18,2)), note = 'twice' WHERE id >= 2`,
  );
  const deleted = await lake.run(`DELETE FROM sales WHERE at < TIMESTAMP '2024-02-01 00:00:00'`);

  assert.deepEqual([updated.updateCount, deleted.updateCount], [2, 1]);
  assert.deepEqual((await lake.run('SELECT id, amount, note FROM sales ORDER BY id')).rows, [
    ['2', '41.00', 'twice'],
    ['3', '60.00', 'twice'],
  ]);
  await lake.run('DELETE FROM sales');
  assert.deepEqual(await ids(lake), []);
});

test('a table is read as it was, by snapshot and by time', async (t) => {
  const lake = await withSales(t);
  const [snapshot] = (await lake.run('SELECT snapshot_id, committed_at FROM "sales$snapshots"')).rows[0]!;
  await lake.run('DELETE FROM sales WHERE id = 1');

  const before = await lake.run(`SELECT id FROM sales FOR VERSION AS OF ${snapshot} ORDER BY id`);

  assert.deepEqual(before.rows.flat(), ['1', '2', '3']);
  assert.deepEqual(await ids(lake), ['2', '3']);
  assert.match(
    await lake.failure(`SELECT id FROM sales FOR TIMESTAMP AS OF TIMESTAMP '2001-01-01 00:00:00 UTC'`),
    /No version history table|[Ss]napshot/,
  );
});

test('OPTIMIZE folds deletes into new files and VACUUM removes what no snapshot needs', async (t) => {
  const lake = await withSales(t);
  await lake.run('DELETE FROM sales WHERE id = 3');
  await lake.run(
    `ALTER TABLE sales SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds' = '1', 'vacuum_min_snapshots_to_keep' = '1', 'optimize_rewrite_delete_file_threshold' = '1')`,
  );
  const before = await lake.keys('sales/data/');

  await lake.run('OPTIMIZE sales REWRITE DATA USING BIN_PACK');
  await lake.cloud.context.clock.advance(10_000);
  await lake.run('VACUUM sales');

  assert.deepEqual(await ids(lake), ['1', '2']);
  assert.deepEqual((await lake.run('SELECT count(*) FROM "sales$snapshots"')).rows, [['1']]);
  assert.ok((await lake.keys('sales/data/')).length < before.length);
  assert.match(await lake.failure('VACUUM nothing'), /Table not found shop\.nothing/);
});

test('CTAS makes an Iceberg table in one commit, and refuses a place where something is', async (t) => {
  const lake = await withSales(t);

  const made = await lake.run(`CREATE TABLE monthly
    WITH (table_type = 'ICEBERG', is_external = false, location = 's3://lake/monthly/', partitioning = ARRAY['month(first_at)'])
    AS SELECT date_trunc('month', at) AS first_at, sum(amount) AS amount, count(*) AS sales FROM sales GROUP BY 1`);

  assert.equal(made.updateCount, 2);
  assert.deepEqual((await lake.run('SELECT * FROM monthly ORDER BY 1')).rows, [
    ['2024-01-01 00:00:00.000000', '10.00', '1'],
    ['2024-02-01 00:00:00.000000', '50.50', '2'],
  ]);
  assert.deepEqual((await lake.run(`SELECT partition FROM "monthly$partitions"`)).rows.length, 2);
  assert.match(
    await lake.failure(
      `CREATE TABLE again WITH (table_type = 'ICEBERG', location = 's3://lake/monthly/') AS SELECT 1 AS a`,
    ),
    /^HIVE_PATH_ALREADY_EXISTS: /,
  );
  assert.match(
    await lake.failure(`CREATE TABLE monthly WITH (table_type = 'ICEBERG') AS SELECT 1 AS a`),
    /already exists/,
  );
  assert.match(
    await lake.failure(`CREATE TABLE nameless AS SELECT 1`),
    /Column name not specified at position 1/,
  );
});

test('CTAS makes a partitioned Hive table, and INSERT adds to it', async (t) => {
  const lake = await withSales(t);

  const made = await lake.run(`CREATE TABLE by_month
    WITH (format = 'PARQUET', write_compression = 'SNAPPY', partitioned_by = ARRAY['month'])
    AS SELECT id, amount, date_format(at, '%Y-%m') AS month FROM sales`);
  await lake.run(`INSERT INTO by_month VALUES (9, DECIMAL '9', '2024-09')`);

  const { Table } = await lake.glue.send(new GetTableCommand({ DatabaseName: 'shop', Name: 'by_month' }));
  assert.equal(
    Table?.StorageDescriptor?.Location,
    `s3://lake/results/tables/${made.execution.QueryExecutionId}/`,
  );
  assert.deepEqual((await lake.run('SHOW PARTITIONS by_month')).rows.flat(), [
    'month=2024-01',
    'month=2024-02',
    'month=2024-09',
  ]);
  assert.deepEqual(
    (await lake.run(`SELECT id, amount, month FROM by_month WHERE month >= '2024-02' ORDER BY id`)).rows,
    [
      ['2', '20.50', '2024-02'],
      ['3', '30.00', '2024-02'],
      ['9', '9.00', '2024-09'],
    ],
  );
  assert.match(await lake.failure('DELETE FROM by_month'), /only supported for transactional tables/);
});

test('UNLOAD writes files and a manifest of them', async (t) => {
  const lake = await withSales(t);

  const unloaded = await lake.run(
    `UNLOAD (SELECT id, note FROM sales ORDER BY id) TO 's3://lake/out/' WITH (format = 'JSON', compression = 'none')`,
  );

  const manifest = await lake.text(unloaded.execution.Statistics?.DataManifestLocation ?? '');
  const [file] = manifest.trim().split('\n');
  assert.match(file ?? '', /^s3:\/\/lake\/out\//);
  assert.deepEqual(
    (await lake.text(file!))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { id: 1, note: 'a' },
      { id: 2, note: null },
      { id: 3, note: 'c' },
    ],
  );
});

test('two writers at once both get in', async (t) => {
  const lake = await withSales(t);
  const insert = (id: number) => runToEnd(lake.athena, `INSERT INTO shop.sales (id) VALUES (${id})`);

  const answers = await Promise.all([10, 11, 12, 13].map(insert));

  assert.deepEqual(new Set(answers.map(({ execution }) => execution.Status?.State)), new Set(['SUCCEEDED']));
  assert.deepEqual(await ids(lake, 'id >= 10'), ['10', '11', '12', '13']);
});
