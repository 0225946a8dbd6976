/** Glue's table optimizers: their API as its client sees it, and what they do to a table as the cloud's clock goes on. */
import assert from 'node:assert/strict';
import { AthenaClient } from '@aws-sdk/client-athena';
import {
  BatchGetTableOptimizerCommand,
  CreateTableOptimizerCommand,
  DeleteTableOptimizerCommand,
  GetTableOptimizerCommand,
  ListTableOptimizerRunsCommand,
  type TableOptimizerConfiguration,
  type TableOptimizerRun,
  type TableOptimizerType,
  UpdateTableOptimizerCommand,
} from '@aws-sdk/client-glue';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type TestContext, test } from 'vitest';
import { type Clock, manualClock } from '../core/clock.ts';
import { runToEnd } from './support/athenaClient.ts';
import { type AthenaCloud, athenaCloud } from './support/athenaCloud.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ROLE = 'arn:aws:iam::000000000000:role/optimizers';
const TABLE = { CatalogId: '000000000000', DatabaseName: 'shop', TableName: 'sales' };

const trust = (service: string, effect = 'Allow') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 'sts:AssumeRole', Principal: { Service: service } }],
  });

interface World extends AthenaCloud {
  readonly clock: Clock;
  switchOn(
    Type: TableOptimizerType,
    settings?: Partial<TableOptimizerConfiguration>,
    TableName?: string,
  ): Promise<unknown>;
  /** Moves the clock ahead and waits for what the optimizers then do. */
  pass(ms: number): Promise<void>;
  /** Newest first. */
  runs(Type: TableOptimizerType): Promise<TableOptimizerRun[]>;
  /** One of the metrics of each run. */
  counts(Type: TableOptimizerType, metric: string): Promise<number[]>;
  rows(): Promise<string>;
}

/** A cloud with a role that Glue may assume and the Iceberg table `shop.sales`. */
async function world(t: TestContext): Promise<World> {
  const clock = manualClock();
  const own = await athenaCloud(t, { clock });
  await own.cloud.call('iam', 'CreateRole', {
    RoleName: 'optimizers',
    AssumeRolePolicyDocument: trust('glue.amazonaws.com'),
  });
  await own.run(
    `CREATE TABLE sales (id int, day date) PARTITIONED BY (day) LOCATION 's3://lake/sales'
    TBLPROPERTIES ('table_type' = 'ICEBERG')`,
  );
  const runs = async (Type: TableOptimizerType) => {
    const answer = await own.glue.send(new ListTableOptimizerRunsCommand({ ...TABLE, Type }));
    return answer.TableOptimizerRuns!;
  };
  return {
    ...own,
    clock,
    switchOn: (Type, settings = {}, TableName = 'sales') =>
      own.glue.send(
        new CreateTableOptimizerCommand({
          ...TABLE,
          TableName,
          Type,
          TableOptimizerConfiguration: { roleArn: ROLE, enabled: true, ...settings },
        }),
      ),
    async pass(ms) {
      await clock.advance(ms);
      await own.cloud.call('glue', '_OptimizersSettled', {});
    },
    runs,
    async counts(Type, metric) {
      return (await runs(Type)).map(({ compactionMetrics, retentionMetrics, orphanFileDeletionMetrics }) => {
        const found = compactionMetrics ?? retentionMetrics ?? orphanFileDeletionMetrics;
        return (found?.IcebergMetrics as Record<string, number> | undefined)?.[metric] ?? 0;
      });
    },
    rows: async () => JSON.stringify((await own.run('SELECT id, day FROM sales ORDER BY id')).rows),
  };
}

const insert = (id: number, day = '2026-01-01') => `INSERT INTO sales VALUES (${id}, DATE '${day}')`;

const dataFiles = async ({ keys }: World) =>
  (await keys('sales/data/')).filter((key) => key.endsWith('.parquet'));

const liveFiles = async ({ run }: World) => Number((await run('SELECT * FROM "sales$files"')).rows.length);

