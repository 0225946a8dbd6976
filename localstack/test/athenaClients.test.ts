/**
 * What the clients' own test suites, which their makers run against AWS, have Athena answer: PyAthena (tests/pyathena),
 * dbt-athena (dbt-adapters, dbt-athena/tests/functional) and aws-sdk-pandas (tests/unit). Each test names the one it is from.
 */
import assert from 'node:assert/strict';
import {
  GetTableMetadataCommand,
  ListDatabasesCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { GetPartitionsCommand } from '@aws-sdk/client-glue';
import { test } from 'vitest';
import { run as runToEnd } from './support/athenaClient.ts';
import { athenaCloud } from './support/athenaCloud.ts';

const oneRow = `CREATE EXTERNAL TABLE IF NOT EXISTS one_row (number_of_rows INT COMMENT 'some comment')
  COMMENT 'table comment'
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' LINES TERMINATED BY '\\n' STORED AS TEXTFILE
  LOCATION 's3://lake/one_row/'`;

// PyAthena, sqlalchemy/test_base.py, test_reflect_table
test('a table’s metadata has its location without the slash, and the parameters of its serde', async (t) => {
  const { athena, run } = await athenaCloud(t);
  await run(oneRow);

  const { TableMetadata } = await athena.send(
    new GetTableMetadataCommand({
      CatalogName: 'AwsDataCatalog',
      DatabaseName: 'shop',
      TableName: 'one_row',
    }),
  );

  const { transient_lastDdlTime: _time, ...parameters } = TableMetadata!.Parameters!;
  assert.deepEqual(parameters, {
    EXTERNAL: 'TRUE',
    comment: 'table comment',
    inputformat: 'org.apache.hadoop.mapred.TextInputFormat',
    location: 's3://lake/one_row',
    outputformat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    'serde.param.field.delim': '\t',
    'serde.param.line.delim': '\n',
    'serde.param.serialization.format': '\t',
    'serde.serialization.lib': 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
  });
});

// The same test; that the others go the same way is from Hive, which makes a Path of each.
test('no location of DDL keeps its slash, and a folder’s neighbour is not read for it', async (t) => {
  const { run, put, glue } = await athenaCloud(t);
  await put('one_row/a.txt', '1\n');
  await put('one_row2/a.txt', '2\n');
  await put('moved/a.txt', '3\n');
  await run(oneRow);
  await run(
    "CREATE EXTERNAL TABLE parted (n int) PARTITIONED BY (p string) LOCATION 's3://lake/parted/' TBLPROPERTIES ('a' = 'b')",
  );
  await put('parted/p=c/a.txt', '4\n');
  await run("ALTER TABLE parted ADD PARTITION (p = 'a') PARTITION (p = 'b') LOCATION 's3://lake/elsewhere/'");
  await run('MSCK REPAIR TABLE parted');
  await run("INSERT INTO parted VALUES (5, 'd')");

  const rows = (await run('SELECT number_of_rows FROM one_row')).rows;
  await run("ALTER TABLE one_row SET LOCATION 's3://lake/moved/'");
  const moved = await run('SHOW CREATE TABLE one_row');
  const { Partitions } = await glue.send(
    new GetPartitionsCommand({ DatabaseName: 'shop', TableName: 'parted' }),
  );

  assert.deepEqual(rows, [['1']]);
  assert.ok(moved.rows.some(([line]) => line === "  's3://lake/moved'"));
  assert.deepEqual(
    Partitions?.map(({ Values, StorageDescriptor }) => [Values?.[0], StorageDescriptor?.Location]),
    [
      ['a', 's3://lake/parted/p=a'],
      ['b', 's3://lake/elsewhere'],
      ['c', 's3://lake/parted/p=c'],
      ['d', 's3://lake/parted/p=d'],
    ],
  );
});

// PyAthena, sqlalchemy/test_base.py, test_create_table_with_special_character_comments
test('a comment of DDL has a backslash before its quotes', async (t) => {
  const { athena, run } = await athenaCloud(t);
  const comment = `%str% %(parameter)s "s''t'r"`;
  const written = comment.replaceAll("'", "\\'");
  await run(
    `CREATE EXTERNAL TABLE said (col VARCHAR(10) COMMENT '${written}') COMMENT '${written}' LOCATION 's3://lake/said/'`,
  );

  const { TableMetadata } = await athena.send(
    new GetTableMetadataCommand({ CatalogName: 'AwsDataCatalog', DatabaseName: 'shop', TableName: 'said' }),
  );

  assert.equal(TableMetadata?.Parameters?.comment, comment);
  assert.equal(TableMetadata?.Columns?.[0]?.Comment, comment);
});

// PyAthena, sqlalchemy/test_base.py, test_get_view_definition
test('SHOW CREATE VIEW lays the query out', async (t) => {
  const { run } = await athenaCloud(t);
  await run(oneRow);
  await run('CREATE OR REPLACE VIEW v_one_row AS SELECT number_of_rows FROM shop.one_row');

  const { rows } = await run('SHOW CREATE VIEW "shop"."v_one_row"');

  assert.deepEqual(
    rows.map(([line]) => line),
    ['CREATE VIEW shop.v_one_row AS', 'SELECT number_of_rows', 'FROM', '  shop.one_row'],
  );
});

// PyAthena, arrow/test_cursor.py, test_empty_result_unload: it reads the manifest, and then finds no file
test('UNLOAD of no rows writes no file and an empty manifest', async (t) => {
  const { run, keys, text } = await athenaCloud(t);
  for (const format of ['PARQUET', 'JSON', 'TEXTFILE']) {
    const { execution } = await run(
      `UNLOAD (SELECT 1 AS a WHERE false) TO 's3://lake/nothing/${format}/' WITH (format = '${format}')`,
    );

    assert.equal(await text(execution.Statistics!.DataManifestLocation!), '', format);
  }
  assert.deepEqual(await keys('nothing/'), []);
});

// PyAthena, test_cursor.py, test_fetchone
test('the times of a query are above 0', async (t) => {
  const { run } = await athenaCloud(t);

  const { Statistics } = (await run('SELECT 1')).execution;

  assert.ok(Statistics!.QueryQueueTimeInMillis! > 0);
  assert.ok(Statistics!.EngineExecutionTimeInMillis! > 0);
  assert.ok(Statistics!.TotalExecutionTimeInMillis! > 0);
});

// PyAthena, conftest.py connects to it before it makes a database
test('the database default is there, also after a restart, and requests without one are in it', async (t) => {
  const { athena, cloud } = await athenaCloud(t);

  const { DatabaseList } = await athena.send(new ListDatabasesCommand({ CatalogName: 'AwsDataCatalog' }));
  await runToEnd(athena, 'CREATE VIEW v AS SELECT 1 AS a');
  const { rows } = await runToEnd(athena, 'SELECT a FROM v', {
    QueryExecutionContext: { Database: 'default' },
  });
  const again = await cloud.restarted();
  const { DatabaseList: kept } = await again.call('athena', 'ListDatabases', {
    CatalogName: 'AwsDataCatalog',
  });

  assert.deepEqual(
    DatabaseList?.map(({ Name }) => Name),
    ['default', 'shop'],
  );
  assert.deepEqual(rows, [['1']]);
  assert.equal(kept.length, 2);
});

test('a request may name its database in backticks', async (t) => {
  const { athena, run } = await athenaCloud(t);
  await run('CREATE VIEW v AS SELECT 1 AS a');
  const QueryExecutionContext = { Database: '`shop`' };

  const { rows } = await runToEnd(athena, 'SELECT a FROM v', { QueryExecutionContext });

  assert.deepEqual(rows, [['1']]);
  await athena.send(
    new StartQueryExecutionCommand({ QueryString: 'DESCRIBE v', WorkGroup: 'test', QueryExecutionContext }),
  );
});

// dbt-athena, adapter/test_connections.py, test__convert_numbers; the sum is aoyagikouhei/athena-local's, docs/caveats.md
test('a number with a point is a double, and with DECIMAL before it a decimal', async (t) => {
  const { run } = await athenaCloud(t);

  const { rows, resultSet } = await run(
    "SELECT 1 / 0.0, 1 / -0.0, 0 / 0.0, 0.1 + 0.2, DECIMAL '0.1' + DECIMAL '0.2'",
  );

  assert.deepEqual(rows, [['Infinity', '-Infinity', 'NaN', '0.30000000000000004', '0.3']]);
  assert.deepEqual(
    resultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Type }) => Type),
    ['double', 'double', 'double', 'double', 'decimal'],
  );
});

