/** CloudWatch: metrics by the minute, alarms on the cloud's clock, dashboards as they were written. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Action, CloudContext, Service } from '../../core/service.ts';
import { type Alarm, type AlarmHistoryItem, type AlarmSettings, createAlarms } from './alarms.ts';
import { answerQuery, type MetricDataQuery } from './queries.ts';
import { cloudWatchResources } from './resources.ts';
import { readSeries } from './statistics.ts';
import { type CloudWatchStore, type Dimension, openCloudWatchStore } from './store.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
interface MetricDatum {
  MetricName: string;
  Dimensions?: Dimension[];
  /** Seconds since the epoch. */
  Timestamp?: number;
  Value?: number;
  Values?: number[];
  Counts?: number[];
  StatisticValues?: { SampleCount: number; Sum: number; Minimum: number; Maximum: number };
  StorageResolution?: number;
}

const HOUR_MS = 3_600_000;
const RETENTION_MINUTES = 15 * 24 * 60;

const seconds = (time: number | string) => (typeof time === 'string' ? Date.parse(time) / 1000 : time);

export function createCloudWatch(context: CloudContext): Service {
  const store = openCloudWatchStore(context.stateDir);
  const alarms = createAlarms(context, store);
  let cancelExpiry = () => {};

  function record({ Namespace, MetricData }: { Namespace: string; MetricData: MetricDatum[] }) {
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

  const actions: Record<string, Action> = {
    PutMetricData(input, call) {
      // Services of this cloud call without an access key; AWS's namespaces are theirs.
      if (String(input.Namespace).startsWith('AWS/') && call.principal.accessKeyId !== undefined) {
        throw new AwsError(
          'InvalidParameterValueException',
          `The value ${input.Namespace} for parameter Namespace is invalid.`,
        );
      }
      for (const { StorageResolution } of input.MetricData as MetricDatum[]) {
        if (StorageResolution === 1) throw new NotEmulatedError('CloudWatch', 'StorageResolution 1');
      }
      record(input);
      return {};
    },
    /** In process only: PutMetricData of a service, in a namespace of AWS's own. */
    _Record: record,
    GetMetricData(input) {
      const queries = input.MetricDataQueries as MetricDataQuery[];
      const newestFirst = (input.ScanBy ?? 'TimestampDescending') === 'TimestampDescending';
      return {
        MetricDataResults: queries
          .filter(({ ReturnData }) => String(ReturnData ?? true) === 'true')
          .map(({ Id, Label, MetricStat }) => {
            const series = answerQuery(store, queries, Id, seconds(input.StartTime), seconds(input.EndTime));
            const points = newestFirst ? [...series].reverse() : [...series];
            return {
              Id,
              Label: Label ?? MetricStat?.Metric.MetricName ?? Id,
              Timestamps: points.map(([time]) => time),
              Values: points.map(([, value]) => value),
              StatusCode: 'Complete',
            };
          }),
        Messages: [],
      };
    },
    GetMetricStatistics: (input) => metricStatistics(store, input),
    ListMetrics({ Namespace, MetricName, Dimensions = [] }) {
      const wanted = Dimensions as Partial<Dimension>[];
      return {
        Metrics: store
          .metrics()
          .filter(
            ({ namespace, name, dimensions }) =>
              (!Namespace || namespace === Namespace) &&
              (!MetricName || name === MetricName) &&
              wanted.every((dimension) =>
                dimensions.some(
                  ({ Name, Value }) =>
                    Name === dimension.Name && [undefined, Value].includes(dimension.Value),
                ),
              ),
          )
          .map(({ namespace, name, dimensions }) => ({
            Namespace: namespace,
            MetricName: name,
            Dimensions: dimensions,
          })),
      };
    },
    PutMetricAlarm(input: AlarmSettings) {
      alarms.put(input);
      return {};
    },
    DeleteAlarms({ AlarmNames }) {
      for (const name of AlarmNames) store.dropDocument('alarm', name);
      return {};
    },
    DescribeAlarms({ AlarmNames, AlarmNamePrefix = '', StateValue }) {
      return {
        MetricAlarms: store
          .documents<Alarm>('alarm')
          .filter(
            ({ settings, state }) =>
              (!AlarmNames?.length || AlarmNames.includes(settings.AlarmName)) &&
              settings.AlarmName.startsWith(AlarmNamePrefix) &&
              (!StateValue || state === StateValue),
          )
          .map((alarm) => ({
            ...alarm.settings,
            AlarmArn: alarm.arn,
            ActionsEnabled: alarm.settings.ActionsEnabled ?? true,
            StateValue: alarm.state,
            StateReason: alarm.stateReason,
            StateUpdatedTimestamp: alarm.stateUpdatedAtMs / 1000,
            AlarmConfigurationUpdatedTimestamp: alarm.configuredAtMs / 1000,
          })),
        CompositeAlarms: [],
      };
    },
    async SetAlarmState({ AlarmName, StateValue, StateReason }) {
      await alarms.setState(AlarmName, StateValue, StateReason);
      return {};
    },
    DescribeAlarmHistory({ AlarmName }) {
      return {
        AlarmHistoryItems: store.history<AlarmHistoryItem>(AlarmName).map((item) => ({
          AlarmName: item.alarm,
          AlarmType: 'MetricAlarm',
          Timestamp: item.atMs / 1000,
          HistoryItemType: 'StateUpdate',
          HistorySummary: `Alarm updated from ${item.from} to ${item.to}`,
          HistoryData: JSON.stringify({ reason: item.reason }),
        })),
      };
    },
    PutDashboard({ DashboardName, DashboardBody }) {
      JSON.parse(DashboardBody);
      store.saveDocument('dashboard', DashboardName, { name: DashboardName, body: DashboardBody });
      return { DashboardValidationMessages: [] };
    },
    GetDashboard({ DashboardName }) {
      const dashboard = store.document<{ body: string }>('dashboard', DashboardName);
      if (!dashboard) {
        throw new AwsError('ResourceNotFound', `Dashboard ${DashboardName} does not exist`, { status: 404 });
      }
      return {
        DashboardName,
        DashboardArn: `arn:aws:cloudwatch::${context.accountId}:dashboard/${DashboardName}`,
        DashboardBody: dashboard.body,
      };
    },
    ListDashboards: () => ({
      DashboardEntries: store.documents<{ name: string }>('dashboard').map(({ name }) => ({
        DashboardName: name,
        DashboardArn: `arn:aws:cloudwatch::${context.accountId}:dashboard/${name}`,
      })),
    }),
    DeleteDashboards({ DashboardNames }) {
      for (const name of DashboardNames) store.dropDocument('dashboard', name);
      return {};
    },
  };

  function expireHourly() {
    store.expire(Math.floor(context.clock.now() / 60_000) - RETENTION_MINUTES);
    cancelExpiry = context.clock.after(HOUR_MS, expireHourly);
  }

  return {
    name: 'cloudwatch',
    actions,
    resources: cloudWatchResources(store, alarms),
    async start() {
      alarms.start();
      expireHourly();
    },
    async stop() {
      alarms.stop();
      cancelExpiry();
      store.close();
    },
  };
}

interface StatisticsRequest {
  Namespace: string;
  MetricName: string;
  Dimensions?: Dimension[];
  StartTime: number | string;
  EndTime: number | string;
  Period: number | string;
  Statistics?: string[];
  ExtendedStatistics?: string[];
}

function metricStatistics(store: CloudWatchStore, input: StatisticsRequest) {
  const metric = { namespace: input.Namespace, name: input.MetricName, dimensions: input.Dimensions ?? [] };
  const points = new Map<number, Record<string, unknown>>();
  const pointAt = (time: number) => {
    const known = points.get(time);
    if (known) return known;
    const point: Record<string, unknown> = { Timestamp: time };
    points.set(time, point);
    return point;
  };
  const read = (stat: string) =>
    readSeries(store, metric, stat, Number(input.Period), seconds(input.StartTime), seconds(input.EndTime));
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
