/** BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
import { consumedCapacity, noConsumption, readUnits } from '../capacity.ts';
import { checkedKey } from '../keys.ts';
import { type ProjectionInput, parsedProjection, readItem } from '../reads.ts';
import type { Database } from '../state.ts';
import { type Item, validationError } from '../values.ts';

interface TableRequest extends ProjectionInput {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: boolean;
}

interface BatchGetItemInput {
  readonly RequestItems: Readonly<Record<string, TableRequest>>;
  readonly ReturnConsumedCapacity?: string;
}

const MAX_KEYS = 100;
const MAX_BYTES = 16 * 1024 * 1024;
export const batchGetItem = (database: Database) => (input: BatchGetItemInput) => {
  const requests = Object.entries(input.RequestItems);
  if (requests.reduce((sum, [, request]) => sum + request.Keys.length, 0) > MAX_KEYS) {
    throw validationError('Too many items requested for the BatchGetItem call');
  }
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, TableRequest> = {};
  const consumed = [];
  let bytes = 0;
  for (const [name, request] of requests) {
    const table = database.table(name);
    const paths = parsedProjection(table, request);
    const keys = request.Keys.map((key) => checkedKey(table, key));
    if (new Set(keys.map((key) => JSON.stringify(key))).size !== keys.length) {
      throw validationError('Provided list of item keys contains duplicates');
    }
    const consumption = noConsumption('read');
    const items: Item[] = [];
    const left: Item[] = [];
    for (const key of keys) {
      const { item, size } = readItem(database, table, key, paths);
      if (bytes + size > MAX_BYTES) {
        left.push(key);
        continue;
      }
      bytes += size;
      consumption.table += readUnits(size, request.ConsistentRead ?? false);
      if (item) items.push(item);
    }
    responses[name] = items;
    if (left.length > 0) unprocessed[name] = { ...request, Keys: left };
    database.meterRead(table, consumption);
    consumed.push(consumedCapacity(table, consumption, input.ReturnConsumedCapacity));
  }
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ConsumedCapacity: consumed[0] ? consumed : undefined,
  };
};