test('an optimizer is made, shown, changed and removed, one of each type', async (t) => {
  const { glue, switchOn } = await world(t);
  const settings = { icebergConfiguration: { snapshotRetentionPeriodInDays: 7, cleanExpiredFiles: true } };

  await switchOn('retention', { retentionConfiguration: settings });

  const made = await glue.send(new GetTableOptimizerCommand({ ...TABLE, Type: 'retention' }));
  const { $metadata: _, ...shown } = made;
  assert.deepEqual(shown, {
    ...TABLE,
    TableOptimizer: {
      type: 'retention',
      configuration: { roleArn: ROLE, enabled: true, retentionConfiguration: settings },
      configurationSource: 'table',
    },
  });
  await assert.rejects(switchOn('retention'), { name: 'AlreadyExistsException' });
  await switchOn('compaction');
  await glue.send(
    new UpdateTableOptimizerCommand({
      ...TABLE,
      Type: 'retention',
      TableOptimizerConfiguration: { roleArn: ROLE, enabled: false },
    }),
  );
  const changed = await glue.send(new GetTableOptimizerCommand({ ...TABLE, Type: 'retention' }));
  assert.deepEqual(changed.TableOptimizer?.configuration, { roleArn: ROLE, enabled: false });
  await glue.send(new DeleteTableOptimizerCommand({ ...TABLE, Type: 'retention' }));
  for (const command of [
    GetTableOptimizerCommand,
    DeleteTableOptimizerCommand,
    ListTableOptimizerRunsCommand,
  ])
    await assert.rejects(
      glue.send(new command({ ...TABLE, Type: 'retention' }) as GetTableOptimizerCommand),
      {
        name: 'EntityNotFoundException',
      },
    );
});

test('many optimizers are asked for at once, and each that is missing says so', async (t) => {
  const { glue, switchOn } = await world(t);
  await switchOn('compaction');
  const entry = { catalogId: TABLE.CatalogId, databaseName: 'shop', tableName: 'sales' };

  const { TableOptimizers, Failures } = await glue.send(
    new BatchGetTableOptimizerCommand({
      Entries: [
        { ...entry, type: 'compaction' },
        { ...entry, type: 'retention' },
        { ...entry, tableName: 'none', type: 'compaction' },
      ],
    }),
  );

  assert.deepEqual(
    TableOptimizers?.map(({ tableName, tableOptimizer }) => [tableName, tableOptimizer?.type]),
    [['sales', 'compaction']],
  );
  assert.deepEqual(
    Failures?.map(({ tableName, type, error }) => [tableName, type, error?.ErrorCode]),
    [
      ['sales', 'retention', 'EntityNotFoundException'],
      ['none', 'compaction', 'EntityNotFoundException'],
    ],
  );
});

test('what an optimizer cannot be is refused with a reason', async (t) => {
  const { cloud, run, switchOn } = await world(t);
  await run(`CREATE EXTERNAL TABLE plain (id int) LOCATION 's3://lake/plain/'`);
  await cloud.call('iam', 'CreateRole', {
    RoleName: 'lambdas',
    AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
  });
  const orphans = (icebergConfiguration: object) => ({
    orphanFileDeletionConfiguration: { icebergConfiguration },
  });

  await assert.rejects(switchOn('compaction', {}, 'none'), { name: 'EntityNotFoundException' });
  await assert.rejects(switchOn('compaction', {}, 'plain'), /shop.plain is not an Iceberg table/);
  await assert.rejects(switchOn('compaction', { roleArn: undefined }), /lacks roleArn/);
  await assert.rejects(switchOn('compaction', { roleArn: 'optimizers' }), { name: 'ValidationException' });
  for (const role of ['lambdas', 'none'])
    await assert.rejects(switchOn('compaction', { roleArn: `arn:aws:iam::000000000000:role/${role}` }), {
      name: 'AccessDeniedException',
      message: /does not have the correct trust policies and is unable to be assumed by our service/,
    });
  await assert.rejects(
    switchOn('compaction', orphans({})),
    /orphanFileDeletionConfiguration is not for an optimizer of the type compaction/,
  );
  await assert.rejects(switchOn('orphan_file_deletion', orphans({ runRateInHours: 2 })), {
    name: 'ValidationException',
  });
  await assert.rejects(
    switchOn('orphan_file_deletion', orphans({ location: 's3://lake/sales2/' })),
    /s3:\/\/lake\/sales2\/ is not in the table's, which is s3:\/\/lake\/sales/,
  );
  await assert.rejects(
    switchOn('compaction', { compactionConfiguration: { icebergConfiguration: { strategy: 'sort' } } }),
    /does not emulate the strategy sort/,
  );
});

test('optimizers survive a restart and go with their table', async (t) => {
  const { cloud, switchOn } = await world(t);
  await switchOn('compaction');
  const restarted = await cloud.restarted();
  const request = { ...TABLE, Type: 'compaction' };

  const kept = await restarted.call('glue', 'GetTableOptimizer', request);

  assert.equal(kept.TableOptimizer.type, 'compaction');
  const table = { DatabaseName: 'shop', Name: 'sales' };
  const { Table } = await restarted.call('glue', 'GetTable', table);
  await restarted.call('glue', 'DeleteTable', table);
  const { Name, StorageDescriptor, Parameters } = Table;
  await restarted.call('glue', 'CreateTable', {
    DatabaseName: 'shop',
    TableInput: { Name, StorageDescriptor, Parameters },
  });
  await assert.rejects(restarted.call('glue', 'GetTableOptimizer', request), /Table optimizer .* not found/);
});

