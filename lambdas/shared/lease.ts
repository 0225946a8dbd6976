/** One run at a time per study: the lease in the ledger table, taken and given back under condition. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Lease, type LeaseHolder, leaseKey, nextLease } from '../../lib/model/run/ledger.ts';

export interface LeaseStore {
  readonly dynamo: Pick<DynamoDBDocumentClient, 'send'>;
  readonly ledgerTable: string;
}

export async function readLease(
  { dynamo, ledgerTable }: LeaseStore,
  study: string,
): Promise<Lease | undefined> {
  const found = await dynamo.send(
    new GetCommand({ TableName: ledgerTable, Key: leaseKey(study), ConsistentRead: true }),
  );
  return found.Item as Lease | undefined;
}

/** Writes the lease that follows `previous`; false when somebody else changed it in between. */
export async function writeLease(
  { dynamo, ledgerTable }: LeaseStore,
  study: string,
  holder: LeaseHolder,
  previous: Lease | undefined,
): Promise<boolean> {
  try {
    await dynamo.send(
      new PutCommand({
        TableName: ledgerTable,
        Item: nextLease(study, holder, previous),
        ...(previous
          ? {
              ConditionExpression: '#version = :version',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': previous.version },
            }
          : { ConditionExpression: 'attribute_not_exists(pk)' }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/**
 * Gives the lease back if this execution holds it; a lease that another run has taken over stays theirs.
 * @param open the run's books are not balanced: the next execution goes on with the same run
 */
export async function releaseLease(
  store: LeaseStore,
  study: string,
  executionArn: string,
  open: boolean,
): Promise<void> {
  const lease = await readLease(store, study);
  if (lease?.execution_arn !== executionArn) return;
  const holder = { runId: lease.run_id, attempt: lease.attempt, open, executionArn, expiresAt: 0 };
  await writeLease(store, study, holder, lease);
}
