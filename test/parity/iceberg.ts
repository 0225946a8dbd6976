/** Iceberg parity: pyiceberg reads the tables that this library writes, and this library reads pyiceberg's. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import * as iceberg from '@headwaters/localstack/iceberg';
import { folderObjectStore } from '../../localstack/test/support/folderObjectStore.ts';
import { memoryCatalog } from '../../localstack/test/support/icebergLake.ts';
import { relationOf, type Shown, writeTables } from './icebergTables.ts';
import { askPython } from './pyiceberg.ts';

type Report = (name: string, ok: boolean, detail?: string) => void;

interface World {
  root: string;
  out: string;
  lake: iceberg.Iceberg;
  connection: DuckDBConnection;
}

export async function run(report: Report): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  iceberg.registerBucketFunctions(connection);
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
  return askPython<Answer>('icebergPeer.py', { ...request, out }, { HEADWATERS_PARITY_ROOT: world.root });
}
