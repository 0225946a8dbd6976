/** Reads one shard of a mapping: its batches go to the function, window by window, and its checkpoint moves. */
import { LARGEST_SYNC_PAYLOAD } from '../invoker.ts';
import { type BatchRules, type BatchSteps, type StreamRecord, workOff } from './batch.ts';
import { discard } from './onFailure.ts';
import { type ShardReader, startShardReader } from './shardReader.ts';
import { untilStopped } from './sleeper.ts';
import type { StreamConsumer } from './streamConsumer.ts';
import {
  createTumblingWindows,
  LARGEST_STATE,
  type TumblingWindows,
  type WindowEvent,
} from './tumblingWindow.ts';

/** Room in an event for what is not its records. */
const ENVELOPE = 1024;

/**
 * @param hasParent the shard goes on where those end that it was split or merged from, whatever the mapping's start is
 * @param retentionMs how long the stream keeps its records
 */
export function readBatches(
  consumer: StreamConsumer,
  shard: string,
  hasParent: boolean,
  retentionMs: number,
): ShardReader {
  const { mapping, parts, source } = consumer;
  const after = consumer.checkpoint(shard)?.sequence;
  const windows = windowsOf(consumer, shard);
  const { maximumRecordAgeSeconds } = mapping;
  const longestAgeMs = maximumRecordAgeSeconds < 0 ? retentionMs : maximumRecordAgeSeconds * 1000;
  return startShardReader({
    shard,
    source,
    from: after ? { after } : hasParent ? 'oldest' : 'start',
    rules: {
      batchSize: mapping.batchSize,
      windowMs: mapping.batchingWindowSeconds * 1000,
      payloadLimit: LARGEST_SYNC_PAYLOAD - ENVELOPE - (windows ? LARGEST_STATE + ENVELOPE : 0),
    },
    parallelism: mapping.parallelizationFactor,
    clock: parts.context.clock,
    work: (batch, finished) =>
      untilStopped(
        work(batch, { ...mapping, longestAgeMs }, stepsOf(consumer, shard, windows, finished), windows),
      ),
    window: windows && { endsAtMs: windows.endsAtMs, close: () => untilStopped(windows.close()) },
    checkpoint: (sequence) => consumer.saveCheckpoint(shard, { sequence, window: windows?.current() }),
    trouble: (error) => parts.result(`PROBLEM: ${error.message}`),
  });
}

async function work(
  batch: readonly StreamRecord[],
  rules: BatchRules,
  steps: BatchSteps,
  windows: TumblingWindows | undefined,
): Promise<void> {
  for (const run of windows?.split(batch) ?? [batch]) {
    await windows?.enter(run);
    await workOff(run, rules, steps);
    await windows?.closeIfTooLarge();
  }
}

function stepsOf(
  consumer: StreamConsumer,
  shard: string,
  windows: TumblingWindows | undefined,
  finished: BatchSteps['finished'],
): BatchSteps {
  return {
    invoke: async (records) =>
      windows
        ? windows.accept(await consumer.invoke(records, eventMembers(consumer, shard, windows.event())))
        : consumer.invoke(records),
    finished,
    discard: (discarded) => discard(consumer, shard, discarded),
    backOff: consumer.backOff,
    refused: consumer.refused,
    now: consumer.parts.context.clock.now,
  };
}

function windowsOf(consumer: StreamConsumer, shard: string): TumblingWindows | undefined {
  const { tumblingWindowSeconds } = consumer.mapping;
  if (tumblingWindowSeconds === 0) return undefined;
  // A window is closed by an invocation without records, which is repeated until it succeeds.
  const finalInvoke = async (event: WindowEvent) => {
    for (let retry = 0; ; retry += 1) {
      try {
        const { functionError } = await consumer.invoke([], eventMembers(consumer, shard, event));
        if (!functionError) break;
      } catch (error) {
        consumer.refused(error as Error);
      }
      await consumer.backOff(retry);
    }
    const sequence = consumer.checkpoint(shard)?.sequence;
    if (sequence) consumer.saveCheckpoint(shard, { sequence });
  };
  return createTumblingWindows(tumblingWindowSeconds, consumer.checkpoint(shard)?.window, finalInvoke);
}

const eventMembers = ({ mapping }: StreamConsumer, shard: string, event: WindowEvent) => ({
  ...event,
  shardId: shard,
  eventSourceARN: mapping.sourceArn,
});
