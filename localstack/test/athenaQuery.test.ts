/** Queries through Athena's own client: life of an execution, result files and pages, failures, limits. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import {
  BatchGetQueryExecutionCommand,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  ListQueryExecutionsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { test } from 'vitest';
import { run, runToEnd } from './support/athenaClient.ts';
import { athenaCloud } from './support/athenaCloud.ts';

const jsonTable = (name: string, columns: string) => `CREATE EXTERNAL TABLE ${name} (${columns})
  ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION 's3://lake/${name}/'`;

test('a SELECT ends with its rows, its types and a result file in which NULL and the empty text differ', async (t) => {
  const { athena, run, text } = await athenaCloud(t);

  const answer = await run(
    `SELECT * FROM (VALUES (1, 'a "b"', DECIMAL '1.50'), (2, '', NULL)) AS t(id, name, amount) ORDER BY id`,
  );

  assert.deepEqual(answer.rows, [
    ['1', 'a "b"', '1.50'],
    ['2', '', null],
  ]);
  assert.deepEqual(
    answer.resultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name, Type, Precision, Scale }) => [
      Name,
      Type,
      Precision,
      Scale,
    ]),
    [
      ['id', 'integer', 10, 0],
      ['name', 'varchar', 5, 0],
      ['amount', 'decimal', 3, 2],
    ],
  );
  const { ResultConfiguration, StatementType, SubstatementType, Statistics, EngineVersion } =
    answer.execution;
  const location = ResultConfiguration?.OutputLocation ?? '';
  assert.equal(location, `s3://lake/results/${answer.execution.QueryExecutionId}.csv`);
  assert.equal(await text(location), '"id","name","amount"\n"1","a ""b""","1.50"\n"2","",\n');
  assert.ok((await text(`${location}.metadata`)).includes('amount'));
  assert.deepEqual([StatementType, SubstatementType], ['DML', 'SELECT']);
  assert.equal(Statistics?.DataScannedInBytes, 0);
  assert.equal(EngineVersion?.EffectiveEngineVersion, 'Athena engine version 3');
  const { QueryExecutions } = await athena.send(
    new BatchGetQueryExecutionCommand({ QueryExecutionIds: [answer.execution.QueryExecutionId!] }),
  );
  assert.equal(QueryExecutions?.[0]?.Status?.State, 'SUCCEEDED');
});

test('a table over JSON files is queried, and the bytes of its files are what was scanned', async (t) => {
  const { run, put } = await athenaCloud(t);
  const body = '{"id":1,"name":"x","at":"2024-01-01 10:00:00"}\n{"id":2,"name":"y"}\n';
  await put('people/a.json', body);
  await run(jsonTable('people', 'id bigint, name string, at timestamp'));

  const answer = await run(
    `SELECT id, upper(name) AS name, at, "$path" FROM people WHERE id > 0 ORDER BY id`,
  );

  assert.deepEqual(answer.rows, [
    ['1', 'X', '2024-01-01 10:00:00.000', 's3://lake/people/a.json'],
    ['2', 'Y', null, 's3://lake/people/a.json'],
  ]);
  assert.equal(answer.execution.Statistics?.DataScannedInBytes, Buffer.byteLength(body));
});

test('keys in another case than their columns are found by a second attempt, which changes nothing twice', async (t) => {
  const { run, put } = await athenaCloud(t);
  const body = '{"Id":1,"word":"a"}\n{"id":2,"WORD":"b"}\n';
  await put('spelled/a.json', body);
  await run(jsonTable('spelled', 'id int, word string'));
  await run(
    "CREATE TABLE kept (id int, word string) LOCATION 's3://lake/kept/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
  );

  const inserted = await run('INSERT INTO kept SELECT id, word FROM spelled');
  const kept = await run('SELECT * FROM kept ORDER BY id');
  const snapshots = await run('SELECT count(*) FROM "kept$snapshots"');

  assert.deepEqual(kept.rows, [
    ['1', 'a'],
    ['2', 'b'],
  ]);
  assert.deepEqual(snapshots.rows, [['1']]);
  assert.equal(inserted.execution.Statistics?.DataScannedInBytes, Buffer.byteLength(body));
});

test('results come in pages whose first row is the header', async (t) => {
  const { athena, run } = await athenaCloud(t);
  const { execution } = await run('SELECT n FROM UNNEST(sequence(1, 5)) AS t(n) ORDER BY n');
  const { QueryExecutionId } = execution;

  const first = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, MaxResults: 3 }));
  const second = await athena.send(
    new GetQueryResultsCommand({ QueryExecutionId, NextToken: first.NextToken }),
  );

  const cells = (page: typeof first) => page.ResultSet?.Rows?.map((row) => row.Data?.[0]?.VarCharValue);
  assert.deepEqual(cells(first), ['n', '1', '2']);
  assert.deepEqual(cells(second), ['3', '4', '5']);
  assert.equal(second.NextToken, undefined);
});

// The wording is Trino's, with Athena's code before it (Athena user guide, troubleshooting).
test('what cannot be read is an error of the request, what cannot be found fails the query with its place', async (t) => {
  const { athena, failure, put, run } = await athenaCloud(t);
  await put('people/a.json', '{"id":1}\n');
  await run(jsonTable('people', 'id bigint'));

  const malformed = athena.send(
    new StartQueryExecutionCommand({ QueryString: 'SELEC 1', WorkGroup: 'test' }),
  );

  await assert.rejects(malformed, { name: 'InvalidRequestException', message: /line 1:1/ });
  assert.match(
    await failure('SELECT nope FROM people'),
    /^COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved/,
  );
  assert.match(
    await failure('SELECT 1 FROM nothing'),
    /^TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog\.shop\.nothing' does not exist/,
  );
  assert.match(
    await failure('SELECT 1 FROM nowhere.t'),
    /^SCHEMA_NOT_FOUND: .*Schema 'nowhere' does not exist/,
  );
  assert.match(await failure('SELECT 1 / (id - 1) FROM people'), /^DIVISION_BY_ZERO: .*Division by zero/);
  const { execution } = await runToEnd(athena, 'SELECT nope', { WorkGroup: 'test' });
  assert.equal(execution.Status?.AthenaError?.ErrorCategory, 2);
  assert.equal(execution.Status?.AthenaError?.Retryable, false);
  await assert.rejects(
    athena.send(new GetQueryResultsCommand({ QueryExecutionId: execution.QueryExecutionId })),
    {
      name: 'InvalidRequestException',
      message: /Query did not finish successfully\. Final query state: FAILED/,
    },
  );
});

test('a request token starts a query once, and only for the same request', async (t) => {
  const { athena } = await athenaCloud(t);
  const start = (QueryString: string) =>
    athena.send(
      new StartQueryExecutionCommand({
        QueryString,
        WorkGroup: 'test',
        ClientRequestToken: 'a-token-of-thirty-two-characters-at-least',
      }),
    );

  const [first, again] = [await start('SELECT 1'), await start('SELECT 1')];

  assert.equal(again.QueryExecutionId, first.QueryExecutionId);
  await assert.rejects(start('SELECT 2'), { message: 'Idempotent parameters do not match' });
});

test('an enforced workgroup decides where results go, and without any location nothing starts', async (t) => {
  const { athena } = await athenaCloud(t, { workGroup: { EnforceWorkGroupConfiguration: true } });
  const elsewhere = { ResultConfiguration: { OutputLocation: 's3://lake/elsewhere/' } };

  const enforced = await run(athena, 'SELECT 1', elsewhere);
  const own = await run(athena, 'SELECT 1', { ...elsewhere, WorkGroup: 'primary' });
  const nowhere = athena.send(
    new StartQueryExecutionCommand({ QueryString: 'SELECT 1', WorkGroup: 'primary' }),
  );

  assert.match(enforced.execution.ResultConfiguration?.OutputLocation ?? '', /^s3:\/\/lake\/results\//);
  assert.match(own.execution.ResultConfiguration?.OutputLocation ?? '', /^s3:\/\/lake\/elsewhere\//);
  await assert.rejects(nowhere, { message: /^No output location provided/ });
});

test('the bytes limit of a workgroup stops a query before it reads beyond', async (t) => {
  const limit = 10_000_000;
  const { athena, run, put } = await athenaCloud(t, { workGroup: { BytesScannedCutoffPerQuery: limit } });
  await put('wide/a.json', `{"v":"${'x'.repeat(limit)}"}\n`);
  await run(jsonTable('wide', 'v string'));

  const { execution } = await runToEnd(athena, 'SELECT length(v) FROM shop.wide');

  // Public logs of such workgroups show this state, this reason, and the limit itself as what was scanned.
  assert.equal(execution.Status?.State, 'CANCELLED');
  assert.equal(execution.Status?.StateChangeReason, 'Bytes scanned limit was exceeded');
  assert.equal(execution.Statistics?.DataScannedInBytes, limit);
  await assert.rejects(
    athena.send(
      new CreateWorkGroupCommand({ Name: 'small', Configuration: { BytesScannedCutoffPerQuery: 1 } }),
    ),
    { message: /at 'configuration\.bytesScannedCutoffPerQuery' .* greater than or equal to 10000000/ },
  );
});

test('a workgroup that publishes metrics has them in CloudWatch', async (t) => {
  const { cloud, run } = await athenaCloud(t, { workGroup: { PublishCloudWatchMetricsEnabled: true } });

  await run('SELECT 1 AS a');

  const { Metrics } = await cloud.call('cloudwatch', 'ListMetrics', {
    Namespace: 'AWS/Athena',
    MetricName: 'ProcessedBytes',
  });
  assert.deepEqual(
    Metrics.map((metric: { Dimensions: { Name: string; Value: string }[] }) =>
      metric.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort(),
    ),
    [['QueryState=SUCCEEDED', 'QueryType=DML', 'WorkGroup=test']],
  );
});

test('a query that is stopped ends as CANCELLED', async (t) => {
  const { athena } = await athenaCloud(t);
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString:
        'SELECT count(*) FROM UNNEST(sequence(1, 9000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 9000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 9000)) AS c(z) WHERE x * y + z = -1',
      WorkGroup: 'test',
    }),
  );

  await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));

  let state: string | undefined;
  while (!state || state === 'QUEUED' || state === 'RUNNING') {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    state = QueryExecution?.Status?.State;
  }
  assert.equal(state, 'CANCELLED');
});

test('parameters stand for question marks, given at the start or by EXECUTE', async (t) => {
  const { run, failure } = await athenaCloud(t);

  const direct = await run('SELECT ? + 1, ?', ['41', "'it''s'"]);
  await run('PREPARE adding FROM SELECT ? + ?');
  const executed = await run('EXECUTE adding USING 1, 2');
  await run('DEALLOCATE PREPARE adding');

  assert.deepEqual(direct.rows, [['42', "it's"]]);
  assert.deepEqual(executed.rows, [['3']]);
  assert.match(await failure('EXECUTE adding USING 1, 2'), /PreparedStatement adding was not found/);
  assert.match(await failure('SELECT ?'), /Incorrect number of parameters: expected 1 but found 0/);
});

// aoyagikouhei/athena-local, src/statement.rs: each kind of value was measured on Athena.
test('an execution parameter that is not an expression, or names a column, is a text, and one too many is dropped', async (t) => {
  const { athena, run } = await athenaCloud(t);

  const { rows } = await run('SELECT ?, ?, ?, ?, ?, ?', [
    'Seattle',
    'abc def',
    "it's",
    '1) , (2',
    '1 + 1',
    "'quoted'",
  ]);
  const failed = await runToEnd(athena, 'SELECT ?', { ExecutionParameters: ['nosuchfunction(1)'] });
  const dropped = await run('SELECT 1', ['2']);

  assert.deepEqual(rows, [['Seattle', 'abc def', "it's", '1) , (2', '2', 'quoted']]);
  assert.match(failed.execution.Status!.StateChangeReason!, /nosuchfunction/);
  assert.deepEqual(dropped.rows, [['1']]);
});

test('a view keeps its query as Presto does and reads its tables from its own database', async (t) => {
  const { run, put, failure } = await athenaCloud(t);
  await put('people/a.json', '{"id":1,"name":"x"}\n');
  await run(jsonTable('people', 'id bigint, name string'));

  await run('CREATE VIEW names AS SELECT name, id + 1 AS next FROM people');
  await run('CREATE DATABASE other');

  assert.deepEqual((await run('SELECT next, name FROM names')).rows, [['2', 'x']]);
  assert.match(await failure('CREATE VIEW names AS SELECT 1 AS a'), /View already exists/);
  await run('CREATE OR REPLACE VIEW names AS SELECT 1 AS a');
  assert.deepEqual((await run('SHOW VIEWS')).rows, [['names']]);
  assert.deepEqual((await run('SELECT * FROM names')).rows, [['1']]);
  await run('DROP VIEW names');
  assert.match(await failure('SELECT * FROM names'), /TABLE_NOT_FOUND/);
});

test('executions are listed newest first and survive a restart', async (t) => {
  const { cloud, athena, run } = await athenaCloud(t);
  const first = (await run('SELECT 1 AS a')).execution.QueryExecutionId;
  const second = (await run('SELECT 2 AS a')).execution.QueryExecutionId;

  const { QueryExecutionIds } = await athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'test' }));
  const restarted = await cloud.restarted();

  assert.deepEqual(new Set(QueryExecutionIds), new Set([first, second]));
  const page = await restarted.call('athena', 'GetQueryResults', { QueryExecutionId: second });
  assert.deepEqual(page.ResultSet.Rows, [
    { Data: [{ VarCharValue: 'a' }] },
    { Data: [{ VarCharValue: '2' }] },
  ]);
  const { WorkGroup } = await restarted.call('athena', 'GetWorkGroup', { WorkGroup: 'test' });
  assert.equal(WorkGroup.Configuration.ResultConfiguration.OutputLocation, 's3://lake/results/');
  await assert.rejects(restarted.call('athena', 'GetWorkGroup', { WorkGroup: 'none' }), {
    code: 'InvalidRequestException',
  });
});

// HIVE_BAD_DATA: https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html
test('a message of a failed query shows no path of this machine', async (t) => {
  const { run, failure, put } = await athenaCloud(t);
  await put('broken/a.json', '{"id":1}\nnot json\n');
  await run(jsonTable('broken', 'id int'));

  const reason = await failure('SELECT * FROM broken');

  assert.match(reason, /^HIVE_BAD_DATA: Error Parsing a row: /);
  assert.ok(!reason.includes('/blobs/') && !reason.includes(tmpdir()), reason);
});

test('what a table cannot have is said by name, before anything is written', async (t) => {
  const { run, failure, keys } = await athenaCloud(t);
  await run(`CREATE TABLE ice (a int) LOCATION 's3://lake/ice/' TBLPROPERTIES ('table_type' = 'ICEBERG')`);

  // Trino resolves no such table; Hive's ErrorMsg 10036 is DUPLICATE_COLUMN_NAMES.
  assert.equal(
    await failure('SELECT * FROM "ice$nothing"'),
    `TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.ice$nothing' does not exist`,
  );
  assert.equal(
    await failure(`CREATE EXTERNAL TABLE twice (a int, A string) LOCATION 's3://lake/twice/'`),
    'FAILED: SemanticException [Error 10036]: Duplicate column name: a',
  );
  assert.match(
    await failure(`UNLOAD (SELECT 1 AS a, 2 AS a) TO 's3://lake/out/' WITH (format = 'JSON')`),
    /^DUPLICATE_COLUMN_NAME: /,
  );
  assert.deepEqual(await keys('out/'), []);
});

// https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
test("settings of the result are the enforcing workgroup's, else the caller's, and are shown", async (t) => {
  const encryption = { EncryptionOption: 'SSE_S3' as const };
  const { athena } = await athenaCloud(t, {
    workGroup: {
      EnforceWorkGroupConfiguration: true,
      ResultConfiguration: { OutputLocation: 's3://lake/results/', EncryptionConfiguration: encryption },
    },
  });
  const own = {
    ResultConfiguration: {
      OutputLocation: 's3://lake/elsewhere/',
      EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' as const, KmsKey: 'k' },
      ExpectedBucketOwner: '000000000000',
    },
  };

  const enforced = (await run(athena, 'SELECT 1', own)).execution.ResultConfiguration;
  const free = (await run(athena, 'SELECT 1', { ...own, WorkGroup: 'primary' })).execution
    .ResultConfiguration;

  assert.deepEqual(enforced?.EncryptionConfiguration, encryption);
  assert.equal(enforced?.ExpectedBucketOwner, undefined);
  assert.deepEqual(
    { ...free, OutputLocation: own.ResultConfiguration.OutputLocation },
    own.ResultConfiguration,
  );
});

// The message is so in public logs: "Field id's type BINARY in parquet file s3://… is incompatible with type bigint defined
// in table schema".
test('a Parquet column that is stored as something else than the table declares is bad data', async (t) => {
  const { run, failure, put } = await athenaCloud(t);
  await run(
    `CREATE TABLE made WITH (external_location = 's3://lake/made/') AS SELECT 1 AS i, 1.5e0 AS d, 'x' AS s, DECIMAL '1.50' AS m`,
  );
  await run(
    `CREATE EXTERNAL TABLE wrong (i string, d bigint, s int, m decimal(10,2)) STORED AS PARQUET LOCATION 's3://lake/made/'`,
  );
  await run(
    `CREATE EXTERNAL TABLE wider (i bigint, d double, s string, later int) STORED AS PARQUET LOCATION 's3://lake/made/'`,
  );
  await put('broken/a.parquet', 'this is not a Parquet file');
  await run(`CREATE EXTERNAL TABLE broken (i int) STORED AS PARQUET LOCATION 's3://lake/broken/'`);

  for (const [column, stored, declared] of [
    ['i', 'INT32', 'varchar'],
    ['d', 'DOUBLE', 'bigint'],
    ['s', 'BINARY', 'integer'],
  ])
    assert.match(
      await failure(`SELECT ${column} FROM wrong`),
      new RegExp(
        `^HIVE_BAD_DATA: Field ${column}'s type ${stored} in parquet file s3://lake/made/\\S+ is incompatible with type ${declared} defined in table schema$`,
      ),
    );
  assert.deepEqual((await run('SELECT m FROM wrong')).rows, [['1.50']]);
  assert.deepEqual((await run('SELECT * FROM wider')).rows, [['1', '1.5', 'x', null]]);
  assert.match(await failure('SELECT * FROM broken'), /^HIVE_BAD_DATA: Not valid Parquet file: /);
});
