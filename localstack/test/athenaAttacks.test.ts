/**
 * Attacks through Athena's own API: no statement reads or writes the host's files, environment, network or the engine's own
 * tables and functions, breaks out of a quoted name, or takes the process down. What the parts refuse by themselves is in
 * localstack/sql/engine/attack.test.ts.
 */
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { InvalidRequestException, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { test } from 'vitest';
import { athenaCloud } from './support/athenaCloud.ts';

const refused = [
  "SELECT * FROM '/etc/passwd'",
  'SELECT * FROM "/etc/passwd"',
  'SELECT * FROM "s3://lake/secret.parquet"',
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM TABLE(read_text('/etc/passwd'))",
  "SELECT * FROM glob('/etc/*')",
  'SELECT * FROM duckdb_settings()',
  'SELECT * FROM duckdb_tables',
  'SELECT * FROM main.sqlite_master',
  'SELECT * FROM pg_catalog.pg_tables',
  'SELECT * FROM information_schema.duckdb_settings',
  'SELECT * FROM temp.changes_1',
  'SELECT * FROM memory.main.t',
  "SELECT getenv('HOME')",
  'SELECT "getenv"(\'HOME\')',
  "SELECT hw_upper('x')",
  "SELECT hw_lpad('x', 1, 'y')",
  'SELECT current_database()',
  "SELECT '\\' || getenv('HOME') || '\\'",
  `SELECT json_extract('{}', '$.a''||getenv(''HOME'')||''')`,
  `SELECT CAST(1 AS "getenv('HOME')")`,
  "COPY (SELECT 1) TO '/tmp/headwaters-attack'",
  "ATTACH '/tmp/headwaters-attack.db'",
  'INSTALL httpfs',
  "SET memory_limit = '1GB'",
  'PRAGMA database_list',
  'SELECT 1; DROP TABLE t',
  "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/headwaters-attack'",
  "PREPARE p FROM COPY (SELECT 1) TO '/tmp/headwaters-attack'",
  "CREATE VIEW v AS SELECT * FROM read_text('/etc/passwd')",
  "CREATE TABLE c AS SELECT * FROM read_text('/etc/passwd')",
  `CREATE EXTERNAL TABLE f (l string) LOCATION 'file:///etc/'`,
  `CREATE EXTERNAL TABLE f (l string) LOCATION '/etc/'`,
  `CREATE TABLE c WITH (external_location = '/tmp/headwaters-attack/') AS SELECT 1 AS a`,
  `UNLOAD (SELECT 1 AS a) TO '/tmp/headwaters-attack/' WITH (format = 'JSON')`,
];

test('what reaches beyond the lake is refused, in whichever form it is asked', async (t) => {
  const { failure } = await athenaCloud(t);

  const allowed: string[] = [];
  for (const sql of refused) {
    const reason = await failure(sql).catch((error) => {
      if (!(error instanceof InvalidRequestException)) throw error;
      return error.message;
    });
    if (!reason || /GENERIC_INTERNAL_ERROR/.test(reason)) allowed.push(`${sql}: ${reason}`);
  }

  assert.deepEqual(allowed, []);
  await assert.rejects(access('/tmp/headwaters-attack'));
});

test('locations with dots are keys in the bucket and never leave it', async (t) => {
  const { run, keys, failure } = await athenaCloud(t);
  const dots = 's3://lake/../../../../../../../../tmp/headwaters-attack/';

  await run(`CREATE EXTERNAL TABLE text (l string) LOCATION '${dots}'`);
  await run("INSERT INTO text VALUES ('x')");
  await run(`UNLOAD (SELECT 1 AS a) TO '${dots}out/' WITH (format = 'JSON')`);
  await run(`CREATE TABLE ice (a int) LOCATION '${dots}ice/' TBLPROPERTIES ('table_type' = 'ICEBERG')`);
  await run('INSERT INTO ice VALUES (1)');
  await run(`CREATE EXTERNAL TABLE outside (l string) LOCATION 's3://../etc/'`);

  assert.deepEqual((await run('SELECT a FROM ice')).rows, [['1']]);
  assert.ok((await keys('../../')).length > 3);
  assert.match(await failure('SELECT * FROM outside'), /bucket does not exist/);
  await assert.rejects(access('/tmp/headwaters-attack'));
});

test('quotes, semicolons and braces in names stay names', async (t) => {
  const { run, put } = await athenaCloud(t);
  const nasty = [`a"b'c`, 'd;--', "e''f", '$' + '{x}', '{"k":1}', `x') FROM t --`];
  const quoted = nasty.map((name) => `"${name.replaceAll('"', '""')}"`);
  await put(`quo'te/a.json`, `{"a\\"b":1,"c'd":"x'y"}\n`);

  await run(
    `CREATE TABLE "we""ird;--" WITH (table_type = 'ICEBERG', is_external = false) AS SELECT ${quoted.map((name, index) => `${index} AS ${name}`).join(', ')}`,
  );
  await run(`UPDATE "we""ird;--" SET ${quoted[0]} = 9 WHERE ${quoted[1]} = 1`);
  await run(
    `MERGE INTO "we""ird;--" t USING (VALUES 5) AS s("k""") ON t.${quoted[5]} = s."k""" WHEN MATCHED THEN UPDATE SET ${quoted[2]} = 8`,
  );
  await run(
    `CREATE EXTERNAL TABLE \`t"a'b\` (\`a"b\` int, \`c'd\` string) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION "s3://lake/quo'te/"`,
  );

  const { rows, resultSet } = await run(`SELECT ${quoted.join(', ')} FROM "we""ird;--"`);
  assert.deepEqual(rows, [['9', '1', '8', '3', '4', '5']]);
  assert.deepEqual(
    resultSet?.ResultSetMetadata?.ColumnInfo?.map((column) => column.Name),
    nasty,
  );
  assert.deepEqual((await run(`SELECT "a""b", "c'd" FROM "t""a'b"`)).rows, [['1', "x'y"]]);
});

test('an error that quotes a value is not taken for one of the engine', async (t) => {
  const { failure } = await athenaCloud(t);

  assert.match(
    await failure("SELECT CAST('HW:TABLE_NOT_FOUND:no table' AS integer)"),
    /^INVALID_CAST_ARGUMENT: Cannot cast 'HW:TABLE_NOT_FOUND:no table' to INT$/,
  );
});

// Trino's SqlParser and its analysis say these when the stack is exhausted (ParsingException, STACK_OVERFLOW).
test('nesting that no stack holds, patterns and sizes that nobody can serve end only the statement', async (t) => {
  const { athena, run, failure } = await athenaCloud(t);
  const start = (QueryString: string) =>
    athena.send(new StartQueryExecutionCommand({ QueryString, WorkGroup: 'test' }));
  const nested = [
    `SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`,
    `SELECT ${'- '.repeat(50_000)}1`,
    `SELECT ${'NOT '.repeat(50_000)}true`,
    `SELECT ${'ARRAY['.repeat(20_000)}1${']'.repeat(20_000)}`,
    `SELECT * FROM ${'('.repeat(50_000)}VALUES 1${')'.repeat(50_000)}`,
  ];

  for (const sql of ['SELECT 0x_', 'SELECT 0b1__0'])
    await assert.rejects(start(sql), {
      name: 'InvalidRequestException',
      message: /^line 1:8: identifiers must not start with a digit/,
    });
  for (const sql of nested)
    await assert.rejects(start(sql), {
      name: 'InvalidRequestException',
      message: 'line 1:1: statement is too large (stack overflow while parsing)',
    });
  assert.match(await failure(`SELECT ${'1+'.repeat(50_000)}1`), /^STACK_OVERFLOW: statement is too large/);
  for (const [pattern, mistake] of [
    ['(', 'end pattern with unmatched parenthesis'],
    ['([', 'premature end of char-class'],
    [')', 'unmatched close parenthesis'],
  ])
    assert.equal(
      await failure(`SELECT regexp_like('x', '${pattern}')`),
      `INVALID_FUNCTION_ARGUMENT: ${mistake}`,
    );
  assert.match(await failure("SELECT regexp_like('x', 'a{1000000}')"), /^INVALID_FUNCTION_ARGUMENT: /);
  assert.match(await failure("SELECT rpad('x', 2147483647, 'y')"), /^INVALID_FUNCTION_ARGUMENT: /);
  assert.match(await failure('SELECT sequence(1, 100000000)'), /^INVALID_FUNCTION_ARGUMENT: /);
  const catastrophic = await run(`SELECT regexp_like('${'a'.repeat(5000)}!', '(a+)+$')`);
  assert.deepEqual(catastrophic.rows, [['false']]);
});
