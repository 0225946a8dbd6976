/** AWS::SQS::Queue and AWS::SQS::QueuePolicy. */
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import { defaultAttributes } from './queueAttributes.ts';
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

  async function withdrawPolicy(queues: readonly string[]) {
    for (const QueueUrl of queues.filter((url) => store.queue(nameIn(url)))) {
      await call('SetQueueAttributes', { QueueUrl, Attributes: { Policy: '' } });
    }
  }

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
      nameProperty: 'QueueName',
      replacedBy: ['FifoQueue', 'QueueName'],
      async deploy(request) {
        const { properties, physicalId } = request;
        if (asText(properties.FifoQueue ?? false) === 'true')
          throw new NotEmulatedError('SQS', 'FIFO queues');
        const name =
          properties.QueueName ?? (physicalId ? nameIn(physicalId) : physicalName(request, MAX_NAME_LENGTH));
        const defaults: Record<string, string> = { ...defaultAttributes(), RedrivePolicy: '' };
        const attributes = Object.fromEntries(
          ATTRIBUTES.map((attribute) => [attribute, asText(properties[attribute] ?? defaults[attribute])]),
        );
        if (!store.queue(name)) await call('CreateQueue', { QueueName: name });
        const { QueueUrl: url } = await call('GetQueueUrl', { QueueName: name });
        await call('SetQueueAttributes', { QueueUrl: url, Attributes: attributes });
        const { arn } = store.queue(name)!;
        return { physicalId: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
      },
      async remove(physicalId) {
        if (store.queue(nameIn(physicalId))) await call('DeleteQueue', { QueueUrl: physicalId });
      },
    },
    'AWS::SQS::QueuePolicy': {
      properties: ['Queues', 'PolicyDocument'],
      async deploy({ stackName, logicalId, properties, previous }) {
        const left = (previous?.Queues ?? []) as string[];
        await withdrawPolicy(left.filter((url) => !properties.Queues.includes(url)));
        for (const QueueUrl of properties.Queues as string[]) {
          await call('SetQueueAttributes', {
            QueueUrl,
            Attributes: { Policy: asText(properties.PolicyDocument) },
          });
        }
        return { physicalId: `${stackName}-${logicalId}`, attributes: {} };
      },
      remove: (_physicalId, properties) => withdrawPolicy(properties.Queues as string[]),
    },
  };
}