// dbt-tests-adapter, incremental/test_incremental_microbatch.py, which dbt-athena runs on Hive and Iceberg tables
test('INSERT takes a timestamp with time zone into a column of timestamps', async (t) => {
  const { run } = await athenaCloud(t);
  await run(
    "CREATE TABLE ice (id int, event_time timestamp) LOCATION 's3://lake/ice/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
  );
  await run(
    "CREATE EXTERNAL TABLE hive (id int, event_time timestamp) STORED AS PARQUET LOCATION 's3://lake/hive/'",
  );

  for (const table of ['ice', 'hive'])
    await run(
      `insert into ${table} (id, event_time) values (4, TIMESTAMP '2020-01-04 00:00:00-0'), (DECIMAL '5.4', TIMESTAMP '2020-01-05 00:00:00-0')`,
    );

  const ice = await run('SELECT * FROM ice ORDER BY id');
  const hive = await run('SELECT * FROM hive ORDER BY id');
  assert.deepEqual(ice.rows, [
    ['4', '2020-01-04 00:00:00.000000'],
    ['5', '2020-01-05 00:00:00.000000'],
  ]);
  assert.deepEqual(hive.rows, [
    ['4', '2020-01-04 00:00:00.000'],
    ['5', '2020-01-05 00:00:00.000'],
  ]);
});
