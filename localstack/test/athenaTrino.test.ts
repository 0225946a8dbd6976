/** Athena's API over a server that speaks Trino's protocol: what is sent to it, what becomes of its answers. */
import assert from 'node:assert/strict';
import {
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { GetTableCommand, GetTablesCommand } from '@aws-sdk/client-glue';
import { test } from 'vitest';
import { runToEnd } from './support/athenaClient.ts';
import { athenaCloud } from './support/athenaCloud.ts';
import { bigint, type FakePage, fakeTrino, varchar } from './support/fakeTrino.ts';

const column = (name: string, typeSignature: object = bigint) => ({ name, type: 'bigint', typeSignature });
const written = (updateType: string, updateCount: number): FakePage[] => [
  { state: 'QUEUED' },
  { columns: [column('rows')], data: [[updateCount]], updateType, updateCount },
];
const failed = (error: object): FakePage[] => [{ state: 'QUEUED' }, { state: 'FAILED', error }];
const things =
  "CREATE TABLE things (n bigint) LOCATION 's3://lake/things/' TBLPROPERTIES ('table_type' = 'ICEBERG')";
const syntaxError = {
  message: "line 2:9: mismatched input 'FROM'",
  errorName: 'SYNTAX_ERROR',
  errorType: 'USER_ERROR',
  errorLocation: { lineNumber: 2, columnNumber: 9 },
};

test("a query's pages become one result, NULL apart from the empty text, with what Trino read", async (t) => {
  const trino = await fakeTrino(t, () => [
    { state: 'QUEUED' },
    { columns: [column('n'), column('Text', varchar)], data: [[1, 'x']], physicalInputBytes: 100 },
    { data: [[2, '']], physicalInputBytes: 150 },
    { data: [[null, null]], physicalInputBytes: 170 },
  ]);
  const { run, text } = await athenaCloud(t, { trino: trino.start });

  const answer = await run('SELECT n, t AS "Text" FROM things;');

  assert.deepEqual(answer.rows, [
    ['1', 'x'],
    ['2', ''],
    [null, null],
  ]);
  assert.equal(answer.execution.Statistics?.DataScannedInBytes, 170);
  assert.match(await text(answer.execution.ResultConfiguration!.OutputLocation!), /^"n","Text"\n"1","x"\n/);
  const { sql, headers } = trino.taken[0]!;
  assert.equal(sql, 'SELECT n, t AS "Text" FROM things');
  assert.equal(headers['x-trino-catalog'], 'awsdatacatalog');
  assert.equal(headers['x-trino-schema'], 'shop');
  assert.equal(headers['x-trino-time-zone'], 'UTC');
});

test('the catalog is ours: its statements never reach Trino', async (t) => {
  const trino = await fakeTrino(t, () => []);
  const { run } = await athenaCloud(t, { trino: trino.start });

  await run("CREATE EXTERNAL TABLE people (id bigint) LOCATION 's3://lake/people/'");
  const shown = await run('SHOW TABLES');

  assert.deepEqual(shown.rows, [['people']]);
  assert.deepEqual(trino.taken, []);
});

test('a catalog of the request is Trino’s to look for in a query, Glue’s own for a view, and refused to what writes', async (t) => {
  const trino = await fakeTrino(t, (sql) =>
    sql.startsWith('SELECT n')
      ? failed({
          message: "line 1:15: Catalog 'none' not found",
          errorName: 'CATALOG_NOT_FOUND',
          errorType: 'USER_ERROR',
          errorLocation: { lineNumber: 1, columnNumber: 15 },
        })
      : [{ columns: [column('n')], data: [] }],
  );
  const { athena } = await athenaCloud(t, { trino: trino.start });
  const end = async (sql: string) =>
    (await runToEnd(athena, sql, { QueryExecutionContext: { Database: 'shop', Catalog: 'none' } })).execution
      .Status;

  const query = await end('SELECT n FROM people');
  const view = await end('CREATE VIEW v AS SELECT 1 AS n');
  const insert = await end('INSERT INTO people SELECT 1');

  assert.equal(query?.StateChangeReason, "CATALOG_NOT_FOUND: line 1:15: Catalog 'none' does not exist");
  assert.equal(query?.AthenaError?.ErrorType, 1006);
  assert.equal(view?.State, 'SUCCEEDED', view?.StateChangeReason);
  assert.match(insert!.StateChangeReason!, /^NOT_FOUND: Session property catalog does not exist: none\./);
  const catalogs = trino.taken.map(({ headers }) => headers['x-trino-catalog']);
  assert.deepEqual(catalogs, ['none', 'awsdatacatalog', 'awsdatacatalog']);
});

test('a statement with parameters is executed by Trino with them, a prepared one too', async (t) => {
  const trino = await fakeTrino(t, () => [{ columns: [column('a')], data: [[1]] }]);
  const { run } = await athenaCloud(t, { trino: trino.start });

  await run("SELECT a FROM t WHERE b = ? AND c = 'd'", ["'x'"]);
  await run('PREPARE p FROM SELECT a FROM t WHERE b = ?');
  await run('EXECUTE p USING 5');
  await run('EXECUTE p', ['plain text']);
  await run('SELECT 1', ['dropped']);

  assert.deepEqual(
    trino.taken.map(({ sql }) => sql),
    [
      "EXECUTE IMMEDIATE 'SELECT a FROM t WHERE b = ? AND c = ''d''' USING 'x'",
      "EXECUTE IMMEDIATE 'SELECT a FROM t WHERE b = ?' USING 5",
      "EXECUTE IMMEDIATE 'SELECT a FROM t WHERE b = ?' USING 'plain text'",
      'SELECT 1',
    ],
  );
});

test('what our parser cannot read is for Trino to judge, when it is sent', async (t) => {
  const trino = await fakeTrino(t, (sql) => {
    if (sql.includes('BROKEN')) return failed(syntaxError);
    return sql.startsWith('PREPARE') ? [{}] : [{ columns: [column('a')], data: [[1]] }];
  });
  const { run, athena } = await athenaCloud(t, { trino: trino.start });
  const newSyntax = 'SELECT * FROM t MATCH_RECOGNIZE (ORDER BY a PATTERN (x y?) DEFINE y AS true)';

  const answer = await run(newSyntax);

  assert.deepEqual(answer.rows, [['1']]);
  assert.deepEqual(
    trino.taken.map(({ sql }) => sql),
    [`PREPARE parsed FROM\n${newSyntax}`, newSyntax],
  );
  await assert.rejects(
    athena.send(
      new StartQueryExecutionCommand({ QueryString: 'SELECT BROKEN FROM FROM', WorkGroup: 'test' }),
    ),
    { name: 'InvalidRequestException', message: "line 1:9: mismatched input 'FROM'" },
  );
});

test("a failure is Trino's, with its name, its words and its place in the statement as it was sent", async (t) => {
  const trino = await fakeTrino(t, () =>
    failed({
      message: "line 2:8: Column 'nope' cannot be resolved",
      errorName: 'COLUMN_NOT_FOUND',
      errorType: 'USER_ERROR',
      errorLocation: { lineNumber: 2, columnNumber: 8 },
    }),
  );
  const { athena } = await athenaCloud(t, { trino: trino.start });

  const { execution } = await runToEnd(
    athena,
    "CREATE TABLE shop.t WITH (format = 'PARQUET') AS SELECT nope",
  );

  assert.equal(execution.Status?.State, 'FAILED');
  assert.equal(
    execution.Status?.StateChangeReason?.replace(execution.QueryExecutionId!, 'ID'),
    "COLUMN_NOT_FOUND: line 1:57: Column 'nope' cannot be resolved. You may need to manually clean the data at location 's3://lake/results/tables/ID' before retrying. Athena will not delete data in your account.",
  );
  assert.equal(execution.Status?.AthenaError?.ErrorCategory, 2);
  assert.equal(execution.Status?.AthenaError?.ErrorType, 1006);
});

test('a failure within Trino is the system’s', async (t) => {
  const trino = await fakeTrino(t, () =>
    failed({ message: 'oh', errorName: 'GENERIC_INTERNAL_ERROR', errorType: 'INTERNAL_ERROR' }),
  );
  const { athena } = await athenaCloud(t, { trino: trino.start });

  const { execution } = await runToEnd(athena, 'SELECT 1');

  assert.equal(execution.Status?.StateChangeReason, 'GENERIC_INTERNAL_ERROR: oh');
  assert.equal(execution.Status?.AthenaError?.ErrorCategory, 1);
});

test('rows that a statement wrote are its update count', async (t) => {
  const trino = await fakeTrino(t, () => written('INSERT', 3));
  const { run } = await athenaCloud(t, { trino: trino.start });
  await run(things);

  const answer = await run('INSERT INTO things VALUES 1, 2, 3');

  assert.equal(answer.updateCount, 3);
  assert.equal(answer.execution.SubstatementType, 'INSERT');
});

test('results have the places, types and counts that they have without Trino', async (t) => {
  const trino = await fakeTrino(t, (sql) => {
    if (sql.startsWith('INSERT')) return written('INSERT', 2);
    if (sql.startsWith('UPDATE')) return written('UPDATE', 1);
    if (sql.startsWith('CREATE')) return written('CREATE TABLE', 4);
    return [{ columns: [column('Query Plan', varchar)], data: [['plan']] }];
  });
  const { run, keys } = await athenaCloud(t, { trino: trino.start });
  await run(things);

  const seen: unknown[] = [];
  const ids: string[] = [];
  for (const sql of [
    'SELECT n FROM things',
    'INSERT INTO things VALUES 1, 2',
    'UPDATE things SET n = 3',
    "CREATE TABLE made WITH (external_location = 's3://lake/made/') AS SELECT 1 AS n",
    'EXPLAIN SELECT n FROM things',
    'DROP TABLE things',
  ]) {
    const { execution, updateCount } = await run(sql);
    const id = execution.QueryExecutionId!;
    ids.push(id);
    seen.push([
      execution.StatementType,
      execution.SubstatementType,
      execution.ResultConfiguration?.OutputLocation?.replace('s3://lake/results/', '').replace(id, 'ID'),
      updateCount,
    ]);
  }

  assert.deepEqual(seen, [
    ['DML', 'SELECT', 'ID.csv', 0],
    ['DML', 'INSERT', 'ID', 2],
    ['DML', 'UPDATE', 'ID.csv', 1],
    ['DDL', 'CREATE_TABLE_AS_SELECT', 'tables/ID', 4],
    ['DML', 'EXPLAIN', 'ID.txt', undefined],
    ['DDL', 'DROP_TABLE', 'ID.txt', undefined],
  ]);
  const files = await keys('results/');
  assert.ok(files.includes(`results/${ids[1]}.metadata`));
  assert.ok(files.includes(`results/tables/${ids[3]}.metadata`));
});

test('a request is judged as without Trino, and Trino is asked about no statement that is refused', async (t) => {
  const trino = await fakeTrino(t, () => []);
  const { athena } = await athenaCloud(t, { trino: trino.start });
  const newSyntax = 'SELECT * FROM t MATCH_RECOGNIZE (PATTERN (x) DEFINE x AS true)';
  const refusals: [sql: string, more: object, message: RegExp | string][] = [
    [
      newSyntax,
      { ResultConfiguration: { OutputLocation: 'not-a-valid-s3-path' } },
      'outputLocation is not a valid S3 path.',
    ],
    [`${newSyntax};${newSyntax}`, {}, /^Only one sql statement is allowed\. Got: /],
    ['CREATE TABLE t (n int)', {}, 'No location was specified for table. An S3 location must be specified'],
    ["CREATE TABLE t (n int) LOCATION 's3://lake/t/'", {}, 'External keyword required for table type HIVE'],
    ['DESCRIBE nothing', {}, /^Entity Not Found /],
    ['SELEC 1', {}, /^line 1:1: mismatched input 'SELEC'/],
  ];

  for (const [QueryString, more, message] of refusals)
    await assert.rejects(
      athena.send(new StartQueryExecutionCommand({ QueryString, WorkGroup: 'test', ...more })),
      { name: 'InvalidRequestException', message },
      QueryString,
    );

  assert.deepEqual(trino.taken, []);
});

test('nesting that our own parser has no room for is for Trino to judge', async (t) => {
  const tooLarge = 'statement is too large (stack overflow while parsing)';
  const trino = await fakeTrino(t, (sql) => {
    if (!sql.startsWith('PREPARE')) return [{ columns: [column('a')], data: [[1]] }];
    if (!sql.includes('- 1')) return [{}];
    return failed({
      ...syntaxError,
      message: `line 1:1: ${tooLarge}`,
      errorLocation: { lineNumber: 1, columnNumber: 1 },
    });
  });
  const { run, athena } = await athenaCloud(t, { trino: trino.start });

  const answer = await run(`SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`);

  assert.deepEqual(answer.rows, [['1']]);
  for (const QueryString of [`SELECT ${'- '.repeat(50_000)}1`, `${'EXPLAIN '.repeat(30_000)}SELECT 1`])
    await assert.rejects(athena.send(new StartQueryExecutionCommand({ QueryString, WorkGroup: 'test' })), {
      name: 'InvalidRequestException',
      message: `line 1:1: ${tooLarge}`,
    });
});

test('what is recorded of a failure goes before what Trino says of it', async (t) => {
  const failures: Readonly<Record<string, object>> = {
    'SELECT 1': { message: 'a row', errorName: 'HIVE_BAD_DATA', errorType: 'EXTERNAL' },
    'SELECT 2': { message: 'lost', errorName: 'ICEBERG_COMMIT_ERROR', errorType: 'EXTERNAL' },
    'SELECT 3': { message: 'no files', errorName: 'HIVE_FILESYSTEM_ERROR', errorType: 'EXTERNAL' },
  };
  const trino = await fakeTrino(t, (sql) => failed(failures[sql] ?? syntaxError));
  const { athena } = await athenaCloud(t, { trino: trino.start });

  const types = [];
  for (const sql of Object.keys(failures)) {
    const { AthenaError } = (await runToEnd(athena, sql)).execution.Status!;
    types.push([AthenaError?.ErrorCategory, AthenaError?.ErrorType]);
  }

  assert.deepEqual(types, [
    [2, 1301],
    [1, 233],
    [3, 1009],
  ]);
});

test('a fault of a whole CREATE TABLE AS is at its beginning, and INSERT has its own words for no table', async (t) => {
  const trino = await fakeTrino(t, () =>
    failed({
      message: 'line 1:1: Column name not specified at position 1',
      errorName: 'MISSING_COLUMN_NAME',
      errorType: 'USER_ERROR',
      errorLocation: { lineNumber: 1, columnNumber: 1 },
    }),
  );
  const { failure } = await athenaCloud(t, { trino: trino.start });

  assert.match(
    await failure('CREATE TABLE c AS VALUES 1'),
    /^MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1\. You may need to /,
  );
  assert.match(
    await failure('INSERT INTO nothing VALUES 1'),
    /^Table nothing not found in database shop\. If a data manifest file /,
  );
});

test('StopQueryExecution takes the statement back from Trino', async (t) => {
  const trino = await fakeTrino(t, () => [{ state: 'RUNNING', hangs: true }]);
  const { athena, cloud } = await athenaCloud(t, { trino: trino.start });
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({ QueryString: 'SELECT 1', WorkGroup: 'test' }),
  );
  const ended = new Promise((done) => cloud.context.events.on('athena:finished', done));

  while (trino.taken.length === 0) await new Promise((later) => setImmediate(later));
  await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  await ended;

  const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
  assert.equal(QueryExecution?.Status?.State, 'CANCELLED');
  assert.deepEqual(trino.cancelled, ['SELECT 1']);
});

