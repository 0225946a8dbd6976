/** State shared by SNS's actions: topics and subscriptions, found by their ARNs. */
import type { CloudContext } from '../../core/service.ts';
import { checkArn, notFound } from './failures.ts';
import type { Store, Subscription, Topic } from './store.ts';

export interface Sns {
  readonly context: CloudContext;
  readonly store: Store;
}

export function topicOf({ store }: Sns, arn: string, member = 'TopicArn'): Topic {
  checkArn(member, arn);
  const topic = store.topic(arn);
  if (!topic) throw notFound('Topic');
  return topic;
}

export function subscriptionOf({ store }: Sns, arn: string): Subscription {
  checkArn('SubscriptionArn', arn);
  const subscription = store.subscription(arn);
  if (!subscription) throw notFound('Subscription');
  return subscription;
}
