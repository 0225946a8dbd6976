/** Sends the record of a failed or finished invocation to a queue, a topic, a bucket, a function or an event bus. */
import { randomUUID } from 'node:crypto';
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';

export interface InvocationRecord {
  /** Goes to every kind of destination. */
  readonly record: Readonly<Record<string, unknown>>;
  /** Goes to a bucket only: the whole event as JSON text. */
  readonly payload?: string;
  /** Of the object in a bucket: `aws/lambda/<this>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>`. */
  readonly folder: string;
  /** Of an event to a bus: `Success` or `Failure`, and the function. */
  readonly outcome: 'Success' | 'Failure';
  readonly functionArn: string;
}

export interface Destinations {
  /** Throws what the destination's service answers. */
  deliver(arn: string, invocation: InvocationRecord): Promise<void>;
  /** Sends the event itself to a dead-letter queue or topic, with why it is there as attributes. */
  deadLetter(arn: string, event: { requestId: string; payload: string; errorMessage: string }): Promise<void>;
}

/** `2026-01-31T10:20:30.400Z` → `2026/01/31/2026-01-31T10.20.30-<UUID>` */
const objectName = (nowMs: number) => {
  const time = new Date(nowMs).toISOString();
  return `${time.slice(0, 10).replaceAll('-', '/')}/${time.slice(0, 19).replaceAll(':', '.')}-${randomUUID()}`;
};

export function createDestinations(context: CloudContext): Destinations {
  const lambda = { service: 'lambda.amazonaws.com' };

  async function sendMessage(arn: string, MessageBody: string, MessageAttributes?: object) {
    const QueueName = arn.split(':').at(-1);
    const { QueueUrl } = await context.call('sqs', 'GetQueueUrl', { QueueName }, lambda);
    await context.call('sqs', 'SendMessage', { QueueUrl, MessageBody, MessageAttributes }, lambda);
  }

  return {
    async deliver(arn, { record, payload, folder, outcome, functionArn }) {
      const text = JSON.stringify(record);
      const service = arn.split(':')[2];
      if (service === 'sqs') await sendMessage(arn, text);
      else if (service === 'sns')
        await context.call('sns', 'Publish', { TopicArn: arn, Message: text }, lambda);
      else if (service === 's3') {
        const object = {
          Bucket: arn.split(':').at(-1),
          Key: `aws/lambda/${folder}/${objectName(context.clock.now())}`,
          Body: Buffer.from(payload === undefined ? text : JSON.stringify({ ...record, payload })),
          ContentType: 'application/json',
        };
        await context.call('s3', 'PutObject', object, lambda);
      } else if (service === 'lambda') {
        const Payload = Buffer.from(text);
        await context.call(
          'lambda',
          'Invoke',
          { FunctionName: arn, InvocationType: 'Event', Payload },
          lambda,
        );
      } else if (service === 'events') {
        const entry = {
          Source: 'lambda',
          DetailType: `Lambda Function Invocation Result - ${outcome}`,
          Resources: [functionArn],
          Detail: text,
          EventBusName: arn,
        };
        await context.call('events', 'PutEvents', { Entries: [entry] }, lambda);
      } else throw new NotEmulatedError('Lambda', `the destination ${arn}`);
    },
    async deadLetter(arn, { requestId, payload, errorMessage }) {
      const attributes = {
        RequestID: { DataType: 'String', StringValue: requestId },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: errorMessage.slice(0, 1024) || 'null' },
      };
      if (arn.split(':')[2] === 'sqs') await sendMessage(arn, payload, attributes);
      else {
        const message = { TopicArn: arn, Message: payload, MessageAttributes: attributes };
        await context.call('sns', 'Publish', message, lambda);
      }
    },
  };
}
