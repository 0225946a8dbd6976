/** Glue and Athena alone, beside an S3 that is somebody else's (here: another local cloud's, over HTTP). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AthenaClient } from '@aws-sdk/client-athena';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startAthena } from '../../localstack/athena.ts';
import { run } from '../support/athenaClient.ts';
import { startHeadwaters } from '../support/commandLine.ts';
import { localCloud } from '../support/localCloud.ts';

test('tables are read from and written to a foreign S3, and other services are refused by name', async (t) => {
  const foreign = await localCloud(t);
  const s3 = new S3Client({ ...foreign.client, forcePathStyle: true });
  t.after(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await s3.send(
    new PutObjectCommand({ Bucket: 'lake', Key: 'people/a.json', Body: '{"id":1,"name":"x"}\n' }),
  );
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-athena-'));
  const alone = await startAthena({
    stateDir,
    port: 0,
    s3Endpoint: foreign.endpoint,
    credentials: foreign.client.credentials,
  });
  t.after(async () => {
    await alone.stop();
    await rm(stateDir, { recursive: true });
  });
  const athena = new AthenaClient({ ...foreign.client, endpoint: alone.endpoint });
  t.after(() => athena.destroy());
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
  await assert.rejects(alone.call('kinesis', 'ListStreams', {}), { code: 'NotImplementedException' });
});

test('headwaters athena serves both beside a foreign S3, with the credentials of the environment', async (t) => {
  const foreign = await localCloud(t);
  await foreign.call('s3', 'CreateBucket', { Bucket: 'lake' });
  const state = await mkdtemp(join(tmpdir(), 'headwaters-athena-'));
  const alone = startHeadwaters(['athena', '--s3', foreign.endpoint, '--port', '0', '--state', state], {
    env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  t.after(async () => {
    alone.kill('SIGTERM');
    await alone.ended;
    await rm(state, { recursive: true });
  });
  const [, endpoint] = await alone.shows(/serve at (http:\S+)/);
  const athena = new AthenaClient({ ...foreign.client, endpoint: endpoint! });
  t.after(() => athena.destroy());

  const answer = await run(athena, 'SELECT 1', {
    WorkGroup: 'primary',
    ResultConfiguration: { OutputLocation: 's3://lake/results/' },
  });

  assert.deepEqual(answer.rows, [['1']]);
  const { Contents } = await foreign.call('s3', 'ListObjectsV2', { Bucket: 'lake', Prefix: 'results/' });
  assert.equal(Contents.length, 2);
});
