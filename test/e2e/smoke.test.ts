/** The smoke test of a lake: on a local cloud of its own, and on the target aws pointed at a local cloud in which another lake lives. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { DescribeStreamSummaryOutput } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import { leftovers } from '../../lake/leftovers.ts';
import type { Progress } from '../../lake/progress.ts';
import { planSmoke, type SmokeOptions, smoke, smokePrefix } from '../../lake/smoke.ts';
import { studiesOf } from '../../lake/studies.ts';
import { aws } from '../../lake/targets/aws.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { connect } from '../../lake/targets/localCloud.ts';
import { studyPrefix } from '../../lib/model/layout.ts';
import { headwaters } from '../support/commandLine.ts';

/** The smallest study. */
const STUDIES = 'test/chaos/studies';
const SHOP = ['--study', 'shop', '--studies', STUDIES] as const;

const ACCOUNT = '000000000000';
const CALLER = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
} as const;

describe('a smoke test on a local cloud of its own', () => {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-smoke-'));
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  test('says what it costs, by service, and creates nothing without --yes', async () => {
    const { code, stdout, stderr } = await headwaters(['smoke', ...SHOP, '--state', state, '--json']);

    const { plan } = JSON.parse(stdout);
    const services = plan.cost.services as { service: string; dollars: number }[];
    assert.equal(code, 2);
    assert.match(stderr, /Nothing was created\. --yes/);
    for (const service of ['Athena', 'Kinesis', 'KMS', 'Lambda', 'S3', 'Step Functions'])
      assert.ok(services.find((one) => one.service === service)!.dollars > 0, service);
    assert.equal(
      plan.cost.dollars,
      services.reduce((sum, { dollars }) => sum + dollars, 0),
    );
    assert.deepEqual(readdirSync(state), []);
  });

  test('feeds 1,000 events, compares the answers with the truth, and leaves nothing', async () => {
    const { code, stdout } = await headwaters(['smoke', ...SHOP, '--yes', '--state', state, '--json']);

    const { passed, findings, pipeline, left, truth } = JSON.parse(stdout);
    assert.deepEqual([code, passed, findings, left], [0, true, [], []]);
    assert.equal(pipeline.output.sheet.total.acknowledged, 1000);
    assert.ok(truth.length > 0);
    assert.deepEqual(readdirSync(state), []);
  });

  test('fails where an answer is not the truth, and says which', async () => {
    const studies = mkdtempSync(join(tmpdir(), 'headwaters-smoke-studies-'));
    cpSync(join(STUDIES, 'shop'), join(studies, 'shop'), { recursive: true });
    const question = join(studies, 'shop', 'queries', 'orders_by_day.sql');
    writeFileSync(question, readFileSync(question, 'utf8').replace('count(*)', 'count(*) + 1'));
    const simulation = join(studies, 'shop', 'simulation.ts');
    writeFileSync(
      simulation,
      readFileSync(simulation, 'utf8').replaceAll(
        /'(\.\.\/)+lib\/simulator\/[\w.]+'/g,
        "'headwaters/simulator'",
      ),
    );

    const { code, stderr } = await headwaters([
      ...['smoke', '--study', 'shop', '--studies', studies, '--events', '50', '--yes', '--state', state],
    ]);
    rmSync(studies, { recursive: true, force: true });

    assert.equal(code, 1);
    assert.match(stderr, /The smoke test failed\.\nThe answer orders_by_day is not the truth: expected/);
    assert.deepEqual(readdirSync(state), []);
  });

  test('fails with the balance sheet where a record is lost on its way, and is taken down all the same', async () => {
    const studies = studiesOf([STUDIES]);
    const lake = openLake(await embedded({ stateDir: join(state, 'lost'), port: 0 }), { studies });
    const { s3, stepFunctions } = lake.target.clients;
    const Bucket = lake.target.names.bucket('lake');
    stepFunctions.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'StartExecutionCommand') {
            const Prefix = studyPrefix('bronze', 'shop');
            const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
            await s3.send(new DeleteObjectCommand({ Bucket, Key: Contents[0]!.Key! }));
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    const plan = await planSmoke(studies, { study: 'shop', prefix: lake.target.names.prefix, events: 50 });

    const tried = await smoke(lake, plan, { keep: false, remedy: 'headwaters teardown' });
    const left = await leftovers(lake.target);
    await lake.close();

    assert.equal(tried.passed, false);
    assert.match(tried.findings.join('\n'), /ended FAILED with OutOfBalance:[\s\S]*lost 50$/);
    assert.deepEqual([tried.left, left], [[], []]);
  });

  test('--keep leaves the lake, and names the command that deletes it', async () => {
    const kept = await headwaters(['smoke', ...SHOP, '--events', '50', '--yes', '--keep', '--state', state]);
    const folder = /down --purge --state (\S+)/.exec(kept.stderr)![1]!;
    const asked = await headwaters([
      ...['query', 'select count(*) as orders from shop_gold.fact_orders', '--format', 'json'],
      ...['--studies', STUDIES, '--state', folder],
    ]);
    const down = await headwaters(['down', '--purge', '--state', folder]);

    assert.equal(kept.code, 0, kept.stderr);
    assert.ok(Number(JSON.parse(asked.stdout)[0].orders) > 0, asked.stderr);
    assert.deepEqual([down.code, existsSync(join(folder, 'cloud'))], [0, false]);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('a smoke test on the target aws', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-smoke-aws-'));
  const studies = studiesOf([STUDIES]);
  const before = { ...process.env };
  let other: Lake;
  let url: string;
  let parameters: Server;

  /** `cdk deploy` asks the Parameter Store for the version of the bootstrap stack: the one service that the local cloud lacks. */
  const serveBootstrapVersion = async () => {
    const server = createServer((_request, answer) => {
      answer.setHeader('content-type', 'application/x-amz-json-1.1');
      answer.end(JSON.stringify({ Parameter: { Name: 'version', Value: '30', Type: 'String' } }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return server;
  };
  const openSmoke = async () =>
    openLake(await aws({ prefix: smokePrefix(), scratchDir: home, mayBeGone: true }), { studies });
  const namesOf = async ({ target }: Lake) =>
    (await leftovers(target)).map(({ kind, name }) => `${kind} ${name}`).sort();
  const logGroups = async (prefix: string) => {
    const client = new CloudWatchLogsClient({});
    const { logGroups: found = [] } = await client.send(
      new DescribeLogGroupsCommand({ logGroupNamePattern: prefix }),
    );
    client.destroy();
    return found.map(({ logGroupName }) => logGroupName);
  };
  const trySmoke = async (lake: Lake, options: Partial<SmokeOptions>) => {
    const { prefix } = lake.target.names;
    const plan = await planSmoke(studies, { study: 'shop', prefix, events: 1000 });
    return smoke(lake, plan, { keep: false, remedy: `headwaters teardown --prefix ${prefix}`, ...options });
  };

  beforeAll(async () => {
    other = openLake(await embedded({ stateDir: join(home, 'state'), port: 0 }), { studies });
    url = other.target.localCloud!.endpoint;
    await other.deploy(['shop']);
    await other.target.clients.s3.send(
      new CreateBucketCommand({ Bucket: `cdk-hnb659fds-assets-${ACCOUNT}-us-east-1` }),
    );
    parameters = await serveBootstrapVersion();
    const { port } = parameters.address() as AddressInfo;
    Object.assign(process.env, CALLER, {
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}`,
    });
  });
  afterAll(async () => {
    process.env = before;
    await other.close();
    parameters.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('deploys with cdk deploy, balances, equals the truth, and leaves nothing but the lake that was there', async () => {
    const lake = await openSmoke();
    const there = await namesOf(other);
    const cloud = connect(url, false);
    let groups: Promise<unknown[]> | undefined;
    const onProgress = (progress: Progress) => {
      // Time passes on AWS on its own; here it passes as soon as the caller has to wait for the batch window.
      if (progress.kind === 'at' && /on (their|its) way/.test(progress.detail)) void cloud.advanceClock(61);
      if (progress.kind === 'began' && progress.title === 'Landing files')
        groups = logGroups(lake.target.names.prefix);
    };

    const { passed, findings, outcome, left } = await trySmoke(lake, { onProgress });

    assert.deepEqual([passed, findings, left], [true, [], []]);
    assert.equal(
      outcome.truth?.every(({ equal }) => equal),
      true,
    );
    assert.ok((await groups)!.length > 0);
    assert.deepEqual(await logGroups(lake.target.names.prefix), []);
    assert.deepEqual(await namesOf(other), there);
    await lake.close();
  });

  test('a table or stream that AWS is deleting, or that went while it was looked at, is not left', async () => {
    const lake = openLake(await aws({ scratchDir: home }), { studies });
    const kinds = async () => new Set((await leftovers(lake.target)).map(({ kind }) => kind));
    const there = await kinds();
    lake.target.clients.kinesis.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        const { StreamDescriptionSummary } = answer.output as DescribeStreamSummaryOutput;
        if (StreamDescriptionSummary) StreamDescriptionSummary.StreamStatus = 'DELETING';
        return answer;
      },
      { step: 'initialize' },
    );
    lake.target.clients.dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName !== 'DescribeTableCommand') return next(args);
          throw Object.assign(new Error('Requested resource not found'), {
            name: 'ResourceNotFoundException',
          });
        },
      { step: 'initialize' },
    );

    const left = await kinds();

    assert.ok(there.has('stream') && there.has('table'));
    assert.deepEqual([left.has('stream'), left.has('table'), left.has('bucket')], [false, false, true]);
    await lake.close();
  });

  test('interrupted while CloudFormation creates stacks, it waits for them and deletes them', async () => {
    const lake = await openSmoke();
    const stop = new AbortController();
    const reason = new Error('Interrupted.');
    const onProgress = ({
      kind,
      title,
    }: Exclude<Progress, { kind: 'note' }> | { kind: 'note'; title?: string }) => {
      if (kind === 'at' && title === 'Deploying the stacks with cdk deploy') stop.abort(reason);
    };

    await assert.rejects(trySmoke(lake, { onProgress, signal: stop.signal }), reason);

    assert.deepEqual(await namesOf(lake), []);
    await lake.close();
  });

  test('a first Ctrl-C takes down what was created, and ends with 130', async () => {
    const args = ['smoke', ...SHOP, '--target', 'aws', '--yes', '--state', join(home, 'caller')];
    const { code, stderr } = await headwaters(args, {
      signal: 'SIGINT',
      when: /✓ Deploying the stacks with cdk deploy/,
    });

    const [, prefix] = /teardown --yes --delete-data (\S+)/.exec(stderr) ?? [];
    const lake = openLake(await aws({ prefix, scratchDir: home, mayBeGone: true }), { studies });
    assert.equal(code, 130, stderr);
    assert.match(stderr, /Interrupted: taking down what was created/);
    assert.deepEqual(await namesOf(lake), []);
    await lake.close();
  });
});
