/** Sends records to a study's stream and gives what Kinesis acknowledged. */
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { pause } from '../progress.ts';

export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly partitionKey: string;
  /** Identity of the CloudEvent in the bytes; absent when they are not an event. */
  readonly event?: { readonly source: string; readonly id: string };
}

/** What Kinesis acknowledged of one record. */
export interface Receipt extends Omit<Outgoing, 'bytes'> {
  readonly shard: string;
  readonly sequenceNumber: string;
}

/** PutRecords takes 500 records and 5 MiB (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html). */
const MAX_RECORDS = 500;
const MAX_BYTES = 5 * 1024 * 1024;
const IN_FLIGHT = 4;

/**
 * Sends records in their order, several requests at a time, and sends again what Kinesis throttled.
 * Records of one key keep their order within a request; across requests the event's own time decides.
 */
export async function sendRecords(
  kinesis: KinesisClient,
  stream: string,
  records: Iterable<Outgoing>,
  options: { rate?: number; signal?: AbortSignal; progress?: (sent: number) => void } = {},
): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  const startedAt = performance.now();
  const inFlight = new Set<Promise<void>>();
  let queued = 0;
  // At a rate, a tenth of a second's worth at a time, so that it flows instead of coming in bursts.
  const most = options.rate ? Math.min(MAX_RECORDS, Math.ceil(options.rate / 10)) : MAX_RECORDS;
  for (const batch of batches(records, most)) {
    options.signal?.throwIfAborted();
    if (options.rate)
      await pause((queued / options.rate) * 1000 - (performance.now() - startedAt), options.signal);
    queued += batch.length;
    const sending = sendBatch(kinesis, stream, batch, receipts).finally(() => inFlight.delete(sending));
    inFlight.add(sending);
    if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
    options.progress?.(receipts.length);
  }
  await Promise.all(inFlight);
  options.progress?.(receipts.length);
  return receipts;
}

function* batches(records: Iterable<Outgoing>, most: number): Generator<Outgoing[]> {
  let batch: Outgoing[] = [];
  let size = 0;
  for (const record of records) {
    const bytes = record.bytes.length + Buffer.byteLength(record.partitionKey);
    if (batch.length === most || (batch.length > 0 && size + bytes > MAX_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(record);
    size += bytes;
  }
  if (batch.length > 0) yield batch;
}

async function sendBatch(
  kinesis: KinesisClient,
  stream: string,
  batch: readonly Outgoing[],
  receipts: Receipt[],
): Promise<void> {
  let open = batch;
  for (let attempt = 0; open.length > 0; attempt++) {
    if (attempt > 0) await pause(Math.min(5_000, 100 * 2 ** attempt));
    const { Records = [] } = await kinesis.send(
      new PutRecordsCommand({
        StreamName: stream,
        Records: open.map(({ bytes, partitionKey }) => ({ Data: bytes, PartitionKey: partitionKey })),
      }),
    );
    const refused: Outgoing[] = [];
    Records.forEach(({ ErrorCode, ErrorMessage, ShardId, SequenceNumber }, i) => {
      const { bytes: _sent, ...what } = open[i]!;
      if (!ErrorCode) receipts.push({ ...what, shard: ShardId!, sequenceNumber: SequenceNumber! });
      else if (attempt < 10) refused.push(open[i]!);
      else throw new Error(`Kinesis refused a record ten times: ${ErrorCode}: ${ErrorMessage}`);
    });
    open = refused;
  }
}
