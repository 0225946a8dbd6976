/** The streams and their shards: what is kept of them, where, and how a request names them. */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DamagedStateError } from '../../core/damage.ts';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { readStateFile, writeStateFile } from '../../core/stateFile.ts';
import { hexOf } from './hashKey.ts';
import { openShardLog, type ShardLog } from './shardLog.ts';

export interface ShardRecord {
  /** `shardId-000000000000` */
  readonly id: string;
  readonly index: number;
  readonly parents: readonly string[];
  /** Decimal, inclusive. */
  readonly startingHashKey: string;
  /** Decimal, inclusive. */
  readonly endingHashKey: string;
  readonly createdMs: number;
  /** Set once a split or merge has closed the shard: it takes no more records. */
  readonly closedMs?: number;
}

export interface StreamRecord {
  readonly name: string;
  readonly createdMs: number;
  readonly mode: 'PROVISIONED' | 'ON_DEMAND';
  readonly retentionHours: number;
  readonly maxRecordKiB: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly shards: readonly ShardRecord[];
}

/** An open shard with what routing a record needs at hand. */
export interface OpenShard {
  readonly shard: ShardRecord;
  /** 32 hex digits, inclusive. */
  readonly endingHex: string;
}

export interface StreamHandle {
  record: StreamRecord;
  /** By hash key, ascending. */
  open: readonly OpenShard[];
  log(shard: ShardRecord): ShardLog;
}

export interface Streams {
  list(): StreamHandle[];
  /** The stream that a request's StreamName or StreamARN names, or `ResourceNotFoundException`. */
  require(input: { StreamName?: string; StreamARN?: string }): StreamHandle;
  find(name: string): StreamHandle | undefined;
  create(record: StreamRecord): StreamHandle;
  /** Replaces what is kept of a stream; after a kill it is the old or the new. */
  update(stream: StreamHandle, change: Partial<StreamRecord>): void;
  remove(stream: StreamHandle): void;
  arn(name: string): string;
  /** A time of creation that no other stream of this cloud has, so that sequence numbers never repeat. */
  creationMs(): number;
  /** @throws DamagedStateError */
  check(): void;
  /** Deletes what is older than each stream keeps. */
  dropExpired(): void;
  close(): void;
}

export const shardId = (index: number) => `shardId-${String(index).padStart(12, '0')}`;

const HOUR_MS = 3_600_000;

export const horizonMs = (stream: StreamRecord, nowMs: number) => nowMs - stream.retentionHours * HOUR_MS;

export function openStreams(context: CloudContext): Streams {
  const root = join(context.stateDir, 'kinesis');
  mkdirSync(root, { recursive: true });
  const streams = new Map<string, StreamHandle>();
  const logs = new Map<string, ShardLog>();
  let lastCreatedMs = 0;

  const folderOf = (name: string) => join(root, `stream-${name}`);
  const save = (record: StreamRecord) => writeStateFile(join(folderOf(record.name), 'stream.json'), record);

  function handleOf(record: StreamRecord): StreamHandle {
    return {
      record,
      open: openShards(record),
      log(shard) {
        const key = `${this.record.name}/${shard.id}`;
        const known = logs.get(key);
        if (known) return known;
        const log = openShardLog(join(folderOf(this.record.name), shard.id));
        logs.set(key, log);
        return log;
      },
    };
  }

  for (const folder of readdirSync(root)) {
    const record = recordIn(join(root, folder));
    if (record) streams.set(record.name, handleOf(record));
    // A kill came in the middle of its creation or its deletion.
    else rmSync(join(root, folder), { recursive: true, force: true });
  }

  const find = (name: string) => streams.get(name);
  return {
    find,
    arn: (name) => `arn:aws:kinesis:${context.region}:${context.accountId}:stream/${name}`,
    list: () => [...streams.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1)),
    require(input) {
      const name = input.StreamName ?? input.StreamARN?.split(':stream/')[1];
      if (name === undefined)
        throw new AwsError(
          'InvalidArgumentException',
          'StreamARN and StreamName should not both be null or empty',
        );
      const stream = find(name);
      if (!stream)
        throw new AwsError(
          'ResourceNotFoundException',
          `Stream ${name} under account ${context.accountId} not found.`,
        );
      return stream;
    },
    create(record) {
      mkdirSync(folderOf(record.name), { recursive: true });
      save(record);
      const stream = handleOf(record);
      streams.set(record.name, stream);
      return stream;
    },
    update(stream, change) {
      const record = { ...stream.record, ...change };
      save(record);
      stream.record = record;
      stream.open = openShards(record);
    },
    remove(stream) {
      const { name, shards } = stream.record;
      for (const shard of shards) {
        logs.get(`${name}/${shard.id}`)?.close();
        logs.delete(`${name}/${shard.id}`);
      }
      streams.delete(name);
      const trash = join(root, `deleted-${name}`);
      rmSync(trash, { recursive: true, force: true });
      renameSync(folderOf(name), trash);
      rmSync(trash, { recursive: true, force: true });
    },
    creationMs() {
      lastCreatedMs = Math.max(context.clock.now(), lastCreatedMs + 1);
      return lastCreatedMs;
    },
    dropExpired() {
      for (const stream of streams.values())
        for (const shard of stream.record.shards)
          stream.log(shard).dropBefore(horizonMs(stream.record, context.clock.now()));
    },
    check() {
      for (const { record } of streams.values())
        if (!recordIn(folderOf(record.name)))
          throw new DamagedStateError(join(folderOf(record.name), 'stream.json'), 'it is missing');
      for (const log of logs.values()) log.check();
    },
    close() {
      for (const log of logs.values()) log.close();
    },
  };
}

/** What is kept of the stream in a folder; undefined when the folder holds none. @throws DamagedStateError */
function recordIn(folder: string): StreamRecord | undefined {
  if (!basename(folder).startsWith('stream-')) return undefined;
  const file = join(folder, 'stream.json');
  const record = readStateFile<StreamRecord>(file);
  if (!record && readdirSync(folder, { withFileTypes: true }).some((entry) => entry.isDirectory()))
    throw new DamagedStateError(file, 'it is missing and the stream has shards');
  return record;
}

const openShards = (record: StreamRecord): OpenShard[] =>
  record.shards
    .filter((shard) => shard.closedMs === undefined)
    .map((shard) => ({ shard, endingHex: hexOf(BigInt(shard.endingHashKey)) }))
    .sort((a, b) => (a.endingHex < b.endingHex ? -1 : 1));

/** The shard with this id, or `ResourceNotFoundException`. */
export function requireShard(context: CloudContext, stream: StreamHandle, id: string): ShardRecord {
  const shard = stream.record.shards.find((candidate) => candidate.id === id);
  if (!shard)
    throw new AwsError(
      'ResourceNotFoundException',
      `Shard ${id} in stream ${stream.record.name} under account ${context.accountId} does not exist`,
    );
  return shard;
}
