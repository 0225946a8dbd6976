/** Keys of silver are kept in few files, whatever dies in between, and can be made again from those next to bronze. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { storedKeys } from '../../lib/model/run/keys/keyIndex.ts';
import {
  createKeyCollector,
  decodeSegment,
  encodeSegment,
  type KeySegment,
} from '../../lib/model/run/keys/keySegment.ts';
import type { StoredKeys } from '../../lib/model/run/keys/storedKeys.ts';
import { type ObjectStore, takeKeys } from './keyStore.ts';

function memoryStore() {
  const objects = new Map<string, Uint8Array>();
  const read = { bytes: 0, requests: 0 };
  const store: ObjectStore = {
    async get(key, range) {
      const bytes = range ? objects.get(key)?.subarray(...range) : objects.get(key);
      read.requests++;
      read.bytes += bytes?.length ?? 0;
      return bytes;
    },
    put: async (key, body) => void objects.set(key, Buffer.from(body as string)),
    remove: async (keys) => {
      for (const key of keys) objects.delete(key);
    },
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
  };
  const indexFiles = () => [...objects.keys()].filter((key) => /^index\/.*\.keys$/.test(key)).sort();
  return { objects, store, indexFiles, read };
}

/** The file of an object's keys; gives its key. */
function land({ objects }: ReturnType<typeof memoryStore>, name: string, hashes: readonly number[]): string {
  const collector = createKeyCollector();
  for (const hash of hashes) collector.add('orders@event', '2024-12-01', hash);
  const key = `keys/study=shop/stream=events/dt=2024-12-01/hour=10/${name}.keys`;
  objects.set(key, encodeSegment(collector.segment([1, 2])));
  return key;
}

const hashesOf = (segments: readonly KeySegment[]) =>
  segments.flatMap(({ lists }) => lists.flatMap(({ hashes }) => [...hashes])).sort((a, b) => a - b);

async function storedHashes(segments: readonly StoredKeys[]): Promise<number[]> {
  const lists = await Promise.all(segments.flatMap(({ lists }) => lists.map((list) => list.all())));
  return lists.flatMap((hashes) => [...hashes]).sort((a, b) => a - b);
}

const layout = {
  layout: 'one',
  keysOfObject(): KeySegment {
    throw new Error('The objects are not read.');
  },
};

const take = (
  lake: ReturnType<typeof memoryStore>,
  runId: string,
  attempt: number,
  files: readonly string[],
) => takeKeys(lake.store, 'shop', { runId, attempt }, files, layout);

test('A run is given its own keys, copies included, and those of every run before', async () => {
  const lake = memoryStore();
  await take(lake, 'r1', 1, [land(lake, 'a', [1, 2])]);

  const { own, stored, arrived } = await take(lake, 'r2', 1, [land(lake, 'b', [2, 3]), land(lake, 'c', [3])]);

  assert.deepEqual(hashesOf([own]), [2, 3, 3]);
  assert.deepEqual(await storedHashes(stored), [1, 2]);
  assert.deepEqual(arrived, [
    [1, 2],
    [1, 2],
  ]);
});

test('A run that is taken up again does not find its own keys as stored, and those of objects that came meanwhile are kept', async () => {
  const lake = memoryStore();
  await take(lake, 'r1', 1, [land(lake, 'a', [1])]);
  const b = land(lake, 'b', [2]);
  await take(lake, 'r2', 1, [b]);

  const again = await take(lake, 'r2', 2, [b, land(lake, 'c', [3])]);
  const before = await storedHashes(again.stored);
  const next = await take(lake, 'r3', 1, [land(lake, 'd', [4])]);

  assert.deepEqual(before, [1]);
  assert.deepEqual(hashesOf([again.own]), [2, 3]);
  assert.deepEqual(await storedHashes(next.stored), [1, 2, 3]);
});

test('The step repeated is the same', async () => {
  const lake = memoryStore();
  await take(lake, 'r1', 1, [land(lake, 'a', [1])]);
  const file = land(lake, 'b', [2]);
  const first = await take(lake, 'r2', 1, [file]);

  const second = await take(lake, 'r2', 1, [file]);

  assert.deepEqual([second.own, second.arrived], [first.own, first.arrived]);
  assert.deepEqual(await storedHashes(second.stored), [1]);
});

