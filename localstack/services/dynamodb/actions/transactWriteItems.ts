/** TransactWriteItems: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
import { createHash } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import { type CancellationReason, cancelUnlessAllHold, keysChecked, NO_REASON } from '../cancellation.ts';
import { addConsumption, type Consumption, consumedCapacity, doubled, noConsumption } from '../capacity.ts';
import type { Database, Write } from '../state.ts';
import type { Table } from '../table.ts';
import { isThrottling } from '../throttle.ts';
import { type Item, itemSize, validationError } from '../values.ts';
import { parseKeyedWrite, parsePut, parseUpdateWrite, type WriteInput } from '../writes.ts';

interface TransactItem {
  readonly Put?: WriteInput;
  readonly Update?: WriteInput;
  readonly Delete?: WriteInput;
  readonly ConditionCheck?: WriteInput;
}

interface TransactWriteItemsInput {
  readonly TransactItems: readonly TransactItem[];
  readonly ClientRequestToken?: string;
  readonly ReturnConsumedCapacity?: string;
}

const MAX_BYTES = 4 * 1024 * 1024;
const TOKEN_LIFETIME_MS = 10 * 60 * 1000;

export const transactWriteItems = (database: Database) => (input: TransactWriteItemsInput) => {
  const items = input.TransactItems;
  const writes = keysChecked(items, (item) => parseItem(database, item));
  assertDistinct(writes);
  assertTogether(writes);
  const fingerprint = createHash('sha256').update(JSON.stringify(items)).digest('hex');
  const done = repeatedRequest(database, input.ClientRequestToken, fingerprint);
  const consumption = done ? undefined : commitAll(database, writes, input.ClientRequestToken, fingerprint);
  const consumed =
    consumption &&
    [...consumption].map(([table, units]) =>
      consumedCapacity(table, doubled(units), input.ReturnConsumedCapacity, true),
    );
  return { ConsumedCapacity: consumed?.[0] ? consumed : undefined };
};

function parseItem(database: Database, item: TransactItem): Write {
  const kinds = (['Put', 'Update', 'Delete', 'ConditionCheck'] as const).filter((kind) => item[kind]);
  if (kinds.length !== 1) {
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const kind = kinds[0]!;
  const request = item[kind]!;
  if (kind === 'Put') return parsePut(database, request);
  if (kind === 'Update') return parseUpdateWrite(database, request);
  return parseKeyedWrite(database, request, kind === 'Delete' ? 'delete' : 'check');
}

function assertDistinct(writes: readonly Write[]): void {
  const seen = new Set(writes.map(({ table, key }) => `${table.id} ${JSON.stringify(key)}`));
  if (seen.size !== writes.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
}

function assertTogether(writes: readonly Write[]): void {
  const size = (write: Write) => itemSize(write.action.kind === 'put' ? write.action.item : write.key);
  if (writes.reduce((sum, write) => sum + size(write), 0) > MAX_BYTES) {
    throw validationError('Transaction request size limit exceeded: the items may have 4 MB together');
  }
}

/** Whether this very request succeeded under its token within ten minutes; another under the same token is an error. */
function repeatedRequest(database: Database, token: string | undefined, fingerprint: string): boolean {
  if (token === undefined) return false;
  const { store, context } = database;
  store.dropRequestTokens(context.clock.now() - TOKEN_LIFETIME_MS);
  const earlier = store.requestToken(token);
  if (!earlier) return false;
  if (earlier.fingerprint === fingerprint) return true;
  throw new AwsError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical',
  );
}

function commitAll(
  database: Database,
  writes: readonly Write[],
  token: string | undefined,
  fingerprint: string,
): Map<Table, Consumption> {
  return database.commit((write) => {
    const consumption = new Map<Table, Consumption>();
    const reasons = writes.map((change): CancellationReason => {
      try {
        const written = write(change);
        const total = consumption.get(change.table) ?? noConsumption('write');
        addConsumption(total, written.consumption);
        consumption.set(change.table, total);
        return NO_REASON;
      } catch (error) {
        return reasonOf(error);
      }
    });
    cancelUnlessAllHold(reasons);
    if (token !== undefined) {
      database.store.putRequestToken(token, fingerprint, database.context.clock.now());
    }
    return consumption;
  }, 2);
}

function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof AwsError)) throw error;
  if (error.code === 'ConditionalCheckFailedException') {
    return { Code: 'ConditionalCheckFailed', Message: error.message, Item: error.fields.Item as Item };
  }
  if (isThrottling(error)) {
    const isProvisioned = error.code === 'ProvisionedThroughputExceededException';
    return {
      Code: isProvisioned ? 'ProvisionedThroughputExceeded' : 'ThrottlingError',
      Message: error.message,
    };
  }
  if (error.code === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
  throw error;
}
