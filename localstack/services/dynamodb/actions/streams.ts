/** DynamoDB Streams: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html */
import { AwsError } from '../../../core/errors.ts';
import type { Database } from '../state.ts';
import type { StoredStream } from '../store.ts';
import { STREAM_RETENTION_MS, sequenceCounter, sequenceOf, sequenceText } from '../streamRecords.ts';
import { validationError } from '../values.ts';

const MAX_RECORDS = 1000;
const MAX_RESPONSE_BYTES = 1024 * 1024;
const ITERATOR_LIFETIME_MS = 15 * 60 * 1000;
const LIST_LIMIT = 100;

interface Iterator {
  readonly arn: string;
  readonly sequence: number;
  readonly issuedAtMs: number;
}

const encodeIterator = (iterator: Iterator) =>
  `${iterator.arn}|1|${Buffer.from(JSON.stringify([iterator.sequence, iterator.issuedAtMs])).toString('base64')}`;

function decodeIterator(text: string): Iterator {
  const [arn, version, payload] = text.split('|');
  try {
    const [sequence, issuedAtMs] = JSON.parse(Buffer.from(payload!, 'base64').toString());
    if (version === '1') return { arn: arn!, sequence, issuedAtMs };
  } catch (cause) {
    throw new AwsError('ValidationException', 'Invalid ShardIterator', { cause });
  }
  throw validationError('Invalid ShardIterator');
}

function streamOf({ store }: Database, arn: string): StoredStream {
  const stream = store.stream(arn);
  if (!stream) {
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
  }
  return stream;
}

/** The number of the oldest record that is kept, or that the next record gets. */
function horizon({ store, context }: Database, stream: StoredStream): number {
  store.trimRecords(stream.id, context.clock.now() - STREAM_RETENTION_MS);
  return store.records(stream.id, 0, 1)[0]?.sequence ?? store.lastNumber(sequenceCounter(stream.id)) + 1;
}

export const listStreams =
  (database: Database) =>
  (input: { TableName?: string; Limit?: number; ExclusiveStartStreamArn?: string }) => {
    const streams = database.store
      .streams()
      .filter(({ tableName }) => input.TableName === undefined || tableName === input.TableName)
      .filter(
        ({ arn }) => input.ExclusiveStartStreamArn === undefined || arn > input.ExclusiveStartStreamArn,
      );
    const page = streams.slice(0, input.Limit ?? LIST_LIMIT);
    return {
      Streams: page.map(({ arn, tableName, label }) => ({
        StreamArn: arn,
        TableName: tableName,
        StreamLabel: label,
      })),
      LastEvaluatedStreamArn: page.length < streams.length ? page.at(-1)!.arn : undefined,
    };
  };

export const describeStream =
  (database: Database) => (input: { StreamArn: string; Limit?: number; ExclusiveStartShardId?: string }) => {
    const stream = streamOf(database, input.StreamArn);
    const last = database.store.lastNumber(sequenceCounter(stream.id));
    const shard = {
      ShardId: stream.shardId,
      SequenceNumberRange: {
        StartingSequenceNumber: sequenceText(1),
        EndingSequenceNumber: stream.enabled ? undefined : sequenceText(last + 1),
      },
    };
    return {
      StreamDescription: {
        StreamArn: stream.arn,
        StreamLabel: stream.label,
        StreamStatus: stream.enabled ? 'ENABLED' : 'DISABLED',
        StreamViewType: stream.viewType,
        CreationRequestDateTime: stream.createdAtMs / 1000,
        TableName: stream.tableName,
        KeySchema: stream.keySchema,
        Shards: input.ExclusiveStartShardId === stream.shardId ? [] : [shard],
      },
    };
  };

interface GetShardIteratorInput {
  readonly StreamArn: string;
  readonly ShardId: string;
  readonly ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';
  readonly SequenceNumber?: string;
}

export const getShardIterator = (database: Database) => (input: GetShardIteratorInput) => {
  const stream = streamOf(database, input.StreamArn);
  if (input.ShardId !== stream.shardId) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Requested resource not found: Shard does not exist: ${input.ShardId}`,
    );
  }
  const oldest = horizon(database, stream);
  const sequence = startOf(input, oldest, database.store.lastNumber(sequenceCounter(stream.id)));
  if (sequence < oldest) {
    throw new AwsError(
      'TrimmedDataAccessException',
      `The operation attempted to read past the oldest stream record in a shard: ${input.SequenceNumber}`,
    );
  }
  return {
    ShardIterator: encodeIterator({ arn: stream.arn, sequence, issuedAtMs: database.context.clock.now() }),
  };
};

function startOf(input: GetShardIteratorInput, oldest: number, last: number): number {
  const given = () => {
    if (!input.SequenceNumber || !/^\d{21,40}$/.test(input.SequenceNumber)) {
      throw validationError(`Invalid SequenceNumber: ${input.SequenceNumber ?? 'null'}`);
    }
    return sequenceOf(input.SequenceNumber);
  };
  switch (input.ShardIteratorType) {
    case 'TRIM_HORIZON':
      return oldest;
    case 'LATEST':
      return last + 1;
    case 'AT_SEQUENCE_NUMBER':
      return given();
    case 'AFTER_SEQUENCE_NUMBER':
      return given() + 1;
  }
}

/** At most `Limit` records and 1 MB; a disabled stream's shard ends with its last record. */
export const getRecords = (database: Database) => (input: { ShardIterator: string; Limit?: number }) => {
  const { store, context } = database;
  const iterator = decodeIterator(input.ShardIterator);
  const nowMs = context.clock.now();
  if (nowMs - iterator.issuedAtMs > ITERATOR_LIFETIME_MS) {
    throw new AwsError(
      'ExpiredIteratorException',
      'Iterator expired. The iterator was created more than 15 minutes ago.',
    );
  }
  const stream = streamOf(database, iterator.arn);
  if (iterator.sequence < horizon(database, stream)) {
    throw new AwsError(
      'TrimmedDataAccessException',
      `The operation attempted to read past the oldest stream record in a shard: ${stream.shardId}`,
    );
  }
  const records: unknown[] = [];
  let bytes = 0;
  let next = iterator.sequence;
  for (const stored of store.records(stream.id, iterator.sequence, input.Limit ?? MAX_RECORDS)) {
    bytes += stored.record.length;
    if (records.length > 0 && bytes > MAX_RESPONSE_BYTES) break;
    records.push(JSON.parse(stored.record));
    next = stored.sequence + 1;
  }
  const ended = !stream.enabled && next > store.lastNumber(sequenceCounter(stream.id));
  return {
    Records: records,
    NextShardIterator: ended
      ? undefined
      : encodeIterator({ arn: stream.arn, sequence: next, issuedAtMs: nowMs }),
  };
};
