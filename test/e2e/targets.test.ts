/** A lake that is served elsewhere: the targets aws and endpoint, both pointed at a local cloud in another process. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import type { Progress } from '../../lake/progress.ts';
import { studiesOf } from '../../lake/studies.ts';
import { aws } from '../../lake/targets/aws.ts';
import { endpoint } from '../../lake/targets/endpoint.ts';
import { connect } from '../../lake/targets/localCloud.ts';
import { headwaters, type Started, startHeadwaters } from '../support/commandLine.ts';

/** The smallest study, next to the one that has everything. */
const STUDIES = 'test/chaos/studies';

const CALLER = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
} as const;

const input = {
  kind: 'simulation',
  events: 600,
  seed: 4,
  days: 10,
  faults: { duplicates: 0.02, malformed: 0.02, late: 0, drift: 0, unknown: 0 },
} as const;

describe('a lake that another process serves', () => {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-targets-'));
  const outside = mkdtempSync(join(tmpdir(), 'headwaters-caller-'));
  const before = { ...process.env };
  let up: Started;
  let url: string;
  const lakes: Lake[] = [];
  const open = async (target: Parameters<typeof openLake>[0]) => {
    const lake = openLake(target, { studies: studiesOf([STUDIES]) });
    lakes.push(lake);
    return lake;
  };
  /** The command line of a caller on AWS, whose SDK is pointed here. */
  const hw = (...args: string[]) => headwaters([...args, '--target', 'aws', '--state', outside]);

  beforeAll(async () => {
    up = startHeadwaters(['up', 'amazon', 'shop', '--studies', STUDIES, '--port', '0', '--state', state]);
    [, url] = (await up.shows(/AWS_ENDPOINT_URL=(\S+)/)) as unknown as [string, string];
    await up.shows(/Ctrl-C stops it/);
    Object.assign(process.env, CALLER, { AWS_ENDPOINT_URL: url });
  });
  afterAll(async () => {
    for (const lake of lakes) await lake.close();
    process.env = before;
    up.kill('SIGKILL');
    await up.ended;
    for (const folder of [state, outside]) rmSync(folder, { recursive: true, force: true });
  });

  test('on the target aws a study is fed and run to balanced books, only by the wall clock', async () => {
    const lake = await open(await aws({ scratchDir: outside }));
    const cloud = connect(url, false);
    /** Time passes on AWS on its own; here it passes as soon as the caller has to wait for the batch window. */
    const onProgress = (progress: Progress) => {
      if (progress.kind === 'at' && /on (their|its) way/.test(progress.detail)) void cloud.advanceClock(61);
    };

    const outcome = await lake.run('amazon', input, { onProgress });

    const { sheet } = outcome.pipeline.output as { sheet: { balanced: boolean; total: object } };
    assert.equal(outcome.pipeline.status, 'SUCCEEDED');
    assert.equal(sheet.balanced, true);
    assert.equal(
      outcome.truth?.every(({ equal }) => equal),
      true,
    );
    assert.equal(lake.target.localCloud, undefined);
  });

  test('the same input is not sent again, and a run without input takes what has arrived', async () => {
    const lake = await open(await aws({ scratchDir: outside }));

    const again = await lake.feed('amazon', input);
    const run = await lake.run('amazon', undefined);

    assert.equal(again.isNew, false);
    assert.equal(run.feed, undefined);
    assert.deepEqual(run.pipeline.output, { decision: 'nothing-new', postponed: [] });
  });

  test('each consumer of the stream is behind by what it has yet to take', async () => {
    const lake = await open(await aws({ scratchDir: outside }));
    const { kinesis, lambda } = lake.target.clients;
    const EventSourceArn = lake.target.names.streamArn('amazon');
    const { EventSourceMappings = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ EventSourceArn }),
    );
    const read = (Enabled: boolean) =>
      Promise.all(
        EventSourceMappings.map(({ UUID }) =>
          lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled })),
        ),
      );
    const behindOf = async () =>
      Object.fromEntries(
        (await lake.stream('amazon')).consumers.map(({ name, behind }) => [
          name.replace('headwaters-amazon-', ''),
          behind,
        ]),
      );
    const caughtUp = await behindOf();
    const [shard] = (await lake.stream('amazon')).shards;
    await read(false);

    // Records that the stream has already, put once more: a consumer takes them again.
    const StreamName = lake.target.names.stream('amazon');
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId: shard!.id, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 200 }));
    await kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: Records.map(({ Data, PartitionKey }) => ({ Data: Data!, PartitionKey: PartitionKey! })),
      }),
    );

    const { records } = await lake.streamRecords('amazon', shard!.id, { after: shard!.bronzeUpTo! }, 10_000);
    const watched = new Set(lake.studies.find('amazon').live.map(({ source }) => source));
    const ofViews = records.filter(({ source }) => source && watched.has(source)).length;
    assert.ok(ofViews > 0 && ofViews < 200 && records.length === 200, `${ofViews} of ${records.length}`);
    assert.deepEqual(caughtUp, { 'bronze-writer': 0, 'hot-aggregator': 0 });
    assert.deepEqual(await behindOf(), { 'bronze-writer': records.length, 'hot-aggregator': ofViews });
    await read(true);
  });

  test('it is asked, traced, watched and transacted with from the command line of the caller', async () => {
    const asked = await hw(
      'query',
      'select count(*) as sales from amazon_gold.fact_sales',
      '--format',
      'json',
    );
    const [{ event_id: id }] = JSON.parse(
      (await hw('query', 'select event_id from amazon_bronze.records limit 1', '--format', 'json')).stdout,
    );
    const traced = await hw('trace', id, '--study', 'amazon', '--json');
    const status = JSON.parse((await hw('status', '--json')).stdout);
    const live = JSON.parse((await hw('live', 'amazon', '--json')).stdout);
    const stock = { delivery_id: 'd1', product_id: 'p1', warehouse_id: 'w1', quantity: 5 };
    const transacted = await hw('transact', 'amazon', 'receive-stock', JSON.stringify(stock));

    assert.ok(Number(JSON.parse(asked.stdout)[0].sales) > 0, asked.stdout);
    assert.equal(JSON.parse(traced.stdout).layers[0].layer, 'bronze');
    assert.equal(status.endpoint, 'account 000000000000, us-east-1');
    assert.deepEqual(
      status.studies.map(({ study, runs }: { study: string; runs: object[] }) => [study, runs.length]),
      [['amazon', 2]],
    );
    assert.ok(live.some(({ events }: { events: number }) => events > 0));
    assert.equal(transacted.code, 0, transacted.stderr);
  });

  test('what the target cannot do is refused by name', async () => {
    const lake = await open(await aws({ scratchDir: outside }));

    await assert.rejects(lake.deploy(), /The target aws cannot deploy/);
    await assert.rejects(
      lake.drain(),
      /The target aws cannot tell when everything that was ever sent is in bronze/,
    );
    const engine = await hw('query', 'select 1', '--athena', 'duckdb');
    assert.equal(engine.code, 2);
    assert.match(engine.stderr, /--athena has no meaning for the target aws/);
  });

  test('a lake that is not deployed is missed by its name', async () => {
    await assert.rejects(
      aws({ prefix: 'elsewhere', scratchDir: outside }),
      /No stack ElsewhereLake is deployed in us-east-1\. Deploy it with: npx cdk deploy/,
    );
  });

  test('on the target endpoint the local cloud is known by its URL: it deploys and moves the clock', async () => {
    const lake = await open(await endpoint({ endpoint: url, scratchDir: outside }));

    const deployment = await lake.deploy(['amazon', 'shop']);
    const outcome = await lake.run('shop', { ...input, events: 60, days: 2 });
    assert.deepEqual([deployment.created, deployment.updated, deployment.removed], [0, 0, 0]);
    assert.equal(outcome.pipeline.status, 'SUCCEEDED');
    await assert.rejects(
      endpoint({ endpoint: 'http://127.0.0.1:1', scratchDir: outside }),
      /Nothing at http:\/\/127\.0\.0\.1:1 answers as AWS does/,
    );
  });
});
