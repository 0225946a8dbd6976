/** Serves the declared transactions and access patterns; DynamoDB's reasons become answers that a client can act on. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { TransactionPlan } from '../../lib/model/study/oltp.ts';

export interface Problem {
  readonly status: 409 | 503;
  readonly message: string;
}

/**
 * What a cancelled transaction means to the client: 409 with what the design says about each condition that did not hold,
 * 503 when it was a lack of capacity or another transaction on the same items.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
function problemOf(error: TransactionCanceledException, plan: Pick<TransactionPlan, 'failures'>): Problem {
  const reasons = error.CancellationReasons ?? [];
  const unmet = reasons.flatMap(({ Code }, at) =>
    Code === 'ConditionalCheckFailed' ? [plan.failures[at] ?? ''] : [],
  );
  if (unmet.length > 0) return { status: 409, message: [...new Set(unmet)].join('; ') };
  const codes = new Set(reasons.map(({ Code }) => Code).filter((code) => code && code !== 'None'));
  return { status: 503, message: `not done (${[...codes].join(', ') || error.message}); send it again` };
}

/** Errors after which the same request may simply be sent again. */
const PASSING = new Set([
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'InternalServerError',
]);

/** The answer to an error of DynamoDB, or undefined for one that is ours. */
export function answerToError(error: unknown, plan: Pick<TransactionPlan, 'failures'>): Problem | undefined {
  if (error instanceof TransactionCanceledException) return problemOf(error, plan);
  const { name, message } = error as Error;
  if (name === 'IdempotentParameterMismatchException') {
    return {
      status: 409,
      message: 'the token was used for another request in the last ten minutes; choose a new one',
    };
  }
  return PASSING.has(name) ? { status: 503, message: `not done (${message}); send it again` } : undefined;
}

/** Where a page of an access pattern ends, as an opaque text for the client. */
export const encodeNext = (key: Record<string, unknown> | undefined): string | undefined =>
  key && Buffer.from(JSON.stringify(key)).toString('base64url');

/** The key behind `next`, or undefined when the text is none of ours. */
export function decodeNext(next: string): Record<string, unknown> | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(next, 'base64url').toString('utf8'));
    return typeof key === 'object' && key !== null ? (key as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
