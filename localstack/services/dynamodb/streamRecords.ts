/** The change records of a table's stream: what was written, as its view type shows it. */
import { createHash } from 'node:crypto';
import type { CloudContext } from '../../core/service.ts';
import { keyOf } from './keys.ts';
import type { StreamIdentity } from './state.ts';
import type { Store } from './store.ts';
import type { StreamDefinition, StreamViewType, Table } from './table.ts';
import { type Item, itemSize } from './values.ts';

export const STREAM_RETENTION_MS = 24 * 60 * 60 * 1000;

/** AWS's sequence numbers have 21 to 40 digits; ours count from here, so that text order is number order. */
const SEQUENCE_BASE = 100_000_000_000_000_000_000n;

export const sequenceText = (sequence: number): string => (SEQUENCE_BASE + BigInt(sequence)).toString();
export const sequenceOf = (text: string): number => Number(BigInt(text) - SEQUENCE_BASE);
export const sequenceCounter = (streamId: number) => `stream:${streamId}`;

export interface ImagePair {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** A new stream for a table, registered in the store. It has one shard, which stays open. */
export function createStream(
  store: Store,
  nowMs: number,
  table: Pick<Table, 'name' | 'arn' | 'keySchema'>,
  viewType: StreamViewType,
): StreamDefinition {
  const id = store.nextNumber('stream');
  const label = new Date(nowMs).toISOString().slice(0, -1);
  const stream: StreamDefinition = {
    id,
    arn: `${table.arn}/stream/${label}`,
    label,
    viewType,
    createdAtMs: nowMs,
  };
  const suffix = createHash('md5').update(stream.arn).digest('hex').slice(0, 8);
  store.putStream({
    ...stream,
    tableName: table.name,
    keySchema: table.keySchema,
    shardId: `shardId-${String(nowMs).padStart(20, '0')}-${suffix}`,
    enabled: true,
  });
  return stream;
}

/** Closes a stream: its records can be read until they are 24 hours old, and no more are added. */
export function disableStream(store: Store, arn: string): void {
  const stream = store.stream(arn);
  if (stream) store.putStream({ ...stream, enabled: false });
}

/** Appends one change; https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html */
export function appendStreamRecord(
  store: Store,
  context: CloudContext,
  table: Table,
  { before, after }: ImagePair,
  identity: StreamIdentity | undefined,
): void {
  const stream = table.stream!;
  const sequence = store.nextNumber(sequenceCounter(stream.id));
  const nowMs = context.clock.now();
  const { viewType } = stream;
  const keys = keyOf(table, (after ?? before)!);
  const showsNew = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const showsOld = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const newImage = showsNew ? after : undefined;
  const oldImage = showsOld ? before : undefined;
  const size = itemSize(keys) + (newImage ? itemSize(newImage) : 0) + (oldImage ? itemSize(oldImage) : 0);
  const record = {
    eventID: createHash('md5').update(`${stream.arn}#${sequence}`).digest('hex'),
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: context.region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(nowMs / 1000),
      Keys: keys,
      NewImage: newImage,
      OldImage: oldImage,
      SequenceNumber: sequenceText(sequence),
      SizeBytes: size,
      StreamViewType: viewType,
    },
    userIdentity: identity,
  };
  store.appendRecord(stream.id, sequence, nowMs, JSON.stringify(record));
}
