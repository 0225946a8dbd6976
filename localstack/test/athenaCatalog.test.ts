/**
 * Athena's DDL and what it shows of the catalog, in the words of Hive's DDL as Athena passes them on: those that are compared
 * whole were recorded from Athena (aoyagikouhei/athena-local, docs/dev/measurements).
 */
import assert from 'node:assert/strict';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { test } from 'vitest';
import { athenaCloud } from './support/athenaCloud.ts';

const externalTable = `CREATE EXTERNAL TABLE events (
    id bigint COMMENT 'the key',
    name string,
    tags array<struct<k:string,v:int>>)
  PARTITIONED BY (dt string, hour int)
  ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
  LOCATION 's3://lake/events/'
  TBLPROPERTIES ('classification' = 'json')`;

test('a database is made once, shown, and dropped only when empty or with CASCADE', async (t) => {
  const { run, failure } = await athenaCloud(t);

  await run('CREATE DATABASE other');
  await run('CREATE SCHEMA IF NOT EXISTS other');
  await run(`CREATE EXTERNAL TABLE other.t (a int) LOCATION 's3://lake/t/'`);

  assert.equal(
    await failure('CREATE DATABASE other'),
    'FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Database other already exists',
  );
  assert.deepEqual((await run('SHOW DATABASES')).rows, [['default'], ['other'], ['shop']]);
  assert.match(
    await failure('DROP DATABASE other'),
    /Database other is not empty\. One or more tables exist\./,
  );
  await run('DROP DATABASE other CASCADE');
  assert.match(await failure('DROP DATABASE other'), /\[Error 10072\]: Database does not exist: other/);
});

test('an external table is in Glue as Athena writes it, and is shown and described', async (t) => {
  const { run, failure, glue } = await athenaCloud(t);

  await run(externalTable);

  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'shop', Name: 'events' }));
  assert.equal(Table?.TableType, 'EXTERNAL_TABLE');
  assert.deepEqual(Table?.StorageDescriptor?.Columns, [
    { Name: 'id', Type: 'bigint', Comment: 'the key' },
    { Name: 'name', Type: 'string' },
    { Name: 'tags', Type: 'array<struct<k:string,v:int>>' },
  ]);
  assert.equal(
    Table?.StorageDescriptor?.SerdeInfo?.SerializationLibrary,
    'org.apache.hive.hcatalog.data.JsonSerDe',
  );
  assert.equal(Table?.Parameters?.EXTERNAL, 'TRUE');
  assert.equal(
    await failure(externalTable),
    'FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. AlreadyExistsException(message:Table events already exist)',
  );
  assert.deepEqual((await run('SHOW TABLES')).rows, [['events']]);
  assert.deepEqual((await run("SHOW TABLES 'e*'")).rows, [['events']]);
  assert.deepEqual(
    (await run('SHOW COLUMNS IN events')).rows.map(([field]) => field?.trim()),
    ['id', 'name', 'tags', 'dt', 'hour'],
  );
  const described = (await run('DESCRIBE events')).rows.map(([line]) =>
    line?.split('\t').map((cell) => cell.trim()),
  );
  assert.deepEqual(described[0], ['id', 'bigint', 'the key']);
  assert.deepEqual(described.at(-1), ['hour', 'int', '']);
  const shown = (await run('SHOW CREATE TABLE events')).rows.map(([line]) => line).join('\n');
  assert.match(shown, /^CREATE EXTERNAL TABLE `shop\.events`\(\n {2}`id` bigint COMMENT 'the key', \n/);
  assert.match(shown, /PARTITIONED BY \( \n {2}`dt` string, \n {2}`hour` int\)/);
});

