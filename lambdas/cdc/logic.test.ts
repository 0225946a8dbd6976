/** Changes of the store become events of their sources; the batch goes on from the first that the stream did not take. */
import assert from 'node:assert/strict';
import type { DynamoDBRecord } from 'aws-lambda';
import { test } from 'vitest';
import type { OltpDesign } from '../../lib/model/study/oltp.ts';
import { ordersContract } from '../shared/smallStudy.fixture.ts';
import { captureChanges, firstNotStored } from './logic.ts';

const design: OltpDesign = {
  study: 'shop',
  entities: { order: { description: 'An order', key: { pk: 'ORDER#{order_id}', sk: 'HEAD' }, indexes: {} } },
  transactions: {},
  access: {},
  cdc: [
    {
      entity: 'order',
      on: ['insert'],
      source: 'orders',
      eventType: 'shop.orders',
      subject: '{order_id}',
      data: { order_id: '{order_id}', amount: '{amount}' },
    },
  ],
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html */
const insert = (sequenceNumber: string, entity: string) =>
  ({
    eventID: `e${sequenceNumber}`,
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: 1733047200,
      SequenceNumber: sequenceNumber,
      NewImage: { entity: { S: entity }, order_id: { S: `o${sequenceNumber}` }, amount: { N: '12.50' } },
    },
  }) as unknown as DynamoDBRecord;

test('What the design tells the lake becomes an event with the contract’s partition key; the rest is left out', () => {
  const changes = captureChanges(design, [ordersContract], [insert('1', 'order'), insert('2', 'stock')]);

  assert.equal(changes.length, 1);
  assert.equal(changes[0]!.entry.partitionKey, 'o1');
  assert.match(Buffer.from(changes[0]!.entry.bytes).toString(), /"type":"shop.orders".*"amount":12.50/);
});

test('The batch goes on from the first change that the stream did not store', () => {
  const changes = captureChanges(design, [ordersContract], [insert('1', 'order'), insert('2', 'order')]);
  const stored = { stored: true, shard: 's', sequenceNumber: '1' } as const;
  const lost = { stored: false, code: 'InternalFailure', message: 'x' } as const;

  assert.equal(firstNotStored(changes, [stored, lost])?.sequenceNumber, '2');
  assert.equal(firstNotStored(changes, [stored, stored]), undefined);
});
