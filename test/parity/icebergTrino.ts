/** Iceberg parity with Trino 476, the engine under Athena: it reads and changes our tables over the local S3 and Glue, and we read on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { startCloud } from '@headwaters/localstack';
import * as iceberg from '@headwaters/localstack/iceberg';
import type { Trino } from '@headwaters/localstack/trino';
import { embeddedObjectStore } from '../../localstack/core/objectStore.ts';
import { icebergCatalog } from '../../localstack/services/athena/catalog.ts';
import { PARTITIONINGS, type Writer, writeTables } from './icebergTables.ts';
import { appointJudge } from './judge.ts';

type Report = (name: string, ok: boolean, detail?: string) => void;

/** Sums over every column, in words that Trino and DuckDB both understand and answer alike; LENGTH_OF stands for an array's length. */
const FINGERPRINT = `count(*) AS n, sum(id) AS ids, sum(CAST(flag AS integer)) AS flags, sum(small) AS smalls,
  sum(CAST("real" AS double)) AS reals, sum("double") AS doubles, CAST(sum(price) AS varchar) AS prices,
  CAST(sum(big) AS varchar) AS bigs, CAST(min(day) AS varchar) AS first_day, CAST(max(day) AS varchar) AS last_day,
  sum(hour(clock)) AS hours, sum(day(local)) AS local_days, sum(year(local)) AS local_years, sum(hour(instant)) AS instants,
  count(name) AS names, max(name) AS last_name, count(DISTINCT key) AS keys, max(CAST(key AS varchar)) AS last_key,
  count(raw) AS raws, sum(LENGTH_OF(tags)) AS tags, sum(cardinality(sizes)) AS sizes, sum(sizes['a']) AS size_sum,
  count(address.city) AS cities, max(address.lines[1].text) AS words`;

export async function run(report: Report): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
  const { trino, port } = await appointJudge();
  const cloud = await startCloud({ stateDir, port });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  iceberg.registerBucketFunctions(connection);
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await cloud.call('s3', 'CreateBucket', { Bucket: 'lake' });
    for (const Name of ['ours', 'theirs'])
      await cloud.call('glue', 'CreateDatabase', { DatabaseInput: { Name } });
    const lake = iceberg.createIceberg({
      store: embeddedObjectStore(cloud.context),
      catalog: icebergCatalog(cloud.context),
      now: Date.now,
    });
    const world: Writer = { lake, connection };
    await writeTables(world);
    for (const name of Object.keys(PARTITIONINGS)) await compareTable(world, trino, name, report);
    await shareATable(world, trino, report);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await cloud.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Columns that a table still has after `writeTables` renamed and dropped some in `by_month`. */
const fingerprintOf = (name: string): string =>
  name === 'by_month'
    ? FINGERPRINT.replace('sum("double") AS doubles', 'count(note) AS doubles')
        .replaceAll('(name)', '(label)')
        .replace('address.city', 'address.town')
        .replace('[1].text', '[1].words')
    : FINGERPRINT;

async function fingerprints(
  { lake, connection }: Writer,
  trino: Trino,
  ref: iceberg.TableRef,
  where: string,
): Promise<{ ours: string; theirs: string }> {
  const select = fingerprintOf(ref.table);
  const { metadata } = await iceberg.loadTable(lake, ref);
  const { relation } = await iceberg.planScan(lake, connection, metadata);
  const own = await connection.runAndReadAll(
    `SELECT ${select.replace('LENGTH_OF', 'len')} FROM ${relation} AS t WHERE ${where}`,
  );
  const their = await trino.query(
    `SELECT ${select.replace('LENGTH_OF', 'cardinality')} FROM iceberg.${ref.database}.${ref.table} WHERE ${where}`,
  );
  const text = (row: readonly unknown[] | undefined) => JSON.stringify(row?.map((value) => String(value)));
  return { ours: text(own.getRowsJson()[0]), theirs: text(their.rows[0]) };
}

async function compareTable(world: Writer, trino: Trino, name: string, report: Report): Promise<void> {
  const ref = { database: 'ours', table: name };
  for (const where of ['true', `id BETWEEN 7 AND 30 AND day > DATE '1970-01-10'`])
    await judge(report, `Trino reads our table '${name}' where ${where}`, () =>
      fingerprints(world, trino, ref, where),
    );
  await judge(report, `we read our table '${name}' after Trino's UPDATE, DELETE and MERGE`, async () => {
    const table = `iceberg.ours.${name}`;
    await trino.query(`UPDATE ${table} SET small = small + 1 WHERE id % 5 = 0`);
    await trino.query(`DELETE FROM ${table} WHERE id = 11`);
    await trino.query(
      `MERGE INTO ${table} AS t USING (SELECT * FROM (VALUES 12, 13) AS v(id)) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET flag = NULL`,
    );
    return fingerprints(world, trino, ref, 'true');
  });
  await judge(report, `Trino reads our table '${name}' after our OPTIMIZE of what it wrote`, async () => {
    await iceberg.setProperties(world.lake, ref, {
      set: { optimize_rewrite_delete_file_threshold: '1', optimize_rewrite_data_file_threshold: '2' },
    });
    await iceberg.optimize(world.lake, world.connection, ref);
    return fingerprints(world, trino, ref, 'true');
  });
}

/** A table that Trino makes and both change by turns. */
async function shareATable({ lake, connection }: Writer, trino: Trino, report: Report): Promise<void> {
  const ref = { database: 'theirs', table: 'shared' };
  await judge(report, `we read and change a table that Trino made`, async () => {
    await trino.query(
      `CREATE TABLE iceberg.theirs.shared WITH (partitioning = ARRAY['bucket(id, 4)', 'month(happened)'], location = 's3://lake/theirs/shared')
       AS SELECT n AS id, TIMESTAMP '2024-01-01 00:00:00.000000' + n * INTERVAL '1' DAY AS happened, 'n' || CAST(n AS varchar) AS name FROM UNNEST(sequence(1, 100)) AS s(n)`,
    );
    await trino.query('DELETE FROM iceberg.theirs.shared WHERE id % 10 = 0');
    const base = await iceberg.loadTable(lake, ref);
    const { relation } = await iceberg.planScan(lake, connection, base.metadata, { rowIds: true });
    await iceberg.rowDelta(lake, connection, base, {
      operation: 'update',
      deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id < 15`,
      inserts: `SELECT id + 1000, happened, name || '!' FROM ${relation} WHERE id < 15`,
    });
    const select = 'count(*), sum(id), max(happened), max(name)';
    const now = await iceberg.loadTable(lake, ref);
    const plan = await iceberg.planScan(lake, connection, now.metadata);
    const own = await connection.runAndReadAll(
      `SELECT ${select.replace('max(happened)', "strftime(max(happened), '%Y-%m-%d %H:%M:%S.%f')")} FROM ${plan.relation}`,
    );
    const their = await trino.query(`SELECT ${select} FROM iceberg.theirs.shared`);
    return { ours: own.getRowsJson().join(), theirs: their.rows.join() };
  });
}

async function judge(
  report: Report,
  name: string,
  compare: () => Promise<{ ours: string; theirs: string }>,
): Promise<void> {
  try {
    const { ours, theirs } = await compare();
    report(name, ours === theirs, ours === theirs ? undefined : `ours ${ours}; theirs ${theirs}`);
  } catch (error) {
    report(name, false, (error as Error).message);
  }
}
