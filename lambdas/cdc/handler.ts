/** DynamoDB Streams → Kinesis: what the store commits, the lake hears of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { deployedStudy, environment } from '../shared/environment.ts';
import { type Putting, putEntries } from '../shared/kinesis.ts';
import { metricLine } from '../shared/metrics.ts';
import { captureChanges, firstNotStored } from './logic.ts';

const study = deployedStudy();
const design = study.oltp!;
const putting: Putting = {
  kinesis: new KinesisClient({}),
  streamName: environment('STREAM_NAME'),
  sleep: (ms) => sleep(ms),
};

export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const changes = captureChanges(design, study.sources, event.Records);
  const outcomes = await putEntries(
    putting,
    changes.map(({ entry }) => entry),
  );
  const stored = outcomes.filter((outcome) => outcome.stored).length;
  console.log(metricLine(study.name, { metrics: {}, more: { ChangesCaptured: stored } }, Date.now()));
  const failure = firstNotStored(changes, outcomes);
  if (!failure) return { batchItemFailures: [] };
  console.error(`The batch goes on from ${failure.sequenceNumber}: ${failure.why}`);
  return { batchItemFailures: [{ itemIdentifier: failure.sequenceNumber }] };
}
