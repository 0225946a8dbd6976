/** Iceberg parity: pyiceberg reads the tables that this library writes, and this library reads pyiceberg's. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import * as iceberg from '../../localstack/iceberg/index.ts';
import { folderObjectStore } from '../support/folderObjectStore.ts';
import { memoryCatalog } from '../support/icebergLake.ts';

type Report = (name: string, ok: boolean, detail?: string) => void;

const HERE = import.meta.dirname;
const VENV = join(HERE, '..', '..', '.headwaters', 'parity', 'venv');
const PYICEBERG = 'pyiceberg[pyarrow,sql-sqlite,pyiceberg-core]==0.12.0';

interface World {
  root: string;
  out: string;
  lake: iceberg.Iceberg;
  connection: DuckDBConnection;
}

/** One table for a reader to read, with the rows that it should find, as SQL. */
interface Shown {
  name: string;
  metadata: string;
  expected: string;
  snapshot?: string;
  filter?: string;
}

export async function run(report: Report): Promise<void> {
  await installPeer();
  const root = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    const out = join(root, 'out');
    await mkdir(out, { recursive: true });
    await connection.run("SET TimeZone = 'UTC'");
    const lake = iceberg.createIceberg({
      store: folderObjectStore(root),
      catalog: memoryCatalog(),
      now: Date.now,
    });
    const world = { root, out, lake, connection };
    const shown = await writeTables(world);
    const answer = await askPeer(world, { make: true, read: shown });
    for (const table of shown) {
      const { file, error } = answer.read[table.name]!;
      const difference = error ?? (await differenceOf(connection, `(${table.expected})`, parquet(file!)));
      report(`pyiceberg reads our table '${table.name}'`, difference === undefined, difference);
    }
    for (const [name, { metadata, file }] of Object.entries(answer.made)) {
      const difference = await differenceOf(
        connection,
        await relationOf(world, metadata),
        parquet(file),
      ).catch((error: Error) => error.message);
      report(`we read pyiceberg's table '${name}'`, difference === undefined, difference);
    }
    await changeTheirs(world, answer.made, report);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(root, { recursive: true, force: true });
  }
}

const parquet = (file: string) => `read_parquet('${file}')`;

async function relationOf({ lake, connection }: World, metadataLocation: string): Promise<string> {
  const metadata = await iceberg.loadMetadata(lake, metadataLocation);
  return (await iceberg.planScan(lake, connection, metadata)).relation;
}

