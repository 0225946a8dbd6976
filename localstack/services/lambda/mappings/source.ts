/** The two kinds of streams behind one face: listing shards, reading records, and how a record looks in an event. */
import type { CloudContext, Principal } from '../../../core/service.ts';
import type { FunctionRecord, MappingRecord } from '../types.ts';
import type { StreamRecord } from './batch.ts';

export interface Shard {
  readonly id: string;
  readonly parents: readonly string[];
}

export interface Page {
  readonly records: StreamRecord[];
  /** Undefined at the end of a closed shard. */
  readonly next?: string;
  /** Nothing is left behind this page. */
  readonly atTip: boolean;
}

export interface StreamSource {
  shards(): Promise<Shard[]>;
  /** Where to read from: after a sequence number, at the oldest record, or where the mapping says. */
  iterator(shard: string, from: { after: string } | 'oldest' | 'start'): Promise<string>;
  read(shard: string, iterator: string, limit: number): Promise<Page>;
  /** The topic of notices that records have arrived, and whether one is about this stream. */
  readonly topic: string;
  concerns(detail: unknown): boolean;
  /** How long the stream keeps its records, in ms. */
  retentionMs(): Promise<number>;
  /** The member of a failure record that describes the batch. */
  readonly infoField: 'KinesisBatchInfo' | 'DDBStreamBatchInfo';
  /** How that member writes times. */
  timestamp(ms: number): string;
}

const reader = (fn: FunctionRecord): Principal => ({ roleArn: fn.roleArn, service: 'lambda.amazonaws.com' });

interface KinesisRecord {
  SequenceNumber: string;
  PartitionKey: string;
  /** Base64. */
  Data: string;
  /** Seconds since the epoch. */
  ApproximateArrivalTimestamp: number;
}

/** Event shape: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html and LocalStack's recorded answers. */
export function kinesisSource(
  context: CloudContext,
  mapping: MappingRecord,
  fn: FunctionRecord,
): StreamSource {
  const StreamARN = mapping.sourceArn;
  const streamName = StreamARN.split('/').at(-1);
  const call = (action: string, input: object) => context.call('kinesis', action, input, reader(fn));
  const shared = JSON.stringify({
    invokeIdentityArn: fn.roleArn,
    awsRegion: context.region,
    eventSourceARN: StreamARN,
  }).slice(1);

  return {
    topic: 'kinesis:records',
    concerns: (detail) => (detail as { streamName?: string }).streamName === streamName,
    async shards() {
      const shards: Shard[] = [];
      let NextToken: string | undefined;
      do {
        const page = await call('ListShards', NextToken ? { NextToken } : { StreamARN });
        for (const { ShardId, ParentShardId, AdjacentParentShardId } of page.Shards) {
          shards.push({ id: ShardId, parents: [ParentShardId, AdjacentParentShardId].filter(Boolean) });
        }
        NextToken = page.NextToken;
      } while (NextToken);
      return shards;
    },
    async iterator(ShardId, from) {
      let position: object;
      if (from === 'oldest') position = { ShardIteratorType: 'TRIM_HORIZON' };
      else if (from !== 'start') {
        position = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: from.after };
      } else if (mapping.startingPosition === 'TRIM_HORIZON')
        position = { ShardIteratorType: 'TRIM_HORIZON' };
      else {
        // LATEST means "since the mapping was made", also after a restart that happens before the first checkpoint.
        const Timestamp = mapping.startingPositionTimestamp ?? mapping.createdAtMs / 1000;
        position = { ShardIteratorType: 'AT_TIMESTAMP', Timestamp };
      }
      const { ShardIterator } = await call('GetShardIterator', { StreamARN, ShardId, ...position });
      return ShardIterator;
    },
    async read(shard, ShardIterator, limit) {
      const page = await call('GetRecords', { StreamARN, ShardIterator, Limit: Math.min(limit, 10_000) });
      const records = (page.Records as KinesisRecord[]).map((record) => {
        const key = JSON.stringify(record.PartitionKey);
        const json = `{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":${key},"sequenceNumber":"${record.SequenceNumber}","data":"${record.Data}","approximateArrivalTimestamp":${record.ApproximateArrivalTimestamp}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"${shard}:${record.SequenceNumber}","eventName":"aws:kinesis:record",${shared}`;
        return {
          sequence: record.SequenceNumber,
          key: record.PartitionKey,
          arrivedAtMs: record.ApproximateArrivalTimestamp * 1000,
          json,
          // All but the partition key is ASCII.
          bytes: json.length - key.length + Buffer.byteLength(key),
          done: false,
        };
      });
      return { records, next: page.NextShardIterator, atTip: page.MillisBehindLatest === 0 };
    },
    async retentionMs() {
      const { StreamDescriptionSummary } = await call('DescribeStreamSummary', { StreamARN });
      return StreamDescriptionSummary.RetentionPeriodHours * 3_600_000;
    },
    infoField: 'KinesisBatchInfo',
    timestamp: (ms) => new Date(ms).toISOString(),
  };
}

interface DynamoRecord {
  dynamodb: { SequenceNumber: string; Keys: object; ApproximateCreationDateTime: number };
}

/** Event shape: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function dynamoSource(
  context: CloudContext,
  mapping: MappingRecord,
  fn: FunctionRecord,
): StreamSource {
  const StreamArn = mapping.sourceArn;
  const call = (action: string, input: object) => context.call('dynamodbstreams', action, input, reader(fn));

  return {
    topic: 'dynamodb:stream',
    concerns: (detail) => (detail as { streamArn?: string }).streamArn === StreamArn,
    async shards() {
      const shards: Shard[] = [];
      let ExclusiveStartShardId: string | undefined;
      do {
        const { StreamDescription } = await call('DescribeStream', { StreamArn, ExclusiveStartShardId });
        for (const { ShardId, ParentShardId } of StreamDescription.Shards) {
          shards.push({ id: ShardId, parents: ParentShardId ? [ParentShardId] : [] });
        }
        ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId;
      } while (ExclusiveStartShardId);
      return shards;
    },
    async iterator(ShardId, from) {
      // Streams of tables know no start by time: LATEST reads from the oldest and leaves out what is older than the mapping.
      const position =
        typeof from === 'object'
          ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: from.after }
          : { ShardIteratorType: 'TRIM_HORIZON' };
      const { ShardIterator } = await call('GetShardIterator', { StreamArn, ShardId, ...position });
      return ShardIterator;
    },
    async read(_shard, ShardIterator, limit) {
      const page = await call('GetRecords', { ShardIterator, Limit: Math.min(limit, 1000) });
      const oldestSecond =
        mapping.startingPosition === 'LATEST'
          ? Math.floor(mapping.createdAtMs / 1000)
          : Number.NEGATIVE_INFINITY;
      const records = (page.Records as DynamoRecord[])
        .filter(({ dynamodb }) => dynamodb.ApproximateCreationDateTime >= oldestSecond)
        .map((record) => {
          const json = JSON.stringify({ ...record, eventSourceARN: StreamArn });
          return {
            sequence: record.dynamodb.SequenceNumber,
            key: JSON.stringify(record.dynamodb.Keys),
            arrivedAtMs: record.dynamodb.ApproximateCreationDateTime * 1000,
            json,
            bytes: Buffer.byteLength(json),
            done: false,
          };
        });
      return { records, next: page.NextShardIterator, atTip: page.Records.length === 0 };
    },
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    retentionMs: async () => 24 * 3_600_000,
    infoField: 'DDBStreamBatchInfo',
    timestamp: (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`,
  };
}
