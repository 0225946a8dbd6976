/** Rows of a run are closed once, in whatever state a former try of the step left them. */
import assert from 'node:assert/strict';
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { test } from 'vitest';
import { accountRows } from './accounting.ts';

interface Update {
  readonly Key: { readonly sk: string };
  readonly ExpressionAttributeValues: Readonly<Record<string, string>>;
}
type Input = Update | { readonly TransactItems: readonly { readonly Update: Update }[] };

const metadata = { $metadata: {} };

/** A ledger in which a row that has a run is closed: its condition fails, and a call of which it is one is cancelled. */
function ledgerOf(closed: Readonly<Record<string, string>>, broken?: Error) {
  const rows = new Map(Object.entries(closed));
  const calls: number[] = [];
  const send = async ({ input }: { readonly input: Input }) => {
    const updates = 'TransactItems' in input ? input.TransactItems.map(({ Update }) => Update) : [input];
    calls.push(updates.length);
    if (broken) throw broken;
    if (updates.some(({ Key }) => rows.has(Key.sk)))
      throw 'TransactItems' in input
        ? new TransactionCanceledException({ message: 'cancelled', ...metadata })
        : new ConditionalCheckFailedException({ message: 'closed', ...metadata });
    for (const { Key, ExpressionAttributeValues } of updates)
      rows.set(Key.sk, ExpressionAttributeValues[':run']!);
  };
  return { rows, calls, ledger: { dynamo: { send: send as never }, ledgerTable: 'ledger' } };
}

const keysOf = (count: number) => Array.from({ length: count }, (_, at) => ({ pk: 'run', sk: String(at) }));

test('rows are closed a hundred a call', async () => {
  const { rows, calls, ledger } = ledgerOf({});

  await accountRows(ledger, keysOf(950), 'mine');

  assert.deepEqual(calls, [100, 100, 100, 100, 100, 100, 100, 100, 100, 50]);
  assert.equal(rows.size, 950);
  assert.deepEqual(new Set(rows.values()), new Set(['mine']));
});

test('a row that is closed stays with its run, and the others of its call are closed', async () => {
  const { rows, ledger } = ledgerOf({ '7': 'other' });

  await accountRows(ledger, keysOf(150), 'mine');

  assert.equal(rows.get('7'), 'other');
  assert.equal([...rows.values()].filter((run) => run === 'mine').length, 149);
});

test("a run without rows asks for nothing, and any other failure is the step's", async () => {
  const { calls, ledger } = ledgerOf({});
  const broken = ledgerOf({}, new Error('no such table'));

  await accountRows(ledger, [], 'mine');

  assert.deepEqual(calls, []);
  await assert.rejects(accountRows(broken.ledger, keysOf(1), 'mine'), /no such table/);
});
