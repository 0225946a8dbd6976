/** DynamoDB Streams and time to live: what a change leaves in the stream, for how long, and who made it. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud } from './support/localCloud.ts';

const TABLE = 'people';

async function streamedTable(t: TestContext, viewType = 'NEW_AND_OLD_IMAGES') {
  const clock = manualClock();
  const cloud = await localCloud(t, { clock });
  const { TableDescription: table } = await cloud.call('dynamodb', 'CreateTable', {
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: viewType },
  });
  const streamArn: string = table.LatestStreamArn;
  const streams = (action: string, input: object) => cloud.call('dynamodbstreams', action, input);
  const { StreamDescription: stream } = await streams('DescribeStream', { StreamArn: streamArn });
  const shardId: string = stream.Shards[0].ShardId;
  const iterator = async (ShardIteratorType: string, SequenceNumber?: string): Promise<string> =>
    (
      await streams('GetShardIterator', {
        StreamArn: streamArn,
        ShardId: shardId,
        ShardIteratorType,
        SequenceNumber,
      })
    ).ShardIterator;
  const put = (item: object) => cloud.call('dynamodb', 'PutItem', { TableName: TABLE, Item: item });
  const remove = (id: string) =>
    cloud.call('dynamodb', 'DeleteItem', { TableName: TABLE, Key: { id: { S: id } } });
  const records = async (from = 'TRIM_HORIZON') =>
    (await streams('GetRecords', { ShardIterator: await iterator(from) })).Records;
  return { cloud, clock, streamArn, shardId, streams, iterator, put, remove, records };
}

describe('DynamoDB Streams', () => {
  // Recorded on AWS: LocalStack, test_dynamodb, test_batch_write_items_streaming.
  it('report inserts, changes and removals, and nothing where nothing changed', async (t) => {
    const { put, remove, records } = await streamedTable(t);

    await put({ id: { S: 'Fred' } });
    await put({ id: { S: 'Fred' } });
    await put({ id: { S: 'NewKey' } });
    await remove('NewKey');
    await put({ id: { S: 'Fred' }, name: { S: 'Fred' } });
    await remove('nobody');

    const seen = await records();
    assert.deepEqual(
      seen.map(({ eventName, dynamodb }: { eventName: string; dynamodb: Record<string, unknown> }) => [
        eventName,
        dynamodb.OldImage,
        dynamodb.NewImage,
        dynamodb.SizeBytes,
      ]),
      [
        ['INSERT', undefined, { id: { S: 'Fred' } }, 12],
        ['INSERT', undefined, { id: { S: 'NewKey' } }, 16],
        ['REMOVE', { id: { S: 'NewKey' } }, undefined, 16],
        ['MODIFY', { id: { S: 'Fred' } }, { id: { S: 'Fred' }, name: { S: 'Fred' } }, 26],
      ],
    );
    assert.deepEqual(
      [seen[0].eventSource, seen[0].eventVersion, seen[0].awsRegion],
      ['aws:dynamodb', '1.1', 'us-east-1'],
    );
  });

  // Recorded on AWS: LocalStack, test_dynamodb, test_dynamodb_stream_stream_view_type.
  it('show only keys if that is the view', async (t) => {
    const { put, records } = await streamedTable(t, 'KEYS_ONLY');

    await put({ id: { S: 'Fred' }, age: { N: '7' } });

    const [{ dynamodb }] = await records();
    assert.deepEqual(dynamodb.Keys, { id: { S: 'Fred' } });
    assert.deepEqual([dynamodb.NewImage, dynamodb.OldImage], [undefined, undefined]);
  });

  it('are read on from any sequence number, and notice their readers', async (t) => {
    const { cloud, put, records, streams, iterator, streamArn, shardId } = await streamedTable(t);
    const notices: unknown[] = [];
    cloud.context.events.on('dynamodb:stream', (detail) => notices.push(detail));
    for (const id of ['a', 'b', 'c']) await put({ id: { S: id } });
    const second = (await records())[1].dynamodb.SequenceNumber;
    const ids = async (type: string, sequence?: string) =>
      (await streams('GetRecords', { ShardIterator: await iterator(type, sequence) })).Records.map(
        (record: { dynamodb: { Keys: { id: { S: string } } } }) => record.dynamodb.Keys.id.S,
      );

    assert.deepEqual(await ids('AT_SEQUENCE_NUMBER', second), ['b', 'c']);
    assert.deepEqual(await ids('AFTER_SEQUENCE_NUMBER', second), ['c']);
    assert.deepEqual(await ids('LATEST'), []);
    assert.deepEqual(notices, Array(3).fill({ streamArn, shardId }));
  });

  it('of one transaction are together in its order', async (t) => {
    const { cloud, records } = await streamedTable(t);
    const items = ['z', 'a', 'm'];

    await cloud.call('dynamodb', 'TransactWriteItems', {
      TransactItems: items.map((id) => ({ Put: { TableName: TABLE, Item: { id: { S: id } } } })),
    });

    const keys = (await records()).map(
      (record: { dynamodb: { Keys: { id: { S: string } } } }) => record.dynamodb.Keys.id.S,
    );
    assert.deepEqual(keys, items);
  });

  it('keep records for 24 hours, and say so to whoever comes too late', async (t) => {
    const { clock, put, records, iterator } = await streamedTable(t);
    await put({ id: { S: 'old' } });
    const first = (await records())[0].dynamodb.SequenceNumber;
    await clock.advance(23 * 3_600_000);
    await put({ id: { S: 'new' } });
    const before = (await records()).length;

    await clock.advance(2 * 3_600_000);

    assert.equal(before, 2);
    assert.equal((await records()).length, 1);
    await assert.rejects(iterator('AT_SEQUENCE_NUMBER', first), { code: 'TrimmedDataAccessException' });
  });

  it('end with the table, and can be read to their end', async (t) => {
    const { cloud, put, streams, iterator } = await streamedTable(t);
    await put({ id: { S: 'last' } });

    await cloud.call('dynamodb', 'DeleteTable', { TableName: TABLE });

    const page = await streams('GetRecords', { ShardIterator: await iterator('TRIM_HORIZON') });
    assert.equal(page.Records.length, 1);
    assert.equal(page.NextShardIterator, undefined);
  });
});

describe('time to live', () => {
  const enable = (cloud: { call: (service: string, action: string, input: unknown) => Promise<unknown> }) =>
    cloud.call('dynamodb', 'UpdateTimeToLive', {
      TableName: TABLE,
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
    });
  const in1Hour = (nowMs: number) => ({ N: String(Math.floor(nowMs / 1000) + 3600) });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
  it('deletes an item when the clock reaches its time, as the service', async (t) => {
    const { cloud, clock, put, records } = await streamedTable(t);
    await enable(cloud);
    await put({ id: { S: 'window' }, expires: in1Hour(clock.now()) });
    await put({ id: { S: 'text' }, expires: { S: 'never' } });

    await clock.advance(3_600_000);

    const { Items: items } = await cloud.call('dynamodb', 'Scan', { TableName: TABLE });
    const removal = (await records()).at(-1);
    assert.deepEqual(
      items.map(({ id }: { id: { S: string } }) => id.S),
      ['text'],
    );
    assert.equal(removal.eventName, 'REMOVE');
    assert.deepEqual(removal.userIdentity, { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' });
  });

  it('takes the items that were there before it was enabled, and follows a later expiry', async (t) => {
    const { cloud, clock, put } = await streamedTable(t);
    const soon = in1Hour(clock.now());
    await put({ id: { S: 'early' }, expires: soon });
    await put({ id: { S: 'kept' }, expires: soon });
    await enable(cloud);
    await put({ id: { S: 'kept' }, expires: in1Hour(clock.now() + 86_400_000) });

    await clock.advance(3_600_000);

    const { Items: items } = await cloud.call('dynamodb', 'Scan', { TableName: TABLE });
    assert.deepEqual(
      items.map(({ id }: { id: { S: string } }) => id.S),
      ['kept'],
    );
  });

  it('leaves alone what expired more than five years ago', async (t) => {
    const { cloud, clock, put } = await streamedTable(t);
    await enable(cloud);

    await put({ id: { S: 'ancient' }, expires: { N: '1000' } });
    await clock.advance(3_600_000);

    const { Count: count } = await cloud.call('dynamodb', 'Scan', { TableName: TABLE });
    assert.equal(count, 1);
  });
});
