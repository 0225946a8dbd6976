/** Alarms: evaluated on the cloud's clock at the end of each of their periods; a change of state is published to their topics. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { answerQuery, type MetricDataQuery, periodOf } from './queries.ts';
import { type Series, statistic } from './statistics.ts';
import type { CloudWatchStore, Dimension } from './store.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
export interface AlarmSettings {
  AlarmName: string;
  AlarmDescription?: string;
  ActionsEnabled?: boolean;
  AlarmActions?: string[];
  OKActions?: string[];
  InsufficientDataActions?: string[];
  ComparisonOperator: string;
  DatapointsToAlarm?: number;
  EvaluationPeriods: number;
  Threshold: number;
  TreatMissingData?: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  MetricName?: string;
  Namespace?: string;
  Dimensions?: Dimension[];
  Period?: number;
  Statistic?: string;
  ExtendedStatistic?: string;
  Metrics?: MetricDataQuery[];
}

export interface Alarm {
  readonly settings: AlarmSettings;
  readonly arn: string;
  state: AlarmState;
  stateReason: string;
  stateUpdatedAtMs: number;
  readonly configuredAtMs: number;
}

export interface AlarmHistoryItem {
  readonly alarm: string;
  readonly atMs: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
}

const comparisons: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** How far back, beyond the evaluation periods, data replaces missing points; AWS does not publish its number. */
const EXTRA_PERIODS = 2;

/** An alarm on one metric is a query for that metric. */
function queriesOf(settings: AlarmSettings): { queries: MetricDataQuery[]; id: string } {
  if (settings.Metrics) {
    const shown = settings.Metrics.filter(({ ReturnData }) => String(ReturnData ?? true) === 'true');
    if (shown.length !== 1) {
      throw new AwsError(
        'ValidationException',
        'Exactly one element of the metrics list should return data.',
      );
    }
    return { queries: settings.Metrics, id: (shown[0] as MetricDataQuery).Id };
  }
  const metric = {
    Namespace: settings.Namespace ?? '',
    MetricName: settings.MetricName ?? '',
    Dimensions: settings.Dimensions,
  };
  const Stat = settings.Statistic ?? settings.ExtendedStatistic ?? 'Average';
  return {
    queries: [{ Id: 'm', MetricStat: { Metric: metric, Period: settings.Period ?? 60, Stat } }],
    id: 'm',
  };
}

const TREATMENTS = ['breaching', 'notBreaching', 'ignore', 'missing'];

/** An alarm's statistics are read once, so that one that is not known here is refused now. */
function checkStatistics(settings: AlarmSettings): void {
  const stats = queriesOf(settings).queries.flatMap(({ MetricStat }) =>
    MetricStat ? [MetricStat.Stat] : [],
  );
  for (const stat of stats) statistic(stat, [], []);
}

/** Checks an alarm before it is kept, so that it cannot fail silently later. */
function checkAlarm(settings: AlarmSettings): void {
  const { TreatMissingData: missing = 'missing', Period: period = 60 } = settings;
  if (!TREATMENTS.includes(missing))
    throw new AwsError(
      'ValidationException',
      `TreatMissingData is ${missing}; it may be ${TREATMENTS.join(', ')}.`,
    );
  if (period % 60 !== 0)
    throw new NotEmulatedError('CloudWatch', `alarms with a period of ${period} seconds`);
  checkStatistics(settings);
  if (!(settings.ComparisonOperator in comparisons)) {
    throw new NotEmulatedError('CloudWatch', `the comparison operator ${settings.ComparisonOperator}`);
  }
  for (const action of [settings.AlarmActions, settings.OKActions, settings.InsufficientDataActions].flat()) {
    if (action && action.split(':')[2] !== 'sns') {
      throw new NotEmulatedError('CloudWatch', `the alarm action ${action}`);
    }
  }
  for (const { MetricStat, Expression } of queriesOf(settings).queries) {
    if (!MetricStat && !Expression)
      throw new AwsError('ValidationException', 'A metric needs MetricStat or Expression.');
  }
}

