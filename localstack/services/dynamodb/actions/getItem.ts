/** GetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html */
import { consumedCapacity, noConsumption, readUnits } from '../capacity.ts';
import { type ProjectionInput, parsedProjection, readItem } from '../reads.ts';
import type { Database } from '../state.ts';
import type { Item } from '../values.ts';

interface GetItemInput extends ProjectionInput {
  readonly TableName: string;
  readonly Key: Item;
  readonly ConsistentRead?: boolean;
  readonly ReturnConsumedCapacity?: string;
}

export const getItem = (database: Database) => (input: GetItemInput) => {
  const table = database.table(input.TableName);
  const { item, size } = readItem(database, table, input.Key, parsedProjection(table, input));
  const consumption = noConsumption('read');
  consumption.table = readUnits(size, input.ConsistentRead ?? false);
  database.meterRead(table, consumption);
  return {
    Item: item,
    ConsumedCapacity: consumedCapacity(table, consumption, input.ReturnConsumedCapacity),
  };
};
