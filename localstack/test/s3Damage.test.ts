/** An object whose file was changed, cut or removed is refused by name to every reader; the others are read as before. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type TestContext, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud.ts';
import { DamagedStateError } from '../core/damage.ts';
import { createS3 } from '../services/s3/index.ts';
import { failureOf } from './support/athenaClient.ts';
import { athenaCloud } from './support/athenaCloud.ts';
import { cutTo, flipBit } from './support/stateFiles.ts';

const PART = Buffer.alloc(5 * 1024 * 1024, 'part');

function newStateDir(t: TestContext): string {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-s3-'));
  t.onTestFinished(() => rmSync(stateDir, { recursive: true }));
  return stateDir;
}

/** S3 without other services, stopped after the test. */
async function onlyS3(t: TestContext): Promise<Cloud> {
  const cloud = await startCloud({ stateDir: newStateDir(t), port: 0 }, [createS3]);
  t.onTestFinished(() => cloud.stop());
  return cloud;
}

function replaceBy(file: string, bytes: Buffer): void {
  rmSync(file);
  writeFileSync(file, bytes);
}

/** Every way for an object to come about: key → bytes. */
async function filled(cloud: Cloud): Promise<Map<string, Buffer>> {
  const put = (Key: string, Body: unknown) => cloud.call('s3', 'PutObject', { Bucket: 'lake', Key, Body });
  async function* stream() {
    yield Buffer.from('in ');
    yield Buffer.from('pieces');
  }
  await cloud.call('s3', 'CreateBucket', { Bucket: 'lake' });
  await put('buffer.txt', Buffer.from('in one piece'));
  await put('stream', stream());
  await cloud.call('s3', 'CopyObject', {
    Bucket: 'lake',
    Key: 'copy.ndjson.gz',
    CopySource: 'lake/buffer.txt',
  });
  const upload = { Bucket: 'lake', Key: 'parts.bin' };
  const { UploadId } = await cloud.call('s3', 'CreateMultipartUpload', upload);
  const Parts = [];
  for (const [index, Body] of [PART, Buffer.from('end')].entries()) {
    const { ETag } = await cloud.call('s3', 'UploadPart', {
      ...upload,
      UploadId,
      PartNumber: index + 1,
      Body,
    });
    Parts.push({ ETag, PartNumber: index + 1 });
  }
  await cloud.call('s3', 'CompleteMultipartUpload', { ...upload, UploadId, MultipartUpload: { Parts } });
  return new Map([
    ['buffer.txt', Buffer.from('in one piece')],
    ['stream', Buffer.from('in pieces')],
    ['copy.ndjson.gz', Buffer.from('in one piece')],
    ['parts.bin', Buffer.concat([PART, Buffer.from('end')])],
  ]);
}

const get = async (cloud: Cloud, Key: string, Range?: string): Promise<Buffer> =>
  (await cloud.call('s3', 'GetObject', { Bucket: 'lake', Key, Range })).Body;

const fileOf = async (cloud: Cloud, Key: string): Promise<string> =>
  (await cloud.call('s3', 'GetObject', { Bucket: 'lake', Key, BodyAsFile: true })).Body.path;

const harms: Record<string, (file: string) => void> = {
  flipped: (file) => flipBit(file, 3, 5),
  'cut short': (file) => cutTo(file, 4),
  emptied: (file) => cutTo(file, 0),
  removed: (file) => rmSync(file),
};

const names = (file: string, key: string) => (error: unknown) => {
  assert.ok(error instanceof DamagedStateError, String(error));
  assert.equal(error.file, file);
  assert.match(error.message, new RegExp(`it is s3://lake/${key}; .*delete the object`));
  return true;
};

for (const [what, harm] of Object.entries(harms))
  test(`an object whose file was ${what} is refused by name, whole or in part, before and after a restart`, async (t) => {
    const stateDir = newStateDir(t);
    const cloud = await startCloud({ stateDir, port: 0 }, [createS3]);
    const objects = await filled(cloud);
    for (const [key, bytes] of objects) assert.deepEqual(await get(cloud, key), bytes);
    const harmed = ['stream', 'copy.ndjson.gz', 'parts.bin'];
    const files = await Promise.all(harmed.map((key) => fileOf(cloud, key)));
    // A copy may share its source's file.
    for (const file of files) replaceBy(file, readFileSync(file));
    for (const file of files) harm(file);

    for (const [index, key] of harmed.entries()) {
      await assert.rejects(get(cloud, key), names(files[index]!, key));
      await assert.rejects(get(cloud, key, 'bytes=5-6'), names(files[index]!, key));
      const copying = cloud.call('s3', 'CopyObject', { Bucket: 'lake', Key: 'x', CopySource: `lake/${key}` });
      await assert.rejects(copying, names(files[index]!, key));
    }
    await cloud.stop();
    const restarted = await startCloud({ stateDir, port: 0 }, [createS3]);
    for (const [index, key] of harmed.entries())
      await assert.rejects(get(restarted, key), names(files[index]!, key));
    assert.deepEqual(await get(restarted, 'buffer.txt'), objects.get('buffer.txt'));
    await restarted.stop();
  });

