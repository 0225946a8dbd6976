/** Measures Iceberg tables of a million rows: making and changing them, here and on Trino over the same lake. */
import {
  AthenaClient,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startTrino } from '@headwaters/localstack/trino';
import { downloadsDir } from '../../lake/project.ts';
import { anyone, type Contestant, type Measure, type OpenContestant } from '../measure.ts';
import { watchMemory } from '../memory.ts';
import { type RunningTarget, startOurs } from '../targets.ts';

const BUCKET = 'bench-lake';
const DATABASE = 'bench';
const WORK_GROUP = 'bench';

/** An engine over the lake: runs one statement to its end, and makes a table of a query its own way. */
interface Engine {
  readonly name: string;
  /** The process that works for it. */
  readonly pid: number;
  run(sql: string): Promise<void>;
  createAs(table: string, query: string): string;
}

const common = { unit: 's', goal: '', rounds: 3, onRequest: true } as const;

export const createMillion: Measure = {
  ...common,
  name: 'ctas-million',
  title: 'CREATE TABLE AS SELECT of 1 million rows, Iceberg, next to Trino 476 on the same lake',
  method: 'A table of a million rows and six columns read and written again as Parquet with zstd.',
  contestants: onBothEngines((engine, round) => seconds(() => createCopy(engine, round))),
};

export const createMillionMemory: Measure = {
  ...createMillion,
  unit: 'GB',
  name: 'ctas-million-memory',
  title: 'CREATE TABLE AS SELECT of 1 million rows: memory at its highest, next to Trino 476',
  contestants: onBothEngines((engine, round) => gigabytes(engine, () => createCopy(engine, round))),
};

export const mergeIntoMillion: Measure = {
  ...common,
  name: 'merge-million',
  title: 'MERGE of 100,000 rows into 1 million, Iceberg, next to Trino 476 on the same lake',
  goal: '3 × Trino',
  method:
    'Half of the rows change one in twenty of the target, half are new; each round into a fresh copy, whose making is not counted.',
  contestants: onBothEngines(async (engine, round) => {
    const merge = await readyToMerge(engine, round);
    return seconds(merge);
  }),
};

export const mergeIntoMillionMemory: Measure = {
  ...mergeIntoMillion,
  unit: 'GB',
  goal: '',
  name: 'merge-million-memory',
  title: 'MERGE of 100,000 rows into 1 million: memory at its highest, next to Trino 476',
  contestants: onBothEngines(async (engine, round) => {
    const merge = await readyToMerge(engine, round);
    return gigabytes(engine, merge);
  }),
};

const createCopy = ({ name, run, createAs }: Engine, round: number) =>
  run(createAs(`copy_${name}_${round}`, `SELECT * FROM ${DATABASE}.million`));

/** Makes the copy that the MERGE goes into. */
async function readyToMerge({ name, run, createAs }: Engine, round: number): Promise<() => Promise<void>> {
  const target = `${DATABASE}.target_${name}_${round}`;
  await run(createAs(`target_${name}_${round}`, `SELECT * FROM ${DATABASE}.million`));
  return () =>
    run(`MERGE INTO ${target} t USING ${DATABASE}.changes s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET amount = s.amount, status = s.status
        WHEN NOT MATCHED THEN INSERT (id, customer_id, amount, placed_at, status, note)
          VALUES (s.id, s.customer_id, s.amount, s.placed_at, s.status, s.note)`);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** The resident set of the engine's process at its highest during the work; a JVM keeps what it once took. */
async function gigabytes({ pid }: Engine, work: () => Promise<void>): Promise<number> {
  const memory = watchMemory(pid);
  await work();
  return memory.stop() / 1e9;
}

const COLUMNS = `concat('customer-', cast(id % 5000 AS varchar)) AS customer_id,
  cast(id % 100000 AS decimal(18, 2)) / 4 AS amount,
  date_add('second', id, TIMESTAMP '2024-01-01 00:00:00.000000') AS placed_at,
  CASE id % 3 WHEN 0 THEN 'delivered' WHEN 1 THEN 'shipped' ELSE 'created' END AS status,
  concat('order number ', cast(id AS varchar), ' of the bench') AS note`;

const MILLION = `SELECT id, ${COLUMNS} FROM (
  SELECT cast((a - 1) * 1000 + b AS bigint) AS id
  FROM UNNEST(sequence(1, 1000)) AS x (a) CROSS JOIN UNNEST(sequence(1, 1000)) AS y (b))`;

/** Ids 20, 40, … 1,000,000 are there; 1,000,001 … 1,050,000 are new. */
const CHANGES = `SELECT id, ${COLUMNS} FROM (
  SELECT cast(CASE WHEN a <= 50 THEN ((a - 1) * 1000 + b) * 20 ELSE 1000000 + (a - 51) * 1000 + b END AS bigint) AS id
  FROM UNNEST(sequence(1, 100)) AS x (a) CROSS JOIN UNNEST(sequence(1, 1000)) AS y (b))`;

function onBothEngines(take: (engine: Engine, round: number) => Promise<number>): Contestant[] {
  let lake: Promise<{ target: RunningTarget; athena: Engine }> | undefined;
  return [
    {
      name: 'headwaters',
      async open(): Promise<OpenContestant> {
        lake = openLake();
        const { target, athena } = await lake;
        return { take: (round) => take(athena, round), close: target.stop };
      },
    },
    {
      name: 'trino',
      async open(): Promise<OpenContestant> {
        const { target } = await lake!;
        const trino = await startTrino({
          downloads: downloadsDir,
          lake: { glueEndpoint: target.endpoint, s3Endpoint: target.endpoint },
        });
        const engine: Engine = {
          name: 'trino',
          pid: trino.pid,
          run: async (sql) => {
            await trino.query(sql, { catalog: 'iceberg' });
          },
          createAs: (table, query) =>
            `CREATE TABLE ${DATABASE}.${table} WITH (format = 'PARQUET', location = '${locationOf(table)}') AS ${query}`,
        };
        return { take: (round) => take(engine, round), close: trino.stop };
      },
    },
  ];
}

const locationOf = (table: string) => `s3://${BUCKET}/tables/${table}/`;

/** A cloud with a database and the two tables that both engines start from. */
async function openLake(): Promise<{ target: RunningTarget; athena: Engine }> {
  const target = await startOurs();
  const config = { ...anyone, endpoint: target.endpoint };
  const client = new AthenaClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await client.send(
    new CreateWorkGroupCommand({
      Name: WORK_GROUP,
      Configuration: { ResultConfiguration: { OutputLocation: `s3://${BUCKET}/results/` } },
    }),
  );
  const athena: Engine = {
    name: 'ours',
    pid: target.pid,
    run: (sql) => runStatement(client, sql),
    createAs: (table, query) =>
      `CREATE TABLE ${DATABASE}.${table} WITH (table_type = 'ICEBERG', is_external = false, format = 'PARQUET', location = '${locationOf(table)}') AS ${query}`,
  };
  await athena.run(`CREATE DATABASE ${DATABASE} LOCATION 's3://${BUCKET}/${DATABASE}/'`);
  await athena.run(athena.createAs('million', MILLION));
  await athena.run(athena.createAs('changes', CHANGES));
  return { target, athena };
}

async function runStatement(client: AthenaClient, QueryString: string): Promise<void> {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({ QueryString, WorkGroup: WORK_GROUP }),
  );
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') return;
    if (State === 'FAILED' || State === 'CANCELLED') throw new Error(`${StateChangeReason}:\n${QueryString}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