// https://docs.aws.amazon.com/glue/latest/dg/compaction-management.html
test('a partition is compacted once it has as many small files as the optimizer asks for', async (t) => {
  const its = await world(t);
  const { run, runs, pass, switchOn, rows } = its;
  await switchOn('compaction', { compactionConfiguration: { icebergConfiguration: { minInputFiles: 6 } } });
  for (const id of [1, 2, 3, 4, 5]) await run(insert(id));
  for (const id of [11, 12]) await run(insert(id, '2026-01-02'));
  await pass(HOUR);
  const early = await runs('compaction');
  await run(insert(6));
  const before = await rows();

  await pass(HOUR);

  assert.deepEqual(early, []);
  const [last] = await runs('compaction');
  assert.deepEqual([last?.eventType, last?.compactionStrategy], ['completed', 'binpack']);
  assert.equal(last?.compactionMetrics?.IcebergMetrics?.NumberOfFilesCompacted, 6);
  assert.equal(last?.startTimestamp?.toISOString(), '2026-01-01T02:00:00.000Z');
  assert.equal(await liveFiles(its), 3);
  assert.equal(await rows(), before);
  await pass(DAY);
  assert.equal((await runs('compaction')).length, 1);
});

// https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergCompactionConfiguration.html: a hundred files, one delete.
test('by default a hundred files are compacted, and a file that has deletes', async (t) => {
  const its = await world(t);
  const { run, runs, pass, switchOn, rows } = its;
  await switchOn('compaction');
  for (let id = 1; id <= 99; id++) await run(insert(id));
  await pass(HOUR);
  assert.equal(await liveFiles(its), 99);
  await run(insert(100));

  await pass(HOUR);

  assert.equal(await liveFiles(its), 1);
  await run('DELETE FROM sales WHERE id = 7');
  const before = await rows();
  await pass(HOUR);
  assert.deepEqual([await liveFiles(its), (await runs('compaction')).length], [1, 2]);
  assert.equal(await rows(), before);
});

test('snapshots go once a day when they are too old, their files only if the optimizer is set to clean them', async (t) => {
  const its = await world(t);
  const { run, counts, pass, switchOn, rows } = its;
  const retention = (cleanExpiredFiles: boolean) => ({
    retentionConfiguration: {
      icebergConfiguration: {
        snapshotRetentionPeriodInDays: 2,
        numberOfSnapshotsToRetain: 2,
        cleanExpiredFiles,
      },
    },
  });
  for (const id of [1, 2, 3]) await run(insert(id));
  await run('DELETE FROM sales WHERE id = 1');
  await run('DELETE FROM sales WHERE id = 2');
  await switchOn('retention', retention(false));
  const snapshots = async () =>
    (await run('SELECT snapshot_id FROM "sales$snapshots" ORDER BY committed_at')).rows.flat();
  const [, , , , newest] = await snapshots();
  const [before, files] = [await rows(), await its.keys('sales/')];

  await pass(HOUR);
  assert.equal((await snapshots()).length, 5);
  await pass(3 * DAY);

  assert.equal((await snapshots()).length, 2);
  assert.equal((await snapshots()).at(-1), newest);
  assert.equal(await rows(), before);
  assert.deepEqual(
    files.filter((key) => !key.endsWith('.metadata.json')),
    (await its.keys('sales/')).filter((key) => !key.endsWith('.metadata.json')),
  );
  await its.glue.send(
    new UpdateTableOptimizerCommand({
      ...TABLE,
      Type: 'retention',
      TableOptimizerConfiguration: { roleArn: ROLE, enabled: true, ...retention(true) },
    }),
  );
  await run(insert(4));
  await run(insert(5));
  await pass(3 * DAY);
  const lists = await counts('retention', 'NumberOfManifestListsDeleted');
  assert.equal(
    lists.reduce((sum, one) => sum + one),
    2,
  );
  assert.equal((await run('SELECT id FROM sales')).rows.length, 3);
});