test("the workgroup's limit of bytes takes a query back, and not what is written already", async (t) => {
  const trino = await fakeTrino(t, (sql) =>
    sql.startsWith('SELECT')
      ? [{ state: 'RUNNING', physicalInputBytes: 20_000_000, hangs: true }]
      : [
          { state: 'QUEUED' },
          { updateType: 'INSERT', updateCount: 1, physicalInputBytes: 20_000_000, state: 'FINISHED' },
        ],
  );
  const { athena, run } = await athenaCloud(t, { trino: trino.start });
  await run(things);
  await athena.send(
    new CreateWorkGroupCommand({
      Name: 'limited',
      Configuration: {
        ResultConfiguration: { OutputLocation: 's3://lake/results/' },
        BytesScannedCutoffPerQuery: 10_000_000,
      },
    }),
  );

  const query = await runToEnd(athena, 'SELECT 1', { WorkGroup: 'limited' });
  const insert = await runToEnd(athena, 'INSERT INTO shop.things SELECT 1', { WorkGroup: 'limited' });

  assert.equal(query.execution.Status?.State, 'CANCELLED');
  assert.match(query.execution.Status?.StateChangeReason ?? '', /Bytes scanned limit was exceeded/);
  assert.deepEqual(trino.cancelled, ['SELECT 1']);
  assert.equal(insert.execution.Status?.State, 'SUCCEEDED');
  assert.equal(insert.execution.Statistics?.DataScannedInBytes, 20_000_000);
});

