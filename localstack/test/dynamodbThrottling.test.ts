/** DynamoDB's capacity, where rates are AWS's. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud } from './support/localCloud.ts';

async function provisioned(t: TestContext, quotas: 'off' | 'aws') {
  const clock = manualClock();
  const cloud = await localCloud(t, { clock, quotas });
  await cloud.call('dynamodb', 'CreateTable', {
    TableName: 'narrow',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 2 },
  });
  const put = (id: string) =>
    cloud.call('dynamodb', 'PutItem', { TableName: 'narrow', Item: { id: { S: id } } });
  return { cloud, clock, put };
}

// Words: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
it('a table takes no more than its capacity, and more when time has passed', async (t) => {
  const { clock, put } = await provisioned(t, 'aws');
  await put('1');
  await put('2');

  await assert.rejects(put('3'), {
    code: 'ProvisionedThroughputExceededException',
    message: /^The level of configured provisioned throughput for the table was exceeded/,
  });
  await clock.advance(1_000);
  await put('3');
});

it('a batch gives back what the capacity did not allow', async (t) => {
  const { cloud } = await provisioned(t, 'aws');
  const requests = ['1', '2', '3'].map((id) => ({ PutRequest: { Item: { id: { S: id } } } }));

  const { UnprocessedItems: left } = await cloud.call('dynamodb', 'BatchWriteItem', {
    RequestItems: { narrow: requests },
  });

  assert.deepEqual(left, { narrow: [requests[2]] });
});

it('capacity is not enforced where rates are off', async (t) => {
  const { cloud, put } = await provisioned(t, 'off');

  for (let n = 0; n < 20; n++) await put(String(n));

  const { Count: count } = await cloud.call('dynamodb', 'Scan', { TableName: 'narrow' });
  assert.equal(count, 20);
});
