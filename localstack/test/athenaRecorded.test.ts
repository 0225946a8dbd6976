/**
 * Athena's answers, byte for byte, as somebody recorded them from the service: aoyagikouhei/athena-local, docs/dev/measurements
 * (result-files.md, query-results.md, statements.md, errors.md, work-groups.md, client-request-token.md, metadata.md), and
 * src/failure.rs for the types of errors. The message of a VACUUM with more to do is from public logs of a production table.
 */
import assert from 'node:assert/strict';
import {
  type AthenaClient,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  ListWorkGroupsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { test } from 'vitest';
import { runToEnd } from './support/athenaClient.ts';
import { athenaCloud } from './support/athenaCloud.ts';

const hiveTable = (name: string, columns: string, partitions = '') =>
  `CREATE EXTERNAL TABLE ${name} (${columns}) ${partitions} LOCATION 's3://lake/${name}/'`;
const icebergTable = (name: string, columns: string, partitions = '') =>
  `CREATE TABLE ${name} (${columns}) ${partitions} LOCATION 's3://lake/${name}/' TBLPROPERTIES ('table_type' = 'ICEBERG')`;
const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const lines = ({ rows }: { rows: readonly (readonly (string | null)[])[] }) => rows.map(([line]) => line);
const pad = (...cells: string[]) => cells.map((cell) => cell.padEnd(20)).join('\t');
const start = (athena: AthenaClient, QueryString: string, more: object = {}) =>
  athena.send(
    new StartQueryExecutionCommand({
      QueryString,
      WorkGroup: 'test',
      QueryExecutionContext: { Database: 'shop' },
      ...more,
    }),
  );

test('DESCRIBE and SHOW COLUMNS are of fixed width for Hive, bare for Iceberg, typed by the engine for a view', async (t) => {
  const { run } = await athenaCloud(t);
  await run(
    hiveTable(
      'hive',
      "n int COMMENT 'abc', s struct<aa:int,bb:int>",
      "PARTITIONED BY (p string COMMENT 'pc')",
    ),
  );
  await run(
    icebergTable(
      'ice',
      "n int COMMENT 'abc', s string, ts timestamp, d decimal(10,2), st struct<a:int,b:string>, m map<string,int>",
      'PARTITIONED BY (s, bucket(4, n), day(ts), truncate(3, s))',
    ),
  );
  await run("CREATE VIEW shown AS SELECT 1 AS n, 'a' AS s");

  const hive = await run('DESCRIBE hive');
  const view = await run('SHOW COLUMNS IN shown');

  assert.deepEqual(lines(hive), [
    pad('n', 'int', 'abc'),
    pad('s', 'struct<aa:int,bb:int>', ''),
    pad('p', 'string', 'pc'),
    '\t \t ',
    '# Partition Information\t \t ',
    pad('# col_name', 'data_type', 'comment'),
    '\t \t ',
    pad('p', 'string', 'pc'),
  ]);
  assert.equal(hive.updateCount, undefined);
  assert.deepEqual(lines(await run('DESC hive')), lines(hive));
  assert.deepEqual(lines(await run('DESCRIBE ice')), [
    '# Table schema:\t\t',
    '# col_name\tdata_type\tcomment',
    'n\tint\tabc',
    's\tstring\t',
    'ts\ttimestamp\t',
    'd\tdecimal(10, 2)\t',
    'st\tstruct<a: int, b: string>\t',
    'm\tmap<string, int>\t',
    '\t\t',
    '# Partition spec:\t\t',
    '# field_name\tfield_transform\tcolumn_name',
    's\tidentity\ts',
    'n_bucket\tbucket[4]\tn',
    'ts_day\tday\tts',
    's_trunc\ttruncate[3]\ts',
  ]);
  assert.deepEqual(lines(await run('SHOW COLUMNS IN hive')), [
    'n'.padEnd(20),
    's'.padEnd(20),
    'p'.padEnd(20),
  ]);
  assert.deepEqual(lines(await run('SHOW COLUMNS IN ice')), ['n', 's', 'ts', 'd', 'st', 'm']);
  assert.deepEqual(lines(view), ['n\tinteger', 's\tvarchar(1)']);
  assert.deepEqual(lines(await run('DESCRIBE shown')), lines(view));
  assert.equal(view.execution.SubstatementType, 'DESC_VIEW');
  assert.deepEqual(
    view.resultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name, Type, Precision, CaseSensitive }) => [
      Name,
      Type,
      Precision,
      CaseSensitive,
    ]),
    [
      ['column', 'varchar', 0, false],
      ['type', 'varchar', 0, false],
    ],
  );
});

test('SHOW CREATE and SHOW TBLPROPERTIES of an Iceberg table name what Athena itself sets', async (t) => {
  const { run } = await athenaCloud(t);
  await run(icebergTable('plain', 'n int'));
  await run('CREATE VIEW shown AS SELECT 1 AS n');

  assert.deepEqual(lines(await run('SHOW CREATE TABLE plain')), [
    'CREATE TABLE shop.plain (',
    '  n int)',
    "LOCATION 's3://lake/plain'",
    'TBLPROPERTIES (',
    "  'table_type'='iceberg',",
    "  'write_compression'='ZSTD'",
    ');',
  ]);
  assert.deepEqual(lines(await run('SHOW TBLPROPERTIES plain')), ['write_compression\tZSTD']);
  const view = await run('SHOW CREATE VIEW shown');
  assert.equal(lines(view)[0], 'CREATE VIEW shop.shown AS');
  const column = view.resultSet?.ResultSetMetadata?.ColumnInfo?.[0];
  assert.deepEqual([column?.Name, column?.Type], ['create view', 'varchar']);
});

