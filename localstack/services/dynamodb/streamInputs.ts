/**
 * What DynamoDB Streams' actions take.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
import { type Inputs, integer, oneOf, refused, required, text } from '../../core/inputs/declare.ts';

export const inputs: Inputs = {
  DescribeStream: {
    StreamArn: required(text(37, 1024)),
    Limit: integer(1, 100),
    ExclusiveStartShardId: text(28, 65),
    ShardFilter: refused(),
  },
  GetRecords: { ShardIterator: required(text(1, 2048)), Limit: integer(1, 1000) },
  GetShardIterator: {
    StreamArn: required(text(37, 1024)),
    ShardId: required(text(28, 65)),
    ShardIteratorType: required(
      oneOf(['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON']),
    ),
    SequenceNumber: text(21, 40),
  },
  ListStreams: { TableName: text(3, 255), Limit: integer(1, 100), ExclusiveStartStreamArn: text(37, 1024) },
};
