/** Keys of records: hashed, kept in files, and looked up. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { loadStudy } from '../../study/study.ts';
import { withStudy } from '../../testing/fixture.ts';
import { storeFiles } from '../../testing/store.ts';
import { keyHash, sortHashes } from './keyHash.ts';
import { intersect, joinIntervals, periodsOfOwn, periodsSharing, storedKeys } from './keyIndex.ts';
import { addKeys, type KeyedRecord, sourceKeys } from './keyKinds.ts';
import {
  blockKeys,
  createKeyCollector,
  decodeHead,
  decodeSegment,
  distinctSegment,
  encodeSegment,
  hasRepeats,
  type KeySegment,
  mergeSegments,
} from './keySegment.ts';
import { inFile } from './storedKeys.ts';

const study = withStudy('store', storeFiles, loadStudy);
const keys = sourceKeys(study);

const hash = fc.maxSafeNat().map((number) => number % 2 ** 48);
const ascending = (numbers: readonly number[]) => Float64Array.from(numbers).sort();

test('a hash takes 48 bits, and tells keys apart by where their values end', () => {
  const hashes = Array.from({ length: 200_000 }, (_, at) => keyHash(['order', String(at)]));

  assert.ok(hashes.every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 48));
  // Two of n keys are expected to share one of m hashes n²/2m times: 0.00007 here.
  assert.equal(new Set(hashes).size, hashes.length);
  assert.notEqual(keyHash(['ab', 'c']), keyHash(['a', 'bc']));
  assert.notEqual(keyHash(['a']), keyHash(['a', '']));
});

const spreads: Record<string, (at: number) => number> = {
  'evenly spread': (at) => keyHash([String(at)]),
  'that are few, many times each': (at) => keyHash([String(at % 7)]),
  'that begin alike': (at) => keyHash([String(at)]) % 2 ** 20,
  'at both ends': (at) => (at % 2 === 0 ? at : 2 ** 48 - 1 - at),
};

for (const [what, hashAt] of Object.entries(spreads))
  test(`many hashes ${what} are sorted as numbers are`, () => {
    const hashes = Float64Array.from({ length: 20_000 }, (_, at) => hashAt(at));

    assert.deepEqual(sortHashes(hashes.slice()), hashes.toSorted());
  });

const segment: fc.Arbitrary<KeySegment> = fc
  .record({
    from: fc.nat(),
    to: fc.nat(),
    lists: fc.array(
      fc.record({
        kind: fc.constantFrom('a@event', 'a.x'),
        period: fc.constantFrom(null, '', '2024-01-01'),
        hashes: fc.array(hash).map(ascending),
      }),
    ),
  })
  .map((one) => ({
    ...one,
    lists: [...new Map(one.lists.map((list) => [`${list.kind}${list.period}`, { ...list }])).values()],
  }));

test('a file of keys is read as it was written', () => {
  fc.assert(
    fc.property(segment, (one) => {
      assert.deepEqual(decodeSegment(encodeSegment(one)), one);
    }),
  );
});

test('a file that was cut is refused', () => {
  const one: KeySegment = { from: 0, to: 1, lists: [{ kind: 'a.x', period: '', hashes: ascending([1, 2]) }] };

  assert.throws(
    () => decodeSegment(encodeSegment(one).subarray(0, -1)),
    /by its head of \d+ bytes it has \d+/,
  );
});

/** A segment as it is read from its file, range by range. */
function storedFile(one: KeySegment) {
  const file = encodeSegment(one);
  const head = decodeHead(file);
  return inFile(decodeHead(file.subarray(0, head.bytes)), async (from, to) => file.subarray(from, to));
}

test('of a file only the blocks are read in which a key would be, and a key is found exactly when it is there', async () => {
  const lengths = fc.constantFrom(0, 1, 5, blockKeys - 1, blockKeys, blockKeys + 1, 3 * blockKeys + 7);
  const list = fc.record({ length: lengths, step: fc.integer({ min: 1, max: 9 }), first: fc.nat(50) });
  await fc.assert(
    fc.asyncProperty(fc.array(list, { maxLength: 4 }), fc.array(fc.nat(40_000)), async (lists, wanted) => {
      const stored = lists.map(({ length, step, first }, at) => ({
        kind: 'a.x',
        period: String(at),
        hashes: Float64Array.from({ length }, (_, nth) => first + nth * step),
      }));
      const keys = ascending([...new Set(wanted)]);
      const file = storedFile({ from: 0, to: 1, lists: stored });

      const held = await Promise.all(file.lists.map(async (one) => intersect(keys, await one.near(keys))));
      const all = await Promise.all(file.lists.map((one) => one.all()));

      assert.deepEqual(
        held,
        stored.map(({ hashes }) => intersect(keys, hashes)),
      );
      assert.deepEqual(
        all,
        stored.map(({ hashes }) => hashes),
      );
    }),
    { numRuns: 60 },
  );
});

