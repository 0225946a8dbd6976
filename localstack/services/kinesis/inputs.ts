/**
 * What Kinesis's actions take.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html
 */
import {
  blob,
  flag,
  type Inputs,
  integer,
  list,
  map,
  matching,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
  time,
} from '../../core/inputs/declare.ts';

const streamName = matching('[a-zA-Z0-9_.-]+', 1, 128);

const streamModeDetails = structure({ StreamMode: required(oneOf(['PROVISIONED', 'ON_DEMAND'])) });

export const inputs: Inputs = {
  AddTagsToStream: {
    StreamName: streamName,
    Tags: required(map(text(0, 256), 1, 200)),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  CreateStream: {
    StreamName: required(streamName),
    ShardCount: integer(1),
    StreamModeDetails: streamModeDetails,
    Tags: map(text(0, 256), 1, 200),
    WarmThroughputMiBps: refused(integer()),
    RecordDistributionStrategy: oneOf(['USER_PARTITION_KEY'], ['AUTO']),
    MaxRecordSizeInKiB: integer(1024, 10240),
  },
  DecreaseStreamRetentionPeriod: {
    StreamName: streamName,
    RetentionPeriodHours: required(integer()),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  DeleteStream: {
    StreamName: streamName,
    EnforceConsumerDeletion: noEffect(flag()),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  DescribeStream: {
    StreamName: streamName,
    Limit: integer(1, 10000),
    ExclusiveStartShardId: text(1, 128),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  DescribeStreamSummary: { StreamName: streamName, StreamARN: text(1, 2048), StreamId: refused() },
  GetRecords: {
    ShardIterator: required(text(1, 512)),
    Limit: integer(1, 10000),
    StreamARN: text(1, 2048),
    DryRun: refused(flag()),
    StreamId: refused(),
  },
  GetShardIterator: {
    StreamName: streamName,
    ShardId: required(text(1, 128)),
    ShardIteratorType: required(
      oneOf(['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_TIMESTAMP', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']),
    ),
    StartingSequenceNumber: text(),
    Timestamp: time(),
    StreamARN: text(1, 2048),
    DryRun: refused(flag()),
    StreamId: refused(),
  },
  IncreaseStreamRetentionPeriod: {
    StreamName: streamName,
    RetentionPeriodHours: required(integer()),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  ListShards: {
    StreamName: streamName,
    NextToken: text(1, 1048576),
    ExclusiveStartShardId: text(1, 128),
    MaxResults: integer(1, 10000),
    StreamCreationTimestamp: noEffect(),
    ShardFilter: structure({
      Type: required(
        oneOf(
          ['AT_LATEST', 'FROM_TRIM_HORIZON'],
          ['AFTER_SHARD_ID', 'AT_TRIM_HORIZON', 'AT_TIMESTAMP', 'FROM_TIMESTAMP'],
        ),
      ),
      ShardId: refused(),
      Timestamp: refused(),
    }),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  ListStreams: {
    Limit: integer(1, 10000),
    ExclusiveStartStreamName: streamName,
    NextToken: text(1, 1048576),
  },
  ListTagsForStream: {
    StreamName: streamName,
    ExclusiveStartTagKey: text(1, 128),
    Limit: integer(1, 50),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  MergeShards: {
    StreamName: streamName,
    ShardToMerge: required(text(1, 128)),
    AdjacentShardToMerge: required(text(1, 128)),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  PutRecord: {
    StreamName: streamName,
    Data: required(blob(0, 10485760)),
    PartitionKey: text(1, 256),
    ExplicitHashKey: text(),
    SequenceNumberForOrdering: text(),
    StreamARN: text(1, 2048),
    DryRun: refused(flag()),
    StreamId: refused(),
  },
  PutRecords: {
    Records: required(
      list(
        structure({
          Data: required(blob(0, 10485760)),
          ExplicitHashKey: text(),
          PartitionKey: text(1, 256),
        }),
        1,
        500,
      ),
    ),
    StreamName: streamName,
    StreamARN: text(1, 2048),
    DryRun: refused(flag()),
    StreamId: refused(),
  },
  RemoveTagsFromStream: {
    StreamName: streamName,
    TagKeys: required(list(text(1, 128), 1, 50)),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  SplitShard: {
    StreamName: streamName,
    ShardToSplit: required(text(1, 128)),
    NewStartingHashKey: required(text()),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  UpdateMaxRecordSize: {
    StreamARN: text(1, 2048),
    StreamId: refused(),
    MaxRecordSizeInKiB: required(integer(1024, 10240)),
  },
  UpdateShardCount: {
    StreamName: streamName,
    TargetShardCount: required(integer(1)),
    ScalingType: required(oneOf(['UNIFORM_SCALING'])),
    StreamARN: text(1, 2048),
    StreamId: refused(),
  },
  UpdateStreamMode: {
    StreamARN: required(text(1, 2048)),
    StreamId: refused(),
    StreamModeDetails: required(streamModeDetails),
    WarmThroughputMiBps: refused(integer()),
  },
};
