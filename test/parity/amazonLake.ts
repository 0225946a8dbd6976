/** The Amazon study's lake judged by Trino and pyiceberg: every statement of its runs replayed, every table compared. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, startCloud } from '../../localstack/cloud.ts';
import { systemClock } from '../../localstack/core/clock.ts';
import type { Trino } from '../../localstack/services/athena/trino/server.ts';
import { headwaters } from '../support/commandLine.ts';
import { type Athena, besides, isSame, replay, type Taken } from './amazonReplay.ts';
import { appointJudge } from './judge.ts';
import { askPython } from './pyiceberg.ts';
import type { Report } from './run.ts';
import { sideBySide } from './sideBySide.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Lake {
  readonly title: string;
  /** Arguments of each `headwaters run`, one after the other on the same lake. */
  readonly runs: readonly (readonly string[])[];
}

const FAULTS = [
  '--duplicates',
  '2%',
  '--malformed',
  '2%',
  '--late',
  '4%',
  '--drift',
  '1%',
  '--unknown',
  '1%',
];

/** Olist's public data set is not ours to hand out: whoever has it says where. */
function olistFolder(): string | undefined {
  const place = process.env.HEADWATERS_OLIST ?? join(ROOT, '..', 'shared', 'data', 'amazon');
  return existsSync(join(place, 'olist_orders_dataset.csv')) ? place : undefined;
}

function lakes(): Lake[] {
  const olist = olistFolder();
  if (!olist) process.stdout.write('  Olist: not given (HEADWATERS_OLIST names its folder)\n');
  return [
    { title: 'worked example', runs: [['--input', 'sql/amazon/fixtures/worked-example']] },
    {
      title: 'simulated, with faults, in two runs',
      runs: [
        ['--events', '2400', '--seed', '5', ...FAULTS],
        ['--events', '600', '--seed', '6', ...FAULTS],
      ],
    },
    ...(olist ? [{ title: 'Olist', runs: [['--input', olist]] }] : []),
  ];
}

/** Each lake in turn serves at the address that Trino knows. */
export async function run(report: Report): Promise<void> {
  const { trino, port } = await appointJudge();
  for (const lake of lakes()) await judgeLake(lake, port, trino, report);
}

