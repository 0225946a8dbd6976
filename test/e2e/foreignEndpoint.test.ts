/** A lake on somebody else's local cloud, with Athena, Glue, Step Functions and DynamoDB of ours next to it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAthena } from '@headwaters/localstack/athena';
import { type TestContext, test } from 'vitest';
import { openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { endpoint } from '../../lake/targets/endpoint.ts';
import { connect } from '../../lake/targets/localCloud.ts';
import { startHeadwaters } from '../support/commandLine.ts';
import { startFaultyProxy } from '../targets/faultyProxy.ts';
import { runSuite } from '../targets/suite.ts';

const studies = studiesOf(['test/chaos/studies']);

/** A local cloud that does not say that it is ours: its own operations are not asked of it. */
async function startForeign(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-foreign-'));
  const cloud = await embedded({ stateDir: folder, port: 0 });
  const proxy = await startFaultyProxy(cloud.place, {
    answer: ({ path }, answer) => (path === '/_localstack/health' ? Buffer.from('{"services":{}}') : answer),
  });
  t.onTestFinished(async () => {
    await proxy.stop();
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, url: proxy.url, advance: connect(cloud.place, true).advanceClock };
}

test('the suite passes where most services are theirs and the others are served by headwaters athena', async (t) => {
  const { folder, url, advance } = await startForeign(t);
  const server = startHeadwaters(
    ['athena', '--s3', url, '--lambda', url, '--port', '0', '--state', join(folder, 'server')],
    { env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } },
  );
  const [, ours] = await server.shows(/Glue, Athena, Step Functions and DynamoDB serve at (http:\S+)/);
  const endpoints = Object.fromEntries(
    ['ATHENA', 'DYNAMODB', 'GLUE', 'SFN'].map((service) => [service, ours!]),
  );
  const target = await endpoint({ endpoint: url, endpoints, scratchDir: folder });
  const lake = openLake(target, { studies });
  t.onTestFinished(async () => {
    await lake.close();
    server.kill('SIGTERM');
    await server.ended;
  });
  const problems: [string, string][] = [];

  await runSuite(
    lake,
    {
      study: 'shop',
      events: 200,
      seed: 7,
      // Time passes there on its own; here it passes when the caller has to wait for a batch window.
      onProgress: (progress) => {
        if (progress.kind === 'at' && /on (their|its) way/.test(progress.detail)) void advance(61);
      },
    },
    (check, problem) => {
      if (problem !== undefined) problems.push([check, problem]);
    },
  );

  assert.deepEqual(problems, []);
  assert.equal(lake.target.localCloud, undefined);
  const again = await lake.deploy(['shop']);
  assert.deepEqual([again.created, again.removed], [0, 0]);
});

test('services apart at two endpoints, at one that is not ours, or at one that deploys nothing, are refused with what to do', async (t) => {
  const { folder, url } = await startForeign(t);
  const open = async (endpoints: Readonly<Record<string, string>>) =>
    openLake(await endpoint({ endpoint: url, endpoints, scratchDir: folder }), { studies });
  const two = await open({ ATHENA: 'http://127.0.0.1:1', GLUE: 'http://127.0.0.1:2' });
  const stateDir = join(folder, 'only-athena');
  const onlyAthena = await startAthena({ stateDir, port: 0, s3Endpoint: url });
  t.onTestFinished(() => onlyAthena.stop());
  const without = await open({ ATHENA: onlyAthena.endpoint, GLUE: onlyAthena.endpoint });
  const foreign = await open({ ATHENA: 'http://127.0.0.1:1', GLUE: 'http://127.0.0.1:1' });

  await assert.rejects(two.deploy(['shop']), /2 endpoints: .*Give all AWS_ENDPOINT_URL_… the same URL/);
  await assert.rejects(
    foreign.deploy(['shop']),
    /http:\/\/127\.0\.0\.1:1 \(AWS_ENDPOINT_URL_ATHENA\) is not a local cloud of Headwaters.*headwaters athena --s3 URL --lambda URL/,
  );
  await assert.rejects(
    without.deploy(['shop']),
    /only serves Glue and Athena, and deploys nothing\. Start it with --lambda, too/,
  );
});