test('SHOW DATABASES takes a regular expression, SHOW TABLES a pattern with stars', async (t) => {
  const { run } = await athenaCloud(t);
  await run(hiveTable('orders', 'n int'));

  assert.deepEqual(lines(await run("SHOW DATABASES LIKE 'shop'")), ['shop']);
  assert.deepEqual(lines(await run("SHOW SCHEMAS LIKE '*'")), ['default', 'shop']);
  for (const none of ['SHOP', 'sho*', 'sho%', 'sho_'])
    assert.deepEqual(lines(await run(`SHOW SCHEMAS LIKE '${none}'`)), [], none);
  assert.deepEqual(lines(await run("SHOW TABLES IN shop LIKE 'ord*'")), ['orders']);
  assert.deepEqual(lines(await run("SHOW TABLES IN shop 'ord.*'")), ['orders']);
});

const kinds: readonly [sql: string, type: string, substatement: string, place: string, count?: number][] = [
  ['CREATE DATABASE other', 'DDL', 'CREATE_DATABASE', 'ID.txt'],
  ['DROP DATABASE other', 'DDL', 'DROP_DATABASE', 'ID.txt'],
  [hiveTable('h', 'n int', 'PARTITIONED BY (p string)'), 'DDL', 'CREATE_TABLE', 'ID.txt'],
  [icebergTable('i', 'n int'), 'DDL', 'CREATE_TABLE', 'ID.txt'],
  ['CREATE VIEW v AS SELECT 1 AS n', 'DDL', 'CREATE_VIEW', 'ID.txt'],
  ['ALTER TABLE h ADD COLUMNS (m int)', 'DDL', 'ALTER_TABLE_ADD_COLUMN', 'ID.txt'],
  ['ALTER TABLE h REPLACE COLUMNS (n int)', 'DDL', 'ALTER_TABLE_REPLACE_COLUMN', 'ID.txt'],
  ["ALTER TABLE h SET TBLPROPERTIES ('a' = 'b')", 'DDL', 'ALTER_TABLE_PROPERTIES', 'ID.txt'],
  ["ALTER TABLE h ADD PARTITION (p = 'a')", 'DDL', 'ALTER_TABLE_ADD_PARTITION', 'ID.txt'],
  ["ALTER TABLE h DROP PARTITION (p = 'a')", 'DDL', 'ALTER_TABLE_DROP_PARTITION', 'ID.txt'],
  ["ALTER TABLE h SET LOCATION 's3://lake/h2/'", 'DDL', 'ALTER_TABLE_SET_LOCATION', 'ID.txt'],
  ['MSCK REPAIR TABLE h', 'DDL', 'MSCK_REPAIR', 'ID.txt'],
  ['SHOW TABLES', 'UTILITY', 'SHOW_TABLES', 'ID.txt', 0],
  ['SHOW SCHEMAS', 'UTILITY', 'SHOW_DATABASES', 'ID.txt', 0],
  ['SHOW COLUMNS IN h', 'UTILITY', 'SHOW_COLUMNS', 'ID.txt', 0],
  ['SHOW PARTITIONS h', 'UTILITY', 'SHOW_PARTITIONS', 'ID.txt', 0],
  ['SHOW TBLPROPERTIES h', 'UTILITY', 'SHOW_TABLE_PROPERTIES', 'ID.txt', 0],
  ['SHOW CREATE TABLE h', 'UTILITY', 'SHOW_CREATE_TABLE', 'ID.txt'],
  ['SHOW CREATE TABLE i', 'UTILITY', 'SHOW_CREATE_TABLE', 'ID.txt', 0],
  ['SHOW CREATE VIEW v', 'UTILITY', 'SHOW_CREATE_VIEW', 'ID.txt', 0],
  ['DESCRIBE h', 'UTILITY', 'DESCRIBE_TABLE', 'ID.txt'],
  ['DESCRIBE i', 'UTILITY', 'DESCRIBE_TABLE', 'ID.txt', 0],
  ['SELECT 1', 'DML', 'SELECT', 'ID.csv', 0],
  ['EXPLAIN SELECT 1', 'DML', 'EXPLAIN', 'ID.txt'],
  ['INSERT INTO i VALUES 1, 2', 'DML', 'INSERT', 'ID', 2],
  ['UPDATE i SET n = 3 WHERE n = 1', 'DML', 'UPDATE', 'ID.csv', 1],
  ['DELETE FROM i WHERE n = 3', 'DML', 'DELETE', 'ID.csv', 1],
  [
    'MERGE INTO i USING (VALUES 9) AS s(n) ON i.n = s.n WHEN MATCHED THEN DELETE',
    'DML',
    'MERGE',
    'ID.csv',
    0,
  ],
  ['CREATE TABLE c AS SELECT 1 AS n', 'DDL', 'CREATE_TABLE_AS_SELECT', 'tables/ID', 1],
  ['ALTER TABLE i RENAME TO j', 'DDL', 'ALTER_TABLE_RENAME', 'ID.txt'],
  ['ALTER TABLE j DROP COLUMN n', 'DDL', 'ALTER_TABLE_DROP_COLUMN', 'ID.txt'],
  ['DROP VIEW v', 'DDL', 'DROP_VIEW', 'ID.txt'],
  ['DROP TABLE h', 'DDL', 'DROP_TABLE', 'ID.txt'],
];