/** Undefined when both relations hold the same rows, each as often. */
async function differenceOf(
  connection: DuckDBConnection,
  ours: string,
  theirs: string,
): Promise<string | undefined> {
  const columns = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${theirs}`)).getRowsJS();
  const casts = columns.map(([name, type]) => `CAST("${name}" AS ${type}) AS "${name}"`).join(', ');
  const counts = await connection.runAndReadAll(`
    WITH ours AS (SELECT ${casts} FROM ${ours} AS o), theirs AS (SELECT ${casts} FROM ${theirs} AS t)
    SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM theirs),
      (SELECT count(*) FROM (FROM ours EXCEPT ALL FROM theirs)), (SELECT count(*) FROM (FROM theirs EXCEPT ALL FROM ours))`);
  const [own, their, missing, extra] = counts.getRowsJS()[0]!.map(Number);
  if (own === their && missing === 0 && extra === 0 && own! > 0) return undefined;
  return `${own} rows against ${their}; ${missing} of ours not there, ${extra} of theirs not here`;
}

const WIDE_COLUMNS: iceberg.ColumnInput[] = [
  { name: 'id', type: 'bigint' },
  { name: 'flag', type: 'boolean' },
  { name: 'small', type: 'int' },
  { name: 'real', type: 'float' },
  { name: 'double', type: 'double' },
  { name: 'price', type: 'decimal(9,2)' },
  { name: 'big', type: 'decimal(38,6)' },
  { name: 'day', type: 'date' },
  { name: 'clock', type: 'time' },
  { name: 'local', type: 'timestamp' },
  { name: 'instant', type: 'timestamptz' },
  { name: 'name', type: 'string' },
  { name: 'key', type: 'uuid' },
  { name: 'raw', type: 'binary' },
  { name: 'tags', type: 'array<string>' },
  { name: 'sizes', type: 'map<string,int>' },
  { name: 'address', type: 'struct<city:string,lines:array<struct<text:string>>>' },
];

const WIDE_ROWS = `SELECT i AS id, i % 2 = 0 AS flag, i * 7 - 50 AS small, i / 4 AS real, i * 1e10 AS double,
  i * 1.25 AS price, -i * 123456789012.123456 AS big, DATE '1969-12-01' + (i * 9)::INT AS day,
  TIME '00:00:01.5' + INTERVAL (i) HOUR AS clock, TIMESTAMP '1969-12-25 01:02:03.000004' + INTERVAL (i) DAY AS local,
  TIMESTAMPTZ '2024-03-30 22:00:00+00' + INTERVAL (i) HOUR AS instant,
  CASE WHEN i % 5 > 0 THEN 'né/ ' || i % 3 END AS name, uuid() AS key, encode('b' || i) AS raw,
  CASE WHEN i % 2 = 0 THEN [] ELSE ['t' || i, NULL] END AS tags,
  CASE WHEN i % 3 > 0 THEN MAP {'a': i} END AS sizes,
  CASE WHEN i % 4 > 0 THEN {'city': 'c' || i % 4, 'lines': [{'text': 'x'}, NULL]} END AS address
  FROM range(60) r(i)`;

const PARTITIONINGS: Record<string, string[]> = {
  plain: [],
  by_name: ['name'],
  by_date_identity: ['day'],
  by_decimal: ['price'],
  by_flag: ['flag'],
  by_year: ['year(local)'],
  by_month: ['month(day)'],
  by_day: ['day(instant)'],
  by_hour: ['hour(local)'],
  by_buckets: ['bucket(4, id)', 'bucket(3, name)', 'bucket(5, price)', 'bucket(2, day)'],
  by_other_buckets: ['bucket(4, instant)', 'bucket(3, key)', 'bucket(5, raw)'],
  by_truncates: ['truncate(10, small)', 'truncate(2, name)', 'truncate(100, price)'],
};

/** Tables of every partitioning, each with deletes, updates and a changed schema on top, and one seen as it was. */
async function writeTables(world: World): Promise<Shown[]> {
  const { lake, connection } = world;
  await connection.run(`CREATE TABLE wide AS ${WIDE_ROWS}`);
  const shown: Shown[] = [];
  for (const [name, partitioning] of Object.entries(PARTITIONINGS)) {
    const ref = { database: 'ours', table: name };
    const location = `s3://lake/ours/${name}`;
    await iceberg.createTable(lake, ref, { location, columns: WIDE_COLUMNS, partitioning });
    const { table } = await iceberg.append(lake, connection, ref, { select: 'FROM wide' });
    const { relation } = await iceberg.planScan(lake, connection, table.metadata, { rowIds: true });
    const changed = await iceberg.rowDelta(lake, connection, table, {
      operation: 'merge',
      deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id % 7 < 2`,
      inserts: `SELECT * REPLACE (small + 1000 AS small) FROM wide WHERE id % 7 = 0`,
    });
    const expected = `SELECT * FROM ${await relationOf(world, changed.table.metadataLocation)}`;
    const metadata = changed.table.metadataLocation;
    shown.push({ name, metadata, expected });
    shown.push({
      name: `${name}_filtered`,
      metadata,
      expected: `${expected} WHERE name = 'né/ 1' AND day > '1970-01-10'`,
      filter: "name == 'né/ 1' and day > '1970-01-10'",
    });
    shown.push({
      name: `${name}_before`,
      metadata,
      expected: 'FROM wide',
      snapshot: String(table.metadata['current-snapshot-id']),
    });
  }
  return [...shown, await evolvedTable(world), await optimizedTable(world)];
}

async function evolvedTable(world: World): Promise<Shown> {
  const { lake, connection } = world;
  const ref = { database: 'ours', table: 'by_month' };
  await iceberg.evolve(lake, ref, [
    { change: 'rename', name: 'name', to: 'label' },
    { change: 'rename', name: 'address.city', to: 'town' },
    { change: 'add', name: 'address.zip', type: 'string', after: 'town' },
    { change: 'rename', name: 'address.lines.element.text', to: 'words' },
    { change: 'add', name: 'note', type: 'struct<a:int>', first: true },
    { change: 'widen', name: 'small', type: 'bigint' },
    { change: 'widen', name: 'price', type: 'decimal(18,2)' },
    { change: 'drop', name: 'double' },
  ]);
  await iceberg.repartition(lake, ref, ['bucket(3, id)', 'label']);
  const before = await iceberg.loadTable(lake, ref);
  const { relation } = await iceberg.planScan(lake, connection, before.metadata);
  const { table } = await iceberg.append(lake, connection, ref, { select: `FROM ${relation} WHERE id < 20` });
  const now = await relationOf(world, table.metadataLocation);
  return { name: 'evolved', metadata: table.metadataLocation, expected: `FROM ${now}` };
}

async function optimizedTable(world: World): Promise<Shown> {
  const { lake, connection } = world;
  const ref = { database: 'ours', table: 'by_name' };
  await iceberg.setProperties(lake, ref, {
    set: { optimize_rewrite_delete_file_threshold: '1', 'commit.manifest.min-count-to-merge': '2' },
  });
  const { table } = await iceberg.optimize(lake, connection, ref);
  const now = await relationOf(world, table.metadataLocation);
  return { name: 'optimized', metadata: table.metadataLocation, expected: `FROM ${now}` };
}

/** Position deletes of ours on tables that pyiceberg made, read by pyiceberg again. */
async function changeTheirs(
  world: World,
  made: Record<string, { metadata: string }>,
  report: Report,
): Promise<void> {
  const { lake, connection } = world;
  const shown: Shown[] = [];
  for (const [name, { metadata }] of Object.entries(made)) {
    const ref = { database: 'peer', table: name };
    await lake.catalog.create(ref.database, ref.table, metadata, await iceberg.loadMetadata(lake, metadata));
    const base = await iceberg.loadTable(lake, ref);
    const { relation } = await iceberg.planScan(lake, connection, base.metadata, { rowIds: true });
    const { table } = await iceberg.rowDelta(lake, connection, base, {
      operation: 'update',
      deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id % 3 = 0`,
      inserts: `SELECT * EXCLUDE ("$path", "$pos") FROM ${relation} WHERE id % 3 = 0`,
    });
    const before = `FROM ${await relationOf(world, metadata)}`;
    shown.push({ name: `changed_${name}`, metadata: table.metadataLocation, expected: before });
  }
  const answer = await askPeer(world, { read: shown });
  for (const table of shown) {
    const { file, error } = answer.read[table.name]!;
    const difference = error ?? (await differenceOf(connection, `(${table.expected})`, parquet(file!)));
    report(
      `pyiceberg reads its table after our update, '${table.name}'`,
      difference === undefined,
      difference,
    );
  }
}

