/** The live table in DynamoDB, as the writer of live views needs it. */
import { setTimeout as pause } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import type { ItemKey, LiveItem } from '../../lib/model/live/items.ts';
import type { LiveWriter } from '../../lib/model/live/process.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_A_REQUEST = 100;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const ITEMS_A_REQUEST = 25;
/** What a throttled request left undone is asked for again after a while, at first and at most; milliseconds. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1000;

const inPieces = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

export function liveTable(dynamo: DynamoDBDocumentClient, table: string): LiveWriter {
  return {
    async read(keys) {
      const found: LiveItem[] = [];
      for (const piece of inPieces(keys, KEYS_A_REQUEST))
        found.push(...(await readPiece(dynamo, table, piece)));
      return found;
    },
    async writeNewer(item) {
      try {
        await dynamo.send(
          new PutCommand({
            TableName: table,
            Item: item,
            ConditionExpression: 'attribute_not_exists(pk) or #sequence < :sequence',
            ExpressionAttributeNames: { '#sequence': 'sequence' },
            ExpressionAttributeValues: { ':sequence': item.sequence },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    async write(items) {
      const pieces = inPieces(items, ITEMS_A_REQUEST);
      await Promise.all(pieces.map((piece) => writePiece(dynamo, table, piece)));
    },
  };
}

/** DynamoDB may leave keys of a batch unread, above 16 MB or when throttled: they are asked for again. */
async function readPiece(
  dynamo: DynamoDBDocumentClient,
  table: string,
  keys: readonly ItemKey[],
): Promise<LiveItem[]> {
  const found: LiveItem[] = [];
  let left: Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }));
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    const { Responses, UnprocessedKeys } = await dynamo.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: true } } }),
    );
    found.push(...((Responses?.[table] ?? []) as LiveItem[]));
    left = UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length === 0) return found;
    await pause(waitMs);
  }
}

async function writePiece(
  dynamo: DynamoDBDocumentClient,
  table: string,
  items: readonly LiveItem[],
): Promise<void> {
  let left: WriteRequests = items.map((item) => ({ PutRequest: { Item: { ...item } } }));
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    const { UnprocessedItems } = await dynamo.send(
      new BatchWriteCommand({ RequestItems: { [table]: left } }),
    );
    left = UnprocessedItems?.[table] ?? [];
    if (left.length === 0) return;
    await pause(waitMs);
  }
}

type WriteRequests = NonNullable<BatchWriteCommandInput['RequestItems']>[string];
