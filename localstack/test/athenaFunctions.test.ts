/** Functions that DuckDB has no counterpart for run in processes of their own: whatever they do, the cloud answers, and a stop ends them. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { test } from 'vitest';
import { runToEnd } from './support/athenaClient.ts';
import { athenaCloud } from './support/athenaCloud.ts';

/** The back reference keeps it from RE2; 40 letters take JavaScript's engine, as Java's, about 2^40 steps. */
const catastrophic = `SELECT regexp_like('${'a'.repeat(40)}!', '(a+)+(b)\\2$')`;

const many = 'UNNEST(sequence(1, 10000))';
/** A row for each of 10^12 numbers. */
const endless = `FROM ${many} AS a(x) CROSS JOIN ${many} AS b(y) CROSS JOIN ${many} AS c(z)`;

async function start(athena: AthenaClient, QueryString: string): Promise<string> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({ QueryString, WorkGroup: 'test' }),
  );
  return QueryExecutionId!;
}

async function executionWhen(
  athena: AthenaClient,
  QueryExecutionId: string,
  isReached: (execution: QueryExecution) => boolean,
): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution: execution } = await athena.send(
      new GetQueryExecutionCommand({ QueryExecutionId }),
    );
    if (isReached(execution!)) return execution!;
    await setTimeout(10);
  }
}

const stateOf = (execution: QueryExecution) => execution.Status!.State!;
const isRunning = (execution: QueryExecution) => stateOf(execution) === 'RUNNING';
const hasEnded = (execution: QueryExecution) => !['QUEUED', 'RUNNING'].includes(stateOf(execution));
const stop = (athena: AthenaClient, QueryExecutionId: string) =>
  athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));

test('a pattern that never ends holds up neither other services nor other queries, and a stop ends it', async (t) => {
  const { athena, s3, run } = await athenaCloud(t);
  const id = await start(athena, catastrophic);
  await executionWhen(athena, id, isRunning);

  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  const { rows } = await run("SELECT regexp_like('abab', '(ab)\\1'), format('%05d', 42), json_parse('[1]')");
  const meanwhile = await executionWhen(athena, id, () => true);
  await stop(athena, id);
  const { Status } = await executionWhen(athena, id, hasEnded);

  assert.equal(Buckets?.length, 1);
  assert.deepEqual(rows, [['true', '00042', '[1]']]);
  assert.equal(stateOf(meanwhile), 'RUNNING');
  assert.deepEqual([Status!.State, Status!.StateChangeReason], ['CANCELLED', 'Query cancelled by user']);
});

test('a function that works too long on one batch of rows fails its query, and is named', async (t) => {
  const { athena, run } = await athenaCloud(t, { functionDeadlineMs: 500 });

  const { execution } = await runToEnd(athena, catastrophic);

  assert.equal(stateOf(execution), 'FAILED');
  assert.match(
    execution.Status!.StateChangeReason!,
    /^EXCEEDED_TIME_LIMIT: Query exceeded the local time limit of 0\.5 seconds for one call of a function: regexp_like was still working\./,
  );
  assert.deepEqual((await run("SELECT regexp_like('abab', '(ab)\\1')")).rows, [['true']]);
});

test('a stop ends functions of every kind, and a query that waits for its turn', async (t) => {
  const { athena, run } = await athenaCloud(t);
  const calls = [
    `format('%s', x * y * z)`,
    `json_format(json_parse('{"a": ' || CAST(x * y * z AS varchar) || '.0}'))`,
    `CAST(parse_datetime(CAST(2000 + x * y * z % 20 AS varchar) || ' Jan', 'yyyy MMM') AS varchar)`,
    // DuckDB evaluates this one, and looks for an interrupt only after a batch of rows.
    `CAST(cardinality(array_distinct(transform(sequence(1, 1000), i -> i * z))) AS varchar)`,
  ];
  const ids = await Promise.all(calls.map((call) => start(athena, `SELECT max(${call}) ${endless}`)));
  for (const id of ids) await executionWhen(athena, id, isRunning);
  const queued = await start(athena, 'SELECT 1');

  await stop(athena, queued);
  const states = [stateOf(await executionWhen(athena, queued, hasEnded))];
  const running = await Promise.all(ids.map((id) => executionWhen(athena, id, () => true)));
  for (const id of ids) await stop(athena, id);
  for (const id of ids) states.push(stateOf(await executionWhen(athena, id, hasEnded)));

  assert.deepEqual(running.map(stateOf), ['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING']);
  assert.deepEqual(states, ['CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED']);
  assert.deepEqual((await run('SELECT 1')).rows, [['1']]);
});

test('a function that few rows need is seen by TRY no more than by others, and nothing is read or written twice', async (t) => {
  const { run, put } = await athenaCloud(t);
  const lines = ['{"l": "ab"}', '{"l": "ab\\n"}', '{"l": "c"}'].map((line) => `${line}\n`).join('');
  await put('lines/1.json', lines);
  await run(
    `CREATE EXTERNAL TABLE lines (l string) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION 's3://lake/lines/'`,
  );
  await run(
    `CREATE TABLE ice (l boolean) LOCATION 's3://lake/ice/' TBLPROPERTIES ('table_type' = 'ICEBERG')`,
  );

  const insert = await run(`INSERT INTO ice SELECT TRY(regexp_like(l, 'b$')) FROM lines`);

  assert.equal(insert.updateCount, 3);
  assert.equal(insert.execution.Statistics?.DataScannedInBytes, Buffer.byteLength(lines));
  assert.deepEqual((await run('SELECT l, count(*) FROM ice GROUP BY l ORDER BY l')).rows, [
    ['false', '1'],
    ['true', '2'],
  ]);
});

test('patterns and texts that make work without end for one call are settled before, as Trino does', async (t) => {
  const { run, failure } = await athenaCloud(t);

  // Each choice between two empty texts doubles the ways in which the empty text does not match.
  const { rows } = await run(`SELECT regexp_like('b', '^(?:${'(?:|)'.repeat(40)})b')`);

  assert.deepEqual(rows, [['true']]);
  assert.deepEqual((await run("SELECT hamming_distance('äbc', 'abd')")).rows, [['2']]);
  // io.trino.operator.scalar.StringFunctions.levenshteinDistance
  assert.equal(
    await failure("SELECT levenshtein_distance(rpad('x', 1002, 'x'), rpad('x', 1002, 'x'))"),
    'INVALID_FUNCTION_ARGUMENT: The combined inputs for Levenshtein distance are too large',
  );
});

test('a function process ends with its cloud, even one that is killed while a function works', async (t) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-functions-'));
  t.onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const module = new URL('../services/athena/functions/process.ts', import.meta.url).href;
  const settings = { stateDir, scratch: join(stateDir, 'scratch'), deadlineMs: 600_000 };
  const owner = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { startFunctionProcess } = await import('${module}');
     const { connection } = await startFunctionProcess(${JSON.stringify(settings)});
     connection.run("SELECT hw_js_regexp_like('${'a'.repeat(40)}!', '(a+)+(b)\\\\2$')");
     console.log('asked');`,
  ]);
  await once(owner.stdout, 'data');
  const processes = () =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((args) => args.includes(settings.scratch) && args.includes('main.ts')).length;
  const before = processes();

  owner.kill('SIGKILL');
  await once(owner, 'exit');
  while (processes() > 0) await setTimeout(20);

  assert.equal(before, 1);
});
