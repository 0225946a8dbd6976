/** An event source mapping over a stream: a reader a shard, parents before children. */
import type { FunctionRecord, MappingRecord } from '../types.ts';
import type { MappingParts, MappingStatus, RunningMapping } from './mapping.ts';
import { readBatches } from './shardBatches.ts';
import type { ShardReader, ShardStatus } from './shardReader.ts';
import { createStreamConsumer } from './streamConsumer.ts';

const RELIST_MS = 5_000;
/** A shard that is done with for good has this in place of a sequence number. */
const ENDED = '';

export function startStreamMapping(
  mapping: MappingRecord,
  fn: FunctionRecord,
  parts: MappingParts,
): RunningMapping {
  const { context } = parts;
  const consumer = createStreamConsumer(mapping, fn, parts);
  const { source, sleeper } = consumer;
  const readers = new Map<string, ShardReader>();
  let listed = false;
  let retentionMs = Number.POSITIVE_INFINITY;

  function readShard(shard: string, hasParent: boolean) {
    const reader = readBatches(consumer, shard, hasParent, retentionMs);
    readers.set(shard, reader);
    reader.finished
      .then((end) => {
        readers.delete(shard);
        if (end !== 'ended') return undefined;
        consumer.saveCheckpoint(shard, { sequence: ENDED });
        return readNewShards();
      })
      .catch((error: Error) =>
        context.log(`lambda: shard ${shard} of ${mapping.sourceArn}: ${error.message}`),
      );
  }

  /** Starts what has no reader yet; a shard waits until those that it was split or merged from are done with. */
  async function readNewShards(): Promise<void> {
    const shards = await source.shards();
    if (sleeper.isStopped()) return;
    const exists = new Set(shards.map(({ id }) => id));
    const hasEnded = (shard: string) => consumer.checkpoint(shard)?.sequence === ENDED;
    for (const { id, parents } of shards) {
      if (readers.has(id) || hasEnded(id)) continue;
      const living = parents.filter((parent) => exists.has(parent));
      if (living.every(hasEnded)) readShard(id, living.length > 0);
    }
  }

  async function begin() {
    while (!sleeper.isStopped() && !listed) {
      try {
        retentionMs = await source.retentionMs();
        await readNewShards();
        listed = true;
      } catch (error) {
        parts.result(`PROBLEM: ${(error as Error).message}`);
        await sleeper.sleep(RELIST_MS).catch(() => {});
      }
    }
  }

  const forget = context.events.on(source.topic, (detail) => {
    if (!source.concerns(detail)) return;
    const { shardId } = detail as { shardId?: string };
    for (const [shard, reader] of readers) if (shardId === undefined || shardId === shard) reader.notice();
  });
  const begun = begin();

  return {
    status: async () =>
      statusOf(
        mapping,
        [...readers.values()].map((reader) => reader.status()),
        listed,
      ),
    async stop() {
      sleeper.stop();
      forget();
      for (const reader of readers.values()) reader.stop();
      await begun;
      await Promise.all([...readers.values()].map(({ finished }) => finished));
    },
  };
}

function statusOf(mapping: MappingRecord, shards: readonly ShardStatus[], listed: boolean): MappingStatus {
  const backlog = shards.reduce((sum, shard) => sum + shard.backlog, 0);
  const inFlight = shards.reduce((sum, shard) => sum + shard.inFlight, 0);
  const windows = shards.map(({ windowEndsAtMs }) => windowEndsAtMs).filter((end) => end !== undefined);
  return {
    uuid: mapping.uuid,
    functionName: mapping.functionName,
    sourceArn: mapping.sourceArn,
    idle: listed && backlog === 0 && inFlight === 0 && shards.every(({ atTip }) => atTip),
    backlog,
    inFlight,
    windowEndsAtMs: windows.length > 0 ? Math.min(...windows) : undefined,
  };
}
