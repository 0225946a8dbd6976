/** The local Kinesis through AWS's own, unmodified SDK client, which speaks HTTP/2; expectations name their source. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  type ShardIteratorType,
  SplitShardCommand,
  UpdateMaxRecordSizeCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud.ts';
import { manualClock } from '../core/clock.ts';

const clock = manualClock();
let stateDir: string;
let cloud: Cloud;
let kinesis: KinesisClient;
let streams = 0;

const client = (of: Cloud) =>
  new KinesisClient({
    endpoint: of.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'headwaters-kinesis-'));
  cloud = await startCloud({ stateDir, port: 0, clock });
  kinesis = client(cloud);
});

afterAll(async () => {
  kinesis.destroy();
  await cloud.stop();
  await rm(stateDir, { recursive: true });
});

async function newStream(ShardCount = 1): Promise<string> {
  const StreamName = `stream-${++streams}`;
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
  return StreamName;
}

const put = (StreamName: string, texts: readonly string[], key = (text: string) => text) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName,
      Records: texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: key(text) })),
    }),
  );

async function iterator(
  StreamName: string,
  ShardId: string,
  ShardIteratorType: ShardIteratorType = 'TRIM_HORIZON',
  more: object = {},
) {
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType, ...more }),
  );
  return ShardIterator as string;
}

async function read(StreamName: string, ShardId: string, type?: ShardIteratorType, more?: object) {
  const ShardIterator = await iterator(StreamName, ShardId, type, more);
  const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return (Records ?? []).map(({ Data }) => Buffer.from(Data as Uint8Array).toString());
}

const shardsOf = async (StreamName: string) =>
  (await kinesis.send(new ListShardsCommand({ StreamName }))).Shards ?? [];

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('it succeeded'),
    (error: Error) => ({ name: error.name, message: error.message }),
  );

const FIRST = 'shardId-000000000000';

test('records come back in order, byte for byte, with key, arrival and growing sequence numbers', async () => {
  // LocalStack's recorded answer test_record_lifecycle_data_integrity (2022-08-25): these data, unchanged.
  const StreamName = await newStream();
  const texts = ['', 'a'.repeat(1000), 'test', 'ünicödé 统一码 💣💻🔥'];

  const answer = await put(StreamName, texts, () => 'clé');
  const ShardIterator = await iterator(StreamName, FIRST);
  const { Records = [], MillisBehindLatest } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));

  assert.equal(answer.FailedRecordCount, 0);
  assert.deepEqual(
    Records.map(({ Data }) => Buffer.from(Data as Uint8Array).toString()),
    texts,
  );
  assert.deepEqual(
    Records.map(({ SequenceNumber }) => SequenceNumber),
    answer.Records?.map(({ SequenceNumber }) => SequenceNumber),
  );
  const numbers = Records.map(({ SequenceNumber }) => BigInt(SequenceNumber as string));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.match(Records[0]?.SequenceNumber ?? '', /^49\d{54}$/);
  assert.equal(Records[0]?.PartitionKey, 'clé');
  assert.equal(Records[0]?.ApproximateArrivalTimestamp?.getTime(), clock.now());
  assert.equal(MillisBehindLatest, 0);
});

test('the MD5 of its partition key decides the shard, and hash ranges cover all of 128 bits', async () => {
  // https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html; md5('a') = 0cc1…, md5('b') = 92eb…
  const StreamName = await newStream(2);

  const { Records } = await put(StreamName, ['a', 'b']);
  const shards = await shardsOf(StreamName);

  assert.deepEqual(
    Records?.map(({ ShardId }) => ShardId),
    [FIRST, 'shardId-000000000001'],
  );
  assert.deepEqual(
    shards.map(({ HashKeyRange }) => HashKeyRange),
    [
      { StartingHashKey: '0', EndingHashKey: '170141183460469231731687303715884105727' },
      {
        StartingHashKey: '170141183460469231731687303715884105728',
        EndingHashKey: '340282366920938463463374607431768211455',
      },
    ],
  );
  const explicit = await kinesis.send(
    new PutRecordCommand({
      StreamName,
      Data: Buffer.from('x'),
      PartitionKey: 'a',
      ExplicitHashKey: '170141183460469231731687303715884105728',
    }),
  );
  assert.equal(explicit.ShardId, 'shardId-000000000001');
});

test('an iterator begins at, after, at the time of, before all or behind all records', async () => {
  const StreamName = await newStream();
  await put(StreamName, ['one']);
  await clock.advance(10_000);
  const { Records } = await put(StreamName, ['two', 'three']);
  const StartingSequenceNumber = Records?.[0]?.SequenceNumber;
  const latest = await iterator(StreamName, FIRST, 'LATEST');
  await put(StreamName, ['four']);

  const { Records: news } = await kinesis.send(new GetRecordsCommand({ ShardIterator: latest }));

  assert.deepEqual(
    news?.map(({ Data }) => Buffer.from(Data as Uint8Array).toString()),
    ['four'],
  );
  assert.deepEqual(await read(StreamName, FIRST), ['one', 'two', 'three', 'four']);
  assert.deepEqual(await read(StreamName, FIRST, 'AT_SEQUENCE_NUMBER', { StartingSequenceNumber }), [
    'two',
    'three',
    'four',
  ]);
  assert.deepEqual(await read(StreamName, FIRST, 'AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber }), [
    'three',
    'four',
  ]);
  const Timestamp = new Date(clock.now() - 5000);
  assert.deepEqual(await read(StreamName, FIRST, 'AT_TIMESTAMP', { Timestamp }), ['two', 'three', 'four']);
});

test('a reader that pages sees every record once and learns how far behind it is', async () => {
  const StreamName = await newStream();
  await put(StreamName, ['1', '2', '3']);
  await clock.advance(2000);
  const seen: string[] = [];
  const behind: (number | undefined)[] = [];

  let ShardIterator: string | undefined = await iterator(StreamName, FIRST);
  while (seen.length < 3) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(ShardIterator as string);
    seen.push(...(page.Records ?? []).map(({ Data }) => Buffer.from(Data as Uint8Array).toString()));
    behind.push(page.MillisBehindLatest);
    ShardIterator = page.NextShardIterator;
  }

  assert.deepEqual(seen, ['1', '2', '3']);
  assert.deepEqual(behind, [2000, 2000, 0]);
});

const readPage = (ShardIterator: string) => kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }));

test('an iterator expires after five minutes', async () => {
  // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
  const StreamName = await newStream();
  const ShardIterator = await iterator(StreamName, FIRST);

  await clock.advance(300_001);
  const expired = await failure(kinesis.send(new GetRecordsCommand({ ShardIterator })));

  assert.equal(expired.name, 'ExpiredIteratorException');
});

test('records are gone after the retention period, and stay as long as it is', async () => {
  const StreamName = await newStream();
  const longer = await newStream();
  await kinesis.send(
    new IncreaseStreamRetentionPeriodCommand({ StreamName: longer, RetentionPeriodHours: 48 }),
  );
  for (const name of [StreamName, longer]) await put(name, ['old']);

  await clock.advance(25 * 3600_000);
  for (const name of [StreamName, longer]) await put(name, ['new']);

  assert.deepEqual(await read(StreamName, FIRST), ['new']);
  assert.deepEqual(await read(longer, FIRST), ['old', 'new']);
});

test('sizes are AWS’s: 500 records, 10 MiB a request, 1 MiB a record unless the stream takes larger ones', async () => {
  // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html and API_UpdateMaxRecordSize.html
  const StreamName = await newStream();
  const one = (bytes: number) =>
    kinesis.send(new PutRecordCommand({ StreamName, Data: Buffer.alloc(bytes), PartitionKey: 'k' }));
  const MIB = 1024 * 1024;

  const tooMany = await failure(put(StreamName, Array.from({ length: 501 }, String)));
  const tooLarge = await failure(one(MIB));
  await one(MIB - 1);
  const tooMuch = await failure(
    kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: Array.from({ length: 11 }, () => ({ Data: Buffer.alloc(MIB - 1), PartitionKey: 'k' })),
      }),
    ),
  );
  await kinesis.send(
    new UpdateMaxRecordSizeCommand({ StreamARN: cloudArn(StreamName), MaxRecordSizeInKiB: 2048 }),
  );
  await one(2 * MIB - 1);

  assert.equal(tooMany.name, 'ValidationException');
  assert.equal(tooLarge.name, 'ValidationException');
  assert.equal(tooMuch.name, 'InvalidArgumentException');
});

const cloudArn = (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`;

test('one read gives up to 10 MiB, and the next one goes on', async () => {
  // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
  const StreamName = await newStream();
  const record = { Data: Buffer.alloc(1024 * 1024 - 1), PartitionKey: 'k' };
  for (let round = 0; round < 3; round++)
    await kinesis.send(
      new PutRecordsCommand({ StreamName, Records: Array.from({ length: 5 }, () => record) }),
    );

  const first = await kinesis.send(
    new GetRecordsCommand({ ShardIterator: await iterator(StreamName, FIRST) }),
  );
  const second = await kinesis.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }));

  assert.deepEqual([first.Records?.length, second.Records?.length], [10, 5]);
});

test('a split closes its shard, whose readers go on with the children; a merge joins neighbours', async () => {
  // https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
  const StreamName = await newStream();
  await put(StreamName, ['before']);

  await kinesis.send(
    new SplitShardCommand({
      StreamName,
      ShardToSplit: FIRST,
      NewStartingHashKey: '170141183460469231731687303715884105728',
    }),
  );
  const { Records } = await put(StreamName, ['a', 'b']);
  const end = await kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator(StreamName, FIRST) }));
  await kinesis.send(
    new MergeShardsCommand({
      StreamName,
      ShardToMerge: 'shardId-000000000001',
      AdjacentShardToMerge: 'shardId-000000000002',
    }),
  );
  const shards = await shardsOf(StreamName);

  assert.deepEqual(
    Records?.map(({ ShardId }) => ShardId),
    ['shardId-000000000001', 'shardId-000000000002'],
  );
  assert.equal(end.Records?.length, 1);
  assert.equal(end.NextShardIterator, undefined);
  assert.deepEqual(
    end.ChildShards?.map(({ ShardId }) => ShardId),
    ['shardId-000000000001', 'shardId-000000000002'],
  );
  assert.deepEqual(
    shards.map(({ ParentShardId, AdjacentParentShardId }) => [ParentShardId, AdjacentParentShardId]),
    [
      [undefined, undefined],
      [FIRST, undefined],
      [FIRST, undefined],
      ['shardId-000000000001', 'shardId-000000000002'],
    ],
  );
  assert.equal(
    shards.filter(({ SequenceNumberRange }) => !SequenceNumberRange?.EndingSequenceNumber).length,
    1,
  );
});

test('the number of shards can be doubled and halved', async () => {
  const StreamName = await newStream(2);
  const open = async () =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary
      ?.OpenShardCount;
  const scale = (TargetShardCount: number) =>
    kinesis.send(
      new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }),
    );

  await scale(4);
  const doubled = await open();
  await scale(2);
  const halved = await open();

  assert.deepEqual([doubled, halved], [4, 2]);
  assert.equal((await failure(scale(5))).name, 'NotImplementedException');
});

test('streams are made, listed, described and deleted; a new one of the same name repeats no sequence number', async () => {
  const StreamName = 'made-twice';
  await kinesis.send(new CreateStreamCommand({ StreamName, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }));
  const twice = await failure(kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 })));
  const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }));
  const first = await put(StreamName, ['x']);

  await kinesis.send(new DeleteStreamCommand({ StreamName }));
  const missing = await failure(put(StreamName, ['x']));
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 4 }));
  const second = await put(StreamName, ['x']);

  assert.equal(twice.name, 'ResourceInUseException');
  // A new on-demand stream has four shards: LocalStack's recorded answer test_create_stream_without_shard_count.
  assert.equal(StreamDescription?.Shards?.length, 4);
  assert.equal(StreamDescription?.StreamStatus, 'ACTIVE');
  assert.equal(missing.name, 'ResourceNotFoundException');
  assert.notEqual(first.Records?.[0]?.SequenceNumber, second.Records?.[0]?.SequenceNumber);
  const { StreamNames } = await kinesis.send(new ListStreamsCommand({}));
  assert.ok(StreamNames?.includes(StreamName));
});

test('a deployed stream takes new settings on the next deploy and keeps its records', async () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html
  const provider = cloud.context.services().find(({ name }) => name === 'kinesis')?.resources?.[
    'AWS::Kinesis::Stream'
  ];
  const deploy = (properties: object, physicalId?: string) =>
    provider!.deploy({ stackName: 's', logicalId: 'l', properties, physicalId, asset: () => undefined });
  const Name = 'deployed';
  await deploy({ Name, ShardCount: 1, StreamModeDetails: { StreamMode: 'PROVISIONED' } });
  await put(Name, ['x']);

  const { physicalId, attributes } = await deploy({ Name, ShardCount: 2, RetentionPeriodHours: 48 }, Name);
  const { StreamDescriptionSummary } = await kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: Name }),
  );

  assert.equal(physicalId, Name);
  assert.equal(attributes.Arn, cloudArn(Name));
  assert.deepEqual(
    [StreamDescriptionSummary?.OpenShardCount, StreamDescriptionSummary?.RetentionPeriodHours],
    [2, 48],
  );
  assert.deepEqual(await read(Name, FIRST), ['x']);
});

test('enhanced fan-out is refused by name', async () => {
  const StreamName = await newStream();

  const refused = await failure(
    kinesis.send(new RegisterStreamConsumerCommand({ StreamARN: cloudArn(StreamName), ConsumerName: 'c' })),
  );

  assert.equal(refused.name, 'NotImplementedException');
  assert.match(refused.message, /RegisterStreamConsumer/);
});

test('with quotas on, a shard takes 1,000 records a second and says of each other one that it was not stored', async () => {
  // https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-kinesis-quotas-'));
  const ownClock = manualClock();
  const limited = await startCloud({ stateDir: dir, port: 0, clock: ownClock, quotas: 'aws' });
  const StreamName = 'limited';
  const send = (count: number) =>
    limited.call('kinesis', 'PutRecords', {
      StreamName,
      Records: Array.from({ length: count }, (_, index) => ({ PartitionKey: `${index}`, Data: 'eA==' })),
    });
  await limited.call('kinesis', 'CreateStream', { StreamName, ShardCount: 1 });

  await send(500);
  await send(400);
  const over = await send(500);
  await ownClock.advance(1000);
  const later = await send(500);
  const { ShardIterator } = await limited.call('kinesis', 'GetShardIterator', {
    StreamName,
    ShardId: FIRST,
    ShardIteratorType: 'TRIM_HORIZON',
  });
  for (let call = 0; call < 5; call++) await limited.call('kinesis', 'GetRecords', { ShardIterator });

  assert.equal(over.FailedRecordCount, 400);
  assert.deepEqual(over.Records[499], {
    ErrorCode: 'ProvisionedThroughputExceededException',
    ErrorMessage: `Rate exceeded for shard ${FIRST} in stream limited under account 000000000000.`,
  });
  assert.equal(later.FailedRecordCount, 0);
  await assert.rejects(limited.call('kinesis', 'GetRecords', { ShardIterator }), {
    code: 'ProvisionedThroughputExceededException',
  });
  await limited.stop();
  await rm(dir, { recursive: true });
});

test('whatever is put is read back once, in order per shard, over any batching and a restart', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-kinesis-restart-'));
  let run = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 5 }), fc.uint8Array({ maxLength: 50 })), {
          minLength: 1,
          maxLength: 20,
        }),
        { minLength: 1, maxLength: 8 },
      ),
      async (batches) => {
        const StreamName = `run-${++run}`;
        const writer = await startCloud({ stateDir: dir, port: 0, clock: manualClock() });
        await writer.call('kinesis', 'CreateStream', { StreamName, ShardCount: 3 });
        const expected = new Map<string, string[]>();
        for (const batch of batches) {
          const Records = batch.map(([PartitionKey, data]) => ({
            PartitionKey,
            Data: Buffer.from(data).toString('base64'),
          }));
          const answer = await writer.call('kinesis', 'PutRecords', { StreamName, Records });
          for (const [index, { ShardId, SequenceNumber }] of answer.Records.entries())
            expected.set(ShardId, [
              ...(expected.get(ShardId) ?? []),
              `${SequenceNumber} ${Records[index]?.PartitionKey} ${Records[index]?.Data}`,
            ]);
        }
        await writer.stop();

        const reader = await startCloud({ stateDir: dir, port: 0, clock: manualClock() });
        const { Shards } = await reader.call('kinesis', 'ListShards', { StreamName });
        for (const { ShardId } of Shards) {
          const { ShardIterator } = await reader.call('kinesis', 'GetShardIterator', {
            StreamName,
            ShardId,
            ShardIteratorType: 'TRIM_HORIZON',
          });
          const { Records } = await reader.call('kinesis', 'GetRecords', { ShardIterator });
          assert.deepEqual(
            Records.map(
              (record: Record<string, string>) =>
                `${record.SequenceNumber} ${record.PartitionKey} ${record.Data}`,
            ),
            expected.get(ShardId) ?? [],
          );
        }
        await reader.stop();
      },
    ),
    { numRuns: 10 },
  );
  await rm(dir, { recursive: true });
});