test('After a thousand runs there are a few files, which hold every key once', async () => {
  const lake = memoryStore();
  let most = 0;
  for (let run = 0; run < 1000; run++) {
    await take(lake, `r${run}`, 1, [land(lake, String(run), [run, run + 1])]);
    most = Math.max(most, lake.indexFiles().length);
  }

  const files = lake.indexFiles().map((key) => decodeSegment(lake.objects.get(key)!));
  const distinct = new Set(hashesOf(files));
  assert.ok(most <= 14, `${most} files`);
  assert.equal(distinct.size, 1001);
  assert.ok(hashesOf(files).length < 1100, `${hashesOf(files).length} keys are kept for 1001`);
});

test('Without its manifest the index is made again from the keys that are next to bronze', async () => {
  const lake = memoryStore();
  await take(lake, 'r1', 1, [land(lake, 'a', [1])]);
  await take(lake, 'r2', 1, [land(lake, 'b', [2])]);
  for (const key of await lake.store.list('index/')) lake.objects.delete(key);

  const { stored } = await take(lake, 'r3', 1, [land(lake, 'c', [3])]);

  assert.deepEqual(await storedHashes(stored), [1, 2]);
});

test('A bronze object without its keys fails the plan, and names the file', async () => {
  const lake = memoryStore();

  await assert.rejects(
    take(lake, 'r1', 1, ['keys/study=shop/gone.keys']),
    /keys\/study=shop\/gone\.keys is missing/,
  );
});

test('A run looks its keys up in a block each, however many keys are stored, and finds the one that came before', async () => {
  const stored = Array.from({ length: 1_000_000 }, (_, at) => at * 1_000_000);
  const lake = memoryStore();
  await take(lake, 'r1', 1, [land(lake, 'a', stored)]);
  const files = [land(lake, 'b', [999_999_000_000, 5, 123_456_000_001])];
  Object.assign(lake.read, { bytes: 0, requests: 0 });

  const { own, stored: before } = await take(lake, 'r2', 1, files);
  const found = await storedKeys({ own, stored: before }, 'orders@event');

  assert.deepEqual(found?.periods, ['2024-12-01']);
  assert.ok(lake.read.bytes < 100_000, `${lake.read.bytes} bytes are read to look three keys up`);
  assert.ok(lake.read.requests < 10, `${lake.read.requests} requests`);
});

/** Stores bronze objects for files of keys; gives what reads a key from each. */
function keysByBody(lake: ReturnType<typeof memoryStore>, hashes: Readonly<Record<string, number>>) {
  for (const key of Object.keys(hashes))
    lake.objects.set(key.replace(/^keys/, 'bronze').replace(/keys$/, 'ndjson.gz'), Buffer.from(key));
  return (body: Uint8Array) => {
    const collector = createKeyCollector();
    collector.add('orders@event', '2024-12-01', hashes[Buffer.from(body).toString()] as number);
    return collector.segment([1, 2]);
  };
}

test('Keys of another layout are made again from the bronze objects, those of the run included', async () => {
  const lake = memoryStore();
  const first = land(lake, 'a', [1]);
  await take(lake, 'r1', 1, [first]);
  const second = land(lake, 'b', [2]);
  const keysOfObject = keysByBody(lake, { [first]: 11, [second]: 12 });

  const run = { runId: 'r2', attempt: 1 };
  const { own, stored } = await takeKeys(lake.store, 'shop', run, [second], { layout: 'two', keysOfObject });
  const again = await takeKeys(lake.store, 'shop', { ...run, attempt: 2 }, [second], {
    ...layout,
    layout: 'two',
  });

  assert.deepEqual([hashesOf([own]), await storedHashes(stored)], [[12], [11]]);
  assert.deepEqual([hashesOf([again.own]), await storedHashes(again.stored)], [[12], [11]]);
});

test('Keys of another layout are made again, too, where the run brings every object there is', async () => {
  const lake = memoryStore();
  const files = [land(lake, 'a', [1]), land(lake, 'b', [2])];
  await take(lake, 'r1', 1, files);
  const keysOfObject = keysByBody(lake, { [files[0]!]: 11, [files[1]!]: 12 });

  const { own } = await takeKeys(lake.store, 'shop', { runId: 'r2', attempt: 1 }, files, {
    layout: 'two',
    keysOfObject,
  });

  assert.deepEqual(hashesOf([own]), [11, 12]);
});
