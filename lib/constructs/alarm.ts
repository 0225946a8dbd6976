/** An alarm that somebody hears: it fires when one period reaches the threshold, and is quiet while there is no data. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { metricNamespace, type Names } from '../model/layout.ts';
import type { StudyMetric } from '../model/metrics.ts';

const PERIOD = Duration.minutes(5);
const SUM = { statistic: Stats.SUM, period: PERIOD };
const MAXIMUM = { statistic: Stats.MAXIMUM, period: PERIOD };

type Statistic = 'sum' | 'maximum';

const metric = (
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic: Statistic = 'sum',
) => new Metric({ namespace, metricName, dimensionsMap, ...(statistic === 'sum' ? SUM : MAXIMUM) });

export const ofFunction = (name: string, metricName: string, statistic?: Statistic) =>
  metric('AWS/Lambda', metricName, { FunctionName: name }, statistic);

/** Of all functions of the account and region. */
export const ofAccount = (metricName: string) => metric('AWS/Lambda', metricName, {});

export const ofMachine = (arn: string, metricName: string) =>
  metric('AWS/States', metricName, { StateMachineArn: arn });

export const ofStream = (name: string, metricName: string) =>
  metric('AWS/Kinesis', metricName, { StreamName: name });

export const messagesIn = (queueName: string) =>
  metric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: queueName }, 'maximum');

/** A metric that the Lambdas write as log lines. */
export const ofStudy = ({ prefix }: Pick<Names, 'prefix'>, study: string, metricName: StudyMetric) =>
  metric(metricNamespace(prefix), metricName, { Study: study });

export interface AlarmProps {
  readonly alarmName: string;
  /** What it means and what to do. */
  readonly description: string;
  readonly metric: Metric;
  /** @default 1 */
  readonly threshold?: number;
}

export function alarm(scope: Construct, topic: ITopic, props: AlarmProps): void {
  new Alarm(scope, props.alarmName, {
    alarmName: props.alarmName,
    alarmDescription: props.description,
    metric: props.metric,
    threshold: props.threshold ?? 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  }).addAlarmAction(new SnsAction(topic));
}