test('each statement has its types, its place for the result, and a count only where Athena tells one', async (t) => {
  const { run, keys } = await athenaCloud(t);
  await run(icebergTable('spare', 'n int'));

  const seen = [];
  for (const [sql] of kinds) {
    // An Iceberg table keeps one column at least.
    if (sql.includes('DROP COLUMN')) await run('ALTER TABLE j ADD COLUMNS (m int)');
    const { execution, updateCount } = await run(sql);
    const id = execution.QueryExecutionId!;
    const place = execution.ResultConfiguration?.OutputLocation?.replace('s3://lake/results/', '');
    seen.push([
      sql,
      execution.StatementType,
      execution.SubstatementType,
      place?.replace(id, 'ID'),
      updateCount,
    ]);
  }

  assert.deepEqual(
    seen,
    kinds.map(([sql, type, substatement, place, count]) => [sql, type, substatement, place, count]),
  );
  const files = await keys('results/');
  assert.equal(files.filter((key) => /^results\/tables\/[^/]+\.metadata$/.test(key)).length, 1);
  assert.equal(files.filter((key) => key.endsWith('-manifest.csv')).length, 1);
});

test('a text result has no line end at its end, and one that says nothing has no .metadata', async (t) => {
  const { run, text, keys } = await athenaCloud(t);
  const made = await run('CREATE DATABASE other');
  const shown = await run('SHOW DATABASES');
  const explained = await run('EXPLAIN SELECT 1');

  assert.equal(await text(shown.execution.ResultConfiguration!.OutputLocation!), 'default\nother\nshop');
  assert.equal(await text(made.execution.ResultConfiguration!.OutputLocation!), '');
  assert.equal(lines(explained)[0], 'Query Plan');
  const files = await keys('results/');
  assert.ok(!files.includes(`results/${made.execution.QueryExecutionId}.txt.metadata`));
  assert.ok(files.includes(`results/${shown.execution.QueryExecutionId}.txt.metadata`));
});

test('failed statements end in recorded words, types of error and files', async (t) => {
  const { athena, run, keys, text } = await athenaCloud(t);
  const context = { QueryExecutionContext: { Database: 'shop' } };
  await run(hiveTable('h', 'n int', 'PARTITIONED BY (p string)'));
  await run(icebergTable('i', 'n int'));
  const endingOf = async (sql: string) => {
    const { execution } = await runToEnd(athena, sql, context);
    const id = execution.QueryExecutionId!;
    const { StateChangeReason, AthenaError } = execution.Status!;
    return {
      id,
      reason: StateChangeReason!.replaceAll(id, 'ID'),
      error: [AthenaError?.ErrorCategory, AthenaError?.ErrorType],
    };
  };
  const ddl = 'FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask.';
  const left =
    "You may need to manually clean the data at location 's3://lake/results/tables/ID' before retrying.";
  const nothing = 'Athena will not delete data in your account.';
  const unsupported = 'Query type not supported by Athena Iceberg at this time';
  const expected: [sql: string, reason: string, error?: number[]][] = [
    ['SHOW TABLES IN nowhere', 'FAILED: SemanticException [Error 10072]: Database does not exist: nowhere'],
    ['DROP TABLE nothing', 'FAILED: SemanticException [Error 10001]: Table not found shop.nothing'],
    ['CREATE DATABASE shop', `${ddl} Database shop already exists`],
    [hiveTable('h', 'n int'), `${ddl} AlreadyExistsException(message:Table h already exist)`, [2, 1006]],
    [
      'SELECT * FROM nothing',
      "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nothing' does not exist",
      [2, 1301],
    ],
    ['SELECT * FROM nowhere.t', "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist", [2, 1301]],
    ['SELECT 1/0', 'DIVISION_BY_ZERO: Division by zero', [2, 1001]],
    ["SELECT CAST('abc' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'abc' to INT", [2, 1100]],
    [
      'UPDATE i SET no_such_col = 9',
      "COLUMN_NOT_FOUND: line 1:14: The UPDATE SET target column no_such_col doesn't exist",
      [2, 1006],
    ],
    [
      'DELETE FROM nothing',
      "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.shop.nothing' does not exist",
      [2, 1301],
    ],
    [
      "INSERT INTO i VALUES ('abc')",
      `TYPE_MISMATCH: line 1:13: Insert query has mismatched column types: Table: [integer], Query: [varchar(3)]. If a data manifest file was generated at 's3://lake/results/ID-manifest.csv', you may need to manually clean the data from locations specified in the manifest. ${nothing}`,
      [2, 1002],
    ],
    [
      "CREATE TABLE i WITH (table_type = 'ICEBERG', is_external = false) AS SELECT 1 AS n",
      `TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.shop.i' already exists. ${left} ${nothing}`,
      [2, 1110],
    ],
    [
      'CREATE TABLE c AS VALUES 1',
      `MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1. ${left} ${nothing}`,
      [2, 1100],
    ],
    [
      'CREATE TABLE c (n) AS (VALUES 1)',
      `MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1. ${left} ${nothing}`,
      [2, 1100],
    ],
    [
      'CREATE TABLE nowhere.c AS SELECT 1 AS n',
      `Database nowhere not found. Please check your query. ${left} ${nothing}`,
      [2, 1301],
    ],
    [
      "ALTER TABLE i SET TBLPROPERTIES ('comment' = 'x')",
      'Unsupported table property key: comment',
      [2, 1200],
    ],
    ["ALTER TABLE i ADD PARTITION (p = 'a')", unsupported, [2, 1200]],
    ["ALTER TABLE i DROP PARTITION (p = 'a')", unsupported, [2, 1200]],
    ["ALTER TABLE i SET LOCATION 's3://lake/x/'", unsupported, [2, 1200]],
    ['ALTER TABLE i REPLACE COLUMNS (n int)', unsupported, [2, 1200]],
    ['MSCK REPAIR TABLE i', unsupported, [2, 1200]],
  ];

  const failed = [];
  for (const [sql, , error] of expected) {
    const { reason, error: got } = await endingOf(sql);
    failed.push([sql, reason, ...(error ? [got] : [])]);
  }

  assert.deepEqual(
    failed,
    expected.map(([sql, reason, error]) => [sql, reason, ...(error ? [error] : [])]),
  );
  const hive = await endingOf('DROP TABLE nothing');
  assert.equal(await text(`s3://lake/results/${hive.id}.txt`), hive.reason);
  const answer = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: hive.id }));
  assert.deepEqual(answer.ResultSet?.Rows, []);
  const iceberg = await endingOf("ALTER TABLE i SET LOCATION 's3://lake/x/'");
  await assert.rejects(athena.send(new GetQueryResultsCommand({ QueryExecutionId: iceberg.id })), {
    AthenaErrorCode: 'RESULT_NOT_FOUND',
    message: 'Could not find results',
  });
  const engine = await endingOf('SELECT * FROM nothing');
  assert.ok(!(await keys('results/')).some((key) => key.includes(engine.id)));
});

