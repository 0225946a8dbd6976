/** The Amazon study's lake judged by Trino and pyiceberg: every statement of a run replayed, every table compared. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '@headwaters/localstack';
import type { Trino } from '@headwaters/localstack/trino';
import { headwaters } from '../support/commandLine.ts';
import { assertDone, athenaOf, columnsOf, publishedTables, serving } from './amazonCloud.ts';
import { type Athena, copyOf, fillCopies, isSame, replay } from './amazonReplay.ts';
import { appointJudge } from './judge.ts';
import { askPython } from './pyiceberg.ts';
import type { Report } from './run.ts';
import { sideBySide } from './sideBySide.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const FAULTS = '--duplicates 2% --malformed 2% --late 4% --drift 1% --unknown 1%'.split(' ');

/** Olist's public data set is not ours to hand out: whoever has it says where. */
function olistFolder(): string | undefined {
  const place = process.env.HEADWATERS_OLIST ?? join(ROOT, '..', 'shared', 'data', 'amazon');
  return existsSync(join(place, 'olist_orders_dataset.csv')) ? place : undefined;
}

const simulated = (events: string, seed: string) => ['--events', events, '--seed', seed, ...FAULTS];

/** The lake serves at the address that Trino knows. */
export async function run(report: Report): Promise<void> {
  const olist = olistFolder();
  if (!olist) process.stdout.write('  Olist: not given (HEADWATERS_OLIST names its folder)\n');
  const title = `simulated with faults${olist ? ', and Olist' : ', of two seeds'}`;
  const state = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
  try {
    const [{ trino, port }, before] = await Promise.all([
      appointJudge(),
      fill(state, olist ? ['--input', olist] : simulated('600', '6')),
    ]);
    await serving(state, port, (cloud) => judge(title, cloud, before, trino, report));
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

/**
 * Tables with rows of a first run, and one more run for everything else: a producer that was killed when it had sent its
 * events leaves them to it. A statement costs Trino more than the rows in it.
 * @returns statements of the first run, whose tables are next to the study's as that run left them
 */
async function fill(state: string, input: readonly string[]): Promise<ReadonlySet<string>> {
  const run = ['run', 'amazon', '--once', '--port', '0', '--state', state];
  assertDone(await headwaters([...run, '--input', 'sql/amazon/fixtures/worked-example']));
  const before = await serving(state, 0, async (cloud) => {
    const athena = athenaOf(cloud);
    await createCopies(cloud);
    await fillCopies(athena, await publishedTables(cloud));
    return new Set((await athena.history()).map(({ id }) => id));
  });
  await headwaters([...run, ...simulated('2400', '5')], {
    signal: 'SIGKILL',
    when: /✓ Streaming events into Kinesis/,
  });
  assertDone(await headwaters([...run, ...input]));
  return before;
}

async function createCopies(cloud: Cloud): Promise<void> {
  for (const layer of ['stage', 'silver', 'gold', 'marts', 'quarantine'])
    await cloud.call('glue', 'CreateDatabase', { DatabaseInput: { Name: `trino_${layer}` } });
}

async function judge(
  title: string,
  cloud: Cloud,
  before: ReadonlySet<string>,
  trino: Trino,
  report: Report,
): Promise<void> {
  const athena = athenaOf(cloud);
  const tables = await publishedTables(cloud);
  const taken = (await athena.history()).filter(({ id }) => !before.has(id));
  const [clicks] = await athena.ask('SELECT count(*) FROM amazon_silver.clickstream');
  if (clicks![0] === '0') throw new Error('The killed producer left no event to the run.');
  const { statements, faults } = await replay(taken, athena, trino);
  const counts = Object.entries(statements).map(([kind, count]) => `${count} ${kind}`);
  report(
    `${title}: Trino takes every statement of the pipeline and answers alike (${counts.join(', ')})`,
    faults.length === 0,
    `${faults.length} faults, the first ones:\n${faults.slice(0, 5).join('\n\n')}`,
  );

  const places = 's3://headwaters-lake-000000000000-us-east-1/peer/';
  await cloud.call('glue', 'CreateDatabase', { DatabaseInput: { Name: 'peer' } });
  await writeByTrino(trino, OF_TRINO, `${places}of_trino`);
  const asked = [...tables, ...tables.map(copyOf), OF_TRINO, OF_PYTHON];
  const [byPython] = await Promise.all([
    askPython<Record<string, Fingerprint>>('amazonPeer.py', {
      endpoint: cloud.endpoint,
      write: { table: OF_PYTHON, location: `${places}of_python` },
      read: asked,
    }),
    judgeTables(title, tables, trino, athena, report),
  ]);
  await judgeReaders(title, cloud, trino, athena, byPython, report);
}

async function judgeTables(
  title: string,
  tables: readonly string[],
  trino: Trino,
  athena: Athena,
  report: Report,
): Promise<void> {
  const differences = await faultsOf(tables, async (table) => {
    const sql = differenceSql(table, copyOf(table));
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

/** Tables that the peers write on their own. */
const OF_TRINO = 'peer.of_trino';
const OF_PYTHON = 'peer.of_python';

async function judgeReaders(
  title: string,
  cloud: Cloud,
  trino: Trino,
  athena: Athena,
  byPython: Readonly<Record<string, Fingerprint>>,
  report: Report,
): Promise<void> {
  const found = await faultsOf(Object.keys(byPython), async (table) => {
    const sql = await fingerprintSql(cloud, table);
    const { rows, columns } = byPython[table]!;
    // What Trino wrote next to ours it has read already, row by row.
    const byTrino = table.startsWith('trino_') ? undefined : trino.query(sql, { catalog: 'iceberg' });
    const [[ours], theirs] = await Promise.all([athena.ask(sql), byTrino]);
    const others = [[rows, ...Object.values(columns).flat()], ...(theirs ? [theirs.rows[0]!] : [])];
    const values = sql.split('\n').slice(0, -1);
    const at = values.findIndex((_, at) => others.some((other) => !isSame(ours![at]!, other[at])));
    if (at < 0 && others.every(({ length }) => length === values.length)) return undefined;
    return `${table}: ours ${ours![at]}, pyiceberg and Trino ${others.map((other) => other[at])} at ${values[at]}`;
  });
  const faults = found.filter((fault) => fault !== undefined);
  report(
    `${title}: Athena, Trino and pyiceberg read the same counts, sums and maxima in ${found.length} tables, written by each of them`,
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
    await trino.query(sql, { catalog: 'iceberg' });
}

/** One line a value, so that a difference names its own. */
async function fingerprintSql(cloud: Cloud, name: string): Promise<string> {
  const values = (await columnsOf(cloud, name)).flatMap(({ Name: column, Type }) => {
    if (Type === 'boolean') return [`count("${column}")`, 'CAST(NULL AS varchar)', `count_if("${column}")`];
    const sum = /^(int|bigint|float|double|decimal.*)$/.test(Type)
      ? `CAST(sum("${column}") AS varchar)`
      : 'CAST(NULL AS varchar)';
    return [`count("${column}")`, `CAST(max("${column}") AS varchar)`, sum];
  });
  return `SELECT count(*)${values.map((value) => `,\n${value}`).join('')}\nFROM ${name}`;
}