test('a view is checked and described by Trino, and kept in Glue with an owner', async (t) => {
  const trino = await fakeTrino(t, (sql) =>
    sql.startsWith('EXPLAIN')
      ? [{ columns: [column('Valid')], data: [[true]] }]
      : [{ columns: [{ name: 'a', type: 'time(3) with time zone', typeSignature: bigint }] }],
  );
  const { run, glue } = await athenaCloud(t, { trino: trino.start });

  await run('CREATE VIEW v AS SELECT new_function(1) AS a');

  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'shop', Name: 'v' }));
  assert.equal(Table?.Owner, 'hadoop');
  assert.deepEqual(Table?.StorageDescriptor?.Columns, [{ Name: 'a', Type: 'time(3) with time zone' }]);
  assert.deepEqual(
    trino.taken.map(({ sql }) => sql),
    [
      'EXPLAIN (TYPE VALIDATE) CREATE OR REPLACE VIEW "awsdatacatalog"."shop"."v" AS\nSELECT new_function(1) AS a',
      'SELECT * FROM (\nSELECT new_function(1) AS a\n) LIMIT 0',
    ],
  );
});

test('UNLOAD fills a table that Glue never sees, and gives up its name', async (t) => {
  const trino = await fakeTrino(t, (sql) => {
    if (sql.startsWith('SELECT')) return [{ columns: [column('_col0'), column('b')] }];
    return sql.startsWith('CREATE') ? written('CREATE TABLE', 7) : [{ updateType: 'DROP TABLE' }];
  });
  const { run, glue } = await athenaCloud(t, { trino: trino.start });

  const answer = await run(
    "UNLOAD (SELECT 1, b FROM t) TO 's3://lake/out' WITH (format = 'TEXTFILE', compression = 'NONE')",
  );

  assert.equal(answer.updateCount, 7);
  const [, create, drop] = trino.taken;
  const [name] = /"unload"."files"."\w+"/.exec(create!.sql)!;
  assert.equal(
    create!.sql,
    `CREATE TABLE ${name} ("_col0", "b") WITH (format = 'TEXTFILE', external_location = 's3://lake/out/', textfile_field_separator = ',') AS\nSELECT 1, b FROM t`,
  );
  assert.equal(create!.headers['x-trino-session'], 'unload.compression_codec=NONE');
  assert.equal(drop!.sql.trim(), `DROP TABLE ${name}`);
  assert.deepEqual((await glue.send(new GetTablesCommand({ DatabaseName: 'shop' }))).TableList, []);
});

