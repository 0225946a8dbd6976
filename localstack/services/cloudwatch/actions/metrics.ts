/** Metric data: put, listed, and read as statistics or by queries. */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import { pageOf } from '../../../core/paging.ts';
import type { Action, CallContext, CloudContext } from '../../../core/service.ts';
import { answerQuery, type MetricDataQuery } from '../queries.ts';
import { readSeries } from '../statistics.ts';
import type { CloudWatchStore, Dimension, MetricId } from '../store.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
interface MetricDatum {
  readonly MetricName: string;
  readonly Dimensions?: Dimension[];
  /** Seconds since the epoch. */
  readonly Timestamp?: number;
  readonly Value?: number;
  readonly Values?: number[];
  readonly Counts?: number[];
  readonly StatisticValues?: {
    readonly SampleCount: number;
    readonly Sum: number;
    readonly Minimum: number;
    readonly Maximum: number;
  };
  readonly StorageResolution?: number;
}

interface PutInput {
  readonly Namespace: string;
  readonly MetricData?: readonly MetricDatum[];
}

interface DataInput {
  readonly MetricDataQueries: readonly MetricDataQuery[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
  readonly MaxDatapoints?: number;
}

interface StatisticsInput {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: Dimension[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly Period: number;
  readonly Statistics?: readonly string[];
  readonly ExtendedStatistics?: readonly string[];
}

interface ListInput {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Partial<Dimension>[];
  readonly NextToken?: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html */
const MOST_METRICS = 500;

function record(
  context: CloudContext,
  store: CloudWatchStore,
  { Namespace, MetricData = [] }: PutInput,
): void {
  store.add(
    MetricData.map((datum) => {
      const minute = Math.floor((datum.Timestamp ?? context.clock.now() / 1000) / 60);
      const metric = { namespace: Namespace, name: datum.MetricName, dimensions: datum.Dimensions ?? [] };
      const values = datum.Values ?? (datum.Value === undefined ? [] : [datum.Value]);
      const set = datum.StatisticValues;
      return {
        metric,
        values: values.map((value, index) => ({ minute, value, count: datum.Counts?.[index] ?? 1 })),
        set: set && {
          minute,
          count: set.SampleCount,
          sum: set.Sum,
          least: set.Minimum,
          most: set.Maximum,
        },
      };
    }),
  );
}

function checkData({ Namespace, MetricData = [] }: PutInput, call: CallContext): void {
  // Services of this cloud call without an access key; AWS's namespaces are theirs.
  if (Namespace.startsWith('AWS/') && call.principal.accessKeyId !== undefined) {
    throw new AwsError(
      'InvalidParameterValueException',
      `The value ${Namespace} for parameter Namespace is invalid.`,
    );
  }
  for (const { StorageResolution: resolution, Values, Counts, MetricName } of MetricData) {
    if (resolution === 1) throw new NotEmulatedError('CloudWatch', 'StorageResolution 1');
    if (Counts && Counts.length !== Values?.length)
      throw new AwsError(
        'InvalidParameterCombinationException',
        `The Values and Counts of ${MetricName} must have as many elements as each other.`,
      );
  }
}

function getData(store: CloudWatchStore, input: DataInput) {
  const { MetricDataQueries: queries, ScanBy = 'TimestampDescending', MaxDatapoints } = input;
  const results = queries
    .filter(({ ReturnData }) => String(ReturnData ?? true) === 'true')
    .map(({ Id, Label, MetricStat }) => {
      const series = answerQuery(store, queries, Id, input.StartTime, input.EndTime);
      const points = ScanBy === 'TimestampDescending' ? [...series].reverse() : [...series];
      return {
        Id,
        Label: Label ?? MetricStat?.Metric.MetricName ?? Id,
        Timestamps: points.map(([time]) => time),
        Values: points.map(([, value]) => value),
        StatusCode: 'Complete',
      };
    });
  const points = results.reduce((sum, { Values }) => sum + Values.length, 0);
  if (MaxDatapoints !== undefined && points > MaxDatapoints)
    throw new NotEmulatedError(
      'CloudWatch',
      `pages of metric data (MaxDatapoints ${MaxDatapoints} of ${points} data points)`,
    );
  return { MetricDataResults: results, Messages: [] };
}

function getStatistics(store: CloudWatchStore, input: StatisticsInput) {
  const metric = { namespace: input.Namespace, name: input.MetricName, dimensions: input.Dimensions ?? [] };
  const points = new Map<number, Record<string, unknown>>();
  const pointAt = (time: number) => {
    const point = points.get(time) ?? { Timestamp: time };
    points.set(time, point);
    return point;
  };
  const read = (stat: string) =>
    readSeries(store, metric, stat, input.Period, input.StartTime, input.EndTime);
  for (const stat of input.Statistics ?? []) {
    for (const [time, value] of read(stat)) pointAt(time)[stat] = value;
  }
  for (const stat of input.ExtendedStatistics ?? []) {
    for (const [time, value] of read(stat)) {
      const point = pointAt(time);
      point.ExtendedStatistics = { ...(point.ExtendedStatistics as object), [stat]: value };
    }
  }
  return { Label: input.MetricName, Datapoints: [...points.values()] };
}

const keyOf = ({ namespace, name, dimensions }: MetricId) =>
  JSON.stringify([namespace, name, ...dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort()]);

function listMetrics(store: CloudWatchStore, input: ListInput) {
  const { Namespace, MetricName, Dimensions: wanted = [], NextToken } = input;
  const found = store
    .metrics()
    .filter(
      ({ namespace, name, dimensions }) =>
        (Namespace === undefined || namespace === Namespace) &&
        (MetricName === undefined || name === MetricName) &&
        wanted.every((dimension) =>
          dimensions.some(
            ({ Name, Value }) => Name === dimension.Name && [undefined, Value].includes(dimension.Value),
          ),
        ),
    );
  const { items, next } = pageOf(found, {
    keyOf,
    limit: MOST_METRICS,
    token: NextToken,
    invalidToken: (token) => new AwsError('InvalidParameterValueException', `NextToken ${token} is invalid.`),
  });
  return {
    Metrics: items.map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: dimensions,
    })),
    NextToken: next,
  };
}

export const metricActions = (context: CloudContext, store: CloudWatchStore): Record<string, Action> => ({
  PutMetricData(input: PutInput, call) {
    checkData(input, call);
    record(context, store, input);
    return {};
  },
  /** In process only: PutMetricData of a service, in a namespace of AWS's own. */
  _Record: (input: PutInput) => record(context, store, input),
  GetMetricData: (input: DataInput) => getData(store, input),
  GetMetricStatistics: (input: StatisticsInput) => getStatistics(store, input),
  ListMetrics: (input: ListInput) => listMetrics(store, input),
});
