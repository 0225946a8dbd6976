/** An event source mapping over a stream: a reader a shard, parents before children, failures sent to their destination. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { CloudContext } from '../../../core/service.ts';
import type { Destinations } from '../destinations.ts';
import { LARGEST_SYNC_PAYLOAD } from '../invoker.ts';
import type { Checkpoint, LambdaStore } from '../store.ts';
import type { FunctionRecord, Invocation, MappingRecord } from '../types.ts';
import { type BatchSteps, type Discarded, type StreamRecord, workOff } from './batch.ts';
import { type ShardReader, type ShardStatus, startShardReader } from './shardReader.ts';
import { dynamoSource, kinesisSource } from './source.ts';
import {
  createTumblingWindows,
  LARGEST_STATE,
  type TumblingWindows,
  type WindowEvent,
} from './tumblingWindow.ts';

/** Room in an event for what is not its records. */
const ENVELOPE = 1024;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 60_000;
const RELIST_MS = 5_000;
/** A shard that is done with for good has this in place of a sequence number. */
const ENDED = '';

export interface MappingStatus {
  readonly uuid: string;
  readonly functionName: string;
  readonly sourceArn: string;
  /** Nothing to do: all shards read to the tip, nothing waiting or under way. */
  readonly idle: boolean;
  readonly backlog: number;
  readonly inFlight: number;
  /** When the next batching window closes. */
  readonly windowEndsAtMs?: number;
}

export interface RunningMapping {
  status(): Promise<MappingStatus>;
  stop(): Promise<void>;
}

export interface MappingParts {
  readonly context: CloudContext;
  readonly store: LambdaStore;
  readonly destinations: Destinations;
  /** The function as it is now. */
  fn(): FunctionRecord | undefined;
  invoke(payload: Buffer): Promise<Invocation>;
  /** `OK`, or `PROBLEM: …`, for whoever describes the mapping. */
  result(text: string): void;
}

