/** Delivers a published message to a topic's queues and functions. */
import type { CloudContext } from '../../core/service.ts';
import type { Subscription } from './store.ts';

export interface Notification {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  /** The text for each protocol, `default` for those not named. */
  readonly texts: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, { readonly Type: string; readonly Value: string }>>;
  readonly publishedAtMs: number;
}

/** Mailboxes are kept as unconfirmed, and nothing is sent: whoever reads them is outside. */
export const PENDING_PROTOCOLS = ['email', 'email-json'];
/** Refused by name: their receivers would wait for messages that never come. */
export const REFUSED_PROTOCOLS = ['sms', 'http', 'https', 'application', 'firehose'];
export const DELIVERED_PROTOCOLS = ['sqs', 'lambda'];

const PRINCIPAL = { service: 'sns.amazonaws.com' };

const textFor = ({ texts }: Notification, protocol: string) => texts[protocol] ?? texts.default!;

function envelope(notification: Notification, protocol: string) {
  const { attributes, messageId, topicArn, subject, publishedAtMs } = notification;
  return {
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: textFor(notification, protocol),
    Timestamp: new Date(publishedAtMs).toISOString(),
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
  };
}

async function toQueue(context: CloudContext, arn: string, MessageBody: string, MessageAttributes?: object) {
  const { QueueUrl } = await context.call(
    'sqs',
    'GetQueueUrl',
    { QueueName: arn.split(':').at(-1) },
    PRINCIPAL,
  );
  await context.call('sqs', 'SendMessage', { QueueUrl, MessageBody, MessageAttributes }, PRINCIPAL);
}

/**
 * Hands a message to one subscription. What cannot be delivered goes to the subscription's dead-letter queue, or is
 * logged when it has none. AWS's messages also carry a signature, which nothing here could make.
 */
export async function deliver(
  context: CloudContext,
  subscription: Subscription,
  notification: Notification,
): Promise<void> {
  const { protocol, endpoint, attributes } = subscription;
  if (PENDING_PROTOCOLS.includes(protocol)) {
    context.log(`sns: ${notification.topicArn}: not sent to ${protocol} ${endpoint} (not emulated)`);
    return;
  }
  const isRaw = attributes.RawMessageDelivery === 'true';
  const body = isRaw ? textFor(notification, protocol) : JSON.stringify(envelope(notification, protocol));
  try {
    if (protocol === 'sqs') {
      await toQueue(context, endpoint, body, isRaw ? queueAttributes(notification) : undefined);
    } else await toFunction(context, subscription, notification);
  } catch (error) {
    const deadLetters = attributes.RedrivePolicy && JSON.parse(attributes.RedrivePolicy).deadLetterTargetArn;
    context.log(`sns: ${subscription.arn}: delivery failed: ${(error as Error).message}`);
    if (deadLetters) await toQueue(context, deadLetters, body);
  }
}

const queueAttributes = ({ attributes }: Notification) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { Type, Value }]) => [
      name,
      Type.startsWith('Binary')
        ? { DataType: Type, BinaryValue: Value }
        : { DataType: Type, StringValue: Value },
    ]),
  );

async function toFunction(
  context: CloudContext,
  subscription: Subscription,
  notification: Notification,
): Promise<void> {
  const record = {
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: subscription.arn,
    Sns: { Subject: null, MessageAttributes: {}, ...envelope(notification, 'lambda') },
  };
  await context.call(
    'lambda',
    'Invoke',
    {
      FunctionName: subscription.endpoint,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify({ Records: [record] })),
    },
    PRINCIPAL,
  );
}
