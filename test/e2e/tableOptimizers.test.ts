/** Table optimizers from the deployment to the last old file: switched on by runs, carried out by the clock, gone when they are off. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetTableOptimizerCommand,
  ListTableOptimizerRunsCommand,
  type TableOptimizerType,
  UpdateTableOptimizerCommand,
} from '@aws-sdk/client-glue';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type Cloud, startCloud } from '@headwaters/localstack';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { cloudDir } from '../../lake/targets/embedded.ts';
import { endpoint } from '../../lake/targets/endpoint.ts';

const STUDIES = 'test/chaos/studies';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TABLES = [
  'shop_gold.fact_orders',
  'shop_quarantine.checks',
  'shop_quarantine.refused',
  'shop_silver.customers',
  'shop_silver.orders',
];
/** Every run adds a file to it. */
const CHECKS = { CatalogId: '000000000000', DatabaseName: 'shop_quarantine', TableName: 'checks' };

describe('a lake whose tables Glue’s optimizers keep', () => {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-optimizers-'));
  let cloud: Cloud;
  let lake: Lake;
  const open = async (tableOptimizers: 'on' | 'off') =>
    openLake(await endpoint({ endpoint: cloud.endpoint, scratchDir: state }), {
      studies: studiesOf([STUDIES]),
      cdkContext: { tableOptimizers },
    });
  beforeAll(async () => {
    cloud = await startCloud({ stateDir: cloudDir(state), port: 0 });
    lake = await open('on');
    await lake.deploy(['shop']);
  });
  afterAll(async () => {
    await lake?.close();
    await cloud?.stop();
    rmSync(state, { recursive: true, force: true });
  });

  const run = async (seed: number) => {
    const { pipeline } = await lake.run('shop', {
      kind: 'simulation',
      events: 60,
      seed,
      days: 1,
      faults: { duplicates: 0.05, malformed: 0.02, late: 0, drift: 0, unknown: 0 },
    });
    assert.equal(pipeline.status, 'SUCCEEDED', pipeline.cause);
    assert.equal((pipeline.output as { verdict?: string }).verdict, 'Balanced');
  };
  const pass = async (ms: number) => {
    await cloud.context.clock.advance(ms);
    await cloud.call('glue', '_OptimizersSettled', {});
  };
  const runsOf = async (Type: TableOptimizerType, table = CHECKS) => {
    const { TableOptimizerRuns = [] } = await lake.target.clients.glue.send(
      new ListTableOptimizerRunsCommand({ ...table, Type }),
    );
    return TableOptimizerRuns;
  };
  /** The first column of each row. */
  const column = async (sql: string) => (await lake.ask(sql)).rows.map(([value]) => value!);
  const snapshots = (table: string) => {
    const [database, name] = table.split('.');
    return column(`SELECT snapshot_id FROM "${database}"."${name}$snapshots" ORDER BY committed_at`);
  };
  const contents = () =>
    Promise.all(
      TABLES.map(async (table) => {
        const { columns, rows } = await lake.ask(`SELECT * FROM ${table}`);
        return [table, columns, rows.map((row) => JSON.stringify(row)).sort()];
      }),
    );
  const checks = async () =>
    (await lake.tables('shop')).find(
      ({ database, name }) => `${database}.${name}` === 'shop_quarantine.checks',
    )!;
  const Bucket = () => lake.target.names.bucket('lake');
  const isThere = async (Key: string) => {
    const { Contents = [] } = await lake.target.clients.s3.send(
      new ListObjectsV2Command({ Bucket: Bucket(), Prefix: Key }),
    );
    return Contents.length > 0;
  };
  /** Runs the weekly maintenance now, and gives how it ended. */
  const maintain = async () => {
    const { names, clients } = lake.target;
    const { promise, resolve } = Promise.withResolvers<string>();
    const off = cloud.context.events.on('states:finished', (detail) =>
      resolve((detail as { status: string }).status),
    );
    await clients.stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: names.machineArn(names.machine('shop', 'maintenance')) }),
    );
    const status = await promise;
    off();
    return status;
  };

  test('the first run switches them on for every table that it makes, and the next ones change nothing', async () => {
    await run(1);
    const first = await lake.status();
    const created = await lake.target.clients.glue.send(
      new GetTableOptimizerCommand({ ...CHECKS, Type: 'retention' }),
    );
    await run(2);

    const [shop] = first.studies;
    assert.deepEqual([...new Set(shop?.optimizers.map(({ table }) => table))].sort(), TABLES);
    assert.equal(shop?.optimizers.length, 3 * TABLES.length);
    assert.ok(shop?.optimizers.every(({ enabled, lastRun }) => enabled && lastRun === undefined));
    const again = await lake.target.clients.glue.send(
      new GetTableOptimizerCommand({ ...CHECKS, Type: 'retention' }),
    );
    assert.deepEqual(again.TableOptimizer, created.TableOptimizer);
    assert.match(created.TableOptimizer?.configuration?.roleArn ?? '', /TableOptimizersRole/);
  });

  test('many runs leave few files, old snapshots and an orphan go, and every table has the rows that it had', async () => {
    const { glue, s3 } = lake.target.clients;
    const compaction = await glue.send(new GetTableOptimizerCommand({ ...CHECKS, Type: 'compaction' }));
    await glue.send(
      new UpdateTableOptimizerCommand({
        ...CHECKS,
        Type: 'compaction',
        TableOptimizerConfiguration: {
          ...compaction.TableOptimizer!.configuration,
          compactionConfiguration: {
            icebergConfiguration: {
              ...compaction.TableOptimizer!.configuration!.compactionConfiguration!.icebergConfiguration,
              minInputFiles: 4,
            },
          },
        },
      }),
    );
    for (const seed of [3, 4, 5]) await run(seed);
    const before = await checks();
    const [oldest] = await snapshots('shop_quarantine.checks');
    const wanted = await contents();
    const countAsOf = async (snapshot: string | undefined) =>
      Number((await column(`SELECT count(*) FROM shop_quarantine.checks FOR VERSION AS OF ${snapshot}`))[0]);
    const oldCount = await countAsOf(oldest);

    await pass(HOUR);
    const compacted = await checks();
    const newest = (await snapshots('shop_quarantine.checks')).at(-1);
    const orphan = `${compacted.location.replace(/^s3:\/\/[^/]+\//, '')}/data/orphan.parquet`;
    await s3.send(new PutObjectCommand({ Bucket: Bucket(), Key: orphan, Body: 'not read' }));
    await pass(DAY);
    const [early, stillThere] = [await countAsOf(oldest), await isThere(orphan)];
    await pass(6 * DAY);

    assert.ok(compacted.files! < before.files!, `${compacted.files} of ${before.files} files`);
    const [last] = await runsOf('compaction');
    assert.equal(last?.eventType, 'completed');
    assert.ok(
      oldCount > 0 && early === oldCount,
      'a kept snapshot is read as before, though its files were compacted',
    );
    await assert.rejects(countAsOf(oldest));
    assert.equal(
      await countAsOf(newest),
      Number((await column('SELECT count(*) FROM shop_quarantine.checks'))[0]),
    );
    assert.deepEqual([stillThere, await isThere(orphan)], [true, false]);
    for (const type of ['retention', 'orphan_file_deletion'] as const)
      assert.ok(
        (await runsOf(type)).every(({ eventType }) => eventType === 'completed'),
        type,
      );
    assert.deepEqual(await contents(), wanted);
  });

  test('the weekly maintenance leaves to them what they do, and does what one of them is disabled for', async () => {
    const { glue } = lake.target.clients;
    await run(6);
    const before = await snapshots('shop_quarantine.checks');

    const first = await maintain();
    const left = await snapshots('shop_quarantine.checks');
    for (const Type of ['compaction', 'retention'] as const) {
      const checked = { ...CHECKS, Type };
      const { TableOptimizer } = await glue.send(new GetTableOptimizerCommand(checked));
      await glue.send(
        new UpdateTableOptimizerCommand({
          ...checked,
          TableOptimizerConfiguration: { ...TableOptimizer!.configuration, enabled: false },
        }),
      );
    }
    await cloud.context.clock.advance(6 * DAY);
    const second = await maintain();
    await run(7);

    assert.deepEqual([first, second], ['SUCCEEDED', 'SUCCEEDED']);
    assert.deepEqual(left, before);
    assert.ok(!(await snapshots('shop_quarantine.checks')).includes(before[0]!));
    const { TableOptimizer } = await glue.send(
      new GetTableOptimizerCommand({ ...CHECKS, Type: 'compaction' }),
    );
    assert.equal(TableOptimizer?.configuration?.enabled, false, 'a run leaves a disabled one disabled');
  });

  test('a deployment without them lets the next maintenance take them away', async () => {
    const off = await open('off');
    await off.deploy(['shop']);

    const ended = await maintain();

    assert.equal(ended, 'SUCCEEDED');
    await assert.rejects(
      off.target.clients.glue.send(new GetTableOptimizerCommand({ ...CHECKS, Type: 'retention' })),
      { name: 'EntityNotFoundException' },
    );
    assert.deepEqual((await off.status()).studies[0]?.optimizers, []);
    await off.close();
  });
});
