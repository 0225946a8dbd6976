/** DynamoDB through the SDK: tables, items, indexes, pages, transactions and capacity. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { cloudToKill } from './support/killedCloud.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const orders: CreateTableCommandInput = {
  TableName: 'orders',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'buyer', AttributeType: 'S' },
    { AttributeName: 'placed', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byBuyer',
      KeySchema: [
        { AttributeName: 'buyer', KeyType: 'HASH' },
        { AttributeName: 'placed', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['amount'] },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'byDate',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'placed', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

describe('DynamoDB', () => {
  let cloud: TestCloud;
  let client: DynamoDBClient;
  const cleanups: (() => unknown)[] = [];
  const clock = manualClock();

  beforeAll(async () => {
    cloud = await localCloud(
      { onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) },
      { clock },
    );
    client = new DynamoDBClient(cloud.client);
    await client.send(new CreateTableCommand(orders));
  });

  afterAll(async () => {
    client.destroy();
    for (const cleanup of cleanups) await cleanup();
  });

  const put = (item: object) => client.send(new PutItemCommand({ TableName: 'orders', Item: item as never }));
  const get = async (pk: string, sk: number) =>
    (
      await client.send(
        new GetItemCommand({ TableName: 'orders', Key: { pk: { S: pk }, sk: { N: `${sk}` } } }),
      )
    ).Item;
  const query = (input: Partial<QueryCommandInput>) =>
    client.send(new QueryCommand({ TableName: 'orders', ...input }));

  it('describes a table with its keys, indexes and billing', async () => {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: 'orders' }));

    assert.equal(table!.TableStatus, 'ACTIVE');
    assert.equal(table!.TableArn, 'arn:aws:dynamodb:us-east-1:000000000000:table/orders');
    assert.equal(table!.BillingModeSummary!.BillingMode, 'PAY_PER_REQUEST');
    assert.deepEqual(
      table!.GlobalSecondaryIndexes!.map(({ IndexName, IndexStatus }) => [IndexName, IndexStatus]),
      [['byBuyer', 'ACTIVE']],
    );
  });

  it('keeps every type of value, sets and bytes included', async () => {
    const item = {
      pk: { S: 'types' },
      sk: { N: '1' },
      text: { S: 'Grüße 🚀' },
      empty: { S: '' },
      bytes: { B: new Uint8Array([0x90, 0, 255]) },
      yes: { BOOL: true },
      nothing: { NULL: true },
      words: { SS: ['b', 'a'] },
      numbers: { NS: ['1.5', '-2'] },
      blobs: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
      list: { L: [{ N: '1' }, { M: { deep: { S: 'x' } } }] },
    };

    await put(item);

    assert.deepEqual(await get('types', 1), item);
  });

  // Recorded on AWS: LocalStack, test_dynamodb, test_return_values_on_conditions_check_failure.
  it('gives the item that failed a condition, if asked', async () => {
    await put({ pk: { S: 'cond' }, sk: { N: '1' }, amount: { N: '650' } });

    const removal = client.send(
      new DeleteItemCommand({
        TableName: 'orders',
        Key: { pk: { S: 'cond' }, sk: { N: '1' } },
        ConditionExpression: 'amount BETWEEN :low AND :high',
        ExpressionAttributeValues: { ':low': { N: '700' }, ':high': { N: '800' } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );

    await assert.rejects(removal, {
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: { pk: { S: 'cond' }, sk: { N: '1' }, amount: { N: '650' } },
    });
  });

  it('returns from an update what was asked for', async () => {
    await put({ pk: { S: 'upd' }, sk: { N: '1' }, stock: { N: '3' }, name: { S: 'phone' } });
    const update = (ReturnValues: 'UPDATED_NEW' | 'UPDATED_OLD' | 'ALL_NEW') =>
      client.send(
        new UpdateItemCommand({
          TableName: 'orders',
          Key: { pk: { S: 'upd' }, sk: { N: '1' } },
          UpdateExpression: 'SET stock = stock - :one',
          ConditionExpression: 'stock >= :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
          ReturnValues,
        }),
      );

    const newer = await update('UPDATED_NEW');
    const older = await update('UPDATED_OLD');
    const whole = await update('ALL_NEW');

    assert.deepEqual(newer.Attributes, { stock: { N: '2' } });
    assert.deepEqual(older.Attributes, { stock: { N: '2' } });
    assert.deepEqual(whole.Attributes, {
      pk: { S: 'upd' },
      sk: { N: '1' },
      stock: { N: '0' },
      name: { S: 'phone' },
    });
    await assert.rejects(update('ALL_NEW'), { name: 'ConditionalCheckFailedException' });
  });

  it('sorts by number, pages by limit in both directions, and resumes after the last key', async () => {
    for (const sk of [10, 9, -3, 100, 2.5]) await put({ pk: { S: 'page' }, sk: { N: `${sk}` } });
    const page = (ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'], ScanIndexForward: boolean) =>
      query({
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'page' } },
        Limit: 2,
        ScanIndexForward,
        ExclusiveStartKey,
      });

    const walk = async (forward: boolean) => {
      const seen: number[] = [];
      let start: QueryCommandInput['ExclusiveStartKey'];
      do {
        const { Items = [], LastEvaluatedKey } = await page(start, forward);
        seen.push(...Items.map(({ sk }) => Number(sk!.N)));
        start = LastEvaluatedKey;
      } while (start);
      return seen;
    };

    assert.deepEqual(await walk(true), [-3, 2.5, 9, 10, 100]);
    assert.deepEqual(await walk(false), [100, 10, 9, 2.5, -3]);
  });

  it('finds items through a sparse global index with only what it projects', async () => {
    await put({
      pk: { S: 'gsi' },
      sk: { N: '1' },
      buyer: { S: 'ann' },
      placed: { S: '2024-12-02' },
      amount: { N: '5' },
    });
    await put({
      pk: { S: 'gsi' },
      sk: { N: '2' },
      buyer: { S: 'ann' },
      placed: { S: '2024-12-01' },
      note: { S: 'x' },
    });
    await put({ pk: { S: 'gsi' }, sk: { N: '3' }, buyer: { S: 'ann' } });

    const { Items: items } = await query({
      IndexName: 'byBuyer',
      KeyConditionExpression: 'buyer = :b AND begins_with(placed, :y)',
      ExpressionAttributeValues: { ':b': { S: 'ann' }, ':y': { S: '2024' } },
    });

    assert.deepEqual(items, [
      { pk: { S: 'gsi' }, sk: { N: '2' }, buyer: { S: 'ann' }, placed: { S: '2024-12-01' } },
      {
        pk: { S: 'gsi' },
        sk: { N: '1' },
        buyer: { S: 'ann' },
        placed: { S: '2024-12-02' },
        amount: { N: '5' },
      },
    ]);
  });

  it('moves an index entry with its item and forgets it when the attribute goes', async () => {
    const item = { pk: { S: 'move' }, sk: { N: '1' }, placed: { S: '2024-01-01' } };
    await put({ ...item, buyer: { S: 'bob' } });
    await put({ ...item, buyer: { S: 'cid' } });
    const of = async (buyer: string) =>
      (
        await query({
          IndexName: 'byBuyer',
          KeyConditionExpression: 'buyer = :b',
          ExpressionAttributeValues: { ':b': { S: buyer } },
        })
      ).Count;

    const moved = [await of('bob'), await of('cid')];
    await client.send(
      new UpdateItemCommand({
        TableName: 'orders',
        Key: { pk: { S: 'move' }, sk: { N: '1' } },
        UpdateExpression: 'REMOVE buyer',
      }),
    );

    assert.deepEqual(moved, [0, 1]);
    assert.equal(await of('cid'), 0);
  });

  it('fetches from the table what a local index does not hold', async () => {
    await put({ pk: { S: 'lsi' }, sk: { N: '1' }, placed: { S: 'b' }, amount: { N: '1' } });
    await put({ pk: { S: 'lsi' }, sk: { N: '2' }, placed: { S: 'a' }, amount: { N: '2' } });

    const { Items: items } = await query({
      IndexName: 'byDate',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'lsi' } },
      ProjectionExpression: 'amount',
    });

    assert.deepEqual(items, [{ amount: { N: '2' } }, { amount: { N: '1' } }]);
  });

  it('ends a page at 1 MB, before the filter', async () => {
    const big = 'x'.repeat(300_000);
    for (const sk of [1, 2, 3, 4, 5]) {
      await put({ pk: { S: 'big' }, sk: { N: `${sk}` }, big: { S: big }, odd: { BOOL: sk % 2 === 1 } });
    }

    const page = await query({
      KeyConditionExpression: 'pk = :p',
      FilterExpression: 'odd = :yes',
      ExpressionAttributeValues: { ':p': { S: 'big' }, ':yes': { BOOL: true } },
      ReturnConsumedCapacity: 'TOTAL',
    });

    assert.deepEqual([page.ScannedCount, page.Count], [4, 2]);
    assert.deepEqual(page.LastEvaluatedKey, { pk: { S: 'big' }, sk: { N: '4' } });
    // 4 × 300,000 bytes and keys, in units of 4 KB, halved for an eventually consistent read.
    assert.equal(page.ConsumedCapacity!.CapacityUnits, Math.ceil((4 * 300_021) / 4096) / 2);
  });

  it('scans every item once, whatever the number of segments', async () => {
    const keys = (items: readonly object[]) => items.map((item) => JSON.stringify(item)).sort();
    const scan = async (segments: { Segment?: number; TotalSegments?: number }) => {
      const items: object[] = [];
      let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
      do {
        const page = await client.send(
          new ScanCommand({
            TableName: 'orders',
            ProjectionExpression: 'pk, sk',
            ExclusiveStartKey,
            ...segments,
          }),
        );
        items.push(...page.Items!);
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return items;
    };

    const whole = await scan({});
    const parts = await Promise.all([0, 1, 2].map((Segment) => scan({ Segment, TotalSegments: 3 })));

    assert.ok(whole.length > 10);
    assert.deepEqual(keys(parts.flat()), keys(whole));
  });

  // Recorded on AWS: LocalStack, test_dynamodb, test_transaction_write_canceled.
  it('writes a transaction wholly or not at all, and says which action failed', async () => {
    const key = (sk: number) => ({ pk: { S: 'tx' }, sk: { N: `${sk}` } });
    await put({ ...key(1), stock: { N: '0' } });

    const transaction = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            Update: {
              TableName: 'orders',
              Key: key(1),
              UpdateExpression: 'SET stock = stock - :one',
              ConditionExpression: 'stock >= :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
          { Put: { TableName: 'orders', Item: key(2) } },
        ],
      }),
    );

    await assert.rejects(transaction, {
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]',
      CancellationReasons: [
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
        { Code: 'None' },
      ],
    });
    assert.equal(await get('tx', 2), undefined);
  });

  it('applies a transaction once for one token, for ten minutes', async () => {
    const key = { pk: { S: 'token' }, sk: { N: '1' } };
    const place = (amount: number) =>
      client.send(
        new TransactWriteItemsCommand({
          ClientRequestToken: 'order-1',
          TransactItems: [
            {
              Update: {
                TableName: 'orders',
                Key: key,
                UpdateExpression: 'ADD amount :a',
                ExpressionAttributeValues: { ':a': { N: `${amount}` } },
              },
            },
          ],
        }),
      );

    await place(5);
    await place(5);
    const repeated = (await get('token', 1))!.amount;
    const another = place(6);

    assert.deepEqual(repeated, { N: '5' });
    await assert.rejects(another, { name: 'IdempotentParameterMismatchException' });
    await clock.advance(10 * 60_000 + 1);
    await place(5);
    assert.deepEqual((await get('token', 1))!.amount, { N: '10' });
  });

  it('refuses a transaction that touches an item twice', async () => {
    const check = {
      ConditionCheck: {
        TableName: 'orders',
        Key: { pk: { S: 'twice' }, sk: { N: '1' } },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };

    const transaction = client.send(new TransactWriteItemsCommand({ TransactItems: [check, check] }));

    await assert.rejects(transaction, {
      name: 'ValidationException',
      message: 'Transaction request cannot include multiple operations on one item',
    });
  });

  it('reads and writes batches, and reads several items as of one moment', async () => {
    const key = (sk: number) => ({ pk: { S: 'batch' }, sk: { N: `${sk}` } });
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          orders: [{ PutRequest: { Item: key(1) } }, { PutRequest: { Item: key(2) } }],
        },
      }),
    );
    await client.send(
      new BatchWriteItemCommand({ RequestItems: { orders: [{ DeleteRequest: { Key: key(1) } }] } }),
    );

    const batch = await client.send(
      new BatchGetItemCommand({ RequestItems: { orders: { Keys: [key(1), key(2)] } } }),
    );
    const transaction = await client.send(
      new TransactGetItemsCommand({
        TransactItems: [1, 2].map((sk) => ({ Get: { TableName: 'orders', Key: key(sk) } })),
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );

    assert.deepEqual(batch.Responses, { orders: [key(2)] });
    assert.deepEqual(transaction.Responses, [{}, { Item: key(2) }]);
    assert.equal(transaction.ConsumedCapacity![0]!.CapacityUnits, 4);
  });

  // Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
  it('counts write units by the larger of the old and the new item, and by index entry', async () => {
    const item = { pk: { S: 'units' }, sk: { N: '1' }, buyer: { S: 'dan' }, placed: { S: 'x' } };
    const write = (extra: object) =>
      client.send(
        new PutItemCommand({
          TableName: 'orders',
          Item: { ...item, ...extra },
          ReturnConsumedCapacity: 'INDEXES',
        }),
      );

    const created = (await write({ note: { S: 'n'.repeat(3000) } })).ConsumedCapacity!;
    const shrunk = (await write({})).ConsumedCapacity!;
    const moved = (await write({ buyer: { S: 'eve' } })).ConsumedCapacity!;

    assert.deepEqual(
      [created, shrunk, moved].map(({ Table, GlobalSecondaryIndexes }) => [
        Table!.CapacityUnits,
        GlobalSecondaryIndexes?.byBuyer?.CapacityUnits,
      ]),
      [
        [3, 1],
        [3, undefined],
        [1, 2],
      ],
    );
  });

  it('refuses a choice of attributes without a projection', async () => {
    const refused = {
      name: 'ValidationException',
      message:
        'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    };

    const asked = query({
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'page' } },
      Select: 'SPECIFIC_ATTRIBUTES',
    });
    const scanned = client.send(new ScanCommand({ TableName: 'orders', Select: 'SPECIFIC_ATTRIBUTES' }));

    await assert.rejects(asked, refused);
    await assert.rejects(scanned, refused);
  });

  it('refuses an empty string as a key, in a condition and in an update too', async () => {
    const key = { pk: { S: 'void' }, sk: { N: '1' } };
    const empty =
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk';
    const emptyOfIndex = (name: string) =>
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
      `The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byBuyer, IndexKey: ${name}`;

    const asked = query({
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: '' } },
    });
    const askedOfIndex = query({
      IndexName: 'byBuyer',
      KeyConditionExpression: 'buyer = :b AND placed > :d',
      ExpressionAttributeValues: { ':b': { S: 'ann' }, ':d': { S: '' } },
    });
    const updated = client.send(
      new UpdateItemCommand({
        TableName: 'orders',
        Key: key,
        UpdateExpression: 'SET buyer = :b',
        ExpressionAttributeValues: { ':b': { S: '' } },
      }),
    );

    await assert.rejects(asked, { name: 'ValidationException', message: empty });
    await assert.rejects(askedOfIndex, { name: 'ValidationException', message: emptyOfIndex('placed') });
    await assert.rejects(updated, { name: 'ValidationException', message: emptyOfIndex('buyer') });
    await assert.rejects(put({ ...key, pk: { S: '' } }), { name: 'ValidationException', message: empty });
  });

  it('refuses values that its enumerations do not have, wherever they are', async () => {
    const key = { pk: { S: 'enum' }, sk: { N: '1' } };
    const units = (ReturnConsumedCapacity: string) =>
      client.send(
        new GetItemCommand({
          TableName: 'orders',
          Key: key,
          ReturnConsumedCapacity: ReturnConsumedCapacity as never,
        }),
      );
    const returning = (ReturnValues: string) =>
      client.send(
        new PutItemCommand({ TableName: 'orders', Item: key, ReturnValues: ReturnValues as never }),
      );

    await assert.rejects(units('ALL'), {
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'ALL' at 'returnConsumedCapacity' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [INDEXES, TOTAL, NONE]',
    });
    await assert.rejects(returning('NEW'), { name: 'ValidationException', message: /'returnValues'/ });
    await assert.rejects(returning('ALL_NEW'), {
      name: 'ValidationException',
      message: 'ReturnValues can only be ALL_OLD or NONE',
    });
    await assert.rejects(
      query({
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'enum' } },
        Limit: 0,
      }),
      { name: 'ValidationException', message: /'limit' failed to satisfy constraint/ },
    );
  });

  // Recorded on AWS: LocalStack, test_dynamodb, test_transaction_write_canceled, names the reasons in the same way.
  it('cancels a transaction with a key of the wrong type, and names the action', async () => {
    const good = { pk: { S: 'typed' }, sk: { N: '1' } };
    const bad = { pk: { S: 'typed' }, sk: { S: 'one' } };
    const cancelled = {
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]',
    };

    const written = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: 'orders', Item: good } },
          { Put: { TableName: 'orders', Item: bad } },
        ],
      }),
    );
    const deleted = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: 'orders', Item: good } },
          { Delete: { TableName: 'orders', Key: bad } },
        ],
      }),
    );
    const read = client.send(
      new TransactGetItemsCommand({
        TransactItems: [good, bad].map((Key) => ({ Get: { TableName: 'orders', Key } })) as never,
      }),
    );

    await assert.rejects(written, {
      ...cancelled,
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ValidationError',
          Message:
            'One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S',
        },
      ],
    });
    await assert.rejects(deleted, {
      ...cancelled,
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
      ],
    });
    await assert.rejects(read, cancelled);
    assert.equal(await get('typed', 1), undefined);
  });

  it('refuses an item over 400 KB', async () => {
    const write = put({ pk: { S: 'fat' }, sk: { N: '1' }, text: { S: 'x'.repeat(400 * 1024) } });

    await assert.rejects(write, {
      name: 'ValidationException',
      message: 'Item size has exceeded the maximum allowed size',
    });
  });

  it('fills an index that is added later', async () => {
    await put({ pk: { S: 'late' }, sk: { N: '1' }, colour: { S: 'red' } });

    await client.send(
      new UpdateTableCommand({
        TableName: 'orders',
        AttributeDefinitions: [{ AttributeName: 'colour', AttributeType: 'S' }],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: 'byColour',
              KeySchema: [{ AttributeName: 'colour', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
            },
          },
        ],
      }),
    );

    const { Items: items } = await query({
      IndexName: 'byColour',
      KeyConditionExpression: 'colour = :c',
      ExpressionAttributeValues: { ':c': { S: 'red' } },
    });
    assert.deepEqual(items, [{ pk: { S: 'late' }, sk: { N: '1' }, colour: { S: 'red' } }]);
  });

  // Words: dynalite's tests, which also run against DynamoDB, and LocalStack's records of AWS (test_dynamodb).
  it('refuses in the words of DynamoDB', async () => {
    const key = { pk: { S: 'x' }, sk: { N: '1' } };
    const refusals: [Promise<unknown>, string, string][] = [
      [client.send(new CreateTableCommand(orders)), 'ResourceInUseException', 'Table already exists: orders'],
      [
        client.send(new GetItemCommand({ TableName: 'absent', Key: key })),
        'ResourceNotFoundException',
        'Requested resource not found',
      ],
      [
        client.send(new GetItemCommand({ TableName: 'orders', Key: { pk: { S: 'x' } } })),
        'ValidationException',
        'The provided key element does not match the schema',
      ],
      [
        put({ pk: { S: 'x' } }),
        'ValidationException',
        'One or more parameter values were invalid: Missing the key sk in the item',
      ],
      [
        put({ pk: { S: 'x' }, sk: { S: '1' } }),
        'ValidationException',
        'One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S',
      ],
      [
        put({ ...key, buyer: { N: '1' } }),
        'ValidationException',
        'One or more parameter values were invalid: Type mismatch for Index Key buyer Expected: S Actual: N IndexName: byBuyer',
      ],
      [
        client.send(
          new UpdateItemCommand({
            TableName: 'orders',
            Key: key,
            UpdateExpression: 'SET sk = :v',
            ExpressionAttributeValues: { ':v': { N: '2' } },
          }),
        ),
        'ValidationException',
        'One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key',
      ],
      [
        query({
          KeyConditionExpression: 'sk = :v',
          ExpressionAttributeValues: { ':v': { N: '2' } },
        }),
        'ValidationException',
        'Query condition missed key schema element: pk',
      ],
      [
        query({
          KeyConditionExpression: 'pk = :v',
          FilterExpression: 'sk = :n',
          ExpressionAttributeValues: { ':v': { S: 'x' }, ':n': { N: '1' } },
        }),
        'ValidationException',
        'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
      ],
      [
        query({
          KeyConditionExpression: 'pk = :v',
          ExpressionAttributeValues: { ':v': { S: 'x' }, ':w': { S: 'y' } },
        }),
        'ValidationException',
        'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
      ],
    ];

    for (const [refused, name, message] of refusals) await assert.rejects(refused, { name, message });
  });

  it('refuses by name what it does not do', async () => {
    const partiql = client.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM orders' }));
    const legacy = query({
      KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'x' }] } },
    });

    await assert.rejects(partiql, { name: 'NotImplementedException', message: /ExecuteStatement/ });
    await assert.rejects(legacy, { name: 'NotImplementedException', message: /KeyConditions of Query/ });
  });
});

describe('DynamoDB after a kill', () => {
  it('has every write that it acknowledged', async (t) => {
    const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-kill-'));
    t.onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const doomed = await cloudToKill(stateDir);
    const client = new DynamoDBClient({
      endpoint: doomed.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    await client.send(
      new CreateTableCommand({
        ...orders,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
    const acknowledged: number[] = [];
    const enough = Promise.withResolvers<void>();
    const write = async (sk: number) => {
      await client.send(
        new PutItemCommand({ TableName: 'orders', Item: { pk: { S: 'kill' }, sk: { N: `${sk}` } } }),
      );
      acknowledged.push(sk);
      if (acknowledged.length === 100) enough.resolve();
    };

    const writing = Promise.allSettled(Array.from({ length: 300 }, (_, sk) => write(sk)));
    await enough.promise;
    await doomed.kill();
    await writing;
    client.destroy();

    const cloud = await localCloud(t, { stateDir });
    const { Items: items } = await cloud.call('dynamodb', 'Query', {
      TableName: 'orders',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'kill' } },
    });
    const kept = new Set(items.map(({ sk }: { sk: { N: string } }) => Number(sk.N)));
    assert.ok(acknowledged.length >= 100);
    assert.deepEqual(
      acknowledged.filter((sk) => !kept.has(sk)),
      [],
    );
  });
});
