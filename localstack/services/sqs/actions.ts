/** The API: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Action, CallContext, CloudContext } from '../../core/service.ts';
import { attributesDigest, bodyDigest, type MessageAttributes } from './messageDigest.ts';
import { assertAttributes, defaultAttributes, numberAttribute, redrivePolicy } from './queueAttributes.ts';
import type { Message, Queue, Store, StoredMessage } from './store.ts';

const MAX_BATCH = 10;
const MAX_LONG_POLL_S = 20;
const MAX_VISIBILITY_S = 43_200;

interface SendInput {
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: MessageAttributes;
  readonly MessageGroupId?: string;
}

interface Receipt {
  readonly number: number;
  readonly receives: number;
}

const receiptHandle = (queue: Queue, { number, receives }: Receipt) =>
  Buffer.from(JSON.stringify([queue.name, number, receives, randomUUID()])).toString('base64');

function receiptOf(queue: Queue, handle: string): Receipt {
  try {
    const [name, number, receives] = JSON.parse(Buffer.from(handle, 'base64').toString());
    if (name === queue.name) return { number, receives };
  } catch (cause) {
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
      {
        cause,
      },
    );
  }
  throw new AwsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
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

/** `stopping` is aborted when the service stops: whoever waits for a message is answered with none. */
export function createActions(
  context: CloudContext,
  store: Store,
  stopping: AbortSignal,
): Record<string, Action> {
  const urlOf = (queue: Queue) => `${context.endpoint()}/${context.accountId}/${queue.name}`;

  function named(name: string): Queue {
    const queue = store.queue(name);
    if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  /** By the last part of its URL, so that a queue is found whatever port it was once told under. */
  function queueOf(input: { QueueUrl?: string }): Queue {
    if (!input.QueueUrl) {
      throw new AwsError('MissingParameter', 'The request must contain the parameter QueueUrl.');
    }
    const queue = named(input.QueueUrl.split('/').at(-1)!);
    store.expire(
      queue.name,
      context.clock.now() - numberAttribute(queue.attributes, 'MessageRetentionPeriod') * 1000,
    );
    return queue;
  }

  function send(queue: Queue, input: SendInput, call: CallContext) {
    if (input.MessageGroupId) throw new NotEmulatedError('SQS', 'fair queues (MessageGroupId)');
    if (!input.MessageBody) {
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
    }
    const most = numberAttribute(queue.attributes, 'MaximumMessageSize');
    if (sizeOf(input) > most) {
      throw new AwsError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
      );
    }
    const nowMs = context.clock.now();
    const delay = input.DelaySeconds ?? numberAttribute(queue.attributes, 'DelaySeconds');
    const message: Message = {
      id: randomUUID(),
      body: input.MessageBody,
      attributes: input.MessageAttributes ?? {},
      senderId: call.principal.accessKeyId ?? call.principal.service ?? context.accountId,
      sentAtMs: nowMs,
      receives: 0,
    };
    store.send(queue.name, message, nowMs + delay * 1000);
    context.events.emit('sqs:message', { queueArn: queue.arn });
    return {
      MessageId: message.id,
      MD5OfMessageBody: bodyDigest(message.body),
      MD5OfMessageAttributes:
        Object.keys(message.attributes).length > 0 ? attributesDigest(message.attributes) : undefined,
    };
  }

  /** Takes visible messages; one that was given out too often goes to the dead-letter queue instead. */
  function take(queue: Queue, most: number, visibilityS: number): StoredMessage[] {
    const nowMs = context.clock.now();
    const policy = redrivePolicy(queue.attributes);
    const deadLetters = policy && store.queue(policy.deadLetterTargetArn.split(':').at(-1)!);
    const taken: StoredMessage[] = [];
    store.transaction(() => {
      while (taken.length < most) {
        const [next] = store.visible(queue.name, nowMs, 1);
        if (!next) break;
        if (policy && deadLetters && next.receives >= policy.maxReceiveCount) {
          const { number, ...message } = next;
          store.drop(number);
          store.send(deadLetters.name, { ...message, receives: 0, deadLetterSource: queue.arn }, nowMs);
          context.events.emit('sqs:message', { queueArn: deadLetters.arn });
          continue;
        }
        const received: StoredMessage = {
          ...next,
          receives: next.receives + 1,
          firstReceivedAtMs: next.firstReceivedAtMs ?? nowMs,
        };
        // With a time-out of 0 the message is there again at once, but not within the same answer.
        store.received(received, nowMs + Math.max(visibilityS * 1000, 1));
        taken.push(received);
      }
    });
    return taken;
  }

  /** Resolves when the queue may have something, or the time is up. */
  function arrival(queue: Queue, untilMs: number): Promise<void> {
    return new Promise((resolve) => {
      const forget = context.events.on('sqs:message', (detail) => {
        if ((detail as { queueArn: string }).queueArn === queue.arn) end();
      });
      const wakeAtMs = Math.min(untilMs, store.nextVisibleAtMs(queue.name) ?? untilMs);
      const cancel = context.clock.after(Math.max(0, wakeAtMs - context.clock.now()), () => end());
      const end = () => {
        stopping.removeEventListener('abort', end);
        forget();
        cancel();
        resolve();
      };
      stopping.addEventListener('abort', end, { once: true });
    });
  }

  function shown(queue: Queue, message: StoredMessage, input: ReceiveInput) {
    const system: Record<string, string> = {
      SenderId: message.senderId,
      SentTimestamp: String(message.sentAtMs),
      ApproximateReceiveCount: String(message.receives),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
      ...(message.deadLetterSource && { DeadLetterQueueSourceArn: message.deadLetterSource }),
    };
    const wanted = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
    const attributes = Object.fromEntries(
      Object.entries(system).filter(([name]) => wanted.includes('All') || wanted.includes(name)),
    );
    const names = input.MessageAttributeNames ?? [];
    const messageAttributes = Object.fromEntries(
      Object.entries(message.attributes).filter(([name]) => names.some((pattern) => fits(pattern, name))),
    );
    const hasAttributes = Object.keys(messageAttributes).length > 0;
    return {
      MessageId: message.id,
      ReceiptHandle: receiptHandle(queue, message),
      MD5OfBody: bodyDigest(message.body),
      Body: message.body,
      Attributes: Object.keys(attributes).length > 0 ? attributes : undefined,
      MessageAttributes: hasAttributes ? messageAttributes : undefined,
      MD5OfMessageAttributes: hasAttributes ? attributesDigest(messageAttributes) : undefined,
    };
  }

  function changeVisibility(queue: Queue, handle: string, seconds: number): void {
    if (!(seconds >= 0 && seconds <= MAX_VISIBILITY_S)) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and ${MAX_VISIBILITY_S}.`,
      );
    }
    const { number, receives } = receiptOf(queue, handle);
    const nowMs = context.clock.now();
    if (!store.isInFlight(queue.name, number, receives, nowMs)) {
      throw new AwsError(
        'MessageNotInflight',
        `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    }
    store.show(number, nowMs + seconds * 1000);
    if (seconds === 0) context.events.emit('sqs:message', { queueArn: queue.arn });
  }

  const remove = (queue: Queue, handle: string) => {
    const { number, receives } = receiptOf(queue, handle);
    store.remove(queue.name, number, receives);
  };

  /** Each entry succeeds or fails by itself. */
  function batch<Entry extends { readonly Id: string }>(
    entries: readonly Entry[] | undefined,
    work: (entry: Entry) => object,
  ) {
    if (!entries?.length) {
      throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
    }
    if (entries.length > MAX_BATCH) {
      throw new AwsError(
        'TooManyEntriesInBatchRequest',
        `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`,
      );
    }
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      throw new AwsError(
        'BatchEntryIdsNotDistinct',
        'Two or more batch entries in the request have the same Id.',
      );
    }
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of entries) {
      try {
        Successful.push({ Id: entry.Id, ...work(entry) });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({
          Id: entry.Id,
          Code: error.code,
          Message: error.message,
          SenderFault: error.status < 500,
        });
      }
    }
    return { Successful, Failed: Failed.length > 0 ? Failed : undefined };
  }

  return {
    CreateQueue(input) {
      const name: string = input.QueueName;
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(name ?? '')) {
        if (name?.endsWith('.fifo')) throw new NotEmulatedError('SQS', 'FIFO queues');
        throw new AwsError(
          'InvalidParameterValue',
          'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
        );
      }
      const attributes = input.Attributes ?? {};
      assertAttributes(attributes);
      const existing = store.queue(name);
      const differs =
        existing && Object.entries(attributes).some(([key, value]) => existing.attributes[key] !== value);
      if (differs) {
        throw new AwsError(
          'QueueNameExists',
          'A queue already exists with the same name and a different value for attribute(s)',
        );
      }
      const nowMs = context.clock.now();
      const queue = existing ?? {
        name,
        arn: `arn:aws:sqs:${context.region}:${context.accountId}:${name}`,
        createdAtMs: nowMs,
        changedAtMs: nowMs,
        attributes: { ...defaultAttributes(), ...attributes },
      };
      store.putQueue(queue);
      return { QueueUrl: urlOf(queue) };
    },

    DeleteQueue(input) {
      store.dropQueue(queueOf(input).name);
      return {};
    },

    GetQueueUrl: (input) => ({ QueueUrl: urlOf(named(input.QueueName)) }),

    ListQueues: (input) => ({
      QueueUrls: store
        .queues()
        .filter(({ name }) => name.startsWith(input.QueueNamePrefix ?? ''))
        .map(urlOf),
    }),

    GetQueueAttributes(input) {
      const queue = queueOf(input);
      const counts = store.counts(queue.name, context.clock.now());
      const all: Record<string, string> = {
        ...queue.attributes,
        QueueArn: queue.arn,
        CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1000)),
        LastModifiedTimestamp: String(Math.floor(queue.changedAtMs / 1000)),
        ApproximateNumberOfMessages: String(counts.visible),
        ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
        ApproximateNumberOfMessagesDelayed: String(counts.delayed),
      };
      const names: string[] = input.AttributeNames ?? [];
      return {
        Attributes: Object.fromEntries(
          Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name)),
        ),
      };
    },

    SetQueueAttributes(input) {
      const queue = queueOf(input);
      assertAttributes(input.Attributes);
      const merged = Object.entries({ ...queue.attributes, ...input.Attributes }) as [string, string][];
      store.putQueue({
        ...queue,
        changedAtMs: context.clock.now(),
        attributes: Object.fromEntries(merged.filter(([, value]) => value !== '')),
      });
      return {};
    },

    PurgeQueue(input) {
      store.purge(queueOf(input).name);
      return {};
    },

    SendMessage: (input, call) => send(queueOf(input), input, call),

    SendMessageBatch(input, call) {
      const queue = queueOf(input);
      const entries: (SendInput & { Id: string })[] = input.Entries ?? [];
      const most = numberAttribute(queue.attributes, 'MaximumMessageSize');
      const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
      if (size > most) {
        throw new AwsError(
          'BatchRequestTooLong',
          `Batch requests cannot be longer than ${most} bytes. You have sent ${size} bytes.`,
        );
      }
      return batch(entries, (entry) => send(queue, entry, call));
    },

    async ReceiveMessage(input: ReceiveInput) {
      const queue = queueOf(input);
      const most = input.MaxNumberOfMessages ?? 1;
      if (!(most >= 1 && most <= MAX_BATCH)) {
        throw new AwsError(
          'InvalidParameterValue',
          `Value ${most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and ${MAX_BATCH}, if provided.`,
        );
      }
      const waitS =
        input.WaitTimeSeconds ?? numberAttribute(queue.attributes, 'ReceiveMessageWaitTimeSeconds');
      const visibilityS = input.VisibilityTimeout ?? numberAttribute(queue.attributes, 'VisibilityTimeout');
      const untilMs = context.clock.now() + Math.min(waitS, MAX_LONG_POLL_S) * 1000;
      let taken = take(queue, most, visibilityS);
      while (taken.length === 0 && context.clock.now() < untilMs && store.queue(queue.name)) {
        await arrival(queue, untilMs);
        if (stopping.aborted) return {};
        taken = take(queue, most, visibilityS);
      }
      return taken.length > 0 ? { Messages: taken.map((message) => shown(queue, message, input)) } : {};
    },

    DeleteMessage(input) {
      remove(queueOf(input), input.ReceiptHandle);
      return {};
    },

    DeleteMessageBatch(input) {
      const queue = queueOf(input);
      return batch(input.Entries as { Id: string; ReceiptHandle: string }[], (entry) => {
        remove(queue, entry.ReceiptHandle);
        return {};
      });
    },

    ChangeMessageVisibility(input) {
      changeVisibility(queueOf(input), input.ReceiptHandle, input.VisibilityTimeout);
      return {};
    },

    ChangeMessageVisibilityBatch(input) {
      const queue = queueOf(input);
      const entries = input.Entries as { Id: string; ReceiptHandle: string; VisibilityTimeout: number }[];
      return batch(entries, (entry) => {
        changeVisibility(queue, entry.ReceiptHandle, entry.VisibilityTimeout);
        return {};
      });
    },
  };
}

interface ReceiveInput {
  readonly QueueUrl: string;
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
}

/** `All`, `.*`, a prefix that ends in `.*`, or the name itself. */
const fits = (pattern: string, name: string) =>
  pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2)));
