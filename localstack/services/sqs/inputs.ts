/**
 * What SQS's actions take.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */
import {
  blob,
  type Inputs,
  integer,
  list,
  map,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
} from '../../core/inputs/declare.ts';

const messageAttributeValue = structure({
  StringValue: text(),
  BinaryValue: blob(),
  StringListValues: refused(),
  BinaryListValues: refused(),
  DataType: required(text()),
});

/** A value that is out of range fails its own entry of a batch: see `actions/sending.ts`. */
const sendMessageBatchRequestEntry = structure({
  Id: required(text()),
  MessageBody: required(text()),
  DelaySeconds: integer(),
  MessageAttributes: map(messageAttributeValue),
  MessageSystemAttributes: map(messageAttributeValue),
  MessageDeduplicationId: text(),
  MessageGroupId: text(),
});

const queueAttributes = [
  'All',
  'Policy',
  'VisibilityTimeout',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
  'ApproximateNumberOfMessagesDelayed',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'FifoQueue',
  'ContentBasedDeduplication',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'RedriveAllowPolicy',
  'SqsManagedSseEnabled',
];

const systemAttributes = [
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
];

export const inputs: Inputs = {
  ChangeMessageVisibility: {
    QueueUrl: required(text()),
    ReceiptHandle: required(text()),
    VisibilityTimeout: required(integer(0, 43_200)),
  },
  ChangeMessageVisibilityBatch: {
    QueueUrl: required(text()),
    Entries: required(
      list(
        structure({
          Id: required(text()),
          ReceiptHandle: required(text()),
          VisibilityTimeout: integer(),
        }),
      ),
    ),
  },
  CreateQueue: { QueueName: required(text()), Attributes: map(text()), tags: noEffect() },
  DeleteMessage: { QueueUrl: required(text()), ReceiptHandle: required(text()) },
  DeleteMessageBatch: {
    QueueUrl: required(text()),
    Entries: required(list(structure({ Id: required(text()), ReceiptHandle: required(text()) }))),
  },
  DeleteQueue: { QueueUrl: required(text()) },
  GetQueueAttributes: { QueueUrl: required(text()), AttributeNames: list(oneOf(queueAttributes)) },
  GetQueueUrl: { QueueName: required(text()), QueueOwnerAWSAccountId: text() },
  ListQueues: { QueueNamePrefix: text(), NextToken: text(), MaxResults: integer(1, 1000) },
  PurgeQueue: { QueueUrl: required(text()) },
  ReceiveMessage: {
    QueueUrl: required(text()),
    AttributeNames: list(oneOf([...queueAttributes, ...systemAttributes])),
    MessageSystemAttributeNames: list(oneOf(systemAttributes)),
    MessageAttributeNames: list(text()),
    MaxNumberOfMessages: integer(1, 10),
    VisibilityTimeout: integer(0, 43_200),
    WaitTimeSeconds: integer(0, 20),
    ReceiveRequestAttemptId: text(),
  },
  SendMessage: {
    QueueUrl: required(text()),
    MessageBody: required(text()),
    DelaySeconds: integer(0, 900),
    MessageAttributes: map(messageAttributeValue),
    MessageSystemAttributes: map(messageAttributeValue),
    MessageDeduplicationId: text(),
    MessageGroupId: text(),
  },
  SendMessageBatch: { QueueUrl: required(text()), Entries: required(list(sendMessageBatchRequestEntry)) },
  SetQueueAttributes: { QueueUrl: required(text()), Attributes: required(map(text())) },
};
