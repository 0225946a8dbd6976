/** CloudFormation's CloudWatch types. */
import type { ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { AlarmSettings, Alarms } from './alarms.ts';
import type { CloudWatchStore } from './store.ts';

export function cloudWatchResources(
  store: CloudWatchStore,
  alarms: Alarms,
): Record<string, ResourceProvider> {
  return {
    'AWS::CloudWatch::Alarm': {
      properties: [
        'ActionsEnabled',
        'AlarmActions',
        'AlarmDescription',
        'AlarmName',
        'ComparisonOperator',
        'DatapointsToAlarm',
        'Dimensions',
        'EvaluationPeriods',
        'ExtendedStatistic',
        'InsufficientDataActions',
        'MetricName',
        'Metrics',
        'Namespace',
        'OKActions',
        'Period',
        'Statistic',
        'Threshold',
        'TreatMissingData',
      ],
      notEmulated: ['EvaluateLowSampleCountPercentile', 'Unit'],
      nameProperty: 'AlarmName',
      replacedBy: ['AlarmName'],
      async deploy(request) {
        const { properties, physicalId } = request;
        const AlarmName: string = properties.AlarmName ?? physicalId ?? physicalName(request, 255);
        const number = (value: unknown) => (value === undefined ? undefined : Number(value));
        const alarm = alarms.put({
          ...properties,
          AlarmName,
          ActionsEnabled: String(properties.ActionsEnabled ?? true) === 'true',
          DatapointsToAlarm: number(properties.DatapointsToAlarm),
          EvaluationPeriods: Number(properties.EvaluationPeriods),
          Period: number(properties.Period),
          Threshold: Number(properties.Threshold),
        } as AlarmSettings);
        return { physicalId: AlarmName, attributes: { Arn: alarm.arn } };
      },
      async remove(name) {
        store.dropDocument('alarm', name);
      },
    },
    'AWS::CloudWatch::Dashboard': {
      properties: ['DashboardBody', 'DashboardName'],
      nameProperty: 'DashboardName',
      replacedBy: ['DashboardName'],
      async deploy(request) {
        const { properties, physicalId } = request;
        const name: string = properties.DashboardName ?? physicalId ?? physicalName(request, 255);
        store.saveDocument('dashboard', name, { name, body: properties.DashboardBody });
        return { physicalId: name, attributes: {} };
      },
      async remove(name) {
        store.dropDocument('dashboard', name);
      },
    },
  };
}
