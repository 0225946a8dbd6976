/** GetShardIterator and GetRecords: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
import { AwsError } from '../../../core/errors.ts';
import { positionOf, sequenceNumbersOf } from '../sequenceNumber.ts';
import { decodeIterator, encodeIterator } from '../shardIterator.ts';
import { invalid, invalidArgument, type Kinesis } from '../state.ts';
import { horizonMs, requireShard, type ShardRecord, type StreamHandle } from '../store.ts';

interface IteratorInput {
  readonly StreamName?: string;
  readonly StreamARN?: string;
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  readonly StartingSequenceNumber?: string;
  /** Epoch seconds. */
  readonly Timestamp?: number;
}

export function getShardIterator(kinesis: Kinesis, input: IteratorInput) {
  const stream = kinesis.streams.require(input);
  const shard = requireShard(kinesis.context, stream, input.ShardId);
  return { ShardIterator: iteratorAt(kinesis, stream, shard, startPosition(kinesis, stream, shard, input)) };
}

function startPosition(
  kinesis: Kinesis,
  stream: StreamHandle,
  shard: ShardRecord,
  input: IteratorInput,
): number {
  const log = stream.log(shard);
  const { ShardIteratorType: type, StartingSequenceNumber: sequenceNumber } = input;
  switch (type) {
    case 'TRIM_HORIZON':
    case 'LATEST':
      if (sequenceNumber !== undefined)
        throw invalidArgument(
          'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or ' +
            `(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and also a StartingSequenceNumber.`,
        );
      return type === 'LATEST' ? log.last() + 1 : 1;
    case 'AT_TIMESTAMP': {
      if (typeof input.Timestamp !== 'number')
        throw invalidArgument(
          'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.',
        );
      return log.positionAt(Math.round(input.Timestamp * 1000));
    }
    case 'AT_SEQUENCE_NUMBER':
    case 'AFTER_SEQUENCE_NUMBER': {
      if (sequenceNumber === undefined)
        throw invalidArgument(
          'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or ' +
            `(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and no StartingSequenceNumber.`,
        );
      const position = positionOf(shard, sequenceNumber);
      if (position === undefined)
        throw invalidArgument(
          `StartingSequenceNumber ${sequenceNumber} used in GetShardIterator on shard ${shard.id} in stream ` +
            `${stream.record.name} under account ${kinesis.context.accountId} is invalid because it did not come from this stream.`,
        );
      return type === 'AT_SEQUENCE_NUMBER' ? Math.max(1, position) : position + 1;
    }
    default:
      throw invalid(
        type,
        'shardIteratorType',
        'Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]',
      );
  }
}

const iteratorAt = (kinesis: Kinesis, stream: StreamHandle, shard: ShardRecord, position: number) =>
  encodeIterator({
    stream: stream.record.name,
    streamCreatedMs: stream.record.createdMs,
    shard: shard.id,
    position,
    madeMs: kinesis.context.clock.now(),
  });

const MOST_RECORDS = 10_000;
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;

export function getRecords(
  kinesis: Kinesis,
  input: { readonly ShardIterator: string; readonly Limit?: number; readonly StreamARN?: string },
) {
  const { context, throughput, metrics } = kinesis;
  const now = context.clock.now();
  const limit = input.Limit ?? MOST_RECORDS;
  const iterator = decodeIterator(input.ShardIterator, now);
  const stream = kinesis.streams.require({ StreamName: iterator.stream });
  const isOther = input.StreamARN !== undefined && kinesis.streams.require(input) !== stream;
  if (isOther || stream.record.createdMs !== iterator.streamCreatedMs)
    throw invalidArgument('Invalid ShardIterator.');
  const shard = requireShard(context, stream, iterator.shard);
  const { name } = stream.record;
  const shardKey = `${name}/${shard.id}`;
  if (context.quotas === 'aws' && !throughput.read(shardKey, now)) {
    metrics.add(name, 'ReadProvisionedThroughputExceeded', 1);
    throw new AwsError(
      'ProvisionedThroughputExceededException',
      `Rate exceeded for shard ${shard.id} in stream ${name} under account ${context.accountId}.`,
    );
  }

  const log = stream.log(shard);
  const { records, next, nextArrivalMs } = log.read(
    iterator.position,
    limit,
    LARGEST_ANSWER_BYTES,
    horizonMs(stream.record, now),
  );
  const sequenceNumber = sequenceNumbersOf(shard);
  let bytes = 0;
  const Records = records.map((record) => {
    bytes += record.bytes;
    return {
      SequenceNumber: sequenceNumber(record.position),
      ApproximateArrivalTimestamp: record.arrivalMs / 1000,
      Data: record.data,
      PartitionKey: record.partitionKey,
    };
  });
  const behindMs = nextArrivalMs === undefined ? 0 : Math.max(0, now - nextArrivalMs);
  if (context.quotas === 'aws') throughput.countRead(shardKey, bytes);
  metrics.add(name, 'GetRecords.Records', records.length);
  metrics.add(name, 'GetRecords.Bytes', bytes);
  metrics.add(name, 'GetRecords.IteratorAgeMilliseconds', behindMs);
  const ended = nextArrivalMs === undefined && shard.closedMs !== undefined;
  return {
    Records,
    ...(ended
      ? { ChildShards: childrenOf(stream, shard) }
      : { NextShardIterator: iteratorAt(kinesis, stream, shard, next) }),
    MillisBehindLatest: behindMs,
  };
}

const childrenOf = (stream: StreamHandle, parent: ShardRecord) =>
  stream.record.shards
    .filter((shard) => shard.parents.includes(parent.id))
    .map((shard) => ({
      ShardId: shard.id,
      ParentShards: shard.parents,
      HashKeyRange: { StartingHashKey: shard.startingHashKey, EndingHashKey: shard.endingHashKey },
    }));
