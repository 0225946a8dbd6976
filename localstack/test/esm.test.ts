/** Event source mappings over Kinesis and DynamoDB streams, driven through AWS's SDK clients; expectations name their source. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { strToU8, zipSync } from 'fflate';
import { type TestContext, test } from 'vitest';
import { type Clock, manualClock } from '../core/clock.ts';
import { eventually, readNotes, testFunctions } from './support/functions.ts';
import { cloudToKill, type KilledCloud } from './support/killedCloud.ts';
import { localCloud } from './support/localCloud.ts';

const STREAM = 'arn:aws:kinesis:us-east-1:000000000000:stream/events';
const BUCKET = 'failures';

/** Reads the records' data as text in `texts`. */
const TEXTS =
  "const texts = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());";

/** A cloud with one stream, a bucket for failures, and a function that a mapping is put on. */
async function streaming(t: TestContext, shards = 1) {
  const clock: Clock = manualClock();
  const cloud = await localCloud(t, { clock });
  const functions = testFunctions(cloud);
  const kinesis = new KinesisClient(cloud.client);
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  t.onTestFinished(() => kinesis.destroy());
  await kinesis.send(new CreateStreamCommand({ StreamName: 'events', ShardCount: shards }));
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    clock,
    cloud,
    functions,
    kinesis,
    put: (...texts: string[]) =>
      kinesis.send(
        new PutRecordsCommand({
          StreamName: 'events',
          Records: texts.map((text) => ({
            PartitionKey: text.split(':')[0],
            Data: Buffer.from(text),
          })),
        }),
      ),
    async map(settings: Partial<CreateEventSourceMappingCommandInput> = {}) {
      const mapping = await functions.lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: 'consumer',
          EventSourceArn: STREAM,
          StartingPosition: 'TRIM_HORIZON',
          ...settings,
        }),
      );
      return mapping.UUID as string;
    },
    idle: async () => (await cloud.call('lambda', '_Idle', {})).idle as boolean,
    async failures() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      return Promise.all(
        Contents.map(async ({ Key }) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
          return { key: Key as string, record: JSON.parse((await Body?.transformToString()) as string) };
        }),
      );
    },
  };
}

