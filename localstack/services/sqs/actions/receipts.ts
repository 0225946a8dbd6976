/** Deletes received messages, and changes how long they stay hidden. */
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { batch } from '../batch.ts';
import { invalidParameter, missingParameter } from '../failures.ts';
import { receiptOf } from '../receipts.ts';
import { queueOf, type Sqs } from '../state.ts';
import type { Queue } from '../store.ts';

const MAX_VISIBILITY_S = 43_200;

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout?: number;
}

interface EntriesInput {
  readonly QueueUrl: string;
  readonly Entries: readonly Entry[];
}

function changeVisibility({ context, store }: Sqs, queue: Queue, handle: string, seconds: number): void {
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

function remove({ store }: Sqs, queue: Queue, handle: string): void {
  const { number, receives } = receiptOf(queue, handle);
  store.remove(queue.name, number, receives);
}

export const receiptActions = (sqs: Sqs): Record<string, Action> => ({
  DeleteMessage(input) {
    remove(sqs, queueOf(sqs, input), input.ReceiptHandle);
    return {};
  },
  DeleteMessageBatch(input: EntriesInput) {
    const queue = queueOf(sqs, input);
    return batch(input.Entries, ({ ReceiptHandle }) => {
      remove(sqs, queue, ReceiptHandle);
      return {};
    });
  },
  ChangeMessageVisibility(input) {
    changeVisibility(sqs, queueOf(sqs, input), input.ReceiptHandle, input.VisibilityTimeout);
    return {};
  },
  ChangeMessageVisibilityBatch(input: EntriesInput) {
    const queue = queueOf(sqs, input);
    return batch(input.Entries, ({ ReceiptHandle, VisibilityTimeout }) => {
      if (VisibilityTimeout === undefined) throw missingParameter('VisibilityTimeout');
      if (!(VisibilityTimeout >= 0 && VisibilityTimeout <= MAX_VISIBILITY_S))
        throw invalidParameter(
          'VisibilityTimeout',
          VisibilityTimeout,
          `Must be between 0 and ${MAX_VISIBILITY_S}.`,
        );
      changeVisibility(sqs, queue, ReceiptHandle, VisibilityTimeout);
      return {};
    });
  },
});
