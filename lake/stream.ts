/** A study's stream as a console shows it: shards, what arrives, its consumers with their lag, and its records, decoded and judged. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import {
  type EventSourceMappingConfiguration,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { EVENTS, studyPrefix } from '../lib/model/layout.ts';
import { compileViews, sequenceOf } from '../lib/model/live/fold.ts';
import { type ProgressItem, progressPartition } from '../lib/model/live/items.ts';
import { type BronzeLine, placeOf } from '../lib/model/run/bronze.ts';
import { createRecordMaker } from '../lib/model/run/bronzeRecord.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import { liveReader } from './live.ts';

export interface StreamShard {
  readonly id: string;
  readonly isOpen: boolean;
  readonly startingHashKey: string;
  readonly endingHashKey: string;
  /** The newest record that is in bronze; absent when none of the retention time is. */
  readonly bronzeUpTo?: string;
  /** Records after it that bronze does not hold yet, counted up to 10,000. */
  readonly behindBronze: number;
  /** Records of the live views' sources that the live table does not hold yet, counted among 10,000; 0 without live views. */
  readonly behindLive: number;
  /** Arrival of the oldest record that the stream still has, ISO 8601; absent when it is empty. */
  readonly oldestAt?: string;
  /** Arrival of the newest record in bronze, or of the oldest one that waits. */
  readonly newestAt?: string;
}

export interface StreamConsumer {
  /** Name of the function. */
  readonly name: string;
  readonly state: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly tumblingWindowSeconds: number;
  readonly parallelization: number;
  readonly lastResult: string;
  /**
   * Records that the function has yet to take, over all shards and counted up to 10,000 a shard: for the bronze writer those
   * that bronze does not hold, for the hot aggregator those of the live views' sources that the live table does not hold.
   */
  readonly behind?: number;
  /** Oldest wait of a record in the last hour that the function read, ms (metric IteratorAge); absent when it read none. */
  readonly iteratorAgeMs?: number;
  /** The same minute by minute, of the minutes in which it read. */
  readonly ages: readonly { readonly at: string; readonly milliseconds: number }[];
}

export interface StreamMinute {
  /** ISO 8601. */
  readonly at: string;
  readonly records: number;
  readonly bytes: number;
  readonly throttled: number;
}

export interface StreamState {
  readonly name: string;
  readonly mode: string;
  readonly retentionHours: number;
  readonly shards: readonly StreamShard[];
  readonly consumers: readonly StreamConsumer[];
  /** Minutes of the retention time in which records arrived, by CloudWatch, which knows whole minutes. */
  readonly minutes: readonly StreamMinute[];
}

export async function streamState(lake: LakeContext, study: Study): Promise<StreamState> {
  const { clients, names } = lake.target;
  const StreamName = names.stream(study.name);
  const { StreamDescriptionSummary: summary } = await clients.kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName }),
  );
  const retentionHours = summary!.RetentionPeriodHours!;
  const { Shards = [] } = await clients.kinesis.send(new ListShardsCommand({ StreamName }));
  const [inBronze, inLive, consumers, minutes] = await Promise.all([
    newestInBronze(lake, study, retentionHours),
    newestInLive(lake, study),
    consumersOf(lake, study),
    minutesOf(lake, StreamName, retentionHours),
  ]);
  const shards = await Promise.all(
    Shards.map(async ({ ShardId, HashKeyRange, SequenceNumberRange }): Promise<StreamShard> => {
      const bronzeUpTo = inBronze.get(ShardId!);
      return {
        id: ShardId!,
        isOpen: SequenceNumberRange?.EndingSequenceNumber === undefined,
        startingHashKey: HashKeyRange!.StartingHashKey!,
        endingHashKey: HashKeyRange!.EndingHashKey!,
        ...(bronzeUpTo && { bronzeUpTo }),
        ...(await endsOf(lake, StreamName, ShardId!, bronzeUpTo)),
        behindLive: await countForLive(lake, study, StreamName, ShardId!, inLive.get(ShardId!)),
      };
    }),
  );
  const behind = new Map([
    [names.lambda(study.name, 'bronze-writer'), sumOf(shards, ({ behindBronze }) => behindBronze)],
    [names.lambda(study.name, 'hot-aggregator'), sumOf(shards, ({ behindLive }) => behindLive)],
  ]);
  return {
    name: StreamName,
    mode: summary!.StreamModeDetails?.StreamMode ?? 'PROVISIONED',
    retentionHours,
    shards,
    consumers: consumers.toSorted(byName).map((consumer) => {
      const records = behind.get(consumer.name);
      return { ...consumer, ...(records !== undefined && { behind: records }) };
    }),
    minutes,
  };
}

const byName = (a: StreamConsumer, b: StreamConsumer) => (a.name < b.name ? -1 : 1);