test('MSCK REPAIR of a table that is not there succeeds, and tells so', async (t) => {
  const { run } = await athenaCloud(t);
  await run(hiveTable('h', 'n int', 'PARTITIONED BY (p string)'));

  assert.deepEqual(lines(await run('MSCK REPAIR TABLE nothing')), ['Tables not in metastore:\tnothing']);
  assert.deepEqual(lines(await run('MSCK REPAIR TABLE h')), ['Tables missing on filesystem:\th']);
});

test('what a request lacks or breaks is said before anything runs, in the recorded order', async (t) => {
  const { athena, run } = await athenaCloud(t);
  await run(hiveTable('h', 'n int'));
  const one =
    "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length";
  const notS3 = { ResultConfiguration: { OutputLocation: 'not-a-valid-s3-path' } };
  const refusals: [sql: string, more: object, message: RegExp | string, code: string][] = [
    [
      'SELEC 1',
      { ...notS3, ClientRequestToken: 'x'.repeat(31) },
      `${one} greater than or equal to 32`,
      'INVALID_INPUT',
    ],
    [
      'SELECT 1',
      { ClientRequestToken: 'x'.repeat(129) },
      `${one} less than or equal to 128`,
      'INVALID_INPUT',
    ],
    ['SELEC 1', notS3, 'outputLocation is not a valid S3 path.', 'INVALID_INPUT'],
    ['SELECT 1', { WorkGroup: 'none' }, 'WorkGroup is not found.', 'INVALID_INPUT'],
    ['SELEC 1', {}, /^line 1:1: mismatched input 'SELEC'\. Expecting: /, 'MALFORMED_QUERY'],
    ['-- only', {}, /^line 1:8: mismatched input '<EOF>'/, 'MALFORMED_QUERY'],
    ['SELECT 1; -- c  ', {}, 'Only one sql statement is allowed. Got: SELECT 1; -- c', 'MALFORMED_QUERY'],
    [
      '  SELECT 1;SELECT 2',
      {},
      'Only one sql statement is allowed. Got:   SELECT 1;SELECT 2',
      'MALFORMED_QUERY',
    ],
    [';', {}, 'Empty sql statement: ;', 'MALFORMED_QUERY'],
    [
      'CREATE TABLE t (n int)',
      {},
      'No location was specified for table. An S3 location must be specified',
      'MALFORMED_QUERY',
    ],
    [
      "CREATE TABLE t (n int) LOCATION 's3://lake/t/'",
      {},
      'External keyword required for table type HIVE',
      'MALFORMED_QUERY',
    ],
    [
      'DESCRIBE nothing',
      {},
      /^Entity Not Found \(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
      'INVALID_INPUT',
    ],
    ['SHOW COLUMNS IN nowhere.h', {}, /^Entity Not Found /, 'INVALID_INPUT'],
    ['DESCRIBE none.shop.h', {}, "Catalog 'none' does not exist", 'DATACATALOG_NOT_FOUND'],
  ];

  for (const [sql, more, message, AthenaErrorCode] of refusals)
    await assert.rejects(
      start(athena, sql, more),
      { name: 'InvalidRequestException', message, AthenaErrorCode },
      sql,
    );
  for (const sql of ['SELECT 1;', '  SELECT 1  ;;  ', ';SELECT 1', "SELECT 'a;b' /* ; */ -- ;"])
    assert.equal(
      (await run(sql)).execution.Query,
      sql.replace(/^[;\s]+|[;\s]+$/g, sql.includes('--') ? '$&' : ''),
      sql,
    );
});

test('DDL that no grammar of Athena takes is refused before it runs, each in that grammar’s words', async (t) => {
  const { athena, run } = await athenaCloud(t);
  await run(hiveTable('h', 'n int, m int'));
  await run(icebergTable('i', 'n int, m int'));
  await run('CREATE VIEW v AS SELECT 1 AS n');
  const unviable = (place: string, input: string) =>
    `line ${place}: no viable alternative at input '${input}'`;
  const refusals: [sql: string, message: RegExp | string][] = [
    ['ALTER TABLE i RENAME COLUMN n TO b', "line 1:22: missing 'TO' at 'COLUMN'"],
    ['alter table h rename  column n to b', "line 1:23: missing 'TO' at 'column'"],
    ['ALTER TABLE h ADD COLUMN x int', unviable('1:19', 'ALTER TABLE h ADD COLUMN')],
    ['ALTER TABLE h ADD\nCOLUMN x int', unviable('2:1', 'ALTER TABLE h ADD\\nCOLUMN')],
    ['/* c */ ALTER TABLE h SET PROPERTIES x = 1', unviable('1:27', 'ALTER TABLE h SET PROPERTIES')],
    ['ALTER TABLE i EXECUTE optimize', unviable('1:15', 'ALTER TABLE i EXECUTE')],
    ['ALTER TABLE IF EXISTS h RENAME TO b', unviable('1:16', 'ALTER TABLE IF EXISTS')],
    ['alter table  IF EXISTS h ADD COLUMN x int', unviable('1:17', 'alter table  IF EXISTS')],
    [
      'ALTER TABLE IF EXISTS h ADD COLUMNS (x int)',
      "line 1:29: mismatched input 'COLUMNS'. Expecting: '.', 'ADD'",
    ],
    [
      "ALTER TABLE IF EXISTS h SET TBLPROPERTIES ('a' = 'b')",
      "line 1:25: mismatched input 'SET'. Expecting: '.', 'ADD', 'DROP', 'RENAME'",
    ],
    [
      'ALTER TABLE h ALTER COLUMN m SET DATA TYPE bigint',
      "line 1:15: mismatched input 'ALTER'. Expecting: '.', 'ADD', 'DROP', 'EXECUTE', 'RENAME', 'SET'",
    ],
    [
      'ALTER TABLE h REPLACE COLUMN (n int)',
      "line 1:15: mismatched input 'REPLACE'. Expecting: '.', 'ADD', 'DROP', 'EXECUTE', 'RENAME', 'SET'",
    ],
    ['ALTER TABLE i DROP COLUMN IF EXISTS m', "line 1:30: mismatched input 'EXISTS' expecting {<EOF>, '.'}"],
    ['ALTER TABLE i DROP COLUMNS (m)', "line 1:20: mismatched input 'COLUMNS'. Expecting: '.', 'DROP'"],
    [
      'CREATE OR REPLACE TABLE x AS SELECT 1 AS n',
      "line 1:19: mismatched input 'TABLE'. Expecting: 'MATERIALIZED', 'MULTI', 'PROTECTED', 'VIEW'",
    ],
    ['DESCRIBE "h"', unviable('1:10', 'DESCRIBE "h"')],
    ['DESCRIBE\r\n"h"', unviable('2:1', 'DESCRIBE\\r\\n"h"')],
    ['DESC shop."h"', unviable('1:11', 'shop."h"')],
    ['/* c */ DESCRIBE "shop"."h"', unviable('1:18', 'DESCRIBE "shop"')],
    ['DESCRIBE awsdatacatalog.shop."h"', /^line 1:30: mismatched input '"h"'/],
    ['SHOW COLUMNS FROM "h"', /^line 1:19: mismatched input '"h"'/],
    ['SHOW COLUMNS IN shop."h"', unviable('1:22', 'shop."h"')],
    ['SHOW CREATE TABLE shop."h"', 'Queries of this type are not supported'],
    ['SHOW TABLES IN "shop"', /^line 1:16: mismatched input '"shop"'/],
    ['DROP TABLE IF EXISTS "h"', /^line 1:22: mismatched input '"h"'/],
    ['DROP TABLE shop."h"', unviable('1:17', 'shop."h"')],
    ['DROP DATABASE IF EXISTS "x"', /^line 1:25: mismatched input '"x"'/],
    ['ALTER TABLE shop."i" DROP COLUMN m', unviable('1:18', 'ALTER TABLE shop."i"')],
    ['CREATE TABLE "x" (n int)', unviable('1:14', 'CREATE TABLE "x"')],
    ['CREATE TABLE x (n int, "m" int)', unviable('1:24', 'CREATE TABLE x (n int, "m"')],
    ['MSCK REPAIR TABLE "h"', /^line 1:1: mismatched input 'MSCK'\. Expecting: 'ALTER', 'ANALYZE', /],
    [
      'OPTIMIZE "i" REWRITE DATA USING BIN_PACK',
      /^line 1:1: mismatched input 'OPTIMIZE'\. Expecting: 'ALTER', /,
    ],
    ['DESCRIBE A."B".c.d', 'Invalid table name a.b.c.d'],
  ];

  for (const [sql, message] of refusals)
    await assert.rejects(
      start(athena, sql),
      { name: 'InvalidRequestException', message, AthenaErrorCode: 'MALFORMED_QUERY' },
      sql,
    );
  for (const sql of ['DESCRIBE `h`', 'DESCRIBE `shop`.`h`', 'DESCRIBE "v"', 'SHOW COLUMNS FROM "v"'])
    assert.ok(await run(sql), sql);
});

test('Hive stumbles over a block comment before a table’s name, and over DROP COLUMN; Iceberg does not', async (t) => {
  const { athena, run } = await athenaCloud(t);
  await run(hiveTable('h', 'n int, m int', 'PARTITIONED BY (p string)'));
  await run(icebergTable('i', 'n int, m int'));
  await run('CREATE VIEW v AS SELECT 1 AS n');
  const near = (place: string, what: string) => `line ${place} cannot recognize input near ${what}`;
  const beginning = "'/' '*' 'c'";
  const forIceberg = 'Query type not supported by DDL engine.';
  const column = (place: string) => `line ${place}: mismatched input 'COLUMN' expecting 'PARTITION'`;
  const expected: [sql: string, said: string, errorMessage?: string][] = [
    ['/* c */ SHOW CREATE TABLE h', near('1:0', beginning)],
    ['/* c */\nMSCK REPAIR TABLE h', near('1:0', beginning)],
    ['-- x\n/* c */ SHOW CREATE TABLE h', near('2:0', beginning)],
    ['/* 1.5 */ SHOW CREATE TABLE h', near('1:0', "'/' '*' '1.5'")],
    ['/* a-b */ SHOW CREATE TABLE h', near('1:0', "'/' '*' 'a'")],
    ["/* 'a''b' */ SHOW CREATE TABLE h", near('1:0', "'/' '*' ''a''b''")],
    ['/* <= */ SHOW CREATE TABLE h', near('1:0', "'/' '*' '<='")],
    ['/* \u3042 */ SHOW CREATE TABLE h', near('1:0', "'/' '*' '*'")],
    ['/**/ SHOW CREATE TABLE h', near('1:0', "'/' '*' '*'")],
    ['SHOW  /* c */ CREATE TABLE h', near('1:5', "'SHOW' '/' '*' in ddl statement")],
    ['show\n/* c */ CREATE TABLE h', near('2:0', "'show' '/' '*' in ddl statement")],
    [
      'SHOW CREATE\n  /* c */ TABLE h',
      "line 1:12 mismatched input '/' expecting TABLE near 'CREATE' in show statement",
    ],
    ['SHOW CREATE TABLE /* c */ v', near('1:18', `${beginning} in table name`)],
    ['SHOW CREATE TABLE shop./* c */h', near('1:23', "'shop' '.' '/' in table name")],
    ['MSCK /* c */ REPAIR TABLE h', "line 1:5 missing EOF at '/' near 'MSCK'"],
    ['MSCK REPAIR /* c */ TABLE nothing', "line 1:12 missing EOF at '/' near 'REPAIR'"],
    ['MSCK REPAIR TABLE shop.h /* c */', "line 1:25 missing EOF at '/' near 'h'"],
    ['ALTER  /* c */ TABLE h ADD COLUMNS (x int)', near('1:0', "'ALTER' '/' '*' in alter statement")],
    ['ALTER TABLE /* c */ nothing ADD COLUMNS (x int)', near('1:12', `${beginning} in table name`)],
    ['ALTER TABLE h /* c */ ADD COLUMNS (x int)', near('1:14', `${beginning} in alter table statement`)],
    ['desc /* c */ h', near('1:0', "'desc' '/' '*' in describe statement")],
    ['DESCRIBE shop./* c */h', near('1:0', "'DESCRIBE' '/' '*' in describe statement")],
    [
      'ALTER /* c */ TABLE h REPLACE COLUMNS (n int)',
      near('1:0', "'ALTER' '/' '*' in alter statement"),
      forIceberg,
    ],
    ['/* c */ ALTER TABLE h RENAME TO k', near('1:0', beginning), forIceberg],
    [
      'ALTER  /* c */ TABLE h DROP COLUMN n',
      near('1:0', "'ALTER' '/' '*' in alter statement"),
      column('1:28'),
    ],
    [
      'ALTER TABLE nothing DROP COLUMN n',
      "line 1:25 mismatched input 'COLUMN' expecting PARTITION near 'DROP' in drop partition statement",
      column('1:26'),
    ],
  ];

  for (const [sql, said, errorMessage] of expected) {
    const { execution } = await runToEnd(athena, sql, { QueryExecutionContext: { Database: 'shop' } });
    const { StateChangeReason, AthenaError } = execution.Status!;
    const reason = `FAILED: ParseException ${said}`;
    assert.deepEqual(
      [StateChangeReason, AthenaError?.ErrorMessage, AthenaError?.ErrorCategory, AthenaError?.ErrorType],
      errorMessage ? [reason, errorMessage, 2, 1006] : [reason, reason, 1, 1003],
      sql,
    );
  }
  for (const sql of [
    'SHOW CREATE -- c\nTABLE h',
    "ALTER /* c */ TABLE h SET TBLPROPERTIES ('a' = 'b')",
    "ALTER /* c */ TABLE h ADD PARTITION (p = 'x')",
    "ALTER TABLE h ADD COLUMNS (x int COMMENT '/* c */')",
    'SHOW COLUMNS FROM /* c */ h',
    'DESCRIBE /* c */ v',
    'DESCRIBE /* c */ i',
    '/* c */ SHOW CREATE TABLE i',
    'ALTER /* c */ TABLE i ADD COLUMNS (x int)',
    'ALTER TABLE i DROP COLUMN m',
    '/* c */ ALTER TABLE i RENAME TO j',
  ])
    assert.ok(await run(sql), sql);
});

test('a catalog of the request that is not there fails what reads and writes rows, and is nothing to Glue', async (t) => {
  const { athena, run } = await athenaCloud(t);
  await run(hiveTable('h', 'n int'));
  await run(icebergTable('i', 'n int'));
  const QueryExecutionContext = { Database: 'shop', Catalog: 'NoCatalog' };
  const failures: [sql: string, reason: RegExp | string, type: number][] = [
    ['SELECT * FROM h', "CATALOG_NOT_FOUND: line 1:15: Catalog 'nocatalog' does not exist", 1006],
    ['SELECT * FROM nowhere.t', "CATALOG_NOT_FOUND: line 1:15: Catalog 'nocatalog' does not exist", 1006],
    ['EXPLAIN SELECT * FROM h', "CATALOG_NOT_FOUND: line 1:23: Catalog 'nocatalog' does not exist", 1006],
    [
      'CREATE TABLE c AS SELECT 1 AS n',
      /^NOT_FOUND: Session property catalog does not exist: nocatalog\. You may need to manually clean the data at location 's3:/,
      1300,
    ],
    [
      'INSERT INTO shop.i SELECT 1',
      /^NOT_FOUND: Session property catalog does not exist: nocatalog\. If a data manifest file was generated at 's3:/,
      1300,
    ],
    ['DELETE FROM i', "TABLE_NOT_FOUND: line 1:1: Table 'nocatalog.shop.i' does not exist", 1301],
    ['UPDATE shop.i SET n = 1', "TABLE_NOT_FOUND: line 1:1: Table 'nocatalog.shop.i' does not exist", 1301],
    [
      'MERGE INTO i USING (SELECT 1 AS n) s ON i.n = s.n WHEN MATCHED THEN DELETE',
      "TABLE_NOT_FOUND: line 1:1: Table 'nocatalog.shop.i' does not exist",
      1301,
    ],
  ];

  for (const [sql, reason, type] of failures) {
    const { Status } = (await runToEnd(athena, sql, { QueryExecutionContext })).execution;
    assert.match(
      Status!.StateChangeReason!,
      reason instanceof RegExp ? reason : new RegExp(`^${escaped(reason)}$`),
      sql,
    );
    assert.deepEqual([Status?.AthenaError?.ErrorCategory, Status?.AthenaError?.ErrorType], [2, type], sql);
  }
  for (const sql of [
    'SELECT 1',
    'SELECT * FROM AwsDataCatalog.shop.h',
    'WITH c AS (SELECT 1 AS n) SELECT n FROM c',
    'SHOW TABLES',
    'DESCRIBE h',
    'SHOW CREATE TABLE h',
    'ALTER TABLE h ADD COLUMNS (m int)',
    'CREATE VIEW v AS SELECT n FROM h',
    'OPTIMIZE i REWRITE DATA USING BIN_PACK',
    'DROP TABLE h',
  ]) {
    const { execution } = await runToEnd(athena, sql, { QueryExecutionContext });
    assert.equal(execution.Status?.State, 'SUCCEEDED', `${sql}: ${execution.Status?.StateChangeReason}`);
  }
  const known = { Database: 'shop', Catalog: 'AWSDATACATALOG' };
  assert.equal(
    (await runToEnd(athena, 'SELECT * FROM i', { QueryExecutionContext: known })).execution.Status?.State,
    'SUCCEEDED',
  );
});

test('a token stands for text, database, catalog and output location, not for parameters or the workgroup', async (t) => {
  const { athena } = await athenaCloud(t);
  await athena.send(
    new CreateWorkGroupCommand({
      Name: 'second',
      Configuration: { ResultConfiguration: { OutputLocation: 's3://lake/second/' } },
    }),
  );
  const token = { ClientRequestToken: '0123456789abcdef0123456789abcdef' };
  const first = await start(athena, 'SELECT ?', { ...token, ExecutionParameters: ['1'] });

  const again = [
    await start(athena, 'SELECT ?', { ...token, ExecutionParameters: ['2'] }),
    await start(athena, 'SELECT ?', { ...token, WorkGroup: 'second' }),
  ];

  assert.deepEqual(
    again.map(({ QueryExecutionId }) => QueryExecutionId),
    [first.QueryExecutionId, first.QueryExecutionId],
  );
  for (const [sql, more] of [
    ['SELECT ? ', {}],
    ['SELECT ?', { QueryExecutionContext: { Database: 'default' } }],
    ['SELECT ?', { QueryExecutionContext: { Database: 'shop', Catalog: 'AwsDataCatalog' } }],
    ['SELECT ?', { ResultConfiguration: { OutputLocation: 's3://lake/x/' } }],
  ] as const)
    await assert.rejects(start(athena, sql, { ...token, ...more }), {
      message: 'Idempotent parameters do not match',
      AthenaErrorCode: 'IDEMPOTENT_PARAMETER_MISMATCH',
    });
  await assert.rejects(start(athena, 'SELEC', token), { AthenaErrorCode: 'MALFORMED_QUERY' });
});

test('GetQueryResults checks its members, the id, the size, the state and the token, in this order', async (t) => {
  const { cloud, athena, run } = await athenaCloud(t);
  const done = (await run('SELECT 1')).execution.QueryExecutionId!;
  const failed = (await runToEnd(athena, 'SELECT 1/0', { WorkGroup: 'test' })).execution.QueryExecutionId!;
  const constraint = 'failed to satisfy constraint: Member must have';
  const refusals: [input: object, message: string, code: string][] = [
    [
      { QueryExecutionId: done, MaxResults: 0, NextToken: '' },
      `2 validation errors detected: Value at 'nextToken' ${constraint} length greater than or equal to 1; Value at 'maxResults' ${constraint} value greater than or equal to 1`,
      'INVALID_INPUT',
    ],
    [
      { MaxResults: 1 },
      "1 validation error detected: Value null at 'queryExecutionId' failed to satisfy constraint: Member must not be null",
      'INVALID_INPUT',
    ],
    [
      { QueryExecutionId: 'none', MaxResults: 1001 },
      'QueryExecution none was not found',
      'QUERY_EXECUTION_NOT_FOUND',
    ],
    [
      { QueryExecutionId: failed, MaxResults: 1001 },
      'MaxResults is more than maximum allowed length 1000',
      'INVALID_INPUT',
    ],
    [
      { QueryExecutionId: failed, NextToken: 'bad' },
      'Query did not finish successfully. Final query state: FAILED',
      'INVALID_QUERY_EXECUTION_STATE',
    ],
    [{ QueryExecutionId: done, NextToken: 'bad' }, 'Malformed nextPageToken bad', 'INVALID_INPUT'],
  ];

  for (const [input, message, code] of refusals)
    await assert.rejects(cloud.call('athena', 'GetQueryResults', input), {
      message,
      fields: { AthenaErrorCode: code, ErrorCode: code },
    });
  await assert.rejects(athena.send(new ListWorkGroupsCommand({ NextToken: 'bad' })), {
    message: 'The nextPageToken is malformed: bad',
  });
  await assert.rejects(athena.send(new ListWorkGroupsCommand({ MaxResults: 51 })), {
    message: `1 validation error detected: Value at 'maxResults' ${constraint} value less than or equal to 50`,
  });
  const { WorkGroups } = await athena.send(new ListWorkGroupsCommand({}));
  assert.deepEqual(
    WorkGroups?.map(({ Name, Description }) => [Name, Description]),
    [
      ['primary', ''],
      ['test', ''],
    ],
  );
  const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: done }));
  assert.equal(QueryExecution?.EngineVersion?.EffectiveEngineVersion, 'Athena engine version 3');
});

