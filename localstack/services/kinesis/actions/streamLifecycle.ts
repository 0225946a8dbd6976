/** CreateStream, DeleteStream and the settings of a stream: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html */
import { AwsError } from '../../../core/errors.ts';
import { uniformRanges } from '../hashKey.ts';
import { invalid, invalidArgument, type Kinesis } from '../state.ts';
import { type StreamHandle, type StreamRecord, shardId } from '../store.ts';

interface StreamInput {
  readonly StreamName?: string;
  readonly StreamARN?: string;
}

/** A new on-demand stream begins with four shards. https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html */
const ON_DEMAND_SHARDS = 4;
const DEFAULT_RETENTION_HOURS = 24;
const LONGEST_RETENTION_HOURS = 8760;
const DEFAULT_RECORD_KIB = 1024;
const LARGEST_RECORD_KIB = 10_240;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForStream.html */
const MOST_TAGS = 50;
/** https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html, us-east-1 */
const MOST_SHARDS = 20_000;

interface CreateStreamInput {
  readonly StreamName: string;
  readonly ShardCount?: number;
  readonly StreamModeDetails?: { readonly StreamMode: string };
  readonly MaxRecordSizeInKiB?: number;
  readonly Tags?: Record<string, string>;
}

export function createStream(kinesis: Kinesis, input: CreateStreamInput) {
  const { streams, context } = kinesis;
  const name = input.StreamName;
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_.-]{1,128}$/.test(name))
    throw invalid(name, 'streamName', 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+');
  if (streams.find(name))
    throw new AwsError(
      'ResourceInUseException',
      `Stream ${name} under account ${context.accountId} already exists.`,
    );
  const mode = modeOf(
    input.StreamModeDetails?.StreamMode ?? (input.ShardCount === undefined ? 'ON_DEMAND' : 'PROVISIONED'),
  );
  const count = shardCountOf(mode, input.ShardCount);
  const createdMs = streams.creationMs();
  streams.create({
    name,
    createdMs,
    mode,
    retentionHours: DEFAULT_RETENTION_HOURS,
    maxRecordKiB: recordSizeOf(input.MaxRecordSizeInKiB ?? DEFAULT_RECORD_KIB),
    tags: input.Tags ?? {},
    shards: uniformRanges(count).map(({ start, end }, index) => ({
      id: shardId(index),
      index,
      parents: [],
      startingHashKey: start.toString(),
      endingHashKey: end.toString(),
      createdMs,
    })),
  });
  return {};
}

export function modeOf(text: string): StreamRecord['mode'] {
  if (text !== 'PROVISIONED' && text !== 'ON_DEMAND')
    throw invalid(
      text,
      'streamModeDetails.streamMode',
      'Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]',
    );
  return text;
}

function shardCountOf(mode: StreamRecord['mode'], asked: number | undefined): number {
  if (mode === 'ON_DEMAND') {
    if (asked !== undefined)
      throw new AwsError(
        'ValidationException',
        'ShardCount must not be set when the stream mode is ON_DEMAND.',
      );
    return ON_DEMAND_SHARDS;
  }
  const count = asked ?? 1;
  if (!Number.isInteger(count) || count < 1)
    throw invalid(asked, 'shardCount', 'Member must have value greater than or equal to 1');
  if (count > MOST_SHARDS)
    throw new AwsError(
      'LimitExceededException',
      `ShardCount is ${count}; an account may have ${MOST_SHARDS} shards.`,
    );
  return count;
}

function recordSizeOf(kib: number): number {
  if (!Number.isInteger(kib) || kib < DEFAULT_RECORD_KIB || kib > LARGEST_RECORD_KIB)
    throw new AwsError(
      'ValidationException',
      `MaxRecordSizeInKiB is ${kib}; it must be between ${DEFAULT_RECORD_KIB} and ${LARGEST_RECORD_KIB}.`,
    );
  return kib;
}

export function deleteStream(kinesis: Kinesis, input: StreamInput) {
  kinesis.streams.remove(kinesis.streams.require(input));
  return {};
}

export function setRetention(kinesis: Kinesis, stream: StreamHandle, hours: number): void {
  if (!Number.isInteger(hours) || hours < DEFAULT_RETENTION_HOURS || hours > LONGEST_RETENTION_HOURS)
    throw invalidArgument(
      `RetentionPeriodHours is ${hours}; it must be between ${DEFAULT_RETENTION_HOURS} and ${LONGEST_RETENTION_HOURS}.`,
    );
  kinesis.streams.update(stream, { retentionHours: hours });
}

export function increaseStreamRetentionPeriod(
  kinesis: Kinesis,
  input: StreamInput & { RetentionPeriodHours: number },
) {
  const stream = kinesis.streams.require(input);
  const { name, retentionHours } = stream.record;
  if (input.RetentionPeriodHours < retentionHours)
    throw invalidArgument(
      `Requested retention period (${input.RetentionPeriodHours} hours) for stream ${name} can not be shorter than ` +
        `existing retention period (${retentionHours} hours). Use DecreaseRetentionPeriod API.`,
    );
  setRetention(kinesis, stream, input.RetentionPeriodHours);
  return {};
}

export function decreaseStreamRetentionPeriod(
  kinesis: Kinesis,
  input: StreamInput & { RetentionPeriodHours: number },
) {
  const stream = kinesis.streams.require(input);
  const { name, retentionHours } = stream.record;
  if (input.RetentionPeriodHours > retentionHours)
    throw invalidArgument(
      `Requested retention period (${input.RetentionPeriodHours} hours) for stream ${name} can not be longer than ` +
        `existing retention period (${retentionHours} hours). Use IncreaseRetentionPeriod API.`,
    );
  setRetention(kinesis, stream, input.RetentionPeriodHours);
  return {};
}

export function updateStreamMode(
  kinesis: Kinesis,
  input: { StreamARN: string; StreamModeDetails: { StreamMode: string } },
) {
  kinesis.streams.update(kinesis.streams.require(input), {
    mode: modeOf(input.StreamModeDetails.StreamMode),
  });
  return {};
}

export function updateMaxRecordSize(kinesis: Kinesis, input: StreamInput & { MaxRecordSizeInKiB: number }) {
  kinesis.streams.update(kinesis.streams.require(input), {
    maxRecordKiB: recordSizeOf(input.MaxRecordSizeInKiB),
  });
  return {};
}

export function addTagsToStream(kinesis: Kinesis, input: StreamInput & { Tags: Record<string, string> }) {
  const stream = kinesis.streams.require(input);
  kinesis.streams.update(stream, { tags: { ...stream.record.tags, ...input.Tags } });
  return {};
}

export function removeTagsFromStream(kinesis: Kinesis, input: StreamInput & { TagKeys: readonly string[] }) {
  const stream = kinesis.streams.require(input);
  const tags = Object.entries(stream.record.tags).filter(([key]) => !input.TagKeys.includes(key));
  kinesis.streams.update(stream, { tags: Object.fromEntries(tags) });
  return {};
}

export function listTagsForStream(
  kinesis: Kinesis,
  input: StreamInput & { ExclusiveStartTagKey?: string; Limit?: number },
) {
  const { ExclusiveStartTagKey: after, Limit: limit = MOST_TAGS } = input;
  const found = Object.entries(kinesis.streams.require(input).record.tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .filter(({ Key }) => after === undefined || Key > after)
    .sort((a, b) => (a.Key < b.Key ? -1 : 1));
  return { Tags: found.slice(0, limit), HasMoreTags: found.length > limit };
}
