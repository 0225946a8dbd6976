/** Subscriptions of queues, functions and mailboxes to topics. */
import { randomUUID } from 'node:crypto';
import { NotEmulatedError } from '../../../core/errors.ts';
import { pageOf } from '../../../core/paging.ts';
import type { Action } from '../../../core/service.ts';
import { DELIVERED_PROTOCOLS, PENDING_PROTOCOLS, REFUSED_PROTOCOLS } from '../delivery.ts';
import { checkArn, invalid } from '../failures.ts';
import { type Sns, subscriptionOf, topicOf } from '../state.ts';
import type { Subscription } from '../store.ts';
import { MOST_LISTED } from './topics.ts';

type Attributes = Readonly<Record<string, string>>;

interface SubscribeInput {
  readonly TopicArn: string;
  readonly Protocol: string;
  readonly Endpoint?: string;
  readonly Attributes?: Attributes;
  readonly ReturnSubscriptionArn?: boolean;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html */
const REFUSED_ATTRIBUTES = [
  'FilterPolicy',
  'FilterPolicyScope',
  'DeliveryPolicy',
  'ReplayPolicy',
  'SubscriptionRoleArn',
];

const isConfirmed = ({ protocol }: { protocol: string }) => DELIVERED_PROTOCOLS.includes(protocol);

/** Throws what is wrong with an attribute; `where` is how the action's messages begin. */
function checkAttribute(name: string, value: string, where: string): void {
  if (REFUSED_ATTRIBUTES.includes(name)) {
    if (value !== '') throw new NotEmulatedError('SNS', name);
  } else if (name === 'RawMessageDelivery') {
    if (value !== 'true' && value !== 'false')
      throw invalid(`${where}RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
  } else if (name === 'RedrivePolicy') checkRedrivePolicy(value, where);
  else throw invalid('AttributeName');
}

function checkRedrivePolicy(text: string, where: string): void {
  if (text === '') return;
  let policy: { deadLetterTargetArn?: unknown };
  try {
    policy = JSON.parse(text);
  } catch (cause) {
    throw invalid(`${where}RedrivePolicy: failed to parse JSON. ${(cause as Error).message}`);
  }
  if (!/^arn:aws:sqs:[^:]*:\d{12}:[^:]+$/.test(String(policy.deadLetterTargetArn)))
    throw invalid(`${where}RedrivePolicy: deadLetterTargetArn is an invalid arn`);
}

function checkEndpoint(protocol: string, endpoint: string): void {
  if (REFUSED_PROTOCOLS.includes(protocol)) throw new NotEmulatedError('SNS', `${protocol} subscriptions`);
  if (!DELIVERED_PROTOCOLS.includes(protocol) && !PENDING_PROTOCOLS.includes(protocol))
    throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (protocol === 'sqs' && !endpoint.startsWith('arn:aws:sqs:')) throw invalid('SQS endpoint ARN');
  if (protocol === 'sqs' && endpoint.endsWith('.fifo'))
    throw invalid(
      'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    );
  if (protocol === 'lambda' && !endpoint.startsWith('arn:aws:lambda:')) throw invalid('Lambda endpoint ARN');
  if (protocol.startsWith('email') && !endpoint.includes('@')) throw invalid('Email address');
}

/** A mailbox would have to confirm its subscription, and stays pending; queues and functions are confirmed at once. */
function subscribe(sns: Sns, input: SubscribeInput) {
  const topic = topicOf(sns, input.TopicArn);
  const { Protocol: protocol, Endpoint: endpoint = '', Attributes: attributes = {} } = input;
  checkEndpoint(protocol, endpoint);
  for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value, 'Attributes Reason: ');
  const same = sns.store
    .subscriptions(topic.arn)
    .find((other) => other.protocol === protocol && other.endpoint === endpoint);
  if (same && Object.entries(attributes).some(([name, value]) => same.attributes[name] !== value))
    throw invalid('Attributes Reason: Subscription already exists with different attributes');
  const arn = same?.arn ?? `${topic.arn}:${randomUUID()}`;
  if (!same) sns.store.putSubscription({ arn, topicArn: topic.arn, protocol, endpoint, attributes });
  const isShown = isConfirmed({ protocol }) || input.ReturnSubscriptionArn === true;
  return { SubscriptionArn: isShown ? arn : 'pending confirmation' };
}

function unsubscribe(sns: Sns, arn: string) {
  checkArn('SubscriptionArn', arn);
  if (arn.split(':').length < 7) throw invalid('SubscriptionId');
  sns.store.dropSubscription(arn);
  return {};
}

function listed(sns: Sns, subscriptions: readonly Subscription[], token: string | undefined) {
  const { items, next } = pageOf(subscriptions, {
    keyOf: ({ arn }) => arn,
    limit: MOST_LISTED,
    token,
    invalidToken: () => invalid('NextToken'),
  });
  return {
    Subscriptions: items.map((subscription) => ({
      SubscriptionArn: isConfirmed(subscription) ? subscription.arn : 'PendingConfirmation',
      TopicArn: subscription.topicArn,
      Protocol: subscription.protocol,
      Endpoint: subscription.endpoint,
      Owner: sns.context.accountId,
    })),
    NextToken: next,
  };
}

const attributesOf = (sns: Sns, subscription: Subscription): Record<string, string> => ({
  ...subscription.attributes,
  SubscriptionArn: subscription.arn,
  TopicArn: subscription.topicArn,
  Protocol: subscription.protocol,
  Endpoint: subscription.endpoint,
  Owner: sns.context.accountId,
  PendingConfirmation: String(!isConfirmed(subscription)),
});

export const subscriptionActions = (sns: Sns): Record<string, Action> => ({
  Subscribe: (input: SubscribeInput) => subscribe(sns, input),
  Unsubscribe: ({ SubscriptionArn }: { SubscriptionArn: string }) => unsubscribe(sns, SubscriptionArn),
  GetSubscriptionAttributes: ({ SubscriptionArn }: { SubscriptionArn: string }) => ({
    Attributes: new Map(Object.entries(attributesOf(sns, subscriptionOf(sns, SubscriptionArn)))),
  }),
  SetSubscriptionAttributes(input: {
    SubscriptionArn: string;
    AttributeName: string;
    AttributeValue?: string;
  }) {
    const subscription = subscriptionOf(sns, input.SubscriptionArn);
    const { AttributeName: name, AttributeValue: value = '' } = input;
    checkAttribute(name, value, '');
    const { [name]: _former, ...others } = subscription.attributes;
    const attributes = value === '' ? others : { ...others, [name]: value };
    sns.store.putSubscription({ ...subscription, attributes });
    return {};
  },
  ListSubscriptions: ({ NextToken }: { NextToken?: string }) =>
    listed(sns, sns.store.subscriptions(), NextToken),
  ListSubscriptionsByTopic: ({ TopicArn, NextToken }: { TopicArn: string; NextToken?: string }) =>
    listed(sns, sns.store.subscriptions(topicOf(sns, TopicArn).arn), NextToken),
});
