/** Queues: created, found, listed, configured, purged and deleted. */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import { pageOf } from '../../../core/paging.ts';
import type { Action } from '../../../core/service.ts';
import { invalidParameter, invalidValue, queueDoesNotExist } from '../failures.ts';
import { assertAttributes, defaultAttributes } from '../queueAttributes.ts';
import { queueNamed, queueOf, type Sqs, urlOf } from '../state.ts';
import type { Queue } from '../store.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html */
const MOST_LISTED = 1000;

interface Named {
  readonly QueueName: string;
  readonly QueueOwnerAWSAccountId?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

interface ListInput {
  readonly QueueNamePrefix?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

interface AttributesInput {
  readonly QueueUrl: string;
  readonly AttributeNames?: readonly string[];
  readonly Attributes?: Readonly<Record<string, string>>;
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name)) return;
  if (name.endsWith('.fifo')) throw new NotEmulatedError('SQS', 'FIFO queues');
  throw invalidValue('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
}

function createQueue(sqs: Sqs, { QueueName: name, Attributes: attributes = {} }: Named) {
  checkName(name);
  assertAttributes(attributes);
  const existing = sqs.store.queue(name);
  const differing =
    existing && Object.keys(attributes).find((key) => existing.attributes[key] !== attributes[key]);
  if (differing !== undefined) {
    throw new AwsError(
      'QueueNameExists',
      `A queue already exists with the same name and a different value for attribute ${differing}`,
    );
  }
  const nowMs = sqs.context.clock.now();
  const queue: Queue = existing ?? {
    name,
    arn: `arn:aws:sqs:${sqs.context.region}:${sqs.context.accountId}:${name}`,
    createdAtMs: nowMs,
    changedAtMs: nowMs,
    attributes: { ...defaultAttributes(), ...attributes },
  };
  sqs.store.putQueue(queue);
  return { QueueUrl: urlOf(sqs, queue) };
}

/** Only a caller that says how many it wants is given pages. */
function listQueues(sqs: Sqs, { QueueNamePrefix = '', MaxResults, NextToken }: ListInput) {
  const { items, next } = pageOf(
    sqs.store.queues().filter(({ name }) => name.startsWith(QueueNamePrefix)),
    {
      keyOf: ({ name }) => name,
      limit: MaxResults ?? MOST_LISTED,
      token: NextToken,
      invalidToken: (token) => invalidParameter('NextToken', token, 'Invalid or expired next token.'),
    },
  );
  return {
    QueueUrls: items.map((queue) => urlOf(sqs, queue)),
    NextToken: MaxResults === undefined ? undefined : next,
  };
}

function attributesOf({ context, store }: Sqs, queue: Queue): Record<string, string> {
  const counts = store.counts(queue.name, context.clock.now());
  return {
    ...queue.attributes,
    QueueArn: queue.arn,
    CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.changedAtMs / 1000)),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
  };
}

function setAttributes(sqs: Sqs, input: AttributesInput) {
  const queue = queueOf(sqs, input);
  assertAttributes(input.Attributes ?? {});
  const merged = Object.entries({ ...queue.attributes, ...input.Attributes });
  sqs.store.putQueue({
    ...queue,
    changedAtMs: sqs.context.clock.now(),
    attributes: Object.fromEntries(merged.filter(([, value]) => value !== '')),
  });
  return {};
}

export const queueActions = (sqs: Sqs): Record<string, Action> => ({
  CreateQueue: (input: Named) => createQueue(sqs, input),
  DeleteQueue(input) {
    sqs.store.dropQueue(queueOf(sqs, input).name);
    return {};
  },
  GetQueueUrl({ QueueName, QueueOwnerAWSAccountId: owner = sqs.context.accountId }: Named) {
    if (owner !== sqs.context.accountId) throw queueDoesNotExist();
    return { QueueUrl: urlOf(sqs, queueNamed(sqs, QueueName)) };
  },
  ListQueues: (input: ListInput) => listQueues(sqs, input),
  GetQueueAttributes(input: AttributesInput) {
    const names = input.AttributeNames ?? [];
    const all = Object.entries(attributesOf(sqs, queueOf(sqs, input)));
    return {
      Attributes: Object.fromEntries(all.filter(([name]) => names.includes('All') || names.includes(name))),
    };
  },
  SetQueueAttributes: (input: AttributesInput) => setAttributes(sqs, input),
  PurgeQueue(input) {
    sqs.store.purge(queueOf(sqs, input).name);
    return {};
  },
});