test('a Kinesis event has the shape that AWS gives it', async (t) => {
  const { functions, put, map, idle } = await streaming(t);
  await functions.create('consumer', 'note(event);');
  await map();

  await put('hello');

  await eventually(idle);
  const [{ Records }] = functions.notes('consumer');
  const { sequenceNumber, approximateArrivalTimestamp } = Records[0].kinesis;
  // LocalStack's recorded answer: test_lambda_integration_kinesis, test_create_kinesis_event_source_mapping
  assert.deepEqual(Records, [
    {
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: 'hello',
        sequenceNumber,
        data: 'aGVsbG8=',
        approximateArrivalTimestamp,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `shardId-000000000000:${sequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::000000000000:role/test',
      awsRegion: 'us-east-1',
      eventSourceARN: STREAM,
    },
  ]);
});

test('records come in order, in batches no larger than asked for', async (t) => {
  const { functions, put, map, idle } = await streaming(t);
  await functions.create('consumer', `${TEXTS} note(texts);`);
  const texts = Array.from({ length: 95 }, (_, index) => `${index % 7}:${index}`);
  await put(...texts);

  await map({ BatchSize: 10 });

  await eventually(idle);
  const batches: string[][] = functions.notes('consumer');
  assert.deepEqual(batches.flat(), texts);
  assert.deepEqual(
    batches.map(({ length }) => length),
    [10, 10, 10, 10, 10, 10, 10, 10, 10, 5],
  );
});

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
test('a batching window is closed by the clock, or early by a full batch', async (t) => {
  const { clock, functions, put, map, cloud, idle } = await streaming(t);
  await functions.create('consumer', `${TEXTS} note(texts.length);`);
  await map({ BatchSize: 5, MaximumBatchingWindowInSeconds: 60 });
  const waiting = async (count: number) => {
    const { mappings, inFlight } = await cloud.call('lambda', '_Idle', {});
    return inFlight === 0 && mappings[0].backlog === count;
  };

  await put('a', 'b', 'c');
  await eventually(() => waiting(3));
  await clock.advance(59_000);
  const early = functions.notes('consumer');
  await clock.advance(1_000);
  await eventually(idle);
  const closed = functions.notes('consumer');
  await put('d', 'e', 'f', 'g', 'h', 'i');
  await eventually(() => waiting(1));

  assert.deepEqual(early, []);
  assert.deepEqual(closed, [3]);
  assert.deepEqual(functions.notes('consumer'), [3, 5]);
});

test('a batch is closed by 6 MB of payload as well', async (t) => {
  const { functions, kinesis, map, idle } = await streaming(t);
  await functions.create('consumer', 'note([event.Records.length, JSON.stringify(event).length]);');
  const Data = Buffer.alloc(1_000_000);
  for (let count = 0; count < 7; count += 1) {
    await kinesis.send(new PutRecordCommand({ StreamName: 'events', PartitionKey: 'k', Data }));
  }

  await map({ BatchSize: 10_000 });

  await eventually(idle);
  const batches: [number, number][] = functions.notes('consumer');
  assert.deepEqual(
    batches.map(([records]) => records),
    [4, 3],
  );
  assert.ok(batches.every(([, bytes]) => bytes <= 6 * 1024 * 1024));
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
test('with partial batch responses only what follows the first failure is retried', async (t) => {
  const { clock, functions, put, map, idle } = await streaming(t);
  await functions.create(
    'consumer',
    `${TEXTS} note(texts);
     globalThis.seen ??= new Set();
     const failed = event.Records.filter((record, i) => /^bad/.test(texts[i]) && !seen.has(texts[i]) && seen.add(texts[i]));
     return { batchItemFailures: failed.reverse().map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };`,
  );
  await put('a', 'b', 'bad1', 'c', 'bad2', 'd');

  await map({ FunctionResponseTypes: ['ReportBatchItemFailures'] });

  await eventually(idle, { clock, stepMs: 1000 });
  assert.deepEqual(functions.notes('consumer'), [
    ['a', 'b', 'bad1', 'c', 'bad2', 'd'],
    ['bad1', 'c', 'bad2', 'd'],
  ]);
});

// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
test('a poisoned record is isolated by bisection and goes to the bucket with its payload', async (t) => {
  const { clock, functions, put, map, idle, failures } = await streaming(t);
  await functions.create(
    'consumer',
    `${TEXTS} if (texts.includes('poison')) throw new Error('no'); note(texts);`,
  );
  await put('a', 'b', 'c', 'poison', 'd', 'e', 'f', 'g');

  const uuid = await map({
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${BUCKET}` } },
  });

  await eventually(idle, { clock, stepMs: 1000 });
  assert.deepEqual(functions.notes('consumer').flat(), ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  const [{ key, record }, ...others] = (await failures()) as [
    Awaited<ReturnType<typeof failures>>[0],
    ...unknown[],
  ];
  assert.equal(others.length, 0);
  assert.match(
    key,
    new RegExp(
      `^aws/lambda/${uuid}/shardId-000000000000/2026/01/01/2026-01-01T00\\.\\d\\d\\.\\d\\d-[0-9a-f-]{36}$`,
    ),
  );
  const { Records } = JSON.parse(record.payload);
  assert.equal(Buffer.from(Records[0].kinesis.data, 'base64').toString(), 'poison');
  const { sequenceNumber } = Records[0].kinesis;
  const info = record.KinesisBatchInfo;
  // LocalStack's recorded answer: test_kinesis_event_source_mapping_with_s3_on_failure_destination
  assert.deepEqual(record, {
    requestContext: {
      requestId: record.requestContext.requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:consumer',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: record.requestContext.approximateInvokeCount,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: record.timestamp,
    KinesisBatchInfo: {
      shardId: 'shardId-000000000000',
      startSequenceNumber: sequenceNumber,
      endSequenceNumber: sequenceNumber,
      approximateArrivalOfFirstRecord: info.approximateArrivalOfFirstRecord,
      approximateArrivalOfLastRecord: info.approximateArrivalOfLastRecord,
      batchSize: 1,
      streamArn: STREAM,
    },
    payload: record.payload,
  });
});

test('records that grow too old are discarded without a response', async (t) => {
  const { clock, functions, put, map, idle, failures } = await streaming(t);
  await functions.create('consumer', 'throw new Error("never");');
  await put('late');

  await map({
    MaximumRecordAgeInSeconds: 60,
    DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${BUCKET}` } },
  });

  await eventually(idle, { clock, stepMs: 5000 });
  const [failure] = await failures();
  // LocalStack's recorded answer: test_kinesis_maximum_record_age_exceeded
  assert.equal(failure?.record.requestContext.condition, 'RecordAgeExceeded');
  assert.equal(failure?.record.responseContext, undefined);
});

test('a parallelization factor keeps the order of each key', async (t) => {
  const { functions, put, map, idle } = await streaming(t);
  await functions.create('consumer', `${TEXTS} note(texts); await new Promise((r) => setTimeout(r, 3));`);
  const texts = Array.from({ length: 200 }, (_, index) => `key${index % 11}:${index}`);
  await put(...texts);

  await map({ BatchSize: 7, ParallelizationFactor: 4 });

  await eventually(idle);
  const received: string[] = functions.notes('consumer').flat();
  assert.deepEqual([...received].sort(), [...texts].sort());
  for (let key = 0; key < 11; key += 1) {
    const ofKey = (all: string[]) => all.filter((text) => text.startsWith(`key${key}:`));
    assert.deepEqual(ofKey(received), ofKey(texts));
  }
});

test('a function that is killed in the middle of a batch loses nothing', async (t) => {
  const { clock, functions, put, map, idle } = await streaming(t);
  await functions.create(
    'consumer',
    `${TEXTS} const fs = require('node:fs'); const flag = process.env.NOTES + '.killed';
     if (!fs.existsSync(flag)) { fs.writeFileSync(flag, ''); process.kill(process.pid, 'SIGKILL'); }
     note(texts);`,
  );
  await put('a', 'b', 'c');

  await map();

  await eventually(idle, { clock, stepMs: 1000 });
  assert.deepEqual(functions.notes('consumer'), [['a', 'b', 'c']]);
});

test('a cloud that comes back goes on from its checkpoints', async (t) => {
  const { cloud, functions, put, map, idle, kinesis } = await streaming(t, 2);
  await functions.create('consumer', `${TEXTS} note(texts);`);
  const first = Array.from({ length: 20 }, (_, index) => `${index}`);
  await map();
  await put(...first);
  await eventually(idle);

  const again = await cloud.restarted();
  const reconnected = new KinesisClient(again.client);
  t.onTestFinished(() => reconnected.destroy());
  await reconnected.send(
    new PutRecordCommand({ StreamName: 'events', PartitionKey: 'x', Data: Buffer.from('afterwards') }),
  );

  await eventually(() => functions.notes('consumer').flat().includes('afterwards'));
  kinesis.destroy();
  assert.deepEqual(functions.notes('consumer').flat().sort(), [...first, 'afterwards'].sort());
});

test('a mapping that is disabled reads nothing, and takes up where it left off', async (t) => {
  const { functions, put, map, idle } = await streaming(t);
  await functions.create('consumer', `${TEXTS} note(texts);`);
  const UUID = await map();
  await put('a');
  await eventually(idle);

  await functions.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await put('b');
  const disabled = await functions.lambda.send(new GetEventSourceMappingCommand({ UUID }));
  await functions.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));

  await eventually(() => functions.notes('consumer').length === 2);
  assert.equal(disabled.State, 'Disabled');
  assert.deepEqual(functions.notes('consumer'), [['a'], ['b']]);
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
test('a tumbling window carries its state and hands it in once more at its end', async (t) => {
  const { clock, cloud, functions, put, map } = await streaming(t);
  await functions.create(
    'consumer',
    `const { Records, ...rest } = event; note({ ...rest, records: Records.length });
     return { state: { count: (event.state.count ?? 0) + Records.length } };`,
  );
  const backlog = async () => (await cloud.call('lambda', '_Idle', {})).mappings[0].backlog;
  await map({ TumblingWindowInSeconds: 60, BatchSize: 2 });

  await put('a', 'b', 'c');
  await eventually(async () => functions.notes('consumer').length === 2 && (await backlog()) === 0);
  await clock.advance(70_000);
  await put('d');
  await eventually(async () => functions.notes('consumer').length === 4 && (await backlog()) === 0);

  const window = { start: '2026-01-01T00:00:00Z', end: '2026-01-01T00:01:00Z' };
  const shared = { shardId: 'shardId-000000000000', eventSourceARN: STREAM, isWindowTerminatedEarly: false };
  assert.deepEqual(functions.notes('consumer'), [
    { window, state: {}, isFinalInvokeForWindow: false, ...shared, records: 2 },
    { window, state: { count: 2 }, isFinalInvokeForWindow: false, ...shared, records: 1 },
    { window, state: { count: 3 }, isFinalInvokeForWindow: true, ...shared, records: 0 },
    {
      window: { start: '2026-01-01T00:01:00Z', end: '2026-01-01T00:02:00Z' },
      state: {},
      isFinalInvokeForWindow: false,
      ...shared,
      records: 1,
    },
  ]);
});

test('changes of a DynamoDB table reach their function', async (t) => {
  const { cloud, functions, idle } = await streaming(t);
  const dynamo = new DynamoDBClient(cloud.client);
  const { TableDescription } = await dynamo.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  const EventSourceArn = TableDescription?.LatestStreamArn as string;
  await functions.create('consumer', 'for (const record of event.Records) note(record);');
  await functions.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'consumer',
      EventSourceArn,
      StartingPosition: 'LATEST',
    }),
  );

  await dynamo.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: '1' }, n: { N: '5' } } }));
  await dynamo.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: '1' }, n: { N: '6' } } }));

  await eventually(async () => functions.notes('consumer').length === 2 && (await idle()));
  // https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
  const [insert, modify] = functions.notes('consumer');
  assert.deepEqual([insert.eventName, modify.eventName], ['INSERT', 'MODIFY']);
  assert.equal(insert.eventSource, 'aws:dynamodb');
  assert.equal(insert.eventSourceARN, EventSourceArn);
  assert.deepEqual(modify.dynamodb.OldImage, { id: { S: '1' }, n: { N: '5' } });
  assert.deepEqual(modify.dynamodb.NewImage, { id: { S: '1' }, n: { N: '6' } });
});

test("a mapping over a stream that is not there is refused in AWS's words", async (t) => {
  const { functions, map } = await streaming(t);
  await functions.create('consumer', '');
  const EventSourceArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/missing';

  // LocalStack's recorded answer: test_esm_with_not_existing_kinesis_stream
  await assert.rejects(map({ EventSourceArn }), {
    name: 'InvalidParameterValueException',
    message: `Stream not found: ${EventSourceArn}`,
  });
});

test('messages of a queue are taken in batches; those that fail come back when their time is up', async (t) => {
  const { clock, cloud, functions, map } = await streaming(t);
  const sqs = new SQSClient(cloud.client);
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'work', Attributes: { VisibilityTimeout: '30' } }),
  );
  await functions.create(
    'consumer',
    `note(event.Records.map(({ body }) => body)); globalThis.seen ??= new Set();
     const failed = event.Records.filter(({ body }) => body === 'bad' && !seen.has(body) && seen.add(body));
     return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };`,
  );
  const Entries = ['a', 'bad', 'c'].map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const left = async () => {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
    );
    return names.map((name) => Number(Attributes[name]));
  };

  await map({
    EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:work',
    StartingPosition: undefined,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
  await eventually(async () => String(await left()) === '0,1');
  assert.deepEqual(functions.notes('consumer').flat().sort(), ['a', 'bad', 'c']);
  await eventually(async () => String(await left()) === '0,0', { clock, stepMs: 5000 });
  assert.deepEqual(functions.notes('consumer').at(-1), ['bad']);
});

test('a queue as on-failure destination gets the record without the payload', async (t) => {
  const { clock, cloud, functions, put, map, idle } = await streaming(t);
  const sqs = new SQSClient(cloud.client);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed' }));
  await functions.create('consumer', "return { batchItemFailures: [{ itemIdentifier: '' }] };");
  await put('x');

  await map({
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:failed' } },
  });

  await eventually(idle, { clock, stepMs: 1000 });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const record = JSON.parse(Messages[0]?.Body as string);
  // LocalStack's recorded answer: test_kinesis_report_batch_item_failure_scenarios
  assert.equal(record.requestContext.approximateInvokeCount, 3);
  assert.deepEqual(record.responseContext, {
    statusCode: 200,
    executedVersion: '$LATEST',
    functionError: null,
  });
  assert.equal(record.payload, undefined);
});

test('a cloud that is killed under load loses no record, and leaves no function running', async (t) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-killed-'));
  const notes = join(stateDir, 'notes');
  let running = await cloudToKill(stateDir);
  t.onTestFinished(async () => {
    await running.kill();
    await rm(stateDir, { recursive: true, force: true });
  });
  const clientFor = ({ endpoint }: KilledCloud) => ({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const lambda = new LambdaClient(clientFor(running));
  const put = async (kinesis: KinesisClient, from: number, to: number) => {
    for (let start = from; start < to; start += 100) {
      const Records = Array.from({ length: 100 }, (_, index) => ({
        PartitionKey: String(index),
        Data: Buffer.from(String(start + index)),
      }));
      await kinesis.send(new PutRecordsCommand({ StreamName: 'events', Records }));
    }
  };
  const source = `exports.handler = async (event) => { ${TEXTS}
    require('node:fs').appendFileSync(process.env.NOTES, JSON.stringify([process.pid, texts]) + '\\n'); };`;
  const seen = (): [number, string[]][] => readNotes(notes);
  const kinesis = new KinesisClient(clientFor(running));
  await kinesis.send(new CreateStreamCommand({ StreamName: 'events', ShardCount: 2 }));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'consumer',
      Role: 'arn:aws:iam::000000000000:role/test',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zipSync({ 'index.js': strToU8(source) }) },
      Environment: { Variables: { NOTES: notes } },
    }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'consumer',
      EventSourceArn: STREAM,
      StartingPosition: 'LATEST',
      BatchSize: 50,
    }),
  );

  await put(kinesis, 0, 1000);
  await eventually(() => seen().length > 3);
  await running.kill();
  kinesis.destroy();
  const orphans = new Set(seen().map(([pid]) => pid));
  running = await cloudToKill(stateDir);
  const again = new KinesisClient(clientFor(running));
  t.onTestFinished(() => again.destroy());
  await put(again, 1000, 1500);

  const all = Array.from({ length: 1500 }, (_, index) => String(index));
  await eventually(() => new Set(seen().flatMap(([, texts]) => texts)).size === all.length);
  await eventually(() => ![...orphans].some(isRunning));
  assert.deepEqual([...new Set(seen().flatMap(([, texts]) => texts))].sort(), [...all].sort());
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
