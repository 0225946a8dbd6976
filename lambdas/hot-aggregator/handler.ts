/** Kinesis → live views: each batch brings its records into the live table, each once. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { compileViews } from '../../lib/model/live/fold.ts';
import { createProcessor } from '../../lib/model/live/process.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { liveTable } from './liveTable.ts';
import { recordsByShard } from './logic.ts';

const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const processor = createProcessor(
  compileViews(deployedStudy()),
  liveTable(dynamo, environment('LIVE_TABLE')),
);

export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  for (const [shard, records] of recordsByShard(event.Records)) await processor.process(shard, records);
  return { batchItemFailures: [] };
}
