/** Kinesis → bronze: every record of a batch is stored, with its verdict, before the batch is checkpointed. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createRecordMaker } from '../../lib/model/run/bronzeRecord.ts';
import { bronzeStudy, type Lake, storeBronzeObject } from '../shared/bronzeObjects.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { metricLine } from '../shared/metrics.ts';
import { layOutBatch, storeInOrder, totalsOf } from './logic.ts';

const study = deployedStudy();
const judge = createRecordMaker(study);
const laidOut = bronzeStudy(study);
const lake: Lake = {
  s3: new S3Client({}),
  dynamo: DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  }),
  bucket: environment('LAKE_BUCKET'),
  ledgerTable: environment('LEDGER_TABLE'),
  now: Date.now,
};

export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const objects = layOutBatch(laidOut, judge, event.Records);
  const { stored, failure } = await storeInOrder(objects, (object) => storeBronzeObject(lake, object));
  const totals = totalsOf(stored);
  console.log(
    metricLine(
      study.name,
      {
        metrics: { RecordsToBronze: totals.records, RecordsRefused: totals.refused },
        more: { BronzeObjects: stored.length, BronzeBytes: totals.bytes },
      },
      lake.now(),
    ),
  );
  if (!failure) return { batchItemFailures: [] };
  console.error('The batch goes on from the first record that is not stored', failure.cause);
  return { batchItemFailures: [{ itemIdentifier: failure.sequenceNumber }] };
}
