/** Tells Lambda functions, queues and topics about objects: kept with the change itself, delivered at least once after it. */
import { randomBytes } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { busEntry } from './busEvents.ts';
import {
  type Destination,
  destinations,
  type NotificationConfiguration,
} from './notificationConfiguration.ts';
import type { BucketRow, ObjectIndex, ObjectRow } from './store.ts';

export interface Notifications {
  /** When a bucket's destinations are set: keeps a test message for each queue and topic. */
  keepTest(bucket: BucketRow): void;
  /** Within the transaction of a change: keeps a notice for each destination whose rule fits. */
  keep(bucket: BucketRow, object: ObjectRow, eventName: string): void;
  /** After it: sends what is kept, in order. Returns at once. */
  deliver(): void;
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

async function send(context: CloudContext, target: string, payload: string): Promise<void> {
  const principal = { service: 's3.amazonaws.com' };
  switch (target.split(':')[2]) {
    case 'lambda':
      await context.call(
        'lambda',
        'Invoke',
        {
          FunctionName: target,
          InvocationType: 'Event',
          Payload: Buffer.from(payload),
        },
        principal,
      );
      return;
    case 'sqs': {
      const queue = { QueueName: target.split(':').at(-1) };
      const { QueueUrl } = await context.call('sqs', 'GetQueueUrl', queue, principal);
      await context.call('sqs', 'SendMessage', { QueueUrl, MessageBody: payload }, principal);
      return;
    }
    case 'events':
      await context.call('events', 'PutEvents', { Entries: [JSON.parse(payload)] }, principal);
      return;
    default:
      await context.call(
        'sns',
        'Publish',
        { TopicArn: target, Subject: 'Amazon S3 Notification', Message: payload },
        principal,
      );
  }
}

export function createNotifications(context: CloudContext, index: ObjectIndex): Notifications {
  let sending: Promise<void> | undefined;
  let stopped = false;
  let waiting = false;
  let retryMs = FIRST_RETRY_MS;
  let cancelRetry = () => {};
  let kept = Number(index.sql('SELECT count(*) AS n FROM notices').get()?.n ?? 0);

  /** Sends until nothing is kept or a destination is away; then the rest waits for it, in order. */
  async function sendAll(): Promise<void> {
    for (;;) {
      const notice = index.sql('SELECT id, target, payload FROM notices ORDER BY id LIMIT 1').get();
      if (!notice || stopped) {
        kept = notice ? kept : 0;
        return;
      }
      try {
        await send(context, notice.target as string, notice.payload as string);
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        context.log(`S3 could not notify ${notice.target}: ${(error as Error).message}`);
        if (!isGone(error)) {
          waitToRetry();
          return;
        }
      }
      index.sql('DELETE FROM notices WHERE id = ?').run(notice.id as number);
    }
  }

  function waitToRetry(): void {
    waiting = true;
    cancelRetry = context.clock.after(retryMs, () => {
      waiting = false;
      deliver();
    });
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }

  function deliver(): void {
    if (kept === 0 || sending || waiting || stopped) return;
    const sent = sendAll().catch((error: Error) => {
      context.log(`S3 could not send its notifications: ${error.stack}`);
      waitToRetry();
    });
    sending = sent.then(() => {
      sending = undefined;
      deliver();
    });
  }

  function keepNotice(target: string, payload: object): void {
    index.sql('INSERT INTO notices (target, payload) VALUES (?, ?)').run(target, JSON.stringify(payload));
    kept++;
  }

  const configurationOf = (bucket: BucketRow) =>
    bucket.config.notification as NotificationConfiguration | undefined;

  return {
    keepTest(bucket) {
      const { QueueConfigurations = [], TopicConfigurations = [] } = configurationOf(bucket) ?? {};
      const arns = [
        ...QueueConfigurations.map(({ QueueArn }) => QueueArn),
        ...TopicConfigurations.map(({ TopicArn }) => TopicArn),
      ];
      for (const arn of arns) keepNotice(arn, testMessage(context, bucket.name));
    },
    keep(bucket, object, eventName) {
      const config = configurationOf(bucket);
      if (!config) return;
      for (const [target, destination] of destinations(config)) {
        if (!fits(destination, eventName, object.key)) continue;
        keepNotice(target, { Records: [eventRecord(context, object, eventName, destination.Id)] });
      }
      if (config.EventBridgeConfiguration)
        keepNotice(
          `arn:aws:events:${context.region}:${context.accountId}:event-bus/default`,
          busEntry(context, object, eventName),
        );
    },
    deliver,
    async stop() {
      stopped = true;
      cancelRetry();
      await sending;
    },
  };
}

/** A destination that no longer exists never will take the notice; AWS drops it, too. */
const isGone = (error: unknown) =>
  error instanceof NotEmulatedError ||
  (error instanceof AwsError &&
    /ResourceNotFound|NotFound|NonExistentQueue|QueueDoesNotExist/.test(error.code));

function fits(destination: Destination, eventName: string, key: string): boolean {
  const wanted = destination.Events.some(
    (event) => event === `s3:${eventName}` || event === `s3:${eventName.split(':')[0]}:*`,
  );
  return (
    wanted &&
    (destination.Filter?.Key?.FilterRules ?? []).every((rule) =>
      rule.Name.toLowerCase() === 'prefix' ? key.startsWith(rule.Value) : key.endsWith(rule.Value),
    )
  );
}

/**
 * What S3 sends to a queue or topic when it becomes a bucket's destination.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
const testMessage = (context: CloudContext, bucket: string) => ({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: new Date(context.clock.now()).toISOString(),
  Bucket: bucket,
  RequestId: randomBytes(8).toString('hex').toUpperCase(),
  HostId: randomBytes(32).toString('base64'),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function eventRecord(context: CloudContext, object: ObjectRow, eventName: string, configurationId: string) {
  const created = eventName.startsWith('ObjectCreated');
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: context.region,
    eventTime: new Date(context.clock.now()).toISOString(),
    eventName,
    userIdentity: { principalId: 'AIDAHEADWATERS' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: {
      'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(),
      'x-amz-id-2': randomBytes(32).toString('base64'),
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: object.bucket,
        ownerIdentity: { principalId: context.accountId },
        arn: `arn:aws:s3:::${object.bucket}`,
      },
      object: {
        key: encodeEventKey(object.key),
        ...(created ? { size: object.size, eTag: object.etag } : {}),
        ...(object.version === 'null' ? {} : { versionId: object.version }),
        sequencer: object.seq.toString(16).toUpperCase().padStart(16, '0'),
      },
    },
  };
}

/** As an HTML form would encode it: a blank becomes `+`, a slash stays. */
const encodeEventKey = (key: string) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