const sumOf = <Item>(items: readonly Item[], of: (item: Item) => number) =>
  items.reduce((sum, item) => sum + of(item), 0);

/**
 * Shard → the last record of the live views' sources that is in the live table. A batch brings all views on together, so the
 * view that is furthest on tells for all.
 */
async function newestInLive({ target }: LakeContext, study: Study): Promise<Map<string, string>> {
  const newest = new Map<string, string>();
  const table = liveReader(target.clients.dynamodb, target.names.liveTable(study.name));
  for (const { name } of study.live)
    for (const { sk: shard, sequence } of (await table.query(progressPartition(name))) as ProgressItem[]) {
      const before = newest.get(shard);
      if (before === undefined || sequence > before) newest.set(shard, sequence);
    }
  return new Map([...newest].map(([shard, key]) => [shard, sequenceOf(key)]));
}

/** Records after `upTo` that a live view reads. */
async function countForLive(
  lake: LakeContext,
  study: Study,
  StreamName: string,
  ShardId: string,
  upTo: string | undefined,
): Promise<number> {
  if (study.live.length === 0) return 0;
  const { take } = compileViews(study);
  const { records } = await readShard(lake, { StreamName, ShardId, ...startAfter(upTo) }, MOST_RECORDS);
  return records.filter(
    ({ Data, SequenceNumber, ApproximateArrivalTimestamp }) =>
      take(
        { bytes: Data!, arrivedAtMs: ApproximateArrivalTimestamp!.getTime(), sequence: SequenceNumber! },
        ShardId,
      ).length > 0,
  ).length;
}

const startAfter = (
  sequence: string | undefined,
): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber'> =>
  sequence === undefined
    ? { ShardIteratorType: 'TRIM_HORIZON' }
    : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: sequence };

/** Shard → the highest sequence number in bronze, by the objects' keys. */
async function newestInBronze(
  { target: { clients, names, now } }: LakeContext,
  study: Study,
  retentionHours: number,
): Promise<Map<string, string>> {
  const newest = new Map<string, string>();
  const nowMs = await now();
  for (let day = 0; day <= Math.ceil(retentionHours / 24); day++) {
    const dt = new Date(nowMs - day * 86_400_000).toISOString().slice(0, 10);
    const listing = {
      Bucket: names.bucket('lake'),
      Prefix: `${studyPrefix('bronze', study.name)}stream=${EVENTS}/dt=${dt}/`,
    };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: clients.s3 }, listing))
      for (const { Key } of Contents) {
        const place = placeOf(Key!);
        const before = place && newest.get(place.shard);
        if (place && (before === undefined || BigInt(place.last) > BigInt(before)))
          newest.set(place.shard, place.last);
      }
  }
  return newest;
}

const MOST_RECORDS = 10_000;

async function endsOf(
  lake: LakeContext,
  StreamName: string,
  ShardId: string,
  bronzeUpTo: string | undefined,
) {
  const at = (record: { ApproximateArrivalTimestamp?: Date } | undefined) =>
    record?.ApproximateArrivalTimestamp?.toISOString();
  const read = (iterator: Partial<GetShardIteratorCommandInput>, limit: number) =>
    readShard(lake, { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON', ...iterator }, limit);
  const waiting = await read(startAfter(bronzeUpTo), MOST_RECORDS);
  const oldest = at((await read({}, 1)).records[0]);
  const last = bronzeUpTo
    ? (await read({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: bronzeUpTo }, 1))
        .records[0]
    : undefined;
  const newestAt = at(waiting.records.at(-1)) ?? at(last);
  return {
    behindBronze: waiting.records.length,
    ...(oldest && { oldestAt: oldest }),
    ...(newestAt && { newestAt }),
  };
}

/** GetRecords may give nothing though there is more: it goes over a stretch of the shard at a time. */
const EMPTY_READS = 10;

async function readShard(
  { target: { clients } }: LakeContext,
  iterator: GetShardIteratorCommandInput,
  limit: number,
) {
  let { ShardIterator } = await clients.kinesis.send(new GetShardIteratorCommand(iterator));
  for (let reads = 0; ; reads++) {
    const {
      Records = [],
      NextShardIterator,
      MillisBehindLatest = 0,
    } = await clients.kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: limit }));
    if (Records.length > 0 || MillisBehindLatest === 0 || !NextShardIterator || reads === EMPTY_READS)
      return { records: Records, behindMs: MillisBehindLatest };
    ShardIterator = NextShardIterator;
  }
}

