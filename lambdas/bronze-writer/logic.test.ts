/** The hot path keeps every record, in the object of its own arrival hour. */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import type { KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { test } from 'vitest';
import { createRecordMaker } from '../../lib/model/run/bronzeRecord.ts';
import { type BronzeObject, bronzeStudy } from '../shared/bronzeObjects.ts';
import { orderEvent, smallStudy } from '../shared/smallStudy.fixture.ts';
import { layOutBatch, storeInOrder, totalsOf } from './logic.ts';

const judge = createRecordMaker(smallStudy);
const study = bronzeStudy(smallStudy);

/** The shape that Lambda gives: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
const record = (sequenceNumber: string, bytes: string | Uint8Array, arrival = '2024-12-01T10:00:00.000Z') =>
  ({
    eventID: `shardId-000000000003:${sequenceNumber}`,
    kinesis: {
      data: Buffer.from(bytes as string).toString('base64'),
      sequenceNumber,
      partitionKey: 'p',
      approximateArrivalTimestamp: Date.parse(arrival) / 1000,
    },
  }) as unknown as KinesisStreamRecord;

const linesOf = (body: Uint8Array) =>
  gunzipSync(body)
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);

test('A batch that crosses the hour becomes one object per arrival hour, named by its own sequence numbers', () => {
  const records = [
    record('100', orderEvent('a', { order_id: 'a', amount: 1 }), '2024-12-01T10:59:59.900Z'),
    record('101', orderEvent('b', { order_id: 'b', amount: 2 }), '2024-12-01T11:00:00.100Z'),
    record('102', orderEvent('c', { order_id: 'c', amount: 3 }), '2024-12-01T11:00:00.200Z'),
  ];

  const objects = layOutBatch(study, judge, records);

  assert.deepEqual(
    objects.map(({ key }) => key),
    [
      'bronze/study=shop/stream=events/dt=2024-12-01/hour=10/shardId-000000000003-100-100.ndjson.gz',
      'bronze/study=shop/stream=events/dt=2024-12-01/hour=11/shardId-000000000003-101-102.ndjson.gz',
    ],
  );
});

test('A refused record stays in bronze with its rule and is in quarantine with its bytes', () => {
  const poison = Buffer.from([0xff, 0xfe, 0x00]);

  const [object] = layOutBatch(study, judge, [
    record('1', orderEvent('a', { order_id: 'a', amount: -1 })),
    record('2', poison),
    record('3', orderEvent('c', { order_id: 'c', amount: 3 })),
  ]);

  assert.deepEqual(object?.counts, { records: 3, valid: 1, refused: 2, bytes: object?.body.byteLength });
  assert.deepEqual(
    linesOf(object!.body).map(({ verdict, rule }) => [verdict, rule]),
    [
      ['refused', 'minimum'],
      ['refused', 'undecodable'],
      ['valid', undefined],
    ],
  );
  assert.deepEqual(
    linesOf(object!.quarantine!.body).map(({ sequence_number, raw_base64 }) => [
      sequence_number,
      Boolean(raw_base64),
    ]),
    [
      ['1', true],
      ['2', true],
    ],
  );
  assert.equal(linesOf(object!.quarantine!.body)[1]?.raw_base64, poison.toString('base64'));
});

test('Whatever bytes arrive, every record is in exactly one object', () => {
  const arrivals = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2024, 0, 1, 5) });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.json().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(arrivals, bytes), { minLength: 1, maxLength: 50 }), (arrived) => {
      const records = arrived.map(([at, data], index) =>
        record(String(1000 + index), data, new Date(at).toISOString()),
      );

      const objects = layOutBatch(study, judge, records);

      const kept = objects.flatMap(({ body }) => linesOf(body).map((line) => line.sequence_number));
      assert.deepEqual(kept.sort(), records.map(({ kinesis }) => kinesis.sequenceNumber).sort());
      assert.equal(totalsOf(objects).records, records.length);
    }),
    { numRuns: 50 },
  );
});

test('When a later object cannot be stored, the batch goes on from its first record', async () => {
  const objects = layOutBatch(study, judge, [
    record('1', 'x', '2024-12-01T10:00:00.000Z'),
    record('2', 'x', '2024-12-01T11:00:00.000Z'),
    record('3', 'x', '2024-12-01T12:00:00.000Z'),
  ]);
  const failing = async (object: BronzeObject) => {
    if (object.place.hour === '11') throw new Error('SlowDown');
  };

  const { stored, failure } = await storeInOrder(objects, failing);

  assert.equal(stored.length, 1);
  assert.equal(failure?.sequenceNumber, '2');
});

test('When the first object cannot be stored, the whole batch fails', async () => {
  const objects = layOutBatch(study, judge, [record('1', 'x')]);

  const storing = storeInOrder(objects, () => Promise.reject(new Error('SlowDown')));

  await assert.rejects(storing, /SlowDown/);
});
