/** Only Glue and Athena, next to an S3 that is somebody else's (here: another local cloud's, over HTTP). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startAthena } from '@headwaters/localstack/athena';
import { test } from 'vitest';
import { run } from '../../localstack/test/support/athenaClient.ts';
import { localCloud } from '../../localstack/test/support/localCloud.ts';
import { headwaters, startHeadwaters } from '../support/commandLine.ts';

test('tables are read from and written to a foreign S3, and other services are refused by name', async (t) => {
  const foreign = await localCloud(t);
  const s3 = new S3Client({ ...foreign.client, forcePathStyle: true });
  t.onTestFinished(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await s3.send(
    new PutObjectCommand({ Bucket: 'lake', Key: 'people/a.json', Body: '{"id":1,"name":"x"}\n' }),
  );
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-athena-'));
  const athenaOnly = await startAthena({
    stateDir,
    port: 0,
    s3Endpoint: foreign.endpoint,
    credentials: foreign.client.credentials,
  });
  t.onTestFinished(async () => {
    await athenaOnly.stop();
    await rm(stateDir, { recursive: true });
  });
  const athena = new AthenaClient({ ...foreign.client, endpoint: athenaOnly.endpoint });
  t.onTestFinished(() => athena.destroy());
  const ask = (sql: string) =>
    run(athena, sql, { WorkGroup: 'primary', ResultConfiguration: { OutputLocation: 's3://lake/results/' } });

  await ask('CREATE DATABASE shop');
  await ask(`CREATE EXTERNAL TABLE shop.people (id bigint, name string)
    ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION 's3://lake/people/'`);
  await ask(
    `CREATE TABLE shop.copies WITH (table_type = 'ICEBERG', location = 's3://lake/copies/') AS SELECT * FROM shop.people`,
  );
  await ask(`INSERT INTO shop.copies VALUES (2, 'y')`);
  const answer = await ask('SELECT id, name FROM shop.copies ORDER BY id');

  assert.deepEqual(answer.rows, [
    ['1', 'x'],
    ['2', 'y'],
  ]);
  const { Contents } = await s3.send(
    new ListObjectsV2Command({ Bucket: 'lake', Prefix: 'copies/metadata/' }),
  );
  assert.ok((Contents ?? []).some((object) => object.Key?.endsWith('.metadata.json')));
  await assert.rejects(athenaOnly.call('kinesis', 'ListStreams', {}), { code: 'NotImplementedException' });
});

test('headwaters athena serves both next to a foreign S3, with the credentials of the environment', async (t) => {
  const foreign = await localCloud(t);
  await foreign.call('s3', 'CreateBucket', { Bucket: 'lake' });
  const state = await mkdtemp(join(tmpdir(), 'headwaters-athena-'));
  const athenaOnly = startHeadwaters(['athena', '--s3', foreign.endpoint, '--port', '0', '--state', state], {
    env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  t.onTestFinished(async () => {
    athenaOnly.kill('SIGTERM');
    await athenaOnly.ended;
    await rm(state, { recursive: true });
  });
  const [, endpoint] = await athenaOnly.shows(/serve at (http:\S+)/);
  const athena = new AthenaClient({ ...foreign.client, endpoint: endpoint! });
  t.onTestFinished(() => athena.destroy());

  const answer = await run(athena, 'SELECT 1', {
    WorkGroup: 'primary',
    ResultConfiguration: { OutputLocation: 's3://lake/results/' },
  });

  assert.deepEqual(answer.rows, [['1']]);
  const { Contents } = await foreign.call('s3', 'ListObjectsV2', { Bucket: 'lake', Prefix: 'results/' });
  assert.equal(Contents.length, 2);
});

test('headwaters athena is known to query and down by its state folder, and checks its S3 when it starts', async (t) => {
  const foreign = await localCloud(t);
  const home = await mkdtemp(join(tmpdir(), 'headwaters-athena-'));
  t.onTestFinished(() => rm(home, { recursive: true }));
  const state = ['--state', home];
  const env = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const athenaOnly = startHeadwaters(['athena', '--s3', foreign.endpoint, '--port', '0', ...state], { env });
  const [, endpoint] = await athenaOnly.shows(/serve at (http:\S+)/);

  const asked = await headwaters(['query', 'select 1', ...state]);
  const down = await headwaters(['down', ...state]);
  await athenaOnly.ended;
  const unreachable = await startHeadwaters(
    ['athena', '--s3', 'http://127.0.0.1:1', '--port', '0', ...state],
    { env },
  ).ended;

  assert.match(
    asked.stderr,
    new RegExp(`only Glue and Athena run at ${endpoint}.*aws athena start-query-execution`),
  );
  assert.match(down.stdout, new RegExp(`^Stopped the local cloud at ${endpoint}\\.`));
  assert.equal(unreachable.code, 1);
  assert.match(
    unreachable.stderr,
    /^error: http:\/\/127\.0\.0\.1:1 does not list its buckets: .*Check --s3 and the credentials\.\n$/,
  );
});
