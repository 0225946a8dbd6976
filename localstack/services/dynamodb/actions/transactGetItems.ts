/** TransactGetItems: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html */

import { keysChecked } from '../cancellation.ts';
import { type Consumption, consumedCapacity, noConsumption, readUnits } from '../capacity.ts';
import { checkedKey } from '../keys.ts';
import { type ProjectionInput, parsedProjection, readItem } from '../reads.ts';
import type { Database } from '../state.ts';
import type { Table } from '../table.ts';
import { type Item, validationError } from '../values.ts';

interface Get extends ProjectionInput {
  readonly TableName: string;
  readonly Key: Item;
}

interface TransactGetItemsInput {
  readonly TransactItems: readonly { readonly Get: Get }[];
  readonly ReturnConsumedCapacity?: string;
}

export const transactGetItems = (database: Database) => (input: TransactGetItemsInput) => {
  const gets = input.TransactItems;
  const keys = keysChecked(gets, ({ Get: get }) => {
    const table = database.table(get.TableName);
    return { table, key: checkedKey(table, get.Key) };
  });
  const seen = new Set(keys.map(({ table, key }) => `${table.id} ${JSON.stringify(key)}`));
  if (seen.size !== gets.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
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
  const consumed = [...consumption].map(([table, units]) => {
    database.meterRead(table, units);
    return consumedCapacity(table, units, input.ReturnConsumedCapacity, true);
  });
  return { Responses: responses, ConsumedCapacity: consumed[0] ? consumed : undefined };
};
