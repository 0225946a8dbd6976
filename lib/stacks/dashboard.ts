/** A study's dashboard: from the stream to the books, row by row in the order of the way. */
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { ofFunction, ofMachine, ofStream, ofStudy } from '../constructs/alarm.ts';
import type { Names } from '../model/layout.ts';
import type { StudyMetric } from '../model/metrics.ts';

export interface StudyDashboardProps {
  readonly dashboardName: string;
  readonly names: Names;
  readonly study: string;
  readonly stream: string;
  readonly functions: readonly string[];
  readonly machineArns: readonly string[];
}

const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
  new GraphWidget({ title, left, right, width: 12, height: 6 });

export function studyDashboard(scope: Construct, id: string, props: StudyDashboardProps): Dashboard {
  const { names, study, stream, functions, machineArns } = props;
  const counted = (...metrics: StudyMetric[]) => metrics.map((name) => ofStudy(names, study, name));
  return new Dashboard(scope, id, {
    dashboardName: props.dashboardName,
    widgets: [
      [
        graph('Into the stream', [ofStream(stream, 'IncomingRecords')], [ofStream(stream, 'IncomingBytes')]),
        graph('Into bronze', counted('RecordsToBronze', 'RecordsRefused', 'EventsTurnedAway')),
      ],
      [
        graph(
          'Readers behind the stream (ms)',
          functions.map((name) => ofFunction(name, 'IteratorAge', 'maximum')),
        ),
        graph(
          'Errors',
          functions.map((name) => ofFunction(name, 'Errors')),
        ),
      ],
      [
        graph(
          'The books of the runs',
          counted('RecordsAccounted', 'RecordsDuplicate', 'RecordsQuarantined', 'RecordsUnaccounted'),
        ),
        graph(
          'Runs',
          machineArns.flatMap((arn) =>
            ['ExecutionsSucceeded', 'ExecutionsFailed'].map((name) => ofMachine(arn, name)),
          ),
        ),
      ],
    ],
  });
}
