/** `--athena trino` judged: the worked example through the real engine, and every family of statements on both engines over one lake. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Cloud, startCloud } from '@headwaters/localstack';
import { runToEnd } from '../../localstack/test/support/athenaClient.ts';
import { headwaters, startHeadwaters } from '../support/commandLine.ts';
import { athenaOf, columnsOf, publishedTables } from './amazonCloud.ts';
import { families, objects, setup, trinoOnly } from './athenaStatements.ts';
import type { Report } from './run.ts';

const BUCKET = 'headwaters-lake-000000000000-us-east-1';
const LAKE = `s3://${BUCKET}/families`;

/** What is compared of an answer. */
interface Answered {
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly columns?: readonly (readonly unknown[])[];
  readonly updateCount?: number;
  /** StatementType, SubstatementType and where the result is. */
  readonly kind?: readonly (string | undefined)[];
  /** ErrorCategory and ErrorType. */
  readonly error?: readonly (number | undefined)[];
  /** The class of a failure: the error's name, or that the request was refused. */
  readonly failure?: string;
  /** All that was said. */
  readonly said?: string;
}

type Ask = (sql: string) => Promise<Answered>;

const WORKED_EXAMPLE = ['run', 'amazon', '--input', 'sql/amazon/fixtures/worked-example', '--json'];

/** What a run of the worked example said, and the lake that it left. */
interface Finished {
  readonly answers: unknown;
  readonly sheet: unknown;
  readonly tables: ReadonlyMap<string, Rows>;
}

type Rows = readonly (readonly (string | null)[])[];

export async function run(report: Report): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
  try {
    const [trinoState, duckdbState] = [join(state, 'trino'), join(state, 'duckdb')];
    const { said, answered } = await throughTrino(trinoState, report);
    const [byDuckdb, tables] = await withCloud(trinoState, async (cloud) => [
      await withClient(cloud.endpoint, (ask) => askAll('duckdb', ask)),
      await rowsOf(cloud),
    ]);
    compareFamilies(answered, byDuckdb, report);
    compareRuns({ ...said, tables }, await throughDuckdb(duckdbState), report);
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

/** A run of the study that keeps serving, then the statements through its endpoint, then a kill. */
async function throughTrino(state: string, report: Report) {
  const world = startHeadwaters([...WORKED_EXAMPLE, '--athena', 'trino', '--port', '0', '--state', state]);
  try {
    const [text] = await world.shows(/^\{\n[\s\S]*^\}\n/m);
    const { endpoint, answers, pipeline } = JSON.parse(text);
    const overview = JSON.stringify(answers.sales_overview);
    report(
      'the worked example through Trino earns 3296.00',
      overview.includes('"revenue":"3296.00"'),
      overview,
    );
    report('its books balance', pipeline.verdict === 'Balanced', JSON.stringify(pipeline.sheet));
    const answered = await withClient(endpoint, async (ask, s3) => {
      for (const [key, Body] of Object.entries(objects))
        await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `families/${key}`, Body }));
      for (const sql of setup) assertDone(sql, await ask(sql.replaceAll('$lake', LAKE)));
      for (const { sql, rows } of trinoOnly) {
        const answer = await ask(sql);
        const same = JSON.stringify(answer.rows) === JSON.stringify(rows);
        report(`only Trino answers: ${sql}`, same, JSON.stringify(answer));
      }
      return askAll('trino', ask);
    });
    const port = await trinoPort(state);
    world.kill('SIGKILL');
    await world.ended;
    report('a killed cloud leaves no Trino behind', await isGone(port));
    return { said: { answers, sheet: pipeline.sheet }, answered };
  } finally {
    world.kill('SIGKILL');
  }
}

/** The same run with the engine that needs nothing. */
async function throughDuckdb(state: string): Promise<Finished> {
  const { code, stdout, stderr } = await headwaters([
    ...[...WORKED_EXAMPLE, '--once', '--port', '0', '--state', state],
  ]);
  if (code !== 0) throw new Error(`The worked example ended with ${code}: ${stderr}`);
  const { answers, pipeline } = JSON.parse(stdout);
  return { answers, sheet: pipeline.sheet, tables: await withCloud(state, rowsOf) };
}

async function withCloud<T>(state: string, work: (cloud: Cloud) => Promise<T>): Promise<T> {
  const cloud = await startCloud({ stateDir: join(state, 'cloud'), port: 0 });
  try {
    return await work(cloud);
  } finally {
    await cloud.stop();
  }
}

/** Columns of which each run has its own values: its id, when it measured and refused, and when and as what a record came. */
const OF_THE_RUN = /^(?:_.*|run_id|measured_at|refused_at|first_seen_at)$/;

