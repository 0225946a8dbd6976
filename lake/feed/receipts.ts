/** Keeps what Kinesis acknowledged where the balance sheet reads it. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { EVENTS, studyPrefix } from '../../lib/model/layout.ts';
import type { Producer } from '../../lib/model/run/reconciliation.ts';
import type { Target } from '../targets/target.ts';
import type { Receipt } from './kinesis.ts';
import type { Feed } from './registry.ts';

/** Writes the receipts of one feed; returns the object's key. */
export async function keepReceipts(
  { clients, names }: Pick<Target, 'clients' | 'names'>,
  study: string,
  feed: string,
  receipts: readonly Receipt[],
): Promise<string> {
  const key = `${studyPrefix('acknowledged', study)}run=${feed}/receipts.ndjson`;
  const lines = receipts.map(
    ({ shard, sequenceNumber, partitionKey, event }) =>
      `${JSON.stringify({
        stream: EVENTS,
        shard,
        sequence_number: sequenceNumber,
        partition_key: partitionKey,
        event_source: event?.source,
        event_id: event?.id,
      })}\n`,
  );
  await clients.s3.send(
    new PutObjectCommand({ Bucket: names.bucket('lake'), Key: key, Body: lines.join('') }),
  );
  return key;
}

/** This machine's clock and the one that dates the records may differ by this, around midnight. Milliseconds. */
const CLOCK_SKEW_MS = 15 * 60_000;

/** Whose receipts a balance sheet is compared with, and the days on which they were given. */
export async function producerOf(target: Target, { id, sentFrom, records }: Feed): Promise<Producer> {
  const skew = target.localCloud ? 0 : CLOCK_SKEW_MS;
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return {
    run: id,
    firstDt: day(Date.parse(sentFrom) - skew),
    lastDt: day((await target.now()) + skew),
    records,
  };
}
