/** A shard's files that lost or changed what was acknowledged are refused by name; no sequence number is given out twice. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type TestContext, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud.ts';
import { DamagedStateError } from '../core/damage.ts';
import { createKinesis } from '../services/kinesis/index.ts';
import { openShardLog } from '../services/kinesis/shardLog.ts';
import { cutTo, flipBit, killedImage } from './support/stateFiles.ts';

const STREAM = 'events';
const SHARD = 'shardId-000000000000';
const shardFolder = (stateDir: string) => join(stateDir, 'kinesis', `stream-${STREAM}`, SHARD);
const logOf = (stateDir: string) => join(shardFolder(stateDir), '0000000000000001.log');
const markOf = (stateDir: string) => join(shardFolder(stateDir), 'acknowledged');
const recordOf = (stateDir: string) => join(stateDir, 'kinesis', `stream-${STREAM}`, 'stream.json');
/** An empty segment: its header. */
const HEADER_BYTES = 28;

/** Only Kinesis, stopped after the test. */
async function kinesisOver(t: TestContext, stateDir: string): Promise<Cloud> {
  const cloud = await startCloud({ stateDir, port: 0 }, [createKinesis]);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= cloud.stop());
  t.onTestFinished(stop);
  return { ...cloud, stop };
}

/** The state folder of a killed cloud that acknowledged these records, one request each. */
async function killedAfter(t: TestContext, texts: readonly string[]) {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-kinesis-'));
  const cloud = await kinesisOver(t, stateDir);
  await cloud.call('kinesis', 'CreateStream', { StreamName: STREAM, ShardCount: 1 });
  const numbers = await put(cloud, texts);
  const image = killedImage(stateDir);
  t.onTestFinished(() => {
    for (const folder of [stateDir, image]) rmSync(folder, { recursive: true });
  });
  return { image, numbers, cloud, stateDir };
}

/** Sequence numbers of the records, each put by a request of its own. */
async function put(cloud: Cloud, texts: readonly string[]): Promise<string[]> {
  const numbers: string[] = [];
  for (const text of texts) {
    const Data = Buffer.from(text).toString('base64');
    const { SequenceNumber } = await cloud.call('kinesis', 'PutRecord', {
      StreamName: STREAM,
      PartitionKey: 'k',
      Data,
    });
    numbers.push(SequenceNumber);
  }
  return numbers;
}

async function readAll(cloud: Cloud): Promise<[string, string][]> {
  const { ShardIterator } = await cloud.call('kinesis', 'GetShardIterator', {
    StreamName: STREAM,
    ShardId: SHARD,
    ShardIteratorType: 'TRIM_HORIZON',
  });
  const { Records } = await cloud.call('kinesis', 'GetRecords', { ShardIterator });
  return Records.map(({ SequenceNumber, Data }: { SequenceNumber: string; Data: string }) => [
    SequenceNumber,
    Buffer.from(Data, 'base64').toString(),
  ]);
}

const texts = (count: number, kind = 'record') =>
  Array.from({ length: count }, (_, index) => `${kind} ${index}`);

/** Starting over this folder is refused with an error that names the file. */
async function assertRefused(stateDir: string, file: string): Promise<DamagedStateError> {
  const error = await startCloud({ stateDir, port: 0 }, [createKinesis]).then(
    async (cloud) => {
      await cloud.stop();
      return undefined;
    },
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DamagedStateError, `${file} was taken as it is: ${error}`);
  assert.equal(error.file, file);
  assert.match(error.message, /restore it from a backup, or remove the state folder/);
  return error;
}

test('a log that lost its end is refused with its name and the offset, wherever it was cut', async (t) => {
  const { image } = await killedAfter(t, texts(100));
  const whole = readFileSync(logOf(image));

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (size) => {
      const damaged = killedImage(image);
      cutTo(logOf(damaged), size);

      const { offset } = await assertRefused(damaged, logOf(damaged));

      assert.ok(offset! <= size);
      rmSync(damaged, { recursive: true });
    }),
    { numRuns: 25 },
  );
});

test('one flipped bit in what was acknowledged is refused with the name of the log and the offset', async (t) => {
  const { image } = await killedAfter(t, texts(100));
  const { size } = statSync(logOf(image));

  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: size - 1 }),
      fc.integer({ min: 0, max: 7 }),
      async (at, bit) => {
        const damaged = killedImage(image);
        flipBit(logOf(damaged), at, bit);

        const { offset } = await assertRefused(damaged, logOf(damaged));

        assert.ok(offset! <= at);
        rmSync(damaged, { recursive: true });
      },
    ),
    { numRuns: 25 },
  );
});

test('what a kill left unfinished after the last acknowledged record is cut off, and all that was acknowledged is read', async (t) => {
  const { image, numbers } = await killedAfter(t, texts(20));
  const whole = readFileSync(logOf(image));
  appendFileSync(logOf(image), whole.subarray(HEADER_BYTES, HEADER_BYTES + 15));

  const cloud = await kinesisOver(t, image);

  assert.deepEqual(
    await readAll(cloud),
    numbers.map((number, index) => [number, `record ${index}`]),
  );
  assert.equal(statSync(logOf(image)).size, whole.length);
});

