/** Queues of the lake: what a service gave up on, and what a bucket reports of its new objects. */
import { Aws, Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type CfnQueuePolicy, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Kept as long as AWS keeps a message, TLS only. */
const queueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
} as const satisfies QueueProps;

/** A queue for what a service gave up on; the observability stack watches it. */
export function deadLetterQueue(scope: Construct, id: string, queueName: string): Queue {
  const queue = new Queue(scope, id, { ...queueProps, queueName });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'This queue is where messages end up; an alarm watches it.',
  });
  return queue;
}

/** A queue that works off its messages and hands on what fails five times. */
export function workQueue(
  scope: Construct,
  id: string,
  props: { readonly queueName: string; readonly visibilityTimeout: Duration; readonly deadLetters: Queue },
): Queue {
  return new Queue(scope, id, {
    ...queueProps,
    queueName: props.queueName,
    visibilityTimeout: props.visibilityTimeout,
    deadLetterQueue: { queue: props.deadLetters, maxReceiveCount: 5 },
  });
}

/** A queue that a bucket may write to, with the policy that says so: it must exist before the bucket names the queue. */
export interface BucketQueue {
  readonly queue: Queue;
  readonly policy: CfnQueuePolicy;
}

export function openToBucket(queue: Queue, bucketArn: string): BucketQueue {
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'TheBucketNotifies',
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: {
        ArnEquals: { 'aws:SourceArn': bucketArn },
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      },
    }),
  );
  return { queue, policy: queue.node.findChild('Policy').node.defaultChild as CfnQueuePolicy };
}
