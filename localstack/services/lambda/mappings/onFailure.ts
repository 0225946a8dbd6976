/** Sends records that a mapping gave up to its on-failure destination. */
import { randomUUID } from 'node:crypto';
import type { Discarded, StreamRecord } from './batch.ts';
import { recordsJson, type StreamConsumer } from './streamConsumer.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
export async function discard(consumer: StreamConsumer, shard: string, discarded: Discarded): Promise<void> {
  const { mapping, fn, parts } = consumer;
  if (!mapping.onFailureArn) return;
  try {
    await parts.destinations.deliver(mapping.onFailureArn, {
      record: failureRecord(consumer, shard, discarded),
      payload: `{${recordsJson(discarded.records)}}`,
      folder: `${mapping.uuid}/${shard}`,
      outcome: 'Failure',
      functionArn: fn.arn,
    });
  } catch (error) {
    // As on AWS: the records are gone, and only the metric reports it.
    await consumer.metric('DestinationDeliveryFailures', 1, 'Count');
    parts.result('PROBLEM: Destination delivery failed');
    parts.context.log(
      `lambda: ${mapping.onFailureArn} did not take a failed batch: ${(error as Error).message}`,
    );
  }
}

function failureRecord({ mapping, fn, parts, source }: StreamConsumer, shard: string, discarded: Discarded) {
  const { records } = discarded;
  const [first, last] = [records[0] as StreamRecord, records.at(-1) as StreamRecord];
  return {
    requestContext: {
      requestId: discarded.requestId ?? randomUUID(),
      functionArn: fn.arn,
      condition: discarded.condition,
      approximateInvokeCount: Math.max(1, discarded.invokeCount),
    },
    ...(discarded.condition === 'RetryAttemptsExhausted' && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: discarded.functionError ?? null,
      },
    }),
    version: '1.0',
    timestamp: new Date(parts.context.clock.now()).toISOString(),
    [source.infoField]: {
      shardId: shard,
      startSequenceNumber: first.sequence,
      endSequenceNumber: last.sequence,
      approximateArrivalOfFirstRecord: source.timestamp(first.arrivedAtMs),
      approximateArrivalOfLastRecord: source.timestamp(last.arrivedAtMs),
      batchSize: records.length,
      streamArn: mapping.sourceArn,
    },
  };
}
