/** DeleteItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html */
import { consumedCapacity } from '../capacity.ts';
import type { Database } from '../state.ts';
import { assertReturnsOldOrNone, parseKeyedWrite, type WriteInput } from '../writes.ts';

export const deleteItem = (database: Database) => (input: WriteInput) => {
  assertReturnsOldOrNone(input.ReturnValues);
  const removal = parseKeyedWrite(database, input, 'delete');
  const { before, consumption } = database.commit((write) => write(removal));
  return {
    Attributes: input.ReturnValues === 'ALL_OLD' ? before : undefined,
    ConsumedCapacity: consumedCapacity(removal.table, consumption, input.ReturnConsumedCapacity),
  };
};
