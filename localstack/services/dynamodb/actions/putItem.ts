/** PutItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html */
import { consumedCapacity } from '../capacity.ts';
import type { Database } from '../database.ts';
import { refuseUnknown } from '../table.ts';
import { assertOneOf, parsePut, type WriteInput } from '../writes.ts';

const KNOWN = [
  'TableName',
  'Item',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
  'ReturnConsumedCapacity',
];

export const putItem = (database: Database) => (input: WriteInput) => {
  refuseUnknown('PutItem', input, KNOWN);
  assertOneOf('returnValues', input.ReturnValues, ['NONE', 'ALL_OLD']);
  const put = parsePut(database, input);
  const { before, consumption } = database.commit((write) => write(put));
  return {
    Attributes: input.ReturnValues === 'ALL_OLD' ? before : undefined,
    ConsumedCapacity: consumedCapacity(put.table, consumption, input.ReturnConsumedCapacity),
  };
};