interface Answer {
  read: Record<string, { file?: string; error?: string }>;
  made: Record<string, { metadata: string; file: string }>;
}

async function askPeer(world: World, request: { make?: boolean; read: Shown[] }): Promise<Answer> {
  const out = join(world.out, String(request.make ?? false));
  await mkdir(out, { recursive: true });
  const answer = await runProgram(
    join(VENV, 'bin', 'python'),
    [join(HERE, 'icebergPeer.py')],
    { ...process.env, PYTHONPATH: HERE, PYTHONDONTWRITEBYTECODE: '1', HEADWATERS_PARITY_ROOT: world.root },
    JSON.stringify({ ...request, out }),
  );
  return JSON.parse(answer) as Answer;
}

async function installPeer(): Promise<void> {
  if (!existsSync(join(VENV, 'bin', 'python')))
    await runProgram('python3', ['-m', 'venv', VENV], process.env);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PYICEBERG];
  await runProgram(join(VENV, 'bin', 'python'), pip, process.env);
}

function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env });
    const said: Buffer[] = [];
    const complained: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complained.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(said).toString());
      else
        reject(
          new Error(`${program} ended with ${code}: ${Buffer.concat(complained).toString().slice(-2000)}`),
        );
    });
    child.stdin.end(input);
  });
}
