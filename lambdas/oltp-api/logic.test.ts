/** DynamoDB's reasons become answers that a client can act on. */
import assert from 'node:assert/strict';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { test } from 'vitest';
import { answerToError, decodeNext, encodeNext } from './logic.ts';

const plan = { failures: ['the customer is unknown', 'product iPhone is out of stock'] };

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

test('A condition that did not hold is answered 409 with what it means', () => {
  const answer = answerToError(cancelled('None', 'ConditionalCheckFailed'), plan);

  assert.deepEqual(answer, { status: 409, message: 'product iPhone is out of stock' });
});

test('A conflict with another transaction is answered 503: send it again', () => {
  const answer = answerToError(cancelled('TransactionConflict', 'None'), plan);

  assert.deepEqual(answer, { status: 503, message: 'not done (TransactionConflict); send it again' });
});

test('A token that was used for something else is answered 409', () => {
  const mismatch = Object.assign(new Error('x'), { name: 'IdempotentParameterMismatchException' });

  assert.equal(answerToError(mismatch, plan)?.status, 409);
});

test('An error that is ours is not turned into an answer', () => {
  assert.equal(answerToError(new TypeError('undefined is not a function'), plan), undefined);
});

test('The place where a page ended comes back as it was given', () => {
  const key = { pk: 'CUSTOMER#101', sk: 'ORDER#1' };

  assert.deepEqual(decodeNext(encodeNext(key)!), key);
  assert.equal(decodeNext('nonsense'), undefined);
});
