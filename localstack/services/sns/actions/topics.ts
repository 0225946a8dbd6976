/** Topics: created, described, configured, listed and deleted. */
import { NotEmulatedError } from '../../../core/errors.ts';
import { pageOf } from '../../../core/paging.ts';
import type { Action } from '../../../core/service.ts';
import { DELIVERED_PROTOCOLS } from '../delivery.ts';
import { checkArn, invalid } from '../failures.ts';
import { type Sns, topicOf } from '../state.ts';
import type { Topic } from '../store.ts';

/** https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html */
export const MOST_LISTED = 100;

interface CreateInput {
  readonly Name: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

/** Kept and shown; deliveries over HTTP, their feedback, encryption and tracing do nothing here. */
const ATTRIBUTES =
  /^(DisplayName|Policy|DeliveryPolicy|KmsMasterKeyId|SignatureVersion|TracingConfig|(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn))$/;

const FIFO_ATTRIBUTES = ['FifoTopic', 'ContentBasedDeduplication', 'ArchivePolicy', 'FifoThroughputScope'];

function checkAttribute(name: string, value: string): void {
  if (FIFO_ATTRIBUTES.includes(name)) {
    if (name === 'FifoTopic' && value === 'false') return;
    throw new NotEmulatedError('SNS', `FIFO topics (${name})`);
  }
  if (!ATTRIBUTES.test(name)) throw invalid('AttributeName');
}

function createTopic({ context, store }: Sns, { Name: name, Attributes: attributes = {} }: CreateInput) {
  if (attributes.FifoTopic === 'true' && !name.endsWith('.fifo')) {
    throw invalid(
      'Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.',
    );
  }
  if (name.endsWith('.fifo')) throw new NotEmulatedError('SNS', 'FIFO topics');
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalid('Topic Name');
  for (const [attribute, value] of Object.entries(attributes)) checkAttribute(attribute, value);
  const arn = `arn:aws:sns:${context.region}:${context.accountId}:${name}`;
  const existing = store.topic(arn);
  const differs = Object.entries(attributes).some(([key, value]) => existing?.attributes[key] !== value);
  if (existing && differs) throw invalid('Attributes Reason: Topic already exists with different attributes');
  if (!existing) store.putTopic({ arn, name, attributes });
  return { TopicArn: arn };
}

function attributesOf({ context, store }: Sns, topic: Topic): Record<string, string> {
  const subscriptions = store.subscriptions(topic.arn);
  const confirmed = subscriptions.filter(({ protocol }) => DELIVERED_PROTOCOLS.includes(protocol)).length;
  return {
    ...topic.attributes,
    TopicArn: topic.arn,
    Owner: context.accountId,
    SubscriptionsConfirmed: String(confirmed),
    SubscriptionsPending: String(subscriptions.length - confirmed),
    SubscriptionsDeleted: '0',
  };
}

export const topicActions = (sns: Sns): Record<string, Action> => ({
  CreateTopic: (input: CreateInput) => createTopic(sns, input),
  DeleteTopic({ TopicArn }: { TopicArn: string }) {
    checkArn('TopicArn', TopicArn);
    sns.store.dropTopic(TopicArn);
    return {};
  },
  ListTopics({ NextToken }: { NextToken?: string }) {
    const { items, next } = pageOf(sns.store.topics(), {
      keyOf: ({ arn }) => arn,
      limit: MOST_LISTED,
      token: NextToken,
      invalidToken: () => invalid('NextToken'),
    });
    return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), NextToken: next };
  },
  GetTopicAttributes: ({ TopicArn }: { TopicArn: string }) => ({
    Attributes: new Map(Object.entries(attributesOf(sns, topicOf(sns, TopicArn)))),
  }),
  SetTopicAttributes(input: { TopicArn: string; AttributeName: string; AttributeValue?: string }) {
    const topic = topicOf(sns, input.TopicArn);
    const { AttributeName: name, AttributeValue: value = '' } = input;
    checkAttribute(name, value);
    sns.store.putTopic({ ...topic, attributes: { ...topic.attributes, [name]: value } });
    return {};
  },
});
