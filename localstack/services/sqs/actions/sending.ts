/** Messages are sent, one or up to ten at a time. */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { Action, CallContext } from '../../../core/service.ts';
import { batch, checkEntries } from '../batch.ts';
import { invalidParameter, invalidValue, missingParameter } from '../failures.ts';
import { checkAttributes, checkCharacters, traceHeader } from '../messageAttributes.ts';
import { attributesDigest, bodyDigest, type MessageAttributes } from '../messageDigest.ts';
import { numberAttribute } from '../queueAttributes.ts';
import { queueOf, type Sqs } from '../state.ts';
import type { Message, Queue } from '../store.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const MAX_DELAY_S = 900;

interface SendInput {
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: MessageAttributes;
  readonly MessageSystemAttributes?: MessageAttributes;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

const sizeOf = ({ MessageBody: body, MessageAttributes: attributes = {} }: SendInput) =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType: type, StringValue: text = '', BinaryValue: binary = '' }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(type) +
      Buffer.byteLength(text) +
      Buffer.byteLength(binary, 'base64'),
    Buffer.byteLength(body),
  );

function checkMessage(queue: Queue, input: SendInput): void {
  if (input.MessageGroupId) throw new NotEmulatedError('SQS', 'fair queues (MessageGroupId)');
  if (input.MessageDeduplicationId)
    throw invalidParameter(
      'MessageDeduplicationId',
      input.MessageDeduplicationId,
      'The request include parameter that is not valid for this queue type.',
    );
  const delay = input.DelaySeconds ?? 0;
  if (!(delay >= 0 && delay <= MAX_DELAY_S))
    throw invalidParameter('DelaySeconds', delay, `DelaySeconds must be >= 0 and <= ${MAX_DELAY_S}.`);
  if (input.MessageBody === '') throw missingParameter('MessageBody');
  const most = numberAttribute(queue.attributes, 'MaximumMessageSize');
  if (sizeOf(input) > most)
    throw invalidValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
    );
  checkCharacters(input.MessageBody);
  checkAttributes(input.MessageAttributes ?? {});
}

const digestOf = (attributes: MessageAttributes = {}) =>
  Object.keys(attributes).length > 0 ? attributesDigest(attributes) : undefined;

function send({ context, store }: Sqs, queue: Queue, input: SendInput, call: CallContext) {
  checkMessage(queue, input);
  const nowMs = context.clock.now();
  const delay = input.DelaySeconds ?? numberAttribute(queue.attributes, 'DelaySeconds');
  const message: Message = {
    id: randomUUID(),
    body: input.MessageBody,
    attributes: input.MessageAttributes ?? {},
    traceHeader: traceHeader(input.MessageSystemAttributes),
    senderId: call.principal.accessKeyId ?? call.principal.service ?? context.accountId,
    sentAtMs: nowMs,
    receives: 0,
  };
  store.send(queue.name, message, nowMs + delay * 1000);
  context.events.emit('sqs:message', { queueArn: queue.arn });
  return {
    MessageId: message.id,
    MD5OfMessageBody: bodyDigest(message.body),
    MD5OfMessageAttributes: digestOf(message.attributes),
    MD5OfMessageSystemAttributes: digestOf(input.MessageSystemAttributes),
  };
}

function checkBatchSize(queue: Queue, entries: readonly SendInput[]): void {
  const most = numberAttribute(queue.attributes, 'MaximumMessageSize');
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (size <= most) return;
  throw new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${most} bytes. You have sent ${size} bytes.`,
  );
}

export const sendingActions = (sqs: Sqs): Record<string, Action> => ({
  SendMessage: (input, call) => send(sqs, queueOf(sqs, input), input, call),
  SendMessageBatch(input: { QueueUrl: string; Entries: readonly (SendInput & { Id: string })[] }, call) {
    const queue = queueOf(sqs, input);
    checkEntries(input.Entries);
    checkBatchSize(queue, input.Entries);
    return batch(input.Entries, (entry) => send(sqs, queue, entry, call));
  },
});