export interface Evaluation {
  readonly state: AlarmState;
  readonly reason: string;
}

/**
 * The state that the newest periods put an alarm in, by M out of N with missing data treated as the alarm says.
 * `series` covers at least the evaluation periods before `endSecond`. Source: Amazon CloudWatch User Guide,
 * "Configuring how CloudWatch alarms treat missing data".
 */
export function evaluateAlarm(
  settings: AlarmSettings,
  series: Series,
  periodSeconds: number,
  endSecond: number,
  current: AlarmState,
): Evaluation {
  const periods = settings.EvaluationPeriods;
  const needed = settings.DatapointsToAlarm ?? periods;
  const points: number[] = [];
  for (let back = 1; back <= periods + EXTRA_PERIODS && points.length < periods; back += 1) {
    const value = series.get(endSecond - back * periodSeconds);
    if (value !== undefined) points.push(value);
  }
  const breaches = comparisons[settings.ComparisonOperator] as (value: number, threshold: number) => boolean;
  const breaching = points.filter((value) => breaches(value, settings.Threshold)).length;
  const missing = periods - points.length;
  const treatment = settings.TreatMissingData ?? 'missing';
  const counted = breaching + (treatment === 'breaching' ? missing : 0);
  const shown = points.map((value) => String(value)).join(', ');
  const reason = (what: string) =>
    `Threshold Crossed: ${what} of ${periods} datapoints [${shown}] against ${settings.ComparisonOperator} ${settings.Threshold}${missing > 0 ? `; ${missing} missing, treated as ${treatment}` : ''}.`;

  if (counted >= needed) return { state: 'ALARM', reason: reason(`${counted} breaching`) };
  if (missing > 0 && treatment === 'ignore') return { state: current, reason: reason('no change') };
  if (missing > 0 && treatment === 'missing') {
    if (points.length === 0) {
      return { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: no datapoint in ${periods} periods.` };
    }
    if (breaching === points.length) return { state: 'ALARM', reason: reason(`${breaching} breaching`) };
  }
  return { state: 'OK', reason: reason(`${counted} breaching`) };
}

export interface Alarms {
  put(settings: AlarmSettings): Alarm;
  setState(name: string, state: AlarmState, reason: string): Promise<void>;
  start(): void;
  stop(): void;
}

const MINUTE_MS = 60_000;

export function createAlarms(context: CloudContext, store: CloudWatchStore): Alarms {
  const { clock } = context;
  let cancel = () => {};
  /** Names of periods that have been evaluated, so that a quiet alarm is not looked at for nothing. */
  const periods = new Map<string, number>();

  async function change(alarm: Alarm, state: AlarmState, reason: string) {
    const from = alarm.state;
    const name = alarm.settings.AlarmName;
    const now = clock.now();
    const changed: Alarm = { ...alarm, state, stateReason: reason, stateUpdatedAtMs: now };
    store.saveDocument('alarm', name, changed);
    if (from === state) return;
    const item: AlarmHistoryItem = { alarm: name, atMs: now, from, to: state, reason };
    store.addHistory(name, now, item);
    context.events.emit('cloudwatch:alarm', item);
    if (alarm.settings.ActionsEnabled === false) return;
    const actions = {
      ALARM: alarm.settings.AlarmActions,
      OK: alarm.settings.OKActions,
      INSUFFICIENT_DATA: alarm.settings.InsufficientDataActions,
    }[state];
    for (const TopicArn of actions ?? []) {
      const message = {
        TopicArn,
        Subject: `${state}: "${name}" in ${context.region}`.slice(0, 100),
        Message: JSON.stringify(notification(context, changed, from)),
      };
      await context
        .call('sns', 'Publish', message, { service: 'cloudwatch.amazonaws.com' })
        .catch((error: Error) => {
          context.log(`cloudwatch: alarm ${name} could not tell ${TopicArn}: ${error.message}`);
        });
    }
  }

  async function evaluate(alarm: Alarm, endSecond: number) {
    const { settings } = alarm;
    const { queries, id } = queriesOf(settings);
    const period = periodOf(queries);
    const start = endSecond - (settings.EvaluationPeriods + EXTRA_PERIODS) * period;
    const series = answerQuery(store, queries, id, start, endSecond);
    const { state, reason } = evaluateAlarm(settings, series, period, endSecond, alarm.state);
    if (state !== alarm.state) await change(alarm, state, reason);
  }

  function evaluateAll() {
    const second = Math.floor(clock.now() / MINUTE_MS) * 60;
    for (const [name, period] of periods) {
      if (second % period !== 0) continue;
      const alarm = store.document<Alarm>('alarm', name);
      if (!alarm) periods.delete(name);
      else {
        evaluate(alarm, second).catch((error: Error) =>
          context.log(`cloudwatch: alarm ${name}: ${error.message}`),
        );
      }
    }
  }

  function tick() {
    cancel = clock.after(MINUTE_MS - (clock.now() % MINUTE_MS), () => {
      evaluateAll();
      tick();
    });
  }

  return {
    put(settings) {
      checkAlarm(settings);
      const name = settings.AlarmName;
      const before = store.document<Alarm>('alarm', name);
      const alarm: Alarm = {
        settings,
        arn: `arn:aws:cloudwatch:${context.region}:${context.accountId}:alarm:${name}`,
        state: before?.state ?? 'INSUFFICIENT_DATA',
        stateReason: before?.stateReason ?? 'Unchecked: Initial alarm creation',
        stateUpdatedAtMs: before?.stateUpdatedAtMs ?? clock.now(),
        configuredAtMs: clock.now(),
      };
      store.saveDocument('alarm', name, alarm);
      periods.set(name, periodOf(queriesOf(settings).queries));
      return alarm;
    },
    async setState(name, state, reason) {
      const alarm = store.document<Alarm>('alarm', name);
      if (!alarm) throw new AwsError('ResourceNotFound', `Alarm ${name} does not exist`, { status: 404 });
      await change(alarm, state, reason);
    },
    start() {
      for (const { settings } of store.documents<Alarm>('alarm')) {
        periods.set(settings.AlarmName, periodOf(queriesOf(settings).queries));
      }
      tick();
    },
    stop() {
      cancel();
    },
  };
}

/** What a topic receives. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html */
function notification(context: CloudContext, { settings, ...alarm }: Alarm, from: AlarmState) {
  return {
    AlarmName: settings.AlarmName,
    AlarmDescription: settings.AlarmDescription ?? null,
    AWSAccountId: context.accountId,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAtMs).toISOString().replace('Z', '+0000'),
    NewStateValue: alarm.state,
    NewStateReason: alarm.stateReason,
    StateChangeTime: new Date(alarm.stateUpdatedAtMs).toISOString().replace('Z', '+0000'),
    Region: context.region,
    AlarmArn: alarm.arn,
    OldStateValue: from,
    OKActions: settings.OKActions ?? [],
    AlarmActions: settings.AlarmActions ?? [],
    InsufficientDataActions: settings.InsufficientDataActions ?? [],
    Trigger: {
      ...(settings.Metrics
        ? { Metrics: settings.Metrics }
        : {
            MetricName: settings.MetricName,
            Namespace: settings.Namespace,
            StatisticType: settings.ExtendedStatistic ? 'ExtendedStatistic' : 'Statistic',
            Statistic: settings.Statistic?.toUpperCase() ?? settings.ExtendedStatistic,
            Dimensions: (settings.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
          }),
      Period: settings.Period,
      EvaluationPeriods: settings.EvaluationPeriods,
      DatapointsToAlarm: settings.DatapointsToAlarm,
      ComparisonOperator: settings.ComparisonOperator,
      Threshold: settings.Threshold,
      TreatMissingData: settings.TreatMissingData ?? 'missing',
    },
  };
}