test('merged files hold the keys of each list together, and once when that is asked', () => {
  const list = (...hashes: number[]) => ({ kind: 'a@event', period: '', hashes: ascending(hashes) });
  const merged = mergeSegments([
    { from: 5, to: 6, lists: [list(1, 3)] },
    { from: 2, to: 9, lists: [list(2, 3), { ...list(7), period: null }] },
  ]);
  const before = structuredClone(merged);

  const once = distinctSegment(merged);

  assert.deepEqual([merged.from, merged.to], [2, 9]);
  assert.deepEqual(
    once.lists.map(({ period, hashes }) => [period, [...hashes]]),
    [
      ['', [1, 2, 3]],
      [null, [7]],
    ],
  );
  assert.deepEqual(merged, before);
  assert.equal(hasRepeats(merged.lists), true);
  assert.equal(hasRepeats(once.lists), false);
});

test('two ascending lists have a hash in common exactly when a loop finds one', () => {
  const some = fc.array(fc.nat(60), { maxLength: 30 });
  fc.assert(
    fc.property(some, some, (a, b) => {
      assert.equal(
        intersect(ascending(a), ascending(b)),
        a.some((one) => b.includes(one)),
      );
    }),
    { numRuns: 500 },
  );
});

test('intervals that meet are one, and the nearest are joined when there are too many', () => {
  assert.deepEqual(
    joinIntervals([
      [5, 6],
      [1, 2],
      [2, 4],
    ]),
    [
      [1, 4],
      [5, 6],
    ],
  );
  assert.deepEqual(
    joinIntervals(
      [
        [0, 1],
        [100, 101],
        [3, 4],
      ],
      2,
    ),
    [
      [0, 4],
      [100, 101],
    ],
  );
});

const record = (data: KeyedRecord['data'], more: Partial<KeyedRecord> = {}): KeyedRecord => ({
  eventSource: 's',
  eventId: 'e',
  arrivedAt: '2024-06-01T00:00:00.000Z',
  data,
  ...more,
});

function segmentOf(source: string, ...records: readonly KeyedRecord[]): KeySegment {
  const collector = createKeyCollector();
  for (const one of records) addKeys(keys.get(source)!, one, collector);
  return collector.segment([0, 1]);
}

test('a record’s keys are those by which its table is looked up or joined, in the partition of silver that it is in', () => {
  const of = (source: string, data: KeyedRecord['data'], more?: Partial<KeyedRecord>) =>
    segmentOf(source, record(data, more)).lists.map(({ kind, period }) => [kind, period]);

  assert.deepEqual(
    of('orders', { order_id: 'o', customer_id: 'c', placed_at: '2024-03-31T23:30:00-01:00' }),
    [
      ['orders@event', '2024-04-01'],
      ['orders.customer_id', '2024-04-01'],
      ['orders.order_id', '2024-04-01'],
    ],
  );
  assert.deepEqual(of('lines', { order_id: 'o', line: 1 }, { eventTime: '2024-02-29T10:00' }), [
    ['lines@event', '2024-02-01'],
    ['lines@key', '2024-02-01'],
    ['lines.order_id', '2024-02-01'],
  ]);
  assert.deepEqual(of('lines', { order_id: 'o', line: 1 })[0], ['lines@event', '2024-06-01']);
  assert.deepEqual(of('customers', { customer_id: 'c' }), [
    ['customers@event', '2024-06-01'],
    ['customers.customer_id', '2024-06-01'],
  ]);
  assert.deepEqual(of('orders', { order_id: null, customer_id: 'c', placed_at: null }), [
    ['orders@event', null],
    ['orders.customer_id', null],
  ]);
});

test('a key of another table is found by its value, whatever spells it', async () => {
  const index = {
    own: segmentOf('lines', record({ order_id: 'o2', line: 1 })),
    stored: [
      segmentOf('orders', record({ order_id: 'o1', customer_id: 'c', placed_at: '2024-01-05T00:00:00Z' })),
      segmentOf('orders', record({ order_id: 'o2', customer_id: 'c', placed_at: '2024-02-05T00:00:00Z' })),
    ].map(storedFile),
  };

  assert.deepEqual(await periodsOfOwn(index, 'lines.order_id', 'orders.order_id'), ['2024-02-01']);
  assert.deepEqual(await periodsSharing(index, 'orders.customer_id', ['2024-02-01'], 'orders.customer_id'), [
    '2024-01-01',
    '2024-02-01',
  ]);
  assert.equal(await storedKeys(index, 'lines@event'), undefined);
});
