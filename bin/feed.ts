/** Sends a study's records and files in by its doors, and keeps the receipts that the balance sheet is held against. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { sha256Of } from './delivered.ts';
import { physicalNames } from './names.ts';

export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly partitionKey: string;
}

/** What Kinesis acknowledged: shard and sequence number of every record it took. */
export interface Receipt {
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
  study: string,
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
    if (options.rate) await pause((queued / options.rate) * 1000 - (performance.now() - startedAt));
    queued += batch.length;
    const sending = sendBatch(kinesis, study, batch, receipts).finally(() => inFlight.delete(sending));
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
  study: string,
  batch: readonly Outgoing[],
  receipts: Receipt[],
): Promise<void> {
  let open = batch;
  for (let attempt = 0; open.length > 0; attempt++) {
    if (attempt > 0) await pause(Math.min(5_000, 100 * 2 ** attempt));
    const { Records = [] } = await kinesis.send(
      new PutRecordsCommand({
        StreamName: physicalNames.stream(study),
        Records: open.map(({ bytes, partitionKey }) => ({ Data: bytes, PartitionKey: partitionKey })),
      }),
    );
    const refused: Outgoing[] = [];
    Records.forEach(({ ErrorCode, ErrorMessage, ShardId, SequenceNumber }, i) => {
      if (!ErrorCode) receipts.push({ shard: ShardId!, sequenceNumber: SequenceNumber! });
      else if (attempt < 10) refused.push(open[i]!);
      else throw new Error(`Kinesis refused a record ten times over: ${ErrorCode}: ${ErrorMessage}`);
    });
    open = refused;
  }
}

const pause = (ms: number) => (ms > 0 ? new Promise<void>((done) => setTimeout(done, ms)) : undefined);

/**
 * Lands a file for a source: `<study>/<source>/<digest>/<name>` in the landing bucket. The digest keeps files of one name
 * apart, so that none takes the place of another before it was loaded.
 */
export async function landFile(
  s3: S3Client,
  study: string,
  source: string,
  name: string,
  content: { path: string } | { body: string },
): Promise<string> {
  const digest = await sha256Of(
    'path' in content ? createReadStream(content.path) : Readable.from([Buffer.from(content.body)]),
  );
  const key = `${study}/${source}/${digest.slice(0, 16)}/${name}`;
  await s3.send(
    new PutObjectCommand({
      Bucket: physicalNames.bucket('landing'),
      Key: key,
      Body: 'path' in content ? createReadStream(content.path) : content.body,
      ...('path' in content ? {} : { ContentLength: Buffer.byteLength(content.body) }),
    }),
  );
  return key;
}

/** Writes the receipts where the balance sheet reads them; returns the object's key. */
export async function keepReceipts(
  s3: S3Client,
  study: string,
  feed: string,
  receipts: readonly Receipt[],
): Promise<string> {
  const key = `acknowledged/study=${study}/run=${feed}/receipts.ndjson`;
  const body = receipts
    .map(({ shard, sequenceNumber }) =>
      JSON.stringify({ stream: 'events', shard, sequence_number: sequenceNumber }),
    )
    .join('\n');
  await s3.send(new PutObjectCommand({ Bucket: physicalNames.bucket('lake'), Key: key, Body: `${body}\n` }));
  return key;
}
