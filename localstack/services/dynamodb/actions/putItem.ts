/** PutItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html */
import { consumedCapacity } from '../capacity.ts';
import type { Database } from '../state.ts';
import { assertReturnsOldOrNone, parsePut, type WriteInput } from '../writes.ts';

export const putItem = (database: Database) => (input: WriteInput) => {
  assertReturnsOldOrNone(input.ReturnValues);
  const put = parsePut(database, input);
  const { before, consumption } = database.commit((write) => write(put));
  return {
    Attributes: input.ReturnValues === 'ALL_OLD' ? before : undefined,
    ConsumedCapacity: consumedCapacity(put.table, consumption, input.ReturnConsumedCapacity),
  };
};
