/** The records of an invocation as the live views take them. */
import type { KinesisStreamRecord } from 'aws-lambda';
import type { LiveRecord } from '../../lib/model/live/fold.ts';

/** Lambda's event id is `<shard>:<sequence number>`; an invocation has records of one shard, in their order. */
export function recordsByShard(
  records: readonly Pick<KinesisStreamRecord, 'eventID' | 'kinesis'>[],
): Map<string, LiveRecord[]> {
  const shards = new Map<string, LiveRecord[]>();
  for (const { eventID, kinesis } of records) {
    const shard = eventID.slice(0, eventID.indexOf(':'));
    const own = shards.get(shard) ?? [];
    if (own.length === 0) shards.set(shard, own);
    own.push({
      bytes: Buffer.from(kinesis.data, 'base64'),
      arrivedAtMs: Math.round(kinesis.approximateArrivalTimestamp * 1000),
      sequence: kinesis.sequenceNumber,
    });
  }
  return shards;
}