test('an Iceberg table goes by its new name at the same place, and a partition by its new values', async (t) => {
  const { run, failure } = await athenaCloud(t);
  await run('CREATE DATABASE other');
  await run(icebergTable('i', 'n int'));
  await run('INSERT INTO i VALUES 1');
  await run(hiveTable('h', 'n int', 'PARTITIONED BY (p string, q int)'));
  await run("ALTER TABLE h ADD PARTITION (p = 'a', q = 1) LOCATION 's3://lake/first/'");

  await run('ALTER TABLE i RENAME TO other.j');
  await run('INSERT INTO other.j VALUES 2');
  await run("ALTER TABLE h PARTITION (p = 'a', q = 1) RENAME TO PARTITION (p = 'b', q = 2)");
  await run("ALTER TABLE h PARTITION (p = 'b', q = 2) SET LOCATION 's3://lake/second/'");

  assert.deepEqual((await run('SELECT n FROM other.j ORDER BY n')).rows, [['1'], ['2']]);
  assert.match(await failure('SELECT n FROM i'), /^TABLE_NOT_FOUND: /);
  assert.deepEqual(lines(await run('SHOW PARTITIONS h')), ['p=b/q=2']);
  assert.match(
    await failure("ALTER TABLE h PARTITION (p = 'a', q = 1) SET LOCATION 's3://lake/x/'"),
    /\[Error 10006\]: Partition not found \(p=a, q=1\)/,
  );
  assert.match(await failure('ALTER TABLE h RENAME TO k'), /Table cannot be renamed$/);
});
