/** A kill in the middle of writing loses nothing that was acknowledged, and leaves no half of anything. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { test } from 'vitest';
import { startCloud } from '../cloud.ts';
import { cloudToKill } from './support/killedCloud.ts';

const settings = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

const STREAM = 'events';
const SHARD = 'shardId-000000000000';
/** Writes that have been acknowledged when the cloud is killed; others are under way. */
const BEFORE_THE_KILL = 40;

test('records that were acknowledged before a kill are read once each afterwards, in order, and writing goes on', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-kill-'));
  const doomed = await cloudToKill(stateDir);
  const kinesis = new KinesisClient(settings(doomed.endpoint));
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }));
  const acknowledged = new Map<string, string>();
  const enough = Promise.withResolvers<void>();
  const write = async (writer: number) => {
    for (let batch = 0; ; batch++) {
      const texts = Array.from({ length: 20 }, (_, index) => `${writer}/${batch}/${index}`);
      const Records = texts.map((text) => ({ PartitionKey: text, Data: Buffer.from(text) }));
      const answer = await kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
      for (const [index, { SequenceNumber }] of (answer.Records ?? []).entries())
        acknowledged.set(SequenceNumber as string, texts[index] as string);
      if (acknowledged.size > BEFORE_THE_KILL * 20) enough.resolve();
    }
  };

  const writers = [0, 1, 2].map((writer) => write(writer).catch(() => 'cut off'));
  await enough.promise;
  await doomed.kill();
  await Promise.all(writers);
  kinesis.destroy();
  const cloud = await startCloud({ stateDir, port: 0 });
  const more = await cloud.call('kinesis', 'PutRecord', {
    StreamName: STREAM,
    PartitionKey: 'k',
    Data: 'bW9yZQ==',
  });
  let { ShardIterator } = await cloud.call('kinesis', 'GetShardIterator', {
    StreamName: STREAM,
    ShardId: SHARD,
    ShardIteratorType: 'TRIM_HORIZON',
  });
  const read: [string, string][] = [];
  for (let behind = 1; behind > 0 || !read.some(([number]) => number === more.SequenceNumber); ) {
    const page = await cloud.call('kinesis', 'GetRecords', { ShardIterator });
    for (const { SequenceNumber, Data } of page.Records)
      read.push([SequenceNumber, Buffer.from(Data, 'base64').toString()]);
    behind = page.MillisBehindLatest;
    ShardIterator = page.NextShardIterator;
  }
  await cloud.stop();

  const found = new Map(read);
  for (const [number, text] of acknowledged) assert.equal(found.get(number), text);
  assert.equal(found.size, read.length, 'no sequence number twice');
  assert.deepEqual(
    read.map(([number]) => number),
    read.map(([number]) => number).sort(),
  );
  await rm(stateDir, { recursive: true });
});

test('objects that were acknowledged before a kill are whole afterwards, overwritten ones old or new, and no stray file is left', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-kill-'));
  const doomed = await cloudToKill(stateDir);
  const s3 = new S3Client({ ...settings(doomed.endpoint), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  const acknowledged = new Set<string>();
  const enough = Promise.withResolvers<void>();
  const bodyOf = (writer: number, count: number) =>
    Buffer.alloc(writer === 0 ? 2_000_000 : 2000, `${writer}:${count};`);
  const write = async (writer: number) => {
    for (let count = 0; ; count++) {
      const Body = bodyOf(writer, count);
      await s3.send(new PutObjectCommand({ Bucket: 'lake', Key: `new/${writer}/${count}`, Body }));
      await s3.send(new PutObjectCommand({ Bucket: 'lake', Key: `same/${writer}`, Body }));
      acknowledged.add(`new/${writer}/${count}`);
      if (acknowledged.size > BEFORE_THE_KILL) enough.resolve();
    }
  };

  const writers = [0, 1, 2].map((writer) => write(writer).catch(() => 'cut off'));
  await enough.promise;
  await doomed.kill();
  await Promise.all(writers);
  s3.destroy();
  const cloud = await startCloud({ stateDir, port: 0 });
  const { Contents } = await cloud.call('s3', 'ListObjectsV2', { Bucket: 'lake' });
  const bodies = new Map<string, Buffer>();
  for (const { Key } of Contents)
    bodies.set(Key, (await cloud.call('s3', 'GetObject', { Bucket: 'lake', Key })).Body);
  await cloud.stop();

  for (const key of acknowledged) assert.ok(bodies.has(key), `${key} is there`);
  for (const [key, body] of bodies) {
    const [kind, writer, count] = key.split('/');
    const number =
      kind === 'new' ? Number(count) : Number(/^\d+:(\d+);/.exec(body.toString('latin1', 0, 20))?.[1]);
    assert.deepEqual(body, bodyOf(Number(writer), number), key);
  }
  const files = await readdir(join(stateDir, 's3', 'blobs'), { recursive: true, withFileTypes: true });
  assert.equal(files.filter((file) => file.isFile()).length, bodies.size);
  assert.deepEqual(await readdir(join(stateDir, 's3', 'tmp')), []);
  await rm(stateDir, { recursive: true });
});
