/** AWS::SNS::Topic, AWS::SNS::TopicPolicy and AWS::SNS::Subscription. */
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Store } from './store.ts';

const MAX_NAME_LENGTH = 256;

const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

export function createResources(context: CloudContext, store: Store): Record<string, ResourceProvider> {
  const call = (action: string, input: object) => context.call('sns', action, input);
  return {
    'AWS::SNS::Topic': {
      properties: ['TopicName', 'DisplayName', 'Subscription', 'FifoTopic'],
      notEmulated: ['KmsMasterKeyId', 'Tags', 'SignatureVersion', 'TracingConfig', 'DeliveryStatusLogging'],
      async deploy(request) {
        const { properties, physicalId } = request;
        if (asText(properties.FifoTopic ?? false) === 'true')
          throw new NotEmulatedError('SNS', 'FIFO topics');
        const name =
          properties.TopicName ?? physicalId?.split(':').at(-1) ?? physicalName(request, MAX_NAME_LENGTH);
        const { TopicArn: arn } = await call('CreateTopic', { Name: name });
        if (properties.DisplayName !== undefined) {
          await call('SetTopicAttributes', {
            TopicArn: arn,
            AttributeName: 'DisplayName',
            AttributeValue: properties.DisplayName,
          });
        }
        for (const { Protocol, Endpoint } of properties.Subscription ?? []) {
          await call('Subscribe', { TopicArn: arn, Protocol, Endpoint });
        }
        return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
      },
      async remove(physicalId) {
        await call('DeleteTopic', { TopicArn: physicalId });
      },
    },
    'AWS::SNS::TopicPolicy': {
      properties: ['Topics', 'PolicyDocument'],
      async deploy({ stackName, logicalId, properties }) {
        for (const TopicArn of properties.Topics as string[]) {
          await call('SetTopicAttributes', {
            TopicArn,
            AttributeName: 'Policy',
            AttributeValue: asText(properties.PolicyDocument),
          });
        }
        return { physicalId: `${stackName}-${logicalId}`, attributes: {} };
      },
      async remove(_physicalId, properties) {
        for (const TopicArn of properties.Topics as string[]) {
          if (store.topic(TopicArn)) {
            await call('SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue: '' });
          }
        }
      },
    },
    'AWS::SNS::Subscription': {
      properties: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery', 'RedrivePolicy'],
      async deploy({ properties, physicalId }) {
        const attributes = Object.fromEntries(
          ['RawMessageDelivery', 'RedrivePolicy']
            .filter((name) => properties[name] !== undefined)
            .map((name) => [name, asText(properties[name])]),
        );
        const { SubscriptionArn: arn } = await call('Subscribe', {
          TopicArn: properties.TopicArn,
          Protocol: properties.Protocol,
          Endpoint: properties.Endpoint,
          Attributes: attributes,
          ReturnSubscriptionArn: true,
        });
        if (physicalId && physicalId !== arn) await call('Unsubscribe', { SubscriptionArn: physicalId });
        return { physicalId: arn, attributes: { Arn: arn } };
      },
      async remove(physicalId) {
        await call('Unsubscribe', { SubscriptionArn: physicalId });
      },
    },
  };
}
