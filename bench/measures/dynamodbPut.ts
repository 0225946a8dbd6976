/** Items a second that one client puts: one after the other, and with sixteen requests in flight. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { anyone, type Measure, type Target } from '../measure.ts';
import { endpoints } from '../targets.ts';

const ITEMS = 2_000;

const common = { unit: 'items/s', goal: '≥ 4,000', rounds: 5 } as const;

export const dynamodbPut: Measure = {
  ...common,
  name: 'dynamodb-put',
  title: 'DynamoDB PutItem, one client, one at a time',
  method: "2,000 items of 130 bytes through AWS's SDK, one after the other.",
  contestants: endpoints((target, round) => put(target, round, 1)),
};

export const dynamodbPut16: Measure = {
  ...common,
  name: 'dynamodb-put-16',
  title: 'DynamoDB PutItem, one client, 16 in flight',
  method: "2,000 items of 130 bytes through AWS's SDK, sixteen requests in flight.",
  contestants: endpoints((target, round) => put(target, round, 16)),
};

async function put({ endpoint }: Target, round: number, inFlight: number): Promise<number> {
  const dynamodb = new DynamoDBClient({ ...anyone, endpoint });
  const TableName = `bench-${inFlight}-${round}`;
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const startedAt = performance.now();
  let next = 0;
  const sender = async () => {
    for (let i = next++; i < ITEMS; i = next++)
      await dynamodb.send(
        new PutItemCommand({
          TableName,
          Item: { pk: { S: `item-${i}` }, amount: { N: String(i) }, note: { S: 'x'.repeat(100) } },
        }),
      );
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  dynamodb.destroy();
  return ITEMS / ((performance.now() - startedAt) / 1000);
}
