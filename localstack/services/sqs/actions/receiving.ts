/** Messages are received, hidden while they are worked on, and deleted. */
import type { Action } from '../../../core/service.ts';
import { invalidParameter } from '../failures.ts';
import { attributesDigest, bodyDigest } from '../messageDigest.ts';
import { numberAttribute, redrivePolicy } from '../queueAttributes.ts';
import { receiptHandle } from '../receipts.ts';
import { queueOf, type Sqs } from '../state.ts';
import type { Queue, StoredMessage } from '../store.ts';

interface ReceiveInput {
  readonly QueueUrl: string;
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
  readonly ReceiveRequestAttemptId?: string;
}

/** Takes visible messages; one that was given out too often goes to the dead-letter queue instead. */
function take({ context, store }: Sqs, queue: Queue, most: number, visibilityS: number): StoredMessage[] {
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
function arrival({ context, store, stopping }: Sqs, queue: Queue, untilMs: number): Promise<void> {
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

/** `All`, `.*`, a prefix that ends in `.*`, or the name itself. */
const fits = (pattern: string, name: string) =>
  pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2)));

function systemAttributes(message: StoredMessage): Record<string, string> {
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    ...(message.traceHeader && { AWSTraceHeader: message.traceHeader }),
    ...(message.deadLetterSource && { DeadLetterQueueSourceArn: message.deadLetterSource }),
  };
}

function shown(queue: Queue, message: StoredMessage, input: ReceiveInput) {
  const wanted = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
  const attributes = Object.fromEntries(
    Object.entries(systemAttributes(message)).filter(
      ([name]) => wanted.includes('All') || wanted.includes(name),
    ),
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

async function receive(sqs: Sqs, input: ReceiveInput) {
  const { context, store, stopping } = sqs;
  const queue = queueOf(sqs, input);
  if (input.ReceiveRequestAttemptId)
    throw invalidParameter(
      'ReceiveRequestAttemptId',
      input.ReceiveRequestAttemptId,
      'The request include parameter that is not valid for this queue type.',
    );
  const most = input.MaxNumberOfMessages ?? 1;
  const waitS = input.WaitTimeSeconds ?? numberAttribute(queue.attributes, 'ReceiveMessageWaitTimeSeconds');
  const visibilityS = input.VisibilityTimeout ?? numberAttribute(queue.attributes, 'VisibilityTimeout');
  const untilMs = context.clock.now() + waitS * 1000;
  let taken = take(sqs, queue, most, visibilityS);
  while (taken.length === 0 && context.clock.now() < untilMs && store.queue(queue.name)) {
    await arrival(sqs, queue, untilMs);
    if (stopping.aborted) return {};
    taken = take(sqs, queue, most, visibilityS);
  }
  return taken.length > 0 ? { Messages: taken.map((message) => shown(queue, message, input)) } : {};
}

export const receivingActions = (sqs: Sqs): Record<string, Action> => ({
  ReceiveMessage: (input: ReceiveInput) => receive(sqs, input),
});
