/** Messages are published to a topic, one or up to ten at a time. */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { deliver, type Notification } from '../delivery.ts';
import { invalid, invalidAttribute } from '../failures.ts';
import { type Sns, topicOf } from '../state.ts';
import type { Topic } from '../store.ts';

const MAX_MESSAGE_BYTES = 262_144;
const MAX_BATCH = 10;
const MAX_SUBJECT = 100;
const MAX_ID = 80;

interface AttributeValue {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

interface PublishInput {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageStructure?: string;
  readonly MessageAttributes?: Readonly<Record<string, AttributeValue>>;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

type BatchEntry = PublishInput & { readonly Id: string };

/** Names and values of message attributes, with the service's own complaints (recorded: test_empty_or_wrong_message_attributes). */
function checkAttribute(
  name: string,
  { DataType: type, StringValue: text, BinaryValue: binary }: AttributeValue,
) {
  if (Buffer.byteLength(name) > 256)
    throw invalidAttribute('Length of message attribute name must be less than 256 bytes.');
  const odd = /[^A-Za-z0-9_.-]/u.exec(name)?.[0];
  if (odd !== undefined)
    throw invalidAttribute(
      `Invalid non-alphanumeric character '#x${odd.codePointAt(0)?.toString(16).toUpperCase()}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  for (const [at, dotted] of [
    ['starting', /^\./],
    ['ending', /\.$/],
  ] as const) {
    if (dotted.test(name))
      throw invalidAttribute(`Invalid message attribute name ${at} with character '.' was found.`);
  }
  if (name.includes('..'))
    throw invalidAttribute("Message attribute name can not have successive '.' character.");
  const [base = ''] = type.split('.');
  if (!['String', 'Number', 'Binary'].includes(base))
    throw invalidAttribute(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const [value, other, field] = base === 'Binary' ? [binary, text, 'Binary'] : [text, binary, 'String'];
  if (value === undefined && other !== undefined)
    throw invalidAttribute(`The message attribute '${name}' with type '${type}' must use field '${field}'.`);
  if (!value)
    throw invalidAttribute(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
}

function textsOf(input: PublishInput): Record<string, string> {
  if (input.MessageStructure === undefined) return { default: input.Message };
  if (input.MessageStructure !== 'json') throw invalid('MessageStructure');
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

function notificationOf({ context }: Sns, topic: Topic, input: PublishInput): Notification {
  if (input.MessageGroupId) throw new NotEmulatedError('SNS', 'MessageGroupId (FIFO topics and fair queues)');
  if (input.MessageDeduplicationId)
    throw invalid(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    );
  if (input.Message === '') throw invalid('Empty message');
  if (Buffer.byteLength(input.Message) > MAX_MESSAGE_BYTES) throw invalid('Message too long');
  const { Subject: subject, MessageAttributes: attributes = {} } = input;
  if (subject !== undefined && (subject === '' || subject.length > MAX_SUBJECT || /[\n\r]/.test(subject)))
    throw invalid('Subject');
  for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value);
  return {
    messageId: randomUUID(),
    topicArn: topic.arn,
    subject,
    texts: textsOf(input),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        { Type: value.DataType, Value: value.StringValue ?? value.BinaryValue ?? '' },
      ]),
    ),
    publishedAtMs: context.clock.now(),
  };
}

async function send({ context, store }: Sns, notification: Notification): Promise<{ MessageId: string }> {
  for (const subscription of store.subscriptions(notification.topicArn)) {
    await deliver(context, subscription, notification);
  }
  context.events.emit('sns:published', {
    topicArn: notification.topicArn,
    subject: notification.subject,
  });
  return { MessageId: notification.messageId };
}

/** https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html: what is wrong with a batch fails all of it. */
function checkBatch(entries: readonly BatchEntry[]): void {
  const failure = (code: string, message: string) => new AwsError(code, message);
  if (entries.length === 0)
    throw failure('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (entries.length > MAX_BATCH)
    throw failure(
      'TooManyEntriesInBatchRequest',
      'The batch request contains more entries than permissible.',
    );
  for (const { Id } of entries) {
    const isLong = Id.length > MAX_ID;
    if (!isLong && /^[\w-]+$/.test(Id)) continue;
    const complaint = isLong ? 'is too long' : 'contains an impermissible character';
    throw failure('InvalidBatchEntryId', `The Id of a batch entry in the batch request ${complaint}: ${Id}`);
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw failure('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  if (entries.reduce((sum, { Message }) => sum + Buffer.byteLength(Message), 0) > MAX_MESSAGE_BYTES)
    throw failure(
      'BatchRequestTooLong',
      'The length of all the messages put together is more than the limit.',
    );
}

export const publishingActions = (sns: Sns): Record<string, Action> => ({
  Publish(input: PublishInput & { TopicArn?: string; TargetArn?: string }) {
    const arn = input.TopicArn ?? input.TargetArn;
    if (arn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
    if (arn.includes(':endpoint/')) throw new NotEmulatedError('SNS', 'publishing to an endpoint');
    const topic = topicOf(sns, arn, input.TopicArn === undefined ? 'TargetArn' : 'TopicArn');
    return send(sns, notificationOf(sns, topic, input));
  },
  async PublishBatch(input: { TopicArn: string; PublishBatchRequestEntries: readonly BatchEntry[] }) {
    const topic = topicOf(sns, input.TopicArn);
    const { PublishBatchRequestEntries: entries } = input;
    checkBatch(entries);
    const notifications = entries.map((entry) => ({
      Id: entry.Id,
      notification: notificationOf(sns, topic, entry),
    }));
    const Successful: object[] = [];
    for (const { Id, notification } of notifications)
      Successful.push({ Id, ...(await send(sns, notification)) });
    return { Successful, Failed: [] };
  },
});
