/** One run at a time per study: the lease in the ledger table, taken and given back under condition. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Lease, leaseKey, nextLease } from '../../lib/model/ledger.ts';

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
  holder: { runId: string; executionArn: string; expiresAt: number },
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

/** Gives the lease back if this execution holds it; a lease that another run has taken over stays theirs. */
export async function releaseLease(store: LeaseStore, study: string, executionArn: string): Promise<void> {
  const lease = await readLease(store, study);
  if (lease?.execution_arn !== executionArn) return;
  await writeLease(store, study, { runId: lease.run_id, executionArn, expiresAt: 0 }, lease);
}
