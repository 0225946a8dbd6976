/** Items a second that one client puts, one after the other. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { anyone, type Measure } from '../measure.ts';

const ITEMS = 2_000;

export const dynamodbPut: Measure = {
  name: 'dynamodb-put',
  title: 'DynamoDB PutItem, one client, one at a time',
  unit: 'items/s',
  better: 'more',
  goal: '≥ 4,000',
  peers: ['ministack'],
  rounds: 5,
  async take({ endpoint }, round) {
    const dynamodb = new DynamoDBClient({ ...anyone, endpoint });
    const TableName = `bench-${round}`;
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const startedAt = performance.now();
    for (let i = 0; i < ITEMS; i++)
      await dynamodb.send(
        new PutItemCommand({
          TableName,
          Item: { pk: { S: `item-${i}` }, amount: { N: String(i) }, note: { S: 'x'.repeat(100) } },
        }),
      );
    dynamodb.destroy();
    return ITEMS / ((performance.now() - startedAt) / 1000);
  },
};
