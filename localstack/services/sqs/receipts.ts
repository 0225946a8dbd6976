/** Receipt handles: which delivery of which message a consumer speaks of. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { Queue } from './store.ts';

export interface Receipt {
  readonly number: number;
  readonly receives: number;
}

export const receiptHandle = (queue: Queue, { number, receives }: Receipt) =>
  Buffer.from(JSON.stringify([queue.name, number, receives, randomUUID()])).toString('base64');

/** Throws `ReceiptHandleIsInvalid` for what is not a handle of this queue. */
export function receiptOf(queue: Queue, handle: string): Receipt {
  const invalid = (cause?: unknown) =>
    new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
      { cause },
    );
  try {
    const [name, number, receives] = JSON.parse(Buffer.from(handle, 'base64').toString());
    if (name === queue.name) return { number, receives };
  } catch (cause) {
    throw invalid(cause);
  }
  throw invalid();
}