test('after a kill the next sequence number is above every one that may have been given out', async (t) => {
  const { image, cloud: killed } = await killedAfter(t, texts(5));
  const unknown = await put(killed, texts(40, 'after the image was taken'));

  const cloud = await kinesisOver(t, image);
  const [next] = await put(cloud, ['next']);

  assert.ok(next! > unknown.at(-1)!, `${next} was given out before`);
  assert.deepEqual(
    (await readAll(cloud)).map(([, text]) => text),
    [...texts(5), 'next'],
  );
});

test('after a power loss that the disk only kept the first mark of, no sequence number comes again', async (t) => {
  const { image, stateDir, cloud } = await killedAfter(t, []);
  await put(cloud, ['first']);
  const kept = killedImage(stateDir);
  t.onTestFinished(() => rmSync(kept, { recursive: true }));
  const lost = await put(cloud, texts(40));
  mkdirSync(shardFolder(image), { recursive: true });
  copyFileSync(logOf(kept), logOf(image));
  copyFileSync(markOf(kept), markOf(image));

  const [next] = await put(await kinesisOver(t, image), ['next']);

  assert.ok(next! > lost.at(-1)!, `${next} was given out before`);
});

test('sequence numbers go on without a gap when the cloud was stopped in good order', async (t) => {
  const { cloud, stateDir } = await killedAfter(t, texts(3));
  const [before] = await put(cloud, ['before']);
  await cloud.stop();

  const [after] = await put(await kinesisOver(t, stateDir), ['after']);

  assert.equal(BigInt(after!) - BigInt(before!), 1n);
});

for (const [what, fileOf] of [
  ['log', logOf],
  ['mark', markOf],
  ['stream.json', recordOf],
] as const)
  test(`a shard's ${what} that is missing or empty is refused by name`, async (t) => {
    const { image } = await killedAfter(t, texts(3));
    const file = fileOf(image);

    cutTo(file, 0);
    await assertRefused(image, file);
    rmSync(file);
    await assertRefused(image, file);
  });

test('a flipped bit in stream.json is refused by name, and one in the mark changes nothing that is read', async (t) => {
  const { image, numbers } = await killedAfter(t, texts(3));
  const record = recordOf(image);
  flipBit(record, 40);
  await assertRefused(image, record);
  flipBit(record, 40);

  for (const offset of [8, 70]) {
    const damaged = killedImage(image);
    flipBit(markOf(damaged), offset);
    const cloud = await startCloud({ stateDir: damaged, port: 0 }, [createKinesis]);

    assert.deepEqual(
      (await readAll(cloud)).map(([number]) => number),
      numbers,
    );
    await cloud.stop();
    rmSync(damaged, { recursive: true });
  }
});

test('damage while the cloud runs fails the read with the name of the log, and hands out nothing', async (t) => {
  const { cloud, stateDir } = await killedAfter(t, texts(10));
  flipBit(logOf(stateDir), 200);

  await assert.rejects(readAll(cloud), (error: DamagedStateError) => {
    assert.equal(error.code, 'InternalFailure');
    assert.equal(error.file, logOf(stateDir));
    return true;
  });
});

test('files of a stream that are cut or removed while the cloud runs are found when its state is checked', async (t) => {
  for (const [file, harm] of [
    [logOf, (path: string) => cutTo(path, 100)],
    [markOf, (path: string) => rmSync(path)],
    [recordOf, (path: string) => rmSync(path)],
  ] as const) {
    const { cloud, stateDir } = await killedAfter(t, texts(10));
    const path = file(stateDir);

    harm(path);

    const answer = await fetch(`${cloud.endpoint}/_headwaters/state`);
    assert.equal(answer.status, 500);
    assert.ok((await answer.text()).includes(`The state file ${path} is damaged`), path);
  }
});

test('a sealed segment that was cut, changed or removed is refused by name', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-shard-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = openShardLog(folder, 10_000);
  const Data = Buffer.alloc(1000, 'x').toString('base64');
  for (let count = 0; count < 15; count++) log.append([{ PartitionKey: 'k', Data }], count);
  log.close();
  const sealed = join(folder, '0000000000000001.log');
  const whole = readFileSync(sealed);
  const namesIt = (error: unknown) => error instanceof DamagedStateError && error.file === sealed;

  cutTo(sealed, whole.length - 1);
  assert.throws(() => openShardLog(folder), namesIt);
  rmSync(sealed);
  assert.throws(() => openShardLog(folder), namesIt);
  appendFileSync(sealed, whole);
  flipBit(sealed, 5000);
  const damaged = openShardLog(folder);
  assert.throws(() => damaged.read(1, 100, 1e9, 0), namesIt);
  damaged.close();
});
