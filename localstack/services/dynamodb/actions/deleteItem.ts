/** DeleteItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html */
import { consumedCapacity } from '../capacity.ts';
import type { Database } from '../database.ts';
import { refuseUnknown } from '../table.ts';
import { assertOneOf, parseKeyedWrite, type WriteInput } from '../writes.ts';

const KNOWN = [
  'TableName',
  'Key',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
  'ReturnConsumedCapacity',
];

export const deleteItem = (database: Database) => (input: WriteInput) => {
  refuseUnknown('DeleteItem', input, KNOWN);
  assertOneOf('returnValues', input.ReturnValues, ['NONE', 'ALL_OLD']);
  const removal = parseKeyedWrite(database, input, 'delete');
  const { before, consumption } = database.commit((write) => write(removal));
  return {
    Attributes: input.ReturnValues === 'ALL_OLD' ? before : undefined,
    ConsumedCapacity: consumedCapacity(removal.table, consumption, input.ReturnConsumedCapacity),
  };
};