test('over HTTP the refusal is a 500 that names the file, and not a body that breaks off', async (t) => {
  const cloud = await onlyS3(t);
  await filled(cloud);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const { endpoint } = cloud;
  const s3 = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  t.onTestFinished(() => s3.destroy());
  const file = await fileOf(cloud, 'parts.bin');
  flipBit(file, 5 * 1024 * 1024 + 1);

  const reading = s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'parts.bin' }));

  await assert.rejects(reading, (error: Error & { $metadata: { httpStatusCode: number } }) => {
    assert.equal(error.$metadata.httpStatusCode, 500);
    assert.ok(error.message.includes(`The state file ${file} is damaged`), error.message);
    return true;
  });
});

test('an object that is changed after it was read is found when the state is checked, unless it is gone', async (t) => {
  const cloud = await onlyS3(t);
  await filled(cloud);
  const [kept, deleted] = [await fileOf(cloud, 'buffer.txt'), await fileOf(cloud, 'stream')];
  const check = async () => {
    const answer = await fetch(`${cloud.endpoint}/_headwaters/state`);
    return { status: answer.status, text: await answer.text() };
  };
  await cloud.call('s3', 'DeleteObject', { Bucket: 'lake', Key: 'stream' });
  assert.equal((await check()).status, 200, deleted);
  await get(cloud, 'buffer.txt');

  flipBit(kept, 1);

  const { status, text } = await check();
  assert.equal(status, 500);
  assert.ok(text.includes(`The state file ${kept} is damaged`), text);
});

test('a part that is damaged before its upload is completed is refused by name', async (t) => {
  const cloud = await onlyS3(t);
  await cloud.call('s3', 'CreateBucket', { Bucket: 'lake' });
  const upload = { Bucket: 'lake', Key: 'parts.bin' };
  const { UploadId } = await cloud.call('s3', 'CreateMultipartUpload', upload);
  const Body = Buffer.from('only part');
  const { ETag } = await cloud.call('s3', 'UploadPart', { ...upload, UploadId, PartNumber: 1, Body });
  const blobs = join(cloud.context.stateDir, 's3', 'blobs');
  const [file] = readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  flipBit(join(file!.parentPath, file!.name), 2);

  const completing = cloud.call('s3', 'CompleteMultipartUpload', {
    ...upload,
    UploadId,
    MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
  });

  await assert.rejects(completing, /part 1 of an upload of s3:\/\/lake\/parts\.bin/);
});

/** The file of an object under a prefix. */
async function fileUnder(cloud: Cloud, Prefix: string, suffix: string): Promise<string> {
  const { Contents } = await cloud.call('s3', 'ListObjectsV2', { Bucket: 'lake', Prefix });
  const keys: string[] = Contents.map(({ Key }: { Key: string }) => Key);
  return fileOf(cloud, keys.findLast((key) => key.endsWith(suffix))!);
}

test('a query that reads a damaged file fails and names it: data of both kinds of tables, and the metadata of Iceberg', async (t) => {
  const lake = await athenaCloud(t);
  await lake.put('lines/a.json', '{"id":1}\n{"id":2}\n');
  await lake.run(
    "CREATE EXTERNAL TABLE lines (id int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/lines/'",
  );
  await lake.run(
    "CREATE TABLE ice (a int) LOCATION 's3://lake/ice/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
  );
  await lake.run('INSERT INTO ice VALUES (1), (2)');
  // Metadata that was read is remembered.
  const cloud = await lake.cloud.restarted();
  const athena = new AthenaClient(cloud.client);
  t.onTestFinished(() => athena.destroy());

  for (const [table, prefix, suffix] of [
    ['ice', 'ice/metadata/', '.metadata.json'],
    ['ice', 'ice/metadata/', '.avro'],
    ['ice', 'ice/data/', '.parquet'],
    ['lines', 'lines/', '.json'],
  ]) {
    const file = await fileUnder(cloud, prefix!, suffix!);
    flipBit(file, 5, 3);

    const reason = await failureOf(
      athena,
      `SELECT sum(length(cast(${table === 'ice' ? 'a' : 'id'} AS varchar))) FROM ${table}`,
      {
        QueryExecutionContext: { Database: 'shop' },
      },
    );

    assert.ok(reason.includes(`The state file ${file} is damaged`), reason);
    flipBit(file, 5, 3);
  }
});