test('partitions are added by hand, found by MSCK REPAIR, shown and dropped', async (t) => {
  const { run, failure, put } = await athenaCloud(t);
  await run(externalTable);
  await put('events/dt=2024-01-02/hour=3/a.json', '{"id":1}\n');

  await run(`ALTER TABLE events ADD PARTITION (dt='2024-01-01', hour=0) LOCATION 's3://lake/elsewhere/'`);
  await run(`ALTER TABLE events ADD IF NOT EXISTS PARTITION (dt='2024-01-01', hour=0)`);
  const repaired = await run('MSCK REPAIR TABLE events');

  assert.match(
    await failure(`ALTER TABLE events ADD PARTITION (dt='2024-01-01', hour=0)`),
    /AlreadyExistsException/,
  );
  assert.deepEqual(repaired.rows.at(-1), [
    'Repair: Added partition to metastore events:dt=2024-01-02/hour=3',
  ]);
  assert.deepEqual((await run('SHOW PARTITIONS events')).rows, [
    ['dt=2024-01-01/hour=0'],
    ['dt=2024-01-02/hour=3'],
  ]);
  await run(`ALTER TABLE events DROP PARTITION (dt='2024-01-01', hour=0)`);
  assert.deepEqual((await run('SHOW PARTITIONS events')).rows, [['dt=2024-01-02/hour=3']]);
});

test('columns and properties of an external table change by ALTER TABLE', async (t) => {
  const { run, failure } = await athenaCloud(t);
  await run(externalTable);

  await run('ALTER TABLE events ADD COLUMNS (added double)');
  await run(`ALTER TABLE events SET TBLPROPERTIES ('classification' = 'ndjson', 'note' = 'x')`);

  assert.match(
    await failure('ALTER TABLE events ADD COLUMNS (added double)'),
    /Duplicate column name: added/,
  );
  assert.deepEqual(
    (await run('SHOW COLUMNS IN events')).rows.map(([field]) => field?.trim()),
    ['id', 'name', 'tags', 'added', 'dt', 'hour'],
  );
  assert.deepEqual((await run(`SHOW TBLPROPERTIES events('note')`)).rows, [['x']]);
  assert.match(
    await failure('ALTER TABLE nothing ADD COLUMNS (a int)'),
    /\[Error 10001\]: Table not found shop\.nothing/,
  );
});

test('an Iceberg table is made with transforms, evolves, and shows its schema and partition spec', async (t) => {
  const { run, failure, glue, keys } = await athenaCloud(t);

  await run(`CREATE TABLE sales (id bigint, at timestamp, amount decimal(18,2), note string)
    PARTITIONED BY (month(at), bucket(4, id))
    LOCATION 's3://lake/sales/'
    TBLPROPERTIES ('table_type' = 'ICEBERG', 'write_compression' = 'zstd', 'vacuum_max_snapshot_age_seconds' = '60')`);
  await run('ALTER TABLE sales ADD COLUMNS (country string)');
  await run('ALTER TABLE sales CHANGE COLUMN note remark string');
  await run('ALTER TABLE sales DROP COLUMN country');

  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'shop', Name: 'sales' }));
  assert.equal(Table?.Parameters?.table_type, 'ICEBERG');
  assert.match(
    Table?.Parameters?.metadata_location ?? '',
    /^s3:\/\/lake\/sales\/metadata\/.*\.metadata\.json$/,
  );
  assert.deepEqual(
    Table?.StorageDescriptor?.Columns?.map((column) => [column.Name, column.Type]),
    [
      ['id', 'bigint'],
      ['at', 'timestamp'],
      ['amount', 'decimal(18,2)'],
      ['remark', 'string'],
    ],
  );
  const shown = (await run('SHOW CREATE TABLE sales')).rows.map(([line]) => line).join('\n');
  assert.match(shown, /PARTITIONED BY \(month\(`at`\), bucket\(4, `id`\)\)/);
  const described = (await run('DESCRIBE sales')).rows.map(([line]) => line);
  assert.deepEqual(described.slice(-2), ['at_month\tmonth\tat', 'id_bucket\tbucket[4]\tid']);
  assert.match(
    await failure(
      `CREATE TABLE x (a int) LOCATION 's3://lake/x/' TBLPROPERTIES ('table_type' = 'ICEBERG', 'nonsense' = '1')`,
    ),
    /Unsupported table property key: nonsense/,
  );
  await run('DROP TABLE sales');
  assert.deepEqual(await keys('sales/'), []);
});

