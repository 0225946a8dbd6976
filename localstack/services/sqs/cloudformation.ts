/** AWS::SQS::Queue and AWS::SQS::QueuePolicy. */
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Store } from './store.ts';

const ATTRIBUTES = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'VisibilityTimeout',
  'RedrivePolicy',
];
const MAX_NAME_LENGTH = 80;

const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

export function createResources(context: CloudContext, store: Store): Record<string, ResourceProvider> {
  const call = (action: string, input: object) => context.call('sqs', action, input);
  const nameIn = (url: string) => url.split('/').at(-1)!;
  return {
    'AWS::SQS::Queue': {
      properties: ['QueueName', 'FifoQueue', ...ATTRIBUTES],
      notEmulated: [
        'KmsMasterKeyId',
        'KmsDataKeyReusePeriodSeconds',
        'SqsManagedSseEnabled',
        'RedriveAllowPolicy',
        'Tags',
      ],
      async deploy(request) {
        const { properties, physicalId } = request;
        if (asText(properties.FifoQueue ?? false) === 'true')
          throw new NotEmulatedError('SQS', 'FIFO queues');
        const name =
          properties.QueueName ?? (physicalId ? nameIn(physicalId) : physicalName(request, MAX_NAME_LENGTH));
        const attributes = Object.fromEntries(
          ATTRIBUTES.filter((attribute) => properties[attribute] !== undefined).map((attribute) => [
            attribute,
            asText(properties[attribute]),
          ]),
        );
        if (!store.queue(name)) await call('CreateQueue', { QueueName: name });
        const { QueueUrl: url } = await call('GetQueueUrl', { QueueName: name });
        await call('SetQueueAttributes', {
          QueueUrl: url,
          Attributes: properties.RedrivePolicy ? attributes : { ...attributes, RedrivePolicy: '' },
        });
        const { arn } = store.queue(name)!;
        return { physicalId: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
      },
      async remove(physicalId) {
        if (store.queue(nameIn(physicalId))) await call('DeleteQueue', { QueueUrl: physicalId });
      },
    },
    'AWS::SQS::QueuePolicy': {
      properties: ['Queues', 'PolicyDocument'],
      async deploy({ stackName, logicalId, properties }) {
        for (const QueueUrl of properties.Queues as string[]) {
          await call('SetQueueAttributes', {
            QueueUrl,
            Attributes: { Policy: asText(properties.PolicyDocument) },
          });
        }
        return { physicalId: `${stackName}-${logicalId}`, attributes: {} };
      },
      async remove(_physicalId, properties) {
        for (const QueueUrl of properties.Queues as string[]) {
          if (store.queue(nameIn(QueueUrl))) {
            await call('SetQueueAttributes', { QueueUrl, Attributes: { Policy: '' } });
          }
        }
      },
    },
  };
}
