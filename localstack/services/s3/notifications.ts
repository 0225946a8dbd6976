/** Tells Lambda functions, queues and topics about objects: kept with the change itself, delivered at least once after it. */
import { randomBytes } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { invalidArgument } from './failures.ts';
import type { BucketRow, ObjectIndex, ObjectRow } from './objectIndex.ts';

interface Destination {
  readonly Id: string;
  readonly Events: readonly string[];
  readonly Filter?: {
    readonly Key?: { readonly FilterRules?: ReadonlyArray<{ Name: string; Value: string }> };
  };
}

/** As the API's JSON has it. */
export interface NotificationConfiguration {
  readonly LambdaFunctionConfigurations?: ReadonlyArray<Destination & { LambdaFunctionArn: string }>;
  readonly QueueConfigurations?: ReadonlyArray<Destination & { QueueArn: string }>;
  readonly TopicConfigurations?: ReadonlyArray<Destination & { TopicArn: string }>;
  readonly EventBridgeConfiguration?: unknown;
}

export interface Notifications {
  /** Within the transaction of a change: keeps a notice for each destination whose rule fits. */
  keep(bucket: BucketRow, object: ObjectRow, eventName: string): void;
  /** After it: sends what is kept, in order. Returns at once. */
  deliver(): void;
  stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const EVENTS = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
];

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export function createNotifications(context: CloudContext, index: ObjectIndex): Notifications {
  let sending: Promise<void> | undefined;
  let stopped = false;
  let waiting = false;
  let retryMs = FIRST_RETRY_MS;
  let cancelRetry = () => {};
  let kept = Number(index.sql('SELECT count(*) AS n FROM notices').get()?.n ?? 0);

  async function send(target: string, payload: string): Promise<void> {
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
      default:
        await context.call(
          'sns',
          'Publish',
          { TopicArn: target, Subject: 'Amazon S3 Notification', Message: payload },
          principal,
        );
    }
  }

  /** Sends until nothing is kept or a destination is away; then the rest waits for it, in order. */
  async function sendAll(): Promise<void> {
    for (;;) {
      const notice = index.sql('SELECT id, target, payload FROM notices ORDER BY id LIMIT 1').get();
      if (!notice || stopped) {
        kept = notice ? kept : 0;
        return;
      }
      try {
        await send(notice.target as string, notice.payload as string);
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
    sending = sendAll().finally(() => {
      sending = undefined;
      deliver();
    });
  }

  return {
    keep(bucket, object, eventName) {
      const config = bucket.config.notification as NotificationConfiguration | undefined;
      if (!config) return;
      for (const [target, destination] of destinations(config)) {
        if (!fits(destination, eventName, object.key)) continue;
        const record = eventRecord(context, object, eventName, destination.Id);
        index
          .sql('INSERT INTO notices (target, payload) VALUES (?, ?)')
          .run(target, JSON.stringify({ Records: [record] }));
        kept++;
      }
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

const destinations = (config: NotificationConfiguration): Array<[string, Destination]> => [
  ...(config.LambdaFunctionConfigurations ?? []).map((to): [string, Destination] => [
    to.LambdaFunctionArn,
    to,
  ]),
  ...(config.QueueConfigurations ?? []).map((to): [string, Destination] => [to.QueueArn, to]),
  ...(config.TopicConfigurations ?? []).map((to): [string, Destination] => [to.TopicArn, to]),
];

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

/** A configuration in the API's shape with an id for each destination; refuses what cannot be delivered here. */
export function checkNotificationConfiguration(config: NotificationConfiguration): NotificationConfiguration {
  if (config.EventBridgeConfiguration !== undefined)
    throw new NotEmulatedError('s3', 'EventBridge as a notification destination');
  const checked = <T extends Destination>(
    list: readonly T[] | undefined,
    argument: string,
    arnOf: (to: T) => string,
  ) =>
    list?.map((to): T => {
      if (!/^arn:aws:(lambda|sqs|sns):[^:]*:\d{12}:/.test(arnOf(to)))
        throw invalidArgument('The ARN could not be parsed', argument, arnOf(to));
      for (const event of to.Events)
        if (!EVENTS.includes(event)) throw new NotEmulatedError('s3', `the notification event ${event}`);
      for (const rule of to.Filter?.Key?.FilterRules ?? [])
        if (!/^(prefix|suffix)$/i.test(rule.Name))
          throw invalidArgument(
            'filter rule name must be either prefix or suffix',
            'FilterRule.Name',
            rule.Name,
          );
      return { ...to, Id: to.Id ?? randomBytes(16).toString('hex') };
    });
  return {
    LambdaFunctionConfigurations: checked(
      config.LambdaFunctionConfigurations,
      'CloudFunction',
      (to) => to.LambdaFunctionArn,
    ),
    QueueConfigurations: checked(config.QueueConfigurations, 'Queue', (to) => to.QueueArn),
    TopicConfigurations: checked(config.TopicConfigurations, 'Topic', (to) => to.TopicArn),
  };
}