/** Thrown inside a batch when its mapping is stopped: the batch stays where its checkpoint is. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

export function startStreamMapping(
  mapping: MappingRecord,
  fn: FunctionRecord,
  parts: MappingParts,
): RunningMapping {
  const { context, store, destinations } = parts;
  const { clock } = context;
  const source = (mapping.source === 'kinesis' ? kinesisSource : dynamoSource)(context, mapping, fn);
  const readers = new Map<string, ShardReader>();
  const checkpoints = store.checkpoints(mapping.uuid);
  const sleepers = new Set<() => void>();
  let stopped = false;
  let listed = false;
  let retentionMs = Number.POSITIVE_INFINITY;

  const sleep = (ms: number) =>
    new Promise<void>((resolve, reject) => {
      if (stopped) {
        reject(new Stopped());
        return;
      }
      const cancel = clock.after(ms, () => {
        sleepers.delete(interrupt);
        resolve();
      });
      const interrupt = () => {
        cancel();
        reject(new Stopped());
      };
      sleepers.add(interrupt);
    });

  const metric = (MetricName: string, Value: number, Unit: string) =>
    context.call('cloudwatch', '_Record', {
      Namespace: 'AWS/Lambda',
      MetricData: [
        {
          MetricName,
          Value,
          Unit,
          Dimensions: [{ Name: 'FunctionName', Value: mapping.functionName }],
          Timestamp: clock.now() / 1000,
        },
      ],
    });

  /** `more` are members of the event next to its records. */
  async function invoke(records: readonly StreamRecord[], more: object = {}): Promise<Invocation> {
    const newest = records.at(-1);
    if (newest) await metric('IteratorAge', Math.max(0, clock.now() - newest.arrivedAtMs), 'Milliseconds');
    const members = JSON.stringify(more).slice(1, -1);
    const event = `{"Records":[${records.map(({ json }) => json).join(',')}]${members && ','}${members}}`;
    const invocation = await parts.invoke(Buffer.from(event));
    // A process killed by the stop of the cloud has not failed on its records.
    if (stopped && invocation.functionError) throw new Stopped();
    parts.result(invocation.functionError ? 'PROBLEM: Function call failed' : 'OK');
    return invocation;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
  async function discard(shard: string, discarded: Discarded) {
    if (!mapping.onFailureArn) return;
    const { records } = discarded;
    const [first, last] = [records[0] as StreamRecord, records.at(-1) as StreamRecord];
    const record = {
      requestContext: {
        requestId: discarded.requestId ?? randomUUID(),
        functionArn: fn.arn,
        condition: discarded.condition,
        approximateInvokeCount: Math.max(1, discarded.invokeCount),
      },
      ...(discarded.condition === 'RetryAttemptsExhausted' && {
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          functionError: discarded.functionError ?? null,
        },
      }),
      version: '1.0',
      timestamp: new Date(clock.now()).toISOString(),
      [source.infoField]: {
        shardId: shard,
        startSequenceNumber: first.sequence,
        endSequenceNumber: last.sequence,
        approximateArrivalOfFirstRecord: source.timestamp(first.arrivedAtMs),
        approximateArrivalOfLastRecord: source.timestamp(last.arrivedAtMs),
        batchSize: records.length,
        streamArn: mapping.sourceArn,
      },
    };
    try {
      await destinations.deliver(mapping.onFailureArn, {
        record,
        payload: `{"Records":[${records.map(({ json }) => json).join(',')}]}`,
        folder: `${mapping.uuid}/${shard}`,
        outcome: 'Failure',
        functionArn: fn.arn,
      });
    } catch (error) {
      // As on AWS: the records are gone, and the metric is what tells of it.
      await metric('DestinationDeliveryFailures', 1, 'Count');
      parts.result('PROBLEM: Destination delivery failed');
      context.log(`lambda: ${mapping.onFailureArn} did not take a failed batch: ${(error as Error).message}`);
    }
  }

  const backOff = (retry: number) => sleep(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** retry));

  function refused(error: Error) {
    if (error instanceof Stopped) throw error;
    const throttled = error instanceof AwsError && error.code === 'TooManyRequestsException';
    parts.result(throttled ? 'PROBLEM: Function throttled' : `PROBLEM: ${error.message}`);
  }

  const untilStopped = (working: Promise<void>) =>
    working.catch((error) => {
      if (!(error instanceof Stopped)) throw error;
    });

  const save = (shard: string, checkpoint: Checkpoint) => {
    checkpoints.set(shard, checkpoint);
    store.saveCheckpoint(mapping.uuid, shard, checkpoint);
  };

  function windowsOf(shard: string): TumblingWindows | undefined {
    if (mapping.tumblingWindowSeconds === 0) return undefined;
    // A window is closed by an invocation without records, which is repeated until it succeeds.
    const finalInvoke = async (event: WindowEvent) => {
      for (let retry = 0; ; retry += 1) {
        try {
          const { functionError } = await invoke([], eventMembers(shard, event));
          if (!functionError) break;
        } catch (error) {
          refused(error as Error);
        }
        await backOff(retry);
      }
      const sequence = checkpoints.get(shard)?.sequence;
      if (sequence) save(shard, { sequence });
    };
    return createTumblingWindows(mapping.tumblingWindowSeconds, checkpoints.get(shard)?.window, finalInvoke);
  }

  const eventMembers = (shard: string, event: WindowEvent) => ({
    ...event,
    shardId: shard,
    eventSourceARN: mapping.sourceArn,
  });

  async function work(
    shard: string,
    batch: readonly StreamRecord[],
    finished: (records: readonly StreamRecord[]) => void,
    windows: TumblingWindows | undefined,
  ): Promise<void> {
    const { maximumRecordAgeSeconds } = mapping;
    const longestAgeMs = maximumRecordAgeSeconds < 0 ? retentionMs : maximumRecordAgeSeconds * 1000;
    const steps: BatchSteps = {
      invoke: async (records) =>
        windows
          ? windows.accept(await invoke(records, eventMembers(shard, windows.event())))
          : invoke(records),
      finished,
      discard: (discarded) => discard(shard, discarded),
      backOff,
      refused,
      now: clock.now,
    };
    for (const run of windows?.split(batch) ?? [batch]) {
      await windows?.enter(run);
      await workOff(run, { ...mapping, longestAgeMs }, steps);
      await windows?.closeIfTooLarge();
    }
  }

  function readShard(shard: string, hasParent: boolean) {
    const after = checkpoints.get(shard)?.sequence;
    const windows = windowsOf(shard);
    const reader = startShardReader({
      shard,
      source,
      from: after ? { after } : hasParent ? 'oldest' : 'start',
      rules: {
        batchSize: mapping.batchSize,
        windowMs: mapping.batchingWindowSeconds * 1000,
        payloadLimit: LARGEST_SYNC_PAYLOAD - ENVELOPE - (windows ? LARGEST_STATE + ENVELOPE : 0),
      },
      parallelism: mapping.parallelizationFactor,
      clock,
      work: (batch, finished) => untilStopped(work(shard, batch, finished, windows)),
      window: windows && { endsAtMs: windows.endsAtMs, close: () => untilStopped(windows.close()) },
      checkpoint: (sequence) => save(shard, { sequence, window: windows?.current() }),
      trouble: (error) => parts.result(`PROBLEM: ${error.message}`),
    });
    readers.set(shard, reader);
    reader.finished
      .then((end) => {
        readers.delete(shard);
        if (end !== 'ended') return undefined;
        save(shard, { sequence: ENDED });
        return readNewShards();
      })
      .catch((error: Error) =>
        context.log(`lambda: shard ${shard} of ${mapping.sourceArn}: ${error.message}`),
      );
  }

  /** Starts what has no reader yet; a shard waits until those that it was split or merged from are done with. */
  async function readNewShards(): Promise<void> {
    const shards = await source.shards();
    if (stopped) return;
    const exists = new Set(shards.map(({ id }) => id));
    for (const { id, parents } of shards) {
      if (readers.has(id) || checkpoints.get(id)?.sequence === ENDED) continue;
      const living = parents.filter((parent) => exists.has(parent));
      if (living.every((parent) => checkpoints.get(parent)?.sequence === ENDED))
        readShard(id, living.length > 0);
    }
  }

  async function begin() {
    while (!stopped && !listed) {
      try {
        retentionMs = await source.retentionMs();
        await readNewShards();
        listed = true;
      } catch (error) {
        parts.result(`PROBLEM: ${(error as Error).message}`);
        await sleep(RELIST_MS).catch(() => {});
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
    async status() {
      const shards: ShardStatus[] = [...readers.values()].map((reader) => reader.status());
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
    },
    async stop() {
      stopped = true;
      forget();
      for (const reader of readers.values()) reader.stop();
      for (const interrupt of sleepers) interrupt();
      await begun;
      await Promise.all([...readers.values()].map(({ finished }) => finished));
    },
  };
}
