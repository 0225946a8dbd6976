/** Closes the ledger's rows of a run whose books balance, so that no later run takes them. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RunPlan } from '../../lib/model/run/plan.ts';

type LedgerKey = RunPlan['ledger'][number];

interface Ledger {
  readonly dynamo: Pick<DynamoDBDocumentClient, 'send'>;
  readonly ledgerTable: string;
}

/** Rows that one call takes (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html). */
const ROWS_A_CALL = 100;
/** Calls in flight at a time: a run may have thousands of rows. */
const CALLS_AT_ONCE = 4;

/** The step may be repeated: a row that is accounted for already stays with its run. */
export async function accountRows(ledger: Ledger, keys: readonly LedgerKey[], runId: string): Promise<void> {
  const calls: (readonly LedgerKey[])[] = [];
  for (let from = 0; from < keys.length; from += ROWS_A_CALL)
    calls.push(keys.slice(from, from + ROWS_A_CALL));
  for (let from = 0; from < calls.length; from += CALLS_AT_ONCE)
    await Promise.all(
      calls.slice(from, from + CALLS_AT_ONCE).map((some) => accountAtOnce(ledger, some, runId)),
    );
}

async function accountAtOnce(ledger: Ledger, keys: readonly LedgerKey[], runId: string): Promise<void> {
  const items = keys.map((key) => ({ Update: accounting(ledger, key, runId) }));
  try {
    await ledger.dynamo.send(new TransactWriteCommand({ TransactItems: items }));
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    // One row keeps all from being written, so each is written separately.
    await Promise.all(keys.map((key) => accountRow(ledger, key, runId)));
  }
}

async function accountRow(ledger: Ledger, key: LedgerKey, runId: string): Promise<void> {
  try {
    await ledger.dynamo.send(new UpdateCommand(accounting(ledger, key, runId)));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

const accounting = ({ ledgerTable }: Ledger, key: LedgerKey, runId: string) => ({
  TableName: ledgerTable,
  Key: key,
  UpdateExpression: 'SET #state = :accounted, run_id = :run REMOVE landed_pk, recompute',
  ConditionExpression: '#state = :landed',
  ExpressionAttributeNames: { '#state': 'state' },
  ExpressionAttributeValues: { ':accounted': 'accounted', ':landed': 'landed', ':run': runId },
});
