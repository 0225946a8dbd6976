/** DescribeStream, DescribeStreamSummary, ListShards and ListStreams: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html */
import { pageOf } from '../../../core/paging.ts';
import { sequenceNumbersOf } from '../sequenceNumber.ts';
import { invalidArgument, type Kinesis } from '../state.ts';
import { horizonMs, type ShardRecord, type StreamHandle } from '../store.ts';

interface StreamInput {
  readonly StreamName?: string;
  readonly StreamARN?: string;
}

const DESCRIBE_SHARDS = 100;
const LIST_SHARDS = 1000;
const LIST_STREAMS = 100;

const settings = (kinesis: Kinesis, { record }: StreamHandle) => ({
  StreamName: record.name,
  StreamARN: kinesis.streams.arn(record.name),
  StreamStatus: 'ACTIVE',
  StreamModeDetails: { StreamMode: record.mode },
  RetentionPeriodHours: record.retentionHours,
  StreamCreationTimestamp: record.createdMs / 1000,
  EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
  EncryptionType: 'NONE',
});

function shardMember(stream: StreamHandle, shard: ShardRecord) {
  const sequenceNumber = sequenceNumbersOf(shard);
  const [parent, adjacent] = shard.parents;
  return {
    ShardId: shard.id,
    ...(parent === undefined ? {} : { ParentShardId: parent }),
    ...(adjacent === undefined ? {} : { AdjacentParentShardId: adjacent }),
    HashKeyRange: { StartingHashKey: shard.startingHashKey, EndingHashKey: shard.endingHashKey },
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(0),
      ...(shard.closedMs === undefined
        ? {}
        : { EndingSequenceNumber: sequenceNumber(stream.log(shard).last() + 1) }),
    },
  };
}

/** Closed shards are listed until every record in them has expired. */
const listedShards = (kinesis: Kinesis, stream: StreamHandle) =>
  stream.record.shards.filter(
    (shard) =>
      shard.closedMs === undefined || shard.closedMs >= horizonMs(stream.record, kinesis.context.clock.now()),
  );

export function describeStream(
  kinesis: Kinesis,
  input: StreamInput & { Limit?: number; ExclusiveStartShardId?: string },
) {
  const stream = kinesis.streams.require(input);
  const after = input.ExclusiveStartShardId;
  const shards = listedShards(kinesis, stream).filter(({ id }) => after === undefined || id > after);
  const limit = input.Limit ?? DESCRIBE_SHARDS;
  return {
    StreamDescription: {
      ...settings(kinesis, stream),
      Shards: shards.slice(0, limit).map((shard) => shardMember(stream, shard)),
      HasMoreShards: shards.length > limit,
    },
  };
}

export function describeStreamSummary(kinesis: Kinesis, input: StreamInput) {
  const stream = kinesis.streams.require(input);
  return {
    StreamDescriptionSummary: {
      ...settings(kinesis, stream),
      OpenShardCount: stream.open.length,
      ConsumerCount: 0,
      MaxRecordSizeInKiB: stream.record.maxRecordKiB,
    },
  };
}

interface ListShardsInput extends StreamInput {
  readonly NextToken?: string;
  readonly ExclusiveStartShardId?: string;
  readonly MaxResults?: number;
  readonly ShardFilter?: { readonly Type: 'AT_LATEST' | 'FROM_TRIM_HORIZON' };
}

/** A token carries the stream's name and the last shard that was listed. */
export function listShards(kinesis: Kinesis, input: ListShardsInput) {
  const token = input.NextToken === undefined ? undefined : parseToken(input.NextToken);
  const stream = kinesis.streams.require(token ? { StreamName: token.stream } : input);
  const after = token?.after ?? input.ExclusiveStartShardId;
  const shards = filtered(kinesis, stream, input.ShardFilter?.Type).filter(
    ({ id }) => after === undefined || id > after,
  );
  const limit = input.MaxResults ?? LIST_SHARDS;
  const page = shards.slice(0, limit);
  return {
    Shards: page.map((shard) => shardMember(stream, shard)),
    ...(shards.length > limit
      ? { NextToken: makeToken({ stream: stream.record.name, after: page.at(-1)?.id as string }) }
      : {}),
  };
}

const filtered = (
  kinesis: Kinesis,
  stream: StreamHandle,
  filter: 'AT_LATEST' | 'FROM_TRIM_HORIZON' = 'FROM_TRIM_HORIZON',
): readonly ShardRecord[] =>
  filter === 'AT_LATEST'
    ? stream.record.shards.filter((shard) => shard.closedMs === undefined)
    : listedShards(kinesis, stream);

interface Token {
  readonly stream: string;
  readonly after: string;
}

const makeToken = (token: Token) => Buffer.from(JSON.stringify(token)).toString('base64');

function parseToken(text: string): Token {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    throw invalidArgument('NextToken is invalid.');
  }
}

export function listStreams(
  kinesis: Kinesis,
  input: { Limit?: number; ExclusiveStartStreamName?: string; NextToken?: string },
) {
  const after = input.ExclusiveStartStreamName;
  const { items, next } = pageOf(
    kinesis.streams.list().filter(({ record }) => after === undefined || record.name > after),
    {
      keyOf: ({ record }) => record.name,
      limit: input.Limit ?? LIST_STREAMS,
      token: input.NextToken,
      invalidToken: () => invalidArgument('NextToken is invalid.'),
    },
  );
  return {
    StreamNames: items.map(({ record }) => record.name),
    StreamSummaries: items.map(({ record }) => ({
      StreamName: record.name,
      StreamARN: kinesis.streams.arn(record.name),
      StreamStatus: 'ACTIVE',
      StreamModeDetails: { StreamMode: record.mode },
      StreamCreationTimestamp: record.createdMs / 1000,
    })),
    HasMoreStreams: next !== undefined,
    NextToken: next,
  };
}
