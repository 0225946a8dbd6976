/** A study's Kinesis stream and how a Lambda consumes it: a failed batch is halved, retried, and kept with its payload. */
import { Duration } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { EventSourceMapping, type IEventSourceDlq, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type Access, allow } from './access.ts';
import { removalOfData, type Settings } from './settings.ts';
import type { StudyFunction } from './studyFunction.ts';

export interface BronzeStreamProps {
  readonly settings: Settings;
  readonly study: string;
}

export class BronzeStream extends Construct {
  constructor(scope: Construct, id: string, { settings, study }: BronzeStreamProps) {
    super(scope, id);
    const { names, profile } = settings;
    new Stream(this, 'Stream', {
      streamName: names.stream(study),
      retentionPeriod: Duration.hours(profile.streamRetentionHours),
      // Kinesis's own key: an own one is paid per request of every producer and consumer (AwsSolutions-KDS3).
      encryption: StreamEncryption.MANAGED,
      removalPolicy: removalOfData(settings),
      ...(profile.shards === undefined
        ? { streamMode: StreamMode.ON_DEMAND }
        : { streamMode: StreamMode.PROVISIONED, shardCount: profile.shards }),
    });
  }
}

export interface StreamConsumption {
  /** ARN of a Kinesis stream, or of a DynamoDB table's stream. */
  readonly sourceArn: string;
  readonly source: 'kinesis' | 'dynamodb';
  readonly batchSize: number;
  readonly batchWindow: Duration;
  /** @default 1 */
  readonly parallelization?: number;
}

/** The one question of Lambda's poller that IAM cannot bind to a stream. */
const LIST_STREAMS: Access = {
  actions: ['dynamodb:ListStreams'],
  resources: ['*'],
  wildcardReason: 'dynamodb:ListStreams knows no resource types: AWS allows it only on *.',
};

/** What Lambda's poller asks of a stream: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html */
const READ_ACTIONS = {
  kinesis: [
    'kinesis:DescribeStream',
    'kinesis:DescribeStreamSummary',
    'kinesis:GetRecords',
    'kinesis:GetShardIterator',
    'kinesis:ListShards',
  ],
  dynamodb: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
} as const;

/**
 * Feeds a stream to a function. Only infrastructure errors fail a batch; then it is halved and retried for as long as the
 * limits say, and what is left goes to the failures bucket with its payload.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function consumeStream(
  consumer: StudyFunction,
  id: string,
  settings: Settings,
  consumption: StreamConsumption,
): EventSourceMapping {
  const { names } = settings;
  const failures: IEventSourceDlq = { bind: () => ({ destination: names.bucketArn('failures') }) };
  allow(
    consumer.role,
    { actions: READ_ACTIONS[consumption.source], resources: [consumption.sourceArn] },
    ...(consumption.source === 'dynamodb' ? [LIST_STREAMS] : []),
    {
      actions: ['s3:PutObject'],
      resources: [names.objectsArn('failures')],
      wildcardReason: 'Lambda names each failed batch it keeps: aws/lambda/<mapping>/<shard>/<time>.',
    },
    { actions: ['s3:ListBucket'], resources: [names.bucketArn('failures')] },
  );
  const mapping = new EventSourceMapping(consumer, id, {
    target: consumer.function,
    eventSourceArn: consumption.sourceArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: consumption.batchSize,
    maxBatchingWindow: consumption.batchWindow,
    parallelizationFactor: consumption.parallelization ?? 1,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: 10,
    onFailure: failures,
  });
  mapping.node.addDependency(consumer.role);
  return mapping;
}