// https://docs.aws.amazon.com/glue/latest/dg/orphan-file-deletion.html: files older than the optimizer are never deleted.
test('an orphan goes after its days, and what is older than the optimizer stays', async (t) => {
  const its = await world(t);
  const { run, put, counts, pass, switchOn, rows, keys, clock } = its;
  await run(insert(1));
  await put('sales/data/before.parquet', 'x');
  await clock.advance(HOUR);
  await switchOn('orphan_file_deletion', {
    orphanFileDeletionConfiguration: { icebergConfiguration: { orphanFileRetentionPeriodInDays: 2 } },
  });
  await clock.advance(HOUR);
  await put('sales/data/orphan.parquet', 'x');
  await put('sales-neighbour/data/orphan.parquet', 'x');
  const before = await rows();

  await pass(DAY);
  const early = (await keys('sales/data/')).filter((key) => key.endsWith('/orphan.parquet'));
  await pass(2 * DAY);

  assert.equal(early.length, 1);
  const left = [...(await keys('sales/data/')), ...(await keys('sales-neighbour/'))];
  assert.deepEqual(
    left.filter((key) => /\/(before|orphan)\.parquet$/.test(key)),
    ['sales/data/before.parquet', 'sales-neighbour/data/orphan.parquet'],
  );
  assert.equal(await rows(), before);
  const deleted = await counts('orphan_file_deletion', 'NumberOfOrphanFilesDeleted');
  assert.equal(
    deleted.reduce((sum, one) => sum + one),
    1,
  );
});

test('a disabled optimizer does nothing, and a failing compaction is suspended after four runs', async (t) => {
  const its = await world(t);
  const { run, runs, pass, switchOn, s3, glue } = its;
  await switchOn('compaction', { compactionConfiguration: { icebergConfiguration: { minInputFiles: 2 } } });
  await switchOn('retention', { enabled: false });
  for (const id of [1, 2]) await run(insert(id));
  const [lost] = await dataFiles(its);
  await s3.send(new DeleteObjectCommand({ Bucket: 'lake', Key: lost }));

  for (let hour = 0; hour < 6; hour++) await pass(HOUR);

  const failed = await runs('compaction');
  assert.deepEqual(
    failed.map(({ eventType }) => eventType),
    Array(4).fill('failed'),
  );
  assert.ok(failed[0]?.error, 'a failed run says why');
  const { TableOptimizer } = await glue.send(new GetTableOptimizerCommand({ ...TABLE, Type: 'compaction' }));
  assert.deepEqual(
    [TableOptimizer?.configuration?.enabled, TableOptimizer?.lastRun?.eventType],
    [false, 'failed'],
  );
  assert.deepEqual(await runs('retention'), []);
});

test('a cloud that ends while an optimizer works leaves the table as it was or compacted, and the next hour goes on', async (t) => {
  const its = await world(t);
  const { cloud, clock, run, switchOn, rows } = its;
  await switchOn('compaction', { compactionConfiguration: { icebergConfiguration: { minInputFiles: 2 } } });
  for (const id of [1, 2, 3, 4]) await run(insert(id));
  const before = await rows();

  await clock.advance(HOUR);
  const again = await cloud.restarted();
  const request = { ...TABLE, Type: 'compaction' };
  const first = (await again.call('glue', 'ListTableOptimizerRuns', request)).TableOptimizerRuns;
  await clock.advance(HOUR);
  await again.call('glue', '_OptimizersSettled', {});
  const then = (await again.call('glue', 'ListTableOptimizerRuns', request)).TableOptimizerRuns;

  assert.equal(first.length, 1);
  assert.match(`${first[0].eventType} ${first[0].error}`, /^(completed|failed The local cloud ended)/);
  assert.ok(then.some(({ eventType }: { eventType: string }) => eventType === 'completed'));
  const athena = new AthenaClient(again.client);
  t.onTestFinished(() => athena.destroy());
  const asked = await runToEnd(athena, 'SELECT id, day FROM sales ORDER BY id', {
    QueryExecutionContext: { Database: 'shop' },
  });
  assert.equal(JSON.stringify(asked.rows), before);
});

test('statements that run while the optimizers work lose no row', async (t) => {
  const its = await world(t);
  const { run, pass, switchOn } = its;
  await switchOn('compaction', { compactionConfiguration: { icebergConfiguration: { minInputFiles: 2 } } });
  await switchOn('retention', {
    retentionConfiguration: {
      icebergConfiguration: { snapshotRetentionPeriodInDays: 1, cleanExpiredFiles: true },
    },
  });
  await switchOn('orphan_file_deletion', {
    orphanFileDeletionConfiguration: { icebergConfiguration: { orphanFileRetentionPeriodInDays: 1 } },
  });
  const tried = async (sql: string): Promise<void> => {
    for (;;)
      try {
        return void (await run(sql));
      } catch (error) {
        if (!/ICEBERG_COMMIT_ERROR/.test(String(error))) throw error;
      }
  };

  for (let nth = 0; nth < 8; nth++)
    await Promise.all([
      tried(insert(nth * 2)),
      tried(insert(nth * 2 + 1)),
      tried(`DELETE FROM sales WHERE id = ${nth * 2 - 2}`),
      pass(2 * DAY),
    ]);
  await pass(3 * DAY);

  const { rows } = await run('SELECT id FROM sales ORDER BY id');
  assert.deepEqual(rows.flat(), ['1', '3', '5', '7', '9', '11', '13', '14', '15']);
});
