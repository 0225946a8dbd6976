/** TransactGetItems: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html */
import { type Consumption, consumedCapacity, noConsumption, readUnits } from '../capacity.ts';
import type { Database } from '../database.ts';
import { type ProjectionInput, parsedProjection, readItem } from '../reads.ts';
import { refuseUnknown, type Table } from '../table.ts';
import { type Item, validationError } from '../values.ts';

interface Get extends ProjectionInput {
  readonly TableName: string;
  readonly Key: Item;
}

interface TransactGetItemsInput {
  readonly TransactItems: readonly { readonly Get: Get }[];
  readonly ReturnConsumedCapacity?: string;
}

const MAX_ACTIONS = 100;

export const transactGetItems = (database: Database) => (input: TransactGetItemsInput) => {
  refuseUnknown('TransactGetItems', input, ['TransactItems', 'ReturnConsumedCapacity']);
  const gets = input.TransactItems ?? [];
  if (gets.length === 0 || gets.length > MAX_ACTIONS) {
    throw validationError(
      `1 validation error detected: Value '[${gets.length} actions]' at 'transactItems' failed to satisfy constraint: ` +
        `Member must have length between 1 and ${MAX_ACTIONS}`,
    );
  }
  const consumption = new Map<Table, Consumption>();
  const responses = gets.map(({ Get: get }) => {
    const table = database.table(get.TableName);
    const { item, size } = readItem(database, table, get.Key, parsedProjection(table, get));
    const total = consumption.get(table) ?? noConsumption('read');
    total.table += readUnits(size, true) * 2;
    consumption.set(table, total);
    return item ? { Item: item } : {};
  });
  const seen = new Set(
    gets.map(({ Get: get }) => `${database.table(get.TableName).id} ${JSON.stringify(get.Key)}`),
  );
  if (seen.size !== gets.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
  const consumed = [...consumption].map(([table, units]) => {
    database.meterRead(table, units);
    return consumedCapacity(table, units, input.ReturnConsumedCapacity, true);
  });
  return { Responses: responses, ConsumedCapacity: consumed[0] ? consumed : undefined };
};
