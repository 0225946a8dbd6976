/** The API: https://docs.aws.amazon.com/sns/latest/api/API_Operations.html */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Action, CloudContext } from '../../core/service.ts';
import { DELIVERED_PROTOCOLS, deliver, type Notification, OUTSIDE_PROTOCOLS } from './delivery.ts';
import type { Store, Subscription, Topic } from './store.ts';

const MAX_MESSAGE_BYTES = 262_144;
const MAX_BATCH = 10;

interface PublishInput {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageStructure?: string;
  readonly MessageAttributes?: Readonly<
    Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>
  >;
  readonly MessageGroupId?: string;
}

const invalid = (message: string) => new AwsError('InvalidParameter', `Invalid parameter: ${message}`);

function textsOf(input: PublishInput): Record<string, string> {
  if (input.MessageStructure !== 'json') return { default: input.Message };
  let texts: Record<string, string>;
  try {
    texts = JSON.parse(input.Message);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  if (typeof texts?.default !== 'string') {
    throw invalid('Message Structure - No default entry in JSON message body');
  }
  return texts;
}

export function createActions(context: CloudContext, store: Store): Record<string, Action> {
  function topicOf(arn: string): Topic {
    const topic = store.topic(arn);
    if (!topic) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
    return topic;
  }

  function subscriptionOf(arn: string): Subscription {
    const subscription = store.subscription(arn);
    if (!subscription) throw new AwsError('NotFound', 'Subscription does not exist', { status: 404 });
    return subscription;
  }

  async function publish(topic: Topic, input: PublishInput): Promise<{ MessageId: string }> {
    if (input.MessageGroupId) throw new NotEmulatedError('SNS', 'FIFO topics');
    if (!input.Message) throw invalid('Empty message');
    if (Buffer.byteLength(input.Message) > MAX_MESSAGE_BYTES) throw invalid('Message too long');
    if (input.Subject !== undefined && (input.Subject.length > 100 || /[\n\r]/.test(input.Subject))) {
      throw invalid('Subject');
    }
    const notification: Notification = {
      messageId: randomUUID(),
      topicArn: topic.arn,
      subject: input.Subject,
      texts: textsOf(input),
      attributes: Object.fromEntries(
        Object.entries(input.MessageAttributes ?? {}).map(([name, value]) => [
          name,
          { Type: value.DataType, Value: value.StringValue ?? value.BinaryValue ?? '' },
        ]),
      ),
      publishedAtMs: context.clock.now(),
    };
    for (const subscription of store.subscriptions(topic.arn)) {
      await deliver(context, subscription, notification);
    }
    context.events.emit('sns:published', { topicArn: topic.arn, subject: input.Subject });
    return { MessageId: notification.messageId };
  }

  return {
    CreateTopic(input) {
      const name: string = input.Name;
      if (name?.endsWith('.fifo')) throw new NotEmulatedError('SNS', 'FIFO topics');
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(name ?? '')) throw invalid('Topic Name');
      const arn = `arn:aws:sns:${context.region}:${context.accountId}:${name}`;
      if (!store.topic(arn)) store.putTopic({ arn, name, attributes: input.Attributes ?? {} });
      return { TopicArn: arn };
    },

    DeleteTopic(input) {
      store.dropTopic(input.TopicArn);
      return {};
    },

    ListTopics: () => ({ Topics: store.topics().map(({ arn }) => ({ TopicArn: arn })) }),

    GetTopicAttributes(input) {
      const topic = topicOf(input.TopicArn);
      const subscriptions = store.subscriptions(topic.arn);
      const confirmed = subscriptions.filter(({ protocol }) => DELIVERED_PROTOCOLS.includes(protocol)).length;
      return {
        Attributes: new Map(
          Object.entries({
            ...topic.attributes,
            TopicArn: topic.arn,
            Owner: context.accountId,
            SubscriptionsConfirmed: String(confirmed),
            SubscriptionsPending: String(subscriptions.length - confirmed),
            SubscriptionsDeleted: '0',
          }),
        ),
      };
    },

    SetTopicAttributes(input) {
      const topic = topicOf(input.TopicArn);
      store.putTopic({
        ...topic,
        attributes: { ...topic.attributes, [input.AttributeName]: input.AttributeValue ?? '' },
      });
      return {};
    },

    /** A subscription that needs confirmation from outside stays pending; queues and functions are confirmed at once. */
    Subscribe(input) {
      const topic = topicOf(input.TopicArn);
      const { Protocol: protocol, Endpoint: endpoint, Attributes: attributes = {} } = input;
      if (![...DELIVERED_PROTOCOLS, ...OUTSIDE_PROTOCOLS].includes(protocol)) {
        throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
      }
      for (const name of ['FilterPolicy', 'FilterPolicyScope', 'DeliveryPolicy', 'ReplayPolicy']) {
        if (attributes[name]) throw new NotEmulatedError('SNS', name);
      }
      const same = store
        .subscriptions(topic.arn)
        .find((other) => other.protocol === protocol && other.endpoint === endpoint);
      const arn = same?.arn ?? `${topic.arn}:${randomUUID()}`;
      store.putSubscription({ arn, topicArn: topic.arn, protocol, endpoint, attributes });
      const isConfirmed = DELIVERED_PROTOCOLS.includes(protocol);
      return { SubscriptionArn: isConfirmed || input.ReturnSubscriptionArn ? arn : 'pending confirmation' };
    },

    Unsubscribe(input) {
      store.dropSubscription(input.SubscriptionArn);
      return {};
    },

    GetSubscriptionAttributes(input) {
      const subscription = subscriptionOf(input.SubscriptionArn);
      return {
        Attributes: new Map(
          Object.entries({
            ...subscription.attributes,
            SubscriptionArn: subscription.arn,
            TopicArn: subscription.topicArn,
            Protocol: subscription.protocol,
            Endpoint: subscription.endpoint,
            Owner: context.accountId,
            PendingConfirmation: String(!DELIVERED_PROTOCOLS.includes(subscription.protocol)),
          }),
        ),
      };
    },

    ListSubscriptions: () => ({ Subscriptions: store.subscriptions().map(listed) }),

    ListSubscriptionsByTopic: (input) => ({
      Subscriptions: store.subscriptions(topicOf(input.TopicArn).arn).map(listed),
    }),

    Publish(input) {
      if (!input.TopicArn) throw new NotEmulatedError('SNS', 'publishing to a phone number or an endpoint');
      return publish(topicOf(input.TopicArn), input);
    },

    async PublishBatch(input) {
      const topic = topicOf(input.TopicArn);
      const entries: (PublishInput & { Id: string })[] = input.PublishBatchRequestEntries ?? [];
      if (entries.length === 0 || entries.length > MAX_BATCH) {
        throw new AwsError(
          entries.length === 0 ? 'EmptyBatchRequest' : 'TooManyEntriesInBatchRequest',
          `The batch request must contain 1 to ${MAX_BATCH} entries, not ${entries.length}.`,
        );
      }
      const Successful: object[] = [];
      const Failed: object[] = [];
      for (const entry of entries) {
        try {
          Successful.push({ Id: entry.Id, ...(await publish(topic, entry)) });
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
        }
      }
      return { Successful, Failed };
    },
  };

  function listed(subscription: Subscription) {
    const isConfirmed = DELIVERED_PROTOCOLS.includes(subscription.protocol);
    return {
      SubscriptionArn: isConfirmed ? subscription.arn : 'PendingConfirmation',
      TopicArn: subscription.topicArn,
      Protocol: subscription.protocol,
      Endpoint: subscription.endpoint,
      Owner: context.accountId,
    };
  }
}
