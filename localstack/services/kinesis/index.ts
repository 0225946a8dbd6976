/**
 * Kinesis Data Streams over append-only files: shards, sequence numbers, resharding, retention, AWS's sizes and, when
 * quotas are on, its rates. Enhanced fan-out (consumers, SubscribeToShard), enhanced monitoring and encryption are not done.
 */
import type { Action, CloudContext, Service } from '../../core/service.ts';
import { describeStream, describeStreamSummary, listShards, listStreams } from './actions/describeStream.ts';
import { getRecords, getShardIterator } from './actions/getRecords.ts';
import { putRecord, putRecords } from './actions/putRecords.ts';
import { mergeShards, splitShard, updateShardCount } from './actions/reshard.ts';
import * as lifecycle from './actions/streamLifecycle.ts';
import { inputs } from './inputs.ts';
import { createMetrics } from './metrics.ts';
import { streamResource } from './resources.ts';
import type { Kinesis } from './state.ts';
import { openStreams } from './store.ts';
import { createThroughput } from './throughput.ts';

const HOUR_MS = 3_600_000;

// biome-ignore lint/suspicious/noExplicitAny: each action narrows its own input.
type KinesisAction = (kinesis: Kinesis, input: any) => unknown;

const ACTIONS: Readonly<Record<string, KinesisAction>> = {
  AddTagsToStream: lifecycle.addTagsToStream,
  CreateStream: lifecycle.createStream,
  DecreaseStreamRetentionPeriod: lifecycle.decreaseStreamRetentionPeriod,
  DeleteStream: lifecycle.deleteStream,
  DescribeStream: describeStream,
  DescribeStreamSummary: describeStreamSummary,
  GetRecords: getRecords,
  GetShardIterator: getShardIterator,
  IncreaseStreamRetentionPeriod: lifecycle.increaseStreamRetentionPeriod,
  ListShards: listShards,
  ListStreams: listStreams,
  ListTagsForStream: lifecycle.listTagsForStream,
  MergeShards: mergeShards,
  PutRecord: putRecord,
  PutRecords: putRecords,
  RemoveTagsFromStream: lifecycle.removeTagsFromStream,
  SplitShard: splitShard,
  UpdateMaxRecordSize: lifecycle.updateMaxRecordSize,
  UpdateShardCount: updateShardCount,
  UpdateStreamMode: lifecycle.updateStreamMode,
};

/** Emits `kinesis:records` with `{ streamName, shardId }` after every append. */
export function createKinesis(context: CloudContext): Service {
  const kinesis: Kinesis = {
    context,
    streams: openStreams(context),
    throughput: createThroughput(),
    metrics: createMetrics(context),
  };
  let cancelSweep = () => {};

  function sweepHourly(): void {
    kinesis.streams.dropExpired();
    cancelSweep = context.clock.after(HOUR_MS, sweepHourly);
  }

  return {
    name: 'kinesis',
    inputs,
    actions: Object.fromEntries(
      Object.entries(ACTIONS).map(([name, run]): [string, Action] => [name, (input) => run(kinesis, input)]),
    ),
    resources: { 'AWS::Kinesis::Stream': streamResource(kinesis) },
    async start() {
      sweepHourly();
      kinesis.metrics.start();
    },
    check: () => kinesis.streams.check(),
    async stop() {
      cancelSweep();
      await kinesis.metrics.stop();
      kinesis.streams.close();
    },
  };
}
