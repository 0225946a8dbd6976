/** AWS::SNS::Topic, AWS::SNS::TopicPolicy and AWS::SNS::Subscription. */
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Store } from './store.ts';

const MAX_NAME_LENGTH = 256;

interface Listener {
  readonly Protocol: string;
  readonly Endpoint: string;
}

const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

export function createResources(context: CloudContext, store: Store): Record<string, ResourceProvider> {
  const call = (action: string, input: object) => context.call('sns', action, input);

  /** Brings a topic's own subscriptions to those of its template. */
  async function subscribe(TopicArn: string, wanted: readonly Listener[], before: readonly Listener[]) {
    for (const { Protocol, Endpoint } of wanted) await call('Subscribe', { TopicArn, Protocol, Endpoint });
    const isWanted = ({ Protocol, Endpoint }: Listener) =>
      wanted.some((other) => other.Protocol === Protocol && other.Endpoint === Endpoint);
    for (const { Protocol, Endpoint } of before.filter((listener) => !isWanted(listener))) {
      const left = store
        .subscriptions(TopicArn)
        .find(({ protocol, endpoint }) => protocol === Protocol && endpoint === Endpoint);
      if (left) await call('Unsubscribe', { SubscriptionArn: left.arn });
    }
  }

  async function withdrawPolicy(topics: readonly string[]) {
    for (const TopicArn of topics.filter((arn) => store.topic(arn))) {
      await call('SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue: '' });
    }
  }

  return {
    'AWS::SNS::Topic': {
      properties: ['TopicName', 'DisplayName', 'Subscription', 'FifoTopic'],
      notEmulated: ['KmsMasterKeyId', 'Tags', 'SignatureVersion', 'TracingConfig', 'DeliveryStatusLogging'],
      nameProperty: 'TopicName',
      replacedBy: ['FifoTopic', 'TopicName'],
      async deploy(request) {
        const { properties, physicalId, previous } = request;
        if (asText(properties.FifoTopic ?? false) === 'true')
          throw new NotEmulatedError('SNS', 'FIFO topics');
        const name =
          properties.TopicName ?? physicalId?.split(':').at(-1) ?? physicalName(request, MAX_NAME_LENGTH);
        const { TopicArn: arn } = await call('CreateTopic', { Name: name });
        if (properties.DisplayName !== previous?.DisplayName) {
          await call('SetTopicAttributes', {
            TopicArn: arn,
            AttributeName: 'DisplayName',
            AttributeValue: properties.DisplayName ?? '',
          });
        }
        await subscribe(arn, properties.Subscription ?? [], previous?.Subscription ?? []);
        return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
      },
      async remove(physicalId) {
        await call('DeleteTopic', { TopicArn: physicalId });
      },
    },
    'AWS::SNS::TopicPolicy': {
      properties: ['Topics', 'PolicyDocument'],
      async deploy({ stackName, logicalId, properties, previous }) {
        const left = (previous?.Topics ?? []) as string[];
        await withdrawPolicy(left.filter((arn) => !properties.Topics.includes(arn)));
        for (const TopicArn of properties.Topics as string[]) {
          await call('SetTopicAttributes', {
            TopicArn,
            AttributeName: 'Policy',
            AttributeValue: asText(properties.PolicyDocument),
          });
        }
        return { physicalId: `${stackName}-${logicalId}`, attributes: {} };
      },
      remove: (_physicalId, properties) => withdrawPolicy(properties.Topics as string[]),
    },
    'AWS::SNS::Subscription': {
      properties: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery', 'RedrivePolicy'],
      replacedBy: ['Endpoint', 'Protocol', 'TopicArn'],
      async deploy({ properties, physicalId }) {
        const attributes = Object.fromEntries(
          ['RawMessageDelivery', 'RedrivePolicy']
            .filter((name) => properties[name] !== undefined)
            .map((name) => [name, asText(properties[name])]),
        );
        const arn =
          physicalId ??
          (
            await call('Subscribe', {
              TopicArn: properties.TopicArn,
              Protocol: properties.Protocol,
              Endpoint: properties.Endpoint,
              ReturnSubscriptionArn: true,
            })
          ).SubscriptionArn;
        const settings = { RawMessageDelivery: 'false', RedrivePolicy: '', ...attributes };
        for (const [AttributeName, AttributeValue] of Object.entries(settings))
          await call('SetSubscriptionAttributes', { SubscriptionArn: arn, AttributeName, AttributeValue });
        return { physicalId: arn, attributes: { Arn: arn } };
      },
      async remove(physicalId) {
        await call('Unsubscribe', { SubscriptionArn: physicalId });
      },
    },
  };
}
