/** SplitShard, MergeShards and UpdateShardCount: https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html */
import { NotEmulatedError } from '../../../core/errors.ts';
import { parseHashKey } from '../hashKey.ts';
import { invalidArgument, type Kinesis } from '../state.ts';
import { requireShard, type ShardRecord, type StreamHandle, shardId } from '../store.ts';

interface StreamInput {
  readonly StreamName?: string;
  readonly StreamARN?: string;
}

type Range = Pick<ShardRecord, 'startingHashKey' | 'endingHashKey'>;

/** Closes the parents and opens a child for each range, as one change. */
function replace(
  kinesis: Kinesis,
  stream: StreamHandle,
  parents: readonly ShardRecord[],
  ranges: readonly Range[],
): void {
  const createdMs = kinesis.streams.creationMs();
  const { shards } = stream.record;
  kinesis.streams.update(stream, {
    shards: [
      ...shards.map((shard) => (parents.includes(shard) ? { ...shard, closedMs: createdMs } : shard)),
      ...ranges.map((range, offset) => ({
        ...range,
        id: shardId(shards.length + offset),
        index: shards.length + offset,
        parents: parents.map(({ id }) => id),
        createdMs,
      })),
    ],
  });
}

function requireOpen(kinesis: Kinesis, stream: StreamHandle, id: string): ShardRecord {
  const shard = requireShard(kinesis.context, stream, id);
  if (shard.closedMs !== undefined)
    throw invalidArgument(
      `Shard ${id} in stream ${stream.record.name} under account ${kinesis.context.accountId} has already been merged or split, and thus is not eligible for merging or splitting.`,
    );
  return shard;
}

function split(kinesis: Kinesis, stream: StreamHandle, shard: ShardRecord, at: bigint): void {
  replace(
    kinesis,
    stream,
    [shard],
    [
      { startingHashKey: shard.startingHashKey, endingHashKey: (at - 1n).toString() },
      { startingHashKey: at.toString(), endingHashKey: shard.endingHashKey },
    ],
  );
}

export function splitShard(
  kinesis: Kinesis,
  input: StreamInput & { readonly ShardToSplit: string; readonly NewStartingHashKey: string },
) {
  const stream = kinesis.streams.require(input);
  const shard = requireOpen(kinesis, stream, input.ShardToSplit);
  const at = parseHashKey(input.NewStartingHashKey, 'NewStartingHashKey');
  if (at <= BigInt(shard.startingHashKey) + 1n || at >= BigInt(shard.endingHashKey))
    throw invalidArgument(
      `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${stream.record.name} under account ` +
        `${kinesis.context.accountId} is not both greater than one plus the shard's StartingHashKey ` +
        `${shard.startingHashKey} and less than the shard's EndingHashKey ${shard.endingHashKey}.`,
    );
  split(kinesis, stream, shard, at);
  return {};
}

function merge(kinesis: Kinesis, stream: StreamHandle, lower: ShardRecord, upper: ShardRecord): void {
  replace(
    kinesis,
    stream,
    [lower, upper],
    [{ startingHashKey: lower.startingHashKey, endingHashKey: upper.endingHashKey }],
  );
}

export function mergeShards(
  kinesis: Kinesis,
  input: StreamInput & { readonly ShardToMerge: string; readonly AdjacentShardToMerge: string },
) {
  const stream = kinesis.streams.require(input);
  const one = requireOpen(kinesis, stream, input.ShardToMerge);
  const other = requireOpen(kinesis, stream, input.AdjacentShardToMerge);
  const [lower, upper] =
    BigInt(one.startingHashKey) < BigInt(other.startingHashKey) ? [one, other] : [other, one];
  if (BigInt(lower.endingHashKey) + 1n !== BigInt(upper.startingHashKey))
    throw invalidArgument(
      `Shards ${one.id} and ${other.id} in stream ${stream.record.name} under account ${kinesis.context.accountId} ` +
        'are not an adjacent pair of shards eligible for merging',
    );
  merge(kinesis, stream, lower, upper);
  return {};
}

/** Doubling splits every shard in two, halving merges neighbours; AWS's other steps are refused. */
export function updateShardCount(
  kinesis: Kinesis,
  input: StreamInput & { readonly TargetShardCount: number; readonly ScalingType: string },
) {
  const stream = kinesis.streams.require(input);
  if (input.ScalingType !== 'UNIFORM_SCALING')
    throw invalidArgument(`ScalingType is ${input.ScalingType}; it must be UNIFORM_SCALING.`);
  const current = stream.open.map(({ shard }) => shard);
  setShardCount(kinesis, stream, input.TargetShardCount);
  return {
    StreamName: stream.record.name,
    StreamARN: kinesis.streams.arn(stream.record.name),
    CurrentShardCount: current.length,
    TargetShardCount: input.TargetShardCount,
  };
}

export function setShardCount(kinesis: Kinesis, stream: StreamHandle, target: number): void {
  const current = stream.open.map(({ shard }) => shard);
  if (target === current.length) return;
  if (target === current.length * 2)
    for (const shard of current)
      split(kinesis, stream, shard, (BigInt(shard.startingHashKey) + BigInt(shard.endingHashKey) + 1n) / 2n);
  else if (target * 2 === current.length)
    for (let index = 0; index < current.length; index += 2)
      merge(kinesis, stream, current[index] as ShardRecord, current[index + 1] as ShardRecord);
  else
    throw new NotEmulatedError(
      'kinesis',
      `a change from ${current.length} to ${target} shards at once (it can be doubled or halved)`,
    );
}