test('dropping an external table leaves its files', async (t) => {
  const { run, put, keys, failure } = await athenaCloud(t);
  await put('events/dt=2024-01-02/hour=3/a.json', '{"id":1}\n');
  await run(externalTable);

  await run('DROP TABLE events');
  await run('DROP TABLE IF EXISTS events');

  assert.deepEqual(await keys('events/'), ['events/dt=2024-01-02/hour=3/a.json']);
  assert.match(await failure('DROP TABLE events'), /Table not found shop\.events/);
});

// https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html
test('the catalog is queried as information_schema', async (t) => {
  const { run, failure } = await athenaCloud(t);
  await run(externalTable);
  await run('CREATE VIEW names AS SELECT id, name FROM events');
  await run(
    `CREATE TABLE ice (a int, at timestamp) LOCATION 's3://lake/ice/' TBLPROPERTIES ('table_type' = 'ICEBERG')`,
  );

  const tables = await run(
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1",
  );
  const columns = await run(
    "SELECT column_name, ordinal_position, data_type, comment, extra_info FROM information_schema.columns WHERE table_schema = 'shop' AND table_name = 'events' ORDER BY 2",
  );

  assert.deepEqual(tables.rows, [
    ['events', 'BASE TABLE'],
    ['ice', 'BASE TABLE'],
    ['names', 'VIEW'],
  ]);
  assert.deepEqual(columns.rows, [
    ['id', '1', 'bigint', 'the key', null],
    ['name', '2', 'varchar', null, null],
    ['tags', '3', 'array(row("k" varchar, "v" integer))', null, null],
    ['dt', '4', 'varchar', null, 'partition key'],
    ['hour', '5', 'integer', null, 'partition key'],
  ]);
  assert.deepEqual((await run('SELECT schema_name FROM information_schema.schemata ORDER BY 1')).rows, [
    ['default'],
    ['shop'],
  ]);
  assert.deepEqual(
    (await run("SELECT data_type FROM information_schema.columns WHERE table_name = 'ice' ORDER BY 1")).rows,
    [['integer'], ['timestamp(6)']],
  );
  assert.deepEqual(
    (await run("SELECT * FROM information_schema.tables WHERE table_schema = 'none'")).rows,
    [],
  );
  assert.match(
    await failure('SELECT * FROM information_schema.duckdb_tables'),
    /^TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog\.information_schema\.duckdb_tables' does not exist$/,
  );
});

// The layout is that of Hive's MetaDataFormatUtils, which https://docs.aws.amazon.com/athena/latest/ug/describe-table.html shows.
test('DESCRIBE FORMATTED says of the table, or of one partition, where and how it is stored', async (t) => {
  const { run, failure } = await athenaCloud(t);
  await run(externalTable);
  await run("ALTER TABLE events ADD PARTITION (dt = '2024-01-01', hour = 0) LOCATION 's3://lake/elsewhere/'");
  const linesOf = async (sql: string) => (await run(sql)).rows.map(([line]) => line ?? '');

  const table = await linesOf('DESCRIBE FORMATTED events');
  const partition = await linesOf("DESCRIBE FORMATTED events PARTITION (hour = 0, dt = '2024-01-01')");
  const plain = await linesOf("DESCRIBE events PARTITION (dt = '2024-01-01', hour = 0)");

  assert.equal(table[0], `# col_name          \tdata_type           \tcomment             `);
  assert.equal(table[2], `id                  \tbigint              \tthe key             `);
  const from = table.indexOf('# Detailed Table Information\t \t ');
  assert.deepEqual(table.slice(from + 1, from + 3), [
    `Database:           \tshop                \t `,
    `Owner:              \thadoop              \t `,
  ]);
  assert.ok(table.includes(`Location:           \ts3://lake/events    \t `));
  assert.ok(table.includes(`\tclassification      \tjson                `));
  assert.ok(partition.includes(`Partition Value:    \t[2024-01-01, 0]     \t `));
  assert.ok(partition.includes(`Location:           \ts3://lake/elsewhere \t `));
  assert.deepEqual(plain, await linesOf('DESCRIBE events'));
  assert.match(
    await failure("DESCRIBE events PARTITION (dt = '2030-01-01', hour = 0)"),
    /\[Error 10006\]: Partition not found/,
  );
});