async function consumersOf(lake: LakeContext, study: Study): Promise<StreamConsumer[]> {
  const { clients, names, now } = lake.target;
  const found: EventSourceMappingConfiguration[] = [];
  const request = { EventSourceArn: names.streamArn(study.name) };
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings(
    { client: clients.lambda },
    request,
  ))
    found.push(...EventSourceMappings);
  const nowMs = await now();
  return Promise.all(
    found.map(async (mapping): Promise<StreamConsumer> => {
      const name = mapping.FunctionArn!.split(':')[6]!;
      const [age] = await metricData(
        clients.cloudWatch,
        [metric('age', 'AWS/Lambda', 'IteratorAge', { FunctionName: name }, 'Maximum')],
        [nowMs - 3_600_000, nowMs + 60_000],
      );
      const iteratorAgeMs = age && age.values.length > 0 ? Math.max(...age.values) : undefined;
      return {
        name,
        state: mapping.State ?? '',
        batchSize: mapping.BatchSize ?? 0,
        windowSeconds: mapping.MaximumBatchingWindowInSeconds ?? 0,
        tumblingWindowSeconds: mapping.TumblingWindowInSeconds ?? 0,
        parallelization: mapping.ParallelizationFactor ?? 1,
        lastResult: mapping.LastProcessingResult ?? '',
        ...(iteratorAgeMs !== undefined && { iteratorAgeMs }),
        ages: (age?.times ?? [])
          .map((at, index) => ({ at, milliseconds: age!.values[index]! }))
          .sort((a, b) => (a.at < b.at ? -1 : 1)),
      };
    }),
  );
}

async function minutesOf(
  { target: { clients, now } }: LakeContext,
  StreamName: string,
  retentionHours: number,
): Promise<StreamMinute[]> {
  const of = (id: string, name: string) => metric(id, 'AWS/Kinesis', name, { StreamName }, 'Sum');
  const nowMs = await now();
  // GetMetricData gives minutes for the last 15 days.
  const from = nowMs - Math.min(retentionHours, 24) * 3_600_000;
  const series = await metricData(
    clients.cloudWatch,
    [
      of('records', 'IncomingRecords'),
      of('bytes', 'IncomingBytes'),
      of('throttled', 'WriteProvisionedThroughputExceeded'),
    ],
    [from, nowMs + 60_000],
  );
  const at = new Map<string, { at: string; records: number; bytes: number; throttled: number }>();
  for (const { id, times, values } of series)
    for (const [index, time] of times.entries()) {
      const minute = at.get(time) ?? { at: time, records: 0, bytes: 0, throttled: 0 };
      at.set(time, { ...minute, [id]: values[index]! });
    }
  return [...at.values()].filter(({ records }) => records > 0).sort((a, b) => (a.at < b.at ? -1 : 1));
}

const metric = (
  Id: string,
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, string>>,
  Stat: 'Sum' | 'Maximum',
): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: 60,
    Stat,
  },
});

async function metricData(
  cloudWatch: CloudWatchClient,
  MetricDataQueries: MetricDataQuery[],
  [from, to]: readonly [number, number],
) {
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({ MetricDataQueries, StartTime: new Date(from), EndTime: new Date(to) }),
  );
  return MetricDataResults.map(({ Id, Timestamps = [], Values = [] }) => ({
    id: Id!,
    times: Timestamps.map((time) => time.toISOString()),
    values: Values,
  }));
}

/** A record of the stream with the line that bronze keeps of it, its verdict included. */
export interface DecodedRecord extends BronzeLine {
  /** Of the record's data. */
  readonly bytes: number;
}

export type ReadFrom =
  | { readonly oldest: true }
  | { readonly after: string }
  /** ISO 8601. */
  | { readonly at: string };

/** A page of a shard's records, each judged by the contracts as the bronze writer judges it. */
export async function streamRecords(
  lake: LakeContext,
  study: Study,
  shard: string,
  from: ReadFrom,
  limit: number,
): Promise<{ readonly records: readonly DecodedRecord[]; readonly behindMs: number }> {
  const start: Pick<
    GetShardIteratorCommandInput,
    'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'
  > =
    'after' in from
      ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: from.after }
      : 'at' in from
        ? { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(from.at) }
        : { ShardIteratorType: 'TRIM_HORIZON' };
  const StreamName = lake.target.names.stream(study.name);
  const { records, behindMs } = await readShard(lake, { StreamName, ShardId: shard, ...start }, limit);
  const recordOf = createRecordMaker(study);
  return {
    behindMs,
    records: records.map(({ Data, SequenceNumber, ApproximateArrivalTimestamp, PartitionKey }) => ({
      bytes: Data!.length,
      ...recordOf({
        stream: EVENTS,
        shard,
        sequenceNumber: SequenceNumber!,
        arrivedAtMs: ApproximateArrivalTimestamp!.getTime(),
        partitionKey: PartitionKey!,
        bytes: Data!,
      }).line,
    })),
  };
}
