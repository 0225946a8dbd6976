import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { parseContract } from '../contract/contract.ts';
import { shopFiles } from '../testing/fixture.ts';
import { type BronzeLine, encodeLine, objectKey, placeOf, quarantineKey, quarantineLine } from './bronze.ts';
import { createRecordMaker } from './bronzeRecord.ts';

const toRecord = createRecordMaker({
  sources: [parseContract(shopFiles['sources/orders.yaml'] as string, 'shop/sources/orders.yaml', 'shop')],
});
const judge = (record: Parameters<typeof toRecord>[0]) => toRecord(record).line;
const record = (text: string) => ({
  stream: 'events',
  shard: 'shardId-000000000000',
  sequenceNumber: '49',
  arrivedAtMs: Date.UTC(2024, 11, 1, 23, 59, 59, 999),
  partitionKey: 'k',
  bytes: Buffer.from(text),
});
const event = (type: string, data: string) =>
  `{"specversion":"1.0","id":"1","source":"s","type":"${type}","time":"2024-12-01T10:00:00Z","data":${data}}`;

test('a valid record becomes a line with the payload’s own text', () => {
  const data = '{"order_id":"a","amount":1.50,"placed_at":"2024-12-01T10:00:00Z"}';

  const line = judge(record(event('shop.orders', data)));

  assert.equal(line.verdict, 'valid');
  assert.equal(line.source, 'orders');
  assert.equal(line.data, data);
  assert.equal(line.arrived_at, '2024-12-01T23:59:59.999Z');
  assert.equal(line.raw_base64, undefined);
});

test('a record that breaks its contract keeps its payload and tells rule and place', () => {
  const line = judge(
    record(event('shop.orders', '{"order_id":"a","amount":-1,"placed_at":"2024-12-01T10:00:00Z"}')),
  );

  assert.deepEqual(
    [line.verdict, line.rule, line.rule_path, line.source],
    ['refused', 'minimum', '/amount', 'orders'],
  );
  assert.equal(line.rule_detail, '/amount is -1; it must be >= 0');
  assert.match(line.data ?? '', /-1/);
});

test('what is said of a refused record is cut to a length that a line may have, between characters', () => {
  const line = judge(record(event(`${'x'.repeat(490)}😀😀`, '{}')));

  assert.equal(line.rule, 'unknown-type');
  assert.equal(line.rule_detail?.length, 500);
  assert.equal(line.rule_detail?.isWellFormed(), true);
});

test('an event of a type that no contract names is refused without a source', () => {
  const line = judge(record(event('shop.unheard', '{}')));

  assert.deepEqual(
    [line.verdict, line.rule, line.rule_path, line.source],
    ['refused', 'unknown-type', '/type', undefined],
  );
});

test('bytes that hold no object are kept as base64', () => {
  const line = judge(record('\u0000 what?'));

  assert.equal(line.rule, 'undecodable');
  assert.equal(Buffer.from(line.raw_base64 ?? '', 'base64').toString(), '\u0000 what?');
  assert.equal(line.data, undefined);
});

test('quarantine keeps the bytes of every refused record', () => {
  const { bytes, ...rest } = record(event('shop.unheard', '{}'));

  const line = quarantineLine(judge({ ...rest, bytes }), bytes);

  assert.equal(Buffer.from(line.raw_base64 ?? '', 'base64').toString(), bytes.toString());
});

const text = fc.string({ unit: 'grapheme' });
const lines: fc.Arbitrary<BronzeLine> = fc.record(
  {
    stream: fc.constant('events'),
    shard: text,
    sequence_number: text,
    arrived_at: text,
    partition_key: text,
    source: text,
    verdict: fc.constantFrom('valid', 'refused'),
    rule: text,
    rule_path: text,
    event_id: text,
    data: text,
  },
  { requiredKeys: ['stream', 'shard', 'sequence_number', 'arrived_at', 'verdict'] },
);

test('an encoded line is one line of JSON that reads back to the same members, the stream left to the key', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const encoded = encodeLine(line);

      assert.equal(encoded.indexOf('\n'), encoded.length - 1);
      const { stream: _stream, ...members } = line;
      assert.deepEqual(JSON.parse(encoded), JSON.parse(JSON.stringify(members)));
    }),
  );
});

/** The arrival partition of an instant (milliseconds since the epoch). */
function hourOf(ms: number) {
  const iso = new Date(ms).toISOString();
  return { dt: iso.slice(0, 10), hour: iso.slice(11, 13) };
}

test('a key tells the place that it was made from', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('events', 'landing'),
      fc.stringMatching(/^shardId-\d{12}$|^[0-9a-f]{32}$/),
      fc.integer({ min: 0, max: 4e12 }),
      fc.stringMatching(/^\d{1,56}$/),
      fc.stringMatching(/^\d{1,56}$/),
      (stream, shard, ms, first, last) => {
        const place = { study: 'shop', stream, shard, ...hourOf(ms), first, last };

        assert.deepEqual(placeOf(objectKey(place)), place);
        assert.deepEqual(placeOf(quarantineKey(place)), place);
      },
    ),
  );
});

test('another object’s key names no place', () => {
  assert.equal(placeOf('runs/study=shop/run=1/manifest/objects.ndjson'), undefined);
});
