/** State shared by SQS's actions: the queues, found by URL, and the clock. */
import type { CloudContext } from '../../core/service.ts';
import { missingParameter, queueDoesNotExist } from './failures.ts';
import { numberAttribute } from './queueAttributes.ts';
import type { Queue, Store } from './store.ts';

export interface Sqs {
  readonly context: CloudContext;
  readonly store: Store;
  /** Aborted when the service stops: whoever waits for a message is answered with none. */
  readonly stopping: AbortSignal;
}

export const urlOf = ({ context }: Sqs, queue: Queue) =>
  `${context.endpoint()}/${context.accountId}/${queue.name}`;

export function queueNamed({ store }: Sqs, name: string): Queue {
  const queue = store.queue(name);
  if (!queue) throw queueDoesNotExist();
  return queue;
}

/** By the last part of its URL, so that a queue is found whatever port it was once announced under. */
export function queueOf(sqs: Sqs, { QueueUrl: url }: { QueueUrl: string }): Queue {
  if (url === '') throw missingParameter('QueueUrl');
  const queue = queueNamed(sqs, url.split('/').at(-1)!);
  const keptMs = numberAttribute(queue.attributes, 'MessageRetentionPeriod') * 1000;
  sqs.store.expire(queue.name, sqs.context.clock.now() - keptMs);
  return queue;
}