async function judgeLake({ title, runs }: Lake, port: number, trino: Trino, report: Report): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
  try {
    for (const more of runs) {
      const { code, stderr } = await headwaters([
        'run',
        'amazon',
        '--once',
        '--json',
        '--port',
        '0',
        '--state',
        state,
        ...more,
      ]);
      if (code !== 0) throw new Error(`headwaters run ${more.join(' ')} ended with ${code}: ${stderr}`);
    }
    // The runs moved the cloud's clock ahead; Trino changes no table that was made later than its own time.
    const cloud = await startCloud({ stateDir: join(state, 'cloud'), port, clock: systemClock() });
    try {
      await judge(title, cloud, trino, report);
    } finally {
      await cloud.stop();
    }
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

async function judge(title: string, cloud: Cloud, trino: Trino, report: Report): Promise<void> {
  const athena = athenaOf(cloud);
  const tables = await publishedTables(cloud);
  for (const layer of ['stage', 'silver', 'gold', 'marts', 'quarantine'])
    await cloud.call('glue', 'CreateDatabase', { DatabaseInput: { Name: `trino_${layer}` } });

  const { statements, faults } = await replay(athena, trino);
  const told = Object.entries(statements).map(([kind, count]) => `${count} ${kind}`);
  report(
    `${title}: Trino takes every statement of the pipeline and answers alike (${told.join(', ')})`,
    faults.length === 0,
    `${faults.length} faults, the first ones:\n${faults.slice(0, 5).join('\n\n')}`,
  );

  const differences = await faultsOf(tables, async (table) => {
    const sql = differenceSql(table, besides(table));
    const [[theirs], [ours]] = await Promise.all([
      trino.query(sql, { catalog: 'iceberg' }).then(({ rows }) => rows),
      athena.ask(sql),
    ]);
    const wrong = [theirs!.map(String), ours!].filter(([a, b, c]) => a !== b || c !== '0');
    return wrong.length === 0 ? undefined : `[ours, Trino's, only ours] = ${JSON.stringify(wrong)}`;
  });
  for (const [at, table] of tables.entries())
    report(
      `${title}: ${table} has the rows that Trino makes, read by Trino and by us`,
      differences[at] === undefined,
      differences[at],
    );
  await judgeReaders(title, cloud, trino, athena, tables, report);
}

/** As many rows here as there, and none of ours that is not there as often: then the tables are equal. */
const differenceSql = (ours: string, theirs: string) =>
  `SELECT (SELECT count(*) FROM ${ours}), (SELECT count(*) FROM ${theirs}),
  (SELECT count(*) FROM (SELECT * FROM ${ours} EXCEPT ALL SELECT * FROM ${theirs}))`;

/** What is wrong with each table, undefined where nothing is; a failure is what is wrong, too. */
const faultsOf = (tables: readonly string[], faultOf: (table: string) => Promise<string | undefined>) =>
  sideBySide(tables, (table) => faultOf(table).catch((error: Error) => error.message));

// ---------------------------------------------------------------- three readers

interface Fingerprint {
  readonly rows: string;
  /** By column: how many values, the greatest, and where there is one the sum (of booleans: how many are true). */
  readonly columns: Readonly<Record<string, readonly (string | null)[]>>;
}

async function judgeReaders(
  title: string,
  cloud: Cloud,
  trino: Trino,
  athena: Athena,
  tables: readonly string[],
  report: Report,
): Promise<void> {
  await cloud.call('glue', 'CreateDatabase', { DatabaseInput: { Name: 'peer' } });
  const places = 's3://headwaters-lake-000000000000-us-east-1/peer/';
  await writeByTrino(trino, 'iceberg.peer.of_trino', `${places}of_trino`);
  const read = [...tables, ...tables.map(besides), 'peer.of_trino', 'peer.of_python'];
  const byPython = await askPython<Record<string, Fingerprint>>('amazonPeer.py', {
    endpoint: cloud.endpoint,
    write: { table: 'peer.of_python', location: `${places}of_python` },
    read,
  });
  const found = await faultsOf(read, async (table) => {
    const sql = await fingerprintSql(cloud, table);
    const [[ours], [theirs]] = await Promise.all([
      athena.ask(sql),
      trino.query(sql, { catalog: 'iceberg' }).then(({ rows }) => rows),
    ]);
    const { rows, columns } = byPython[table]!;
    const python = [rows, ...Object.values(columns).flat()];
    const differing = ours!.findIndex(
      (value, at) => !isSame(value, theirs![at]) || !isSame(value, python[at]),
    );
    if (differing < 0 && ours!.length === python.length) return undefined;
    return `${table}: ours ${ours![differing]}, Trino ${theirs![differing]}, pyiceberg ${python[differing]} at ${sql.split('\n')[differing]}`;
  });
  const faults = found.filter((fault) => fault !== undefined);
  report(
    `${title}: Athena, Trino and pyiceberg read the same counts, sums and maxima in ${read.length} tables, written by each of them`,
    faults.length === 0,
    faults.join('\n'),
  );
}

/** A partitioned table with every kind of change, so with position deletes of Trino's. */
async function writeByTrino(trino: Trino, table: string, location: string): Promise<void> {
  const rows = (first: number, last: number) =>
    `SELECT CAST(n AS bigint) AS id, TIMESTAMP '2024-01-01 00:00:00.000000' + n * INTERVAL '7' HOUR AS happened_at,
      CAST(n AS decimal(18, 2)) / 4 AS price, nullif('näme ' || CAST(n AS varchar), 'näme 7') AS name
     FROM UNNEST(sequence(${first}, ${last})) AS s(n)`;
  for (const sql of [
    `CREATE TABLE ${table} WITH (partitioning = ARRAY['month(happened_at)'], location = '${location}') AS ${rows(1, 1000)}`,
    `INSERT INTO ${table} ${rows(1001, 1200)}`,
    `DELETE FROM ${table} WHERE id % 10 = 0`,
    `UPDATE ${table} SET name = 'updated' WHERE id % 7 = 0`,
    `MERGE INTO ${table} AS t USING (${rows(1190, 1250)}) AS s ON t.id = s.id
     WHEN MATCHED AND s.id > 1195 THEN DELETE
     WHEN MATCHED THEN UPDATE SET price = s.price + 1
     WHEN NOT MATCHED THEN INSERT (id, happened_at, price, name) VALUES (s.id, s.happened_at, s.price, s.name)`,
  ])
    await trino.query(sql);
}

interface GlueTable {
  readonly Name: string;
  readonly StorageDescriptor: {
    readonly Columns: readonly { readonly Name: string; readonly Type: string }[];
  };
  readonly Parameters?: Readonly<Record<string, string>>;
}

/** One line a value, so that a difference names its own. */
async function fingerprintSql(cloud: Cloud, name: string): Promise<string> {
  const [DatabaseName, Name] = name.split('.');
  const { Table } = (await cloud.call('glue', 'GetTable', { DatabaseName, Name })) as { Table: GlueTable };
  const values = Table.StorageDescriptor.Columns.flatMap(({ Name: column, Type }) => {
    if (Type === 'boolean') return [`count("${column}")`, 'CAST(NULL AS varchar)', `count_if("${column}")`];
    const sum = /^(int|bigint|float|double|decimal.*)$/.test(Type)
      ? `CAST(sum("${column}") AS varchar)`
      : 'CAST(NULL AS varchar)';
    return [`count("${column}")`, `CAST(max("${column}") AS varchar)`, sum];
  });
  return `SELECT count(*)${values.map((value) => `,\n${value}`).join('')}\nFROM ${name}`;
}

async function publishedTables(cloud: Cloud): Promise<string[]> {
  const names: string[] = [];
  for (const layer of ['silver', 'gold', 'marts', 'quarantine']) {
    const DatabaseName = `amazon_${layer}`;
    const { TableList } = (await cloud.call('glue', 'GetTables', { DatabaseName })) as {
      TableList: GlueTable[];
    };
    for (const { Name, Parameters } of TableList)
      if (Parameters?.table_type === 'ICEBERG') names.push(`${DatabaseName}.${Name}`);
  }
  return names;
}

// ---------------------------------------------------------------- the local Athena

interface Execution {
  readonly QueryExecutionId: string;
  readonly Query: string;
  readonly SubstatementType: string;
  readonly Status: {
    readonly State: string;
    readonly StateChangeReason?: string;
    readonly SubmissionDateTime: number;
    readonly CompletionDateTime: number;
  };
}

function athenaOf(cloud: Cloud): Athena {
  const call = <T>(action: string, input: unknown) => cloud.call('athena', action, input) as Promise<T>;
  const WorkGroup = 'headwaters';

  async function history(): Promise<Taken[]> {
    const executions: Execution[] = [];
    let NextToken: string | undefined;
    do {
      const page = await call<{ QueryExecutionIds: string[]; NextToken?: string }>('ListQueryExecutions', {
        WorkGroup,
        NextToken,
      });
      const { QueryExecutions } = await call<{ QueryExecutions: Execution[] }>('BatchGetQueryExecution', {
        QueryExecutionIds: page.QueryExecutionIds,
      });
      executions.push(...QueryExecutions);
      NextToken = page.NextToken;
    } while (NextToken);
    return executions
      .filter(({ Status }) => Status.State === 'SUCCEEDED')
      .map(({ QueryExecutionId, SubstatementType, Query, Status }) => ({
        id: QueryExecutionId,
        kind: SubstatementType,
        sql: Query,
        submittedAt: Status.SubmissionDateTime,
        endedAt: Status.CompletionDateTime,
      }));
  }

  async function rows(id: string): Promise<(string | null)[][]> {
    const found: (string | null)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await call<{
        ResultSet: { Rows: { Data: { VarCharValue?: string }[] }[] };
        NextToken?: string;
      }>('GetQueryResults', { QueryExecutionId: id, NextToken });
      for (const { Data } of page.ResultSet.Rows)
        found.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
      NextToken = page.NextToken;
    } while (NextToken);
    return found.slice(1);
  }

  async function ask(sql: string): Promise<(string | null)[][]> {
    const { QueryExecutionId } = await call<{ QueryExecutionId: string }>('StartQueryExecution', {
      QueryString: sql,
      WorkGroup,
    });
    for (;;) {
      const { QueryExecution } = await call<{ QueryExecution: Execution }>('GetQueryExecution', {
        QueryExecutionId,
      });
      const { State, StateChangeReason } = QueryExecution.Status;
      if (State === 'SUCCEEDED')
        return QueryExecution.SubstatementType === 'SELECT' ? rows(QueryExecutionId) : [];
      if (State !== 'QUEUED' && State !== 'RUNNING') throw new Error(`Athena: ${StateChangeReason}\n${sql}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  return { history, rows, ask };
}
