/** Shared by the shards of one stream mapping: the function, its event, checkpoints, metrics and back-off. */
import { AwsError } from '../../../core/errors.ts';
import type { Checkpoint } from '../store.ts';
import type { FunctionRecord, Invocation, MappingRecord } from '../types.ts';
import type { StreamRecord } from './batch.ts';
import type { MappingParts } from './mapping.ts';
import { createSleeper, type Sleeper, Stopped } from './sleeper.ts';
import { dynamoSource, kinesisSource, type StreamSource } from './source.ts';

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 60_000;

export interface StreamConsumer {
  readonly mapping: MappingRecord;
  readonly fn: FunctionRecord;
  readonly parts: MappingParts;
  readonly source: StreamSource;
  readonly sleeper: Sleeper;
  checkpoint(shard: string): Checkpoint | undefined;
  saveCheckpoint(shard: string, checkpoint: Checkpoint): void;
  /**
   * Invokes the function with the records, and with `more` members of the event next to them.
   * @throws Stopped when the stop of the cloud has killed the function's process
   */
  invoke(records: readonly StreamRecord[], more?: object): Promise<Invocation>;
  /** Records an invocation that could not begin. @throws Stopped */
  refused(error: Error): void;
  /** Waits before the retry with this number, counted from 0. @throws Stopped */
  backOff(retry: number): Promise<void>;
  metric(name: string, value: number, unit: string): Promise<unknown>;
}

/** An event's `Records` as JSON text, without the braces around it. */
export const recordsJson = (records: readonly StreamRecord[]) =>
  `"Records":[${records.map(({ json }) => json).join(',')}]`;

export function createStreamConsumer(
  mapping: MappingRecord,
  fn: FunctionRecord,
  parts: MappingParts,
): StreamConsumer {
  const { context, store } = parts;
  const { clock } = context;
  const sleeper = createSleeper(clock);
  const checkpoints = store.checkpoints(mapping.uuid);

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

  return {
    mapping,
    fn,
    parts,
    source: (mapping.source === 'kinesis' ? kinesisSource : dynamoSource)(context, mapping, fn),
    sleeper,
    checkpoint: (shard) => checkpoints.get(shard),
    saveCheckpoint(shard, checkpoint) {
      checkpoints.set(shard, checkpoint);
      store.saveCheckpoint(mapping.uuid, shard, checkpoint);
    },
    async invoke(records, more = {}) {
      const newest = records.at(-1);
      if (newest) await metric('IteratorAge', Math.max(0, clock.now() - newest.arrivedAtMs), 'Milliseconds');
      const members = JSON.stringify(more).slice(1, -1);
      const event = `{${recordsJson(records)}${members && ','}${members}}`;
      const invocation = await parts.invoke(Buffer.from(event));
      // A process killed by the stop of the cloud has not failed on its records.
      if (sleeper.isStopped() && invocation.functionError) throw new Stopped();
      parts.result(invocation.functionError ? 'PROBLEM: Function call failed' : 'OK');
      return invocation;
    },
    refused(error) {
      if (error instanceof Stopped) throw error;
      const throttled = error instanceof AwsError && error.code === 'TooManyRequestsException';
      parts.result(throttled ? 'PROBLEM: Function throttled' : `PROBLEM: ${error.message}`);
    },
    backOff: (retry) => sleeper.sleep(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** retry)),
    metric,
  };
}
