/** PutRecords and PutRecord: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
import { AwsError } from '../../../core/errors.ts';
import { hashOfPartitionKey, hexOf, parseHashKey } from '../hashKey.ts';
import { sequenceNumbersOf } from '../sequenceNumber.ts';
import { invalid, invalidArgument, type Kinesis } from '../state.ts';
import type { ShardRecord, StreamHandle } from '../store.ts';

interface Entry {
  readonly PartitionKey: string;
  /** Base64. */
  readonly Data: string;
  readonly ExplicitHashKey?: string;
}

interface StreamInput {
  readonly StreamName?: string;
  readonly StreamARN?: string;
}

type Result =
  | { readonly ShardId: string; readonly SequenceNumber: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

const LARGEST_REQUEST_BYTES = 10 * 1024 * 1024;

export function putRecords(kinesis: Kinesis, input: StreamInput & { readonly Records: readonly Entry[] }) {
  const { Records: records } = input;
  const stream = kinesis.streams.require(input);
  let total = 0;
  for (const [index, record] of records.entries())
    total += checkEntry(record, `records.${index + 1}.member.`, stream);
  if (total > LARGEST_REQUEST_BYTES)
    throw invalidArgument(`Records size exceeds ${LARGEST_REQUEST_BYTES / 1024 / 1024} MB limit`);

  const results = store(kinesis, stream, records);
  kinesis.metrics.add(stream.record.name, 'PutRecords.Records', records.length);
  return {
    FailedRecordCount: results.reduce((sum, result) => sum + ('ErrorCode' in result ? 1 : 0), 0),
    Records: results,
  };
}

/** `SequenceNumberForOrdering` asks for what always holds here: later records have greater numbers. */
export function putRecord(kinesis: Kinesis, input: StreamInput & Entry) {
  const stream = kinesis.streams.require(input);
  checkEntry(input, '', stream);
  const result = store(kinesis, stream, [input])[0] as Result;
  if ('ErrorCode' in result) throw new AwsError(result.ErrorCode, result.ErrorMessage);
  return result;
}

/** Throws for a record without a partition key, and for one that is larger than its stream takes; gives its bytes. */
function checkEntry(record: Entry, at: string, stream: StreamHandle): number {
  if (typeof record.PartitionKey !== 'string')
    throw invalid(null, `${at}partitionKey`, 'Member must not be null');
  const bytes = bytesOf(record);
  const largest = stream.record.maxRecordKiB * 1024;
  if (bytes > largest)
    throw invalid(`${bytes} bytes`, `${at}data`, `Member must have length less than or equal to ${largest}`);
  return bytes;
}

/** The bytes that AWS counts: data and partition key. */
function bytesOf({ Data: data, PartitionKey: key }: Entry): number {
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return ((data.length * 3) >> 2) - padding + Buffer.byteLength(key);
}

/** Appends the records of each shard in one write, in the order of the request; says of each what became of it. */
function store(kinesis: Kinesis, stream: StreamHandle, records: readonly Entry[]): Result[] {
  const { context, throughput, metrics } = kinesis;
  const { name } = stream.record;
  const now = context.clock.now();
  const results = new Array<Result>(records.length);
  const byShard = new Map<ShardRecord, number[]>();
  let throttled = 0;
  for (const [index, record] of records.entries()) {
    const shard = shardFor(stream, record);
    if (context.quotas === 'aws' && !throughput.write(`${name}/${shard.id}`, bytesOf(record), now)) {
      throttled++;
      results[index] = {
        ErrorCode: 'ProvisionedThroughputExceededException',
        ErrorMessage: `Rate exceeded for shard ${shard.id} in stream ${name} under account ${context.accountId}.`,
      };
      continue;
    }
    const indexes = byShard.get(shard);
    if (indexes) indexes.push(index);
    else byShard.set(shard, [index]);
  }
  let bytes = 0;
  for (const [shard, indexes] of byShard) {
    const batch =
      indexes.length === records.length ? records : indexes.map((index) => records[index] as Entry);
    const appended = stream.log(shard).append(batch, now);
    bytes += appended.bytes;
    const sequenceNumber = sequenceNumbersOf(shard);
    for (const [offset, index] of indexes.entries())
      results[index] = { SequenceNumber: sequenceNumber(appended.first + offset), ShardId: shard.id };
    context.events.emit('kinesis:records', { streamName: name, shardId: shard.id });
  }
  const stored = records.length - throttled;
  context.meter.add('kinesis', 'incoming', 'records', stored);
  context.meter.add('kinesis', 'incoming', 'bytes', bytes);
  metrics.add(name, 'IncomingRecords', stored);
  metrics.add(name, 'IncomingBytes', bytes);
  metrics.add(name, 'WriteProvisionedThroughputExceeded', throttled);
  return results;
}

function shardFor(stream: StreamHandle, record: Entry): ShardRecord {
  const explicit = record.ExplicitHashKey;
  const hash =
    explicit === undefined || explicit === null
      ? undefined
      : hexOf(parseHashKey(explicit, 'ExplicitHashKey'));
  const { open } = stream;
  if (open.length === 1) return (open[0] as (typeof open)[number]).shard;
  const hashKey = hash ?? hashOfPartitionKey(record.PartitionKey);
  for (const candidate of open) if (hashKey <= candidate.endingHex) return candidate.shard;
  throw new Error(`No open shard of ${stream.record.name} covers the hash key ${hashKey}.`);
}