test('EXPLAIN rewrites the CREATE TABLE AS in it, and refuses by name what Trino cannot explain', async (t) => {
  const trino = await fakeTrino(t, () => [
    { columns: [column('Query Plan', varchar)], data: [['a\n  b\n\n']] },
  ]);
  const { run, failure } = await athenaCloud(t, { trino: trino.start });

  const plan = await run(
    "EXPLAIN CREATE TABLE x WITH (table_type = 'ICEBERG', location = 's3://lake/x/') AS SELECT 1 AS a",
  );
  const refused = await failure("EXPLAIN UNLOAD (SELECT 1) TO 's3://lake/out/' WITH (format = 'JSON')");

  assert.deepEqual(plan.rows, [['Query Plan'], ['a'], ['  b']]);
  assert.equal(
    trino.taken[0]!.sql,
    `EXPLAIN CREATE TABLE "iceberg"."shop"."x" WITH (format = 'PARQUET', location = 's3://lake/x/') AS\nSELECT 1 AS a`,
  );
  assert.match(refused, /^NOT_SUPPORTED: EXPLAIN is for queries, .* not for unload/);
});

test('a server that ended unexpectedly is started again for the next statement', async (t) => {
  const trino = await fakeTrino(t, () => [{ columns: [column('a')], data: [[1]] }]);
  const { run } = await athenaCloud(t, { trino: trino.start });
  await run('SELECT 1');

  await trino.die();
  const again = await run('SELECT 1');

  assert.deepEqual(again.rows, [['1']]);
  assert.equal(trino.starts(), 2);
});

test('a cloud whose Trino cannot start does not start, and says why', async (t) => {
  const unavailable = async () => {
    throw new Error('no mvn');
  };

  await assert.rejects(athenaCloud(t, { trino: unavailable }), { message: 'no mvn' });
});
