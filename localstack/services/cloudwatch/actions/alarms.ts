/** Alarms: put, described, deleted, and what became of them. */
import { AwsError } from '../../../core/errors.ts';
import { pageOf } from '../../../core/paging.ts';
import type { Action } from '../../../core/service.ts';
import type { Alarm, AlarmHistoryItem, AlarmSettings, AlarmState, Alarms } from '../alarms.ts';
import type { CloudWatchStore } from '../store.ts';

interface Paging {
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

interface DescribeInput extends Paging {
  readonly AlarmNames?: readonly string[];
  readonly AlarmNamePrefix?: string;
  readonly AlarmTypes?: readonly string[];
  readonly StateValue?: AlarmState;
  readonly ActionPrefix?: string;
}

interface HistoryInput extends Paging {
  readonly AlarmName?: string;
  readonly AlarmTypes?: readonly string[];
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const MOST_RECORDS = 100;
const DEFAULT_RECORDS = 50;

const invalidToken = (token: string) => new AwsError('InvalidNextToken', `The token ${token} is invalid.`);

/** Alarms on metrics are the one type that there is here. */
const hasMetricAlarms = (types: readonly string[] | undefined) =>
  types === undefined || types.length === 0 || types.includes('MetricAlarm');

const actionsOf = ({ AlarmActions = [], OKActions = [], InsufficientDataActions = [] }: AlarmSettings) => [
  ...AlarmActions,
  ...OKActions,
  ...InsufficientDataActions,
];

const described = (alarm: Alarm) => ({
  ...alarm.settings,
  AlarmArn: alarm.arn,
  ActionsEnabled: alarm.settings.ActionsEnabled ?? true,
  StateValue: alarm.state,
  StateReason: alarm.stateReason,
  StateUpdatedTimestamp: alarm.stateUpdatedAtMs / 1000,
  AlarmConfigurationUpdatedTimestamp: alarm.configuredAtMs / 1000,
});

function describe(store: CloudWatchStore, input: DescribeInput) {
  const { AlarmNames, AlarmNamePrefix = '', StateValue, ActionPrefix } = input;
  const found = (hasMetricAlarms(input.AlarmTypes) ? store.documents<Alarm>('alarm') : []).filter(
    ({ settings, state }) =>
      (!AlarmNames?.length || AlarmNames.includes(settings.AlarmName)) &&
      settings.AlarmName.startsWith(AlarmNamePrefix) &&
      (StateValue === undefined || state === StateValue) &&
      (ActionPrefix === undefined || actionsOf(settings).some((action) => action.startsWith(ActionPrefix))),
  );
  const { items, next } = pageOf(found, {
    keyOf: ({ settings }) => settings.AlarmName,
    limit: input.MaxRecords ?? DEFAULT_RECORDS,
    token: input.NextToken,
    invalidToken,
  });
  return { MetricAlarms: items.map(described), CompositeAlarms: [], NextToken: next };
}

function history(store: CloudWatchStore, input: HistoryInput) {
  const { StartDate, EndDate, ScanBy = 'TimestampDescending', MaxRecords = MOST_RECORDS } = input;
  const newestFirst = hasMetricAlarms(input.AlarmTypes)
    ? store.history<AlarmHistoryItem>(input.AlarmName)
    : [];
  const found = newestFirst.filter(
    ({ atMs }) =>
      (StartDate === undefined || atMs >= StartDate * 1000) &&
      (EndDate === undefined || atMs <= EndDate * 1000),
  );
  if (ScanBy === 'TimestampAscending') found.reverse();
  const from = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(from)) throw invalidToken(String(input.NextToken));
  const end = from + MaxRecords;
  return {
    AlarmHistoryItems: found.slice(from, end).map((item) => ({
      AlarmName: item.alarm,
      AlarmType: 'MetricAlarm',
      Timestamp: item.atMs / 1000,
      HistoryItemType: 'StateUpdate',
      HistorySummary: `Alarm updated from ${item.from} to ${item.to}`,
      HistoryData: JSON.stringify({ reason: item.reason }),
    })),
    NextToken: found.length > end ? String(end) : undefined,
  };
}

export const alarmActions = (store: CloudWatchStore, alarms: Alarms): Record<string, Action> => ({
  PutMetricAlarm(input: AlarmSettings) {
    alarms.put(input);
    return {};
  },
  DeleteAlarms({ AlarmNames }: { AlarmNames: readonly string[] }) {
    for (const name of AlarmNames) store.dropDocument('alarm', name);
    return {};
  },
  DescribeAlarms: (input: DescribeInput) => describe(store, input),
  async SetAlarmState(input: { AlarmName: string; StateValue: AlarmState; StateReason: string }) {
    await alarms.setState(input.AlarmName, input.StateValue, input.StateReason);
    return {};
  },
  DescribeAlarmHistory: (input: HistoryInput) => history(store, input),
});
