/** BatchWriteItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
import type { AwsError } from '../../../core/errors.ts';
import { addConsumption, consumedCapacity, noConsumption } from '../capacity.ts';
import type { Database, Write } from '../state.ts';
import { isThrottling } from '../throttle.ts';
import { type Item, validationError } from '../values.ts';
import { parseKeyedWrite, parsePut } from '../writes.ts';

interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

interface BatchWriteItemInput {
  readonly RequestItems: Readonly<Record<string, readonly WriteRequest[]>>;
  readonly ReturnConsumedCapacity?: string;
}

const MAX_REQUESTS = 25;

/** Each write stands alone, as on AWS, though here they share one commit. What is throttled comes back unprocessed, unless all is. */
export const batchWriteItem = (database: Database) => (input: BatchWriteItemInput) => {
  const requests = Object.entries(input.RequestItems ?? {});
  const count = requests.reduce((sum, [, list]) => sum + list.length, 0);
  if (count === 0) {
    throw validationError(
      "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1',
    );
  }
  if (count > MAX_REQUESTS) {
    throw validationError('Too many items requested for the BatchWriteItem call');
  }
  const batches = requests.map(([name, list]) => ({
    name,
    list,
    table: database.table(name),
    writes: list.map((request) => parseRequest(database, name, request)),
  }));
  for (const { writes } of batches) {
    if (new Set(writes.map(({ key }) => JSON.stringify(key))).size !== writes.length) {
      throw validationError('Provided list of item keys contains duplicates');
    }
  }
  const unprocessed: Record<string, WriteRequest[]> = {};
  let throttled: AwsError | undefined;
  let done = 0;
  const consumed = database.commit((write) =>
    batches.map(({ name, table, writes, list }) => {
      const total = noConsumption('write');
      for (const [index, change] of writes.entries()) {
        try {
          addConsumption(total, write(change).consumption);
          done++;
        } catch (error) {
          if (!isThrottling(error)) throw error;
          throttled = error as AwsError;
          unprocessed[name] = [...(unprocessed[name] ?? []), list[index]!];
        }
      }
      return consumedCapacity(table, total, input.ReturnConsumedCapacity);
    }),
  );
  if (throttled && done === 0) throw throttled;
  return { UnprocessedItems: unprocessed, ConsumedCapacity: consumed[0] ? consumed : undefined };
};

function parseRequest(database: Database, TableName: string, request: WriteRequest): Write {
  const { PutRequest: put, DeleteRequest: removal } = request;
  if ((put === undefined) === (removal === undefined)) {
    throw validationError(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (put) return parsePut(database, { TableName, Item: put.Item });
  return parseKeyedWrite(database, { TableName, Key: removal!.Key }, 'delete');
}
