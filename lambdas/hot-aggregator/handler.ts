/** Kinesis → live windows: each batch sets the window's items to what the window holds so far. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { KinesisStreamEvent } from 'aws-lambda';
import { deployedStudy, environment } from '../shared/environment.ts';
import { createAggregator, liveItems, type WindowState } from './logic.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
interface WindowedEvent extends KinesisStreamEvent {
  readonly window: { readonly start: string; readonly end: string };
  readonly state: WindowState;
  readonly shardId: string;
}

const aggregate = createAggregator(deployedStudy());
const table = environment('LIVE_TABLE');
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function handler(event: WindowedEvent): Promise<{ state: WindowState; batchItemFailures: [] }> {
  const records = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64'));
  const state = aggregate(event.state, records);
  const items = liveItems(event.window, event.shardId, state);
  await Promise.all(items.map((Item) => dynamo.send(new PutCommand({ TableName: table, Item }))));
  return { state, batchItemFailures: [] };
}