/** Rows of every published table, in an order of their own. */
async function rowsOf(cloud: Cloud): Promise<ReadonlyMap<string, Rows>> {
  const athena = athenaOf(cloud);
  const found = new Map<string, Rows>();
  for (const table of await publishedTables(cloud)) {
    const columns = (await columnsOf(cloud, table)).map(({ Name }) => Name);
    const compared = columns.filter((name) => !OF_THE_RUN.test(name)).map((name) => `"${name}"`);
    const rows = await athena.ask(`SELECT ${compared.join(', ')} FROM ${table}`);
    found.set(
      table,
      rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
  }
  return found;
}

async function withClient<T>(endpoint: string, work: (ask: Ask, s3: S3Client) => Promise<T>): Promise<T> {
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const athena = new AthenaClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const WorkGroup = `families-${Date.now()}`;
  await athena.send(
    new CreateWorkGroupCommand({
      Name: WorkGroup,
      Configuration: { ResultConfiguration: { OutputLocation: `${LAKE}/results/` } },
    }),
  );
  try {
    return await work((sql) => askOne(athena, WorkGroup, sql), s3);
  } finally {
    athena.destroy();
    s3.destroy();
  }
}

async function askOne(athena: AthenaClient, WorkGroup: string, sql: string): Promise<Answered> {
  try {
    const { execution, rows, resultSet, updateCount } = await runToEnd(athena, sql, { WorkGroup });
    const { State, StateChangeReason = '', AthenaError } = execution.Status ?? {};
    const { QueryExecutionId = '', StatementType, SubstatementType, ResultConfiguration } = execution;
    const kind = [
      StatementType,
      SubstatementType,
      ResultConfiguration?.OutputLocation?.replace(QueryExecutionId, 'ID'),
    ];
    if (State !== 'SUCCEEDED')
      return {
        kind,
        error: [AthenaError?.ErrorCategory, AthenaError?.ErrorType],
        failure: /^[A-Z_]+(?=:)/.exec(StateChangeReason)?.[0] ?? 'said',
        said: StateChangeReason,
      };
    return {
      kind,
      rows,
      columns: resultSet?.ResultSetMetadata?.ColumnInfo?.map((column) => [
        column.Name,
        column.Type,
        column.Precision,
        column.Scale,
      ]),
      updateCount,
    };
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'InvalidRequestException') throw error;
    return { failure: name, said: message };
  }
}

async function askAll(engine: string, ask: Ask): Promise<ReadonlyMap<string, Answered>> {
  const answered = new Map<string, Answered>();
  for (const { statements } of families)
    for (const sql of statements)
      answered.set(sql, await ask(sql.replaceAll('$lake', LAKE).replaceAll('$t', engine)));
  return answered;
}

function assertDone(sql: string, { failure, said }: Answered): void {
  if (failure) throw new Error(`${said}\n${sql}`);
}

function compareRuns(trino: Finished, duckdb: Finished, report: Report): void {
  const compare = (what: string, theirs: unknown, ours: unknown) => {
    const [left, right] = [JSON.stringify(theirs), JSON.stringify(ours)];
    report(`worked example: ${what}`, left === right, `Trino:  ${left}\nDuckDB: ${right}`);
  };
  compare('the same answers on both engines', trino.answers, duckdb.answers);
  compare('the same balance sheet', trino.sheet, duckdb.sheet);
  compare('the same tables', [...trino.tables.keys()], [...duckdb.tables.keys()]);
  for (const [table, rows] of duckdb.tables)
    compare(`${table} has the same rows, written by each engine`, trino.tables.get(table), rows);
}

function compareFamilies(
  trino: ReadonlyMap<string, Answered>,
  duckdb: ReadonlyMap<string, Answered>,
  report: Report,
): void {
  for (const { title, statements } of families) {
    const faults = statements.flatMap((sql) => {
      // Each engine names its own tables.
      const [theirs, ours] = [trino.get(sql)!, duckdb.get(sql)!].map((answer) =>
        JSON.stringify({ ...answer, said: undefined }).replaceAll(/trino|duckdb/g, '$t'),
      );
      if (theirs === ours) return [];
      return [
        `${sql}\n  Trino:  ${theirs} ${trino.get(sql)!.said ?? ''}\n  DuckDB: ${ours} ${duckdb.get(sql)!.said ?? ''}`,
      ];
    });
    report(`${title}: ${statements.length} statements`, faults.length === 0, faults.join('\n'));
  }
}

async function trinoPort(state: string): Promise<number> {
  const config = await readFile(join(state, 'cloud', 'athena', 'trino', 'etc', 'config.properties'), 'utf8');
  return Number(/^http-server\.http\.port=(\d+)$/m.exec(config)![1]);
}

/** Trino has ten seconds to end before it is killed; the rest is for a busy machine. */
const GONE_LIMIT_MS = 120_000;

/** Whether nobody answers at the port any more, a while after the cloud was killed. */
async function isGone(port: number): Promise<boolean> {
  for (const deadline = Date.now() + GONE_LIMIT_MS; Date.now() < deadline; await wait(100)) {
    const answers = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false));
      socket.on('close', () => socket.destroy());
      socket.end();
    });
    if (!answers) return true;
  }
  return false;
}
