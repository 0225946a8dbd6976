/** What tells that something is wrong, and shows how it goes: alarms on everything that can fail, one dashboard per study. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IWidget,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Settings } from '../constructs/settings.ts';
import type { Watched } from './studyStack.ts';

export interface ObservabilityProps {
  readonly settings: Settings;
  /** Study → what its stacks hand on to be watched. */
  readonly watched: Readonly<Record<string, readonly Watched[]>>;
}

const PERIOD = Duration.minutes(5);
const SUM = { statistic: Stats.SUM, period: PERIOD };
const MAXIMUM = { statistic: Stats.MAXIMUM, period: PERIOD };

const ofFunction = (name: string, metricName: string, statistic = SUM) =>
  new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap: { FunctionName: name }, ...statistic });

const ofStudy = (study: string, metricName: string) =>
  new Metric({ namespace: 'Headwaters', metricName, dimensionsMap: { Study: study }, ...SUM });

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { settings, watched }: ObservabilityProps) {
    super(scope, id, { description: 'Headwaters: alarms and dashboards' });
    const { names } = settings;
    const topic = Topic.fromTopicArn(this, 'Notifications', names.topicArn);
    for (const [study, parts] of Object.entries(watched)) {
      new StudyWatch(this, study, { settings, study, parts, topic });
    }
  }
}

interface StudyWatchProps {
  readonly settings: Settings;
  readonly study: string;
  readonly parts: readonly Watched[];
  readonly topic: ITopic;
}

/** A stream's reader that is this far behind will soon lose records to the stream's retention. */
const LATE_MS = Duration.minutes(30).toMilliseconds();

class StudyWatch extends Construct {
  readonly #topic: ITopic;
  readonly #prefix: string;

  constructor(scope: Construct, id: string, { settings, study, parts, topic }: StudyWatchProps) {
    super(scope, id);
    const { names } = settings;
    this.#topic = topic;
    this.#prefix = `${names.prefix}-${study}`;
    const functions = parts.flatMap((part) => part.functions);
    const machines = parts.flatMap((part) => part.machines);
    const queues = parts.flatMap((part) => part.deadLetterQueues);

    for (const { name, readsStream } of functions) {
      this.#alarm(`${name}-errors`, 'An invocation failed; its log says why.', ofFunction(name, 'Errors'), 1);
      this.#alarm(
        `${name}-throttles`,
        'Invocations wait: the account has no concurrency left.',
        ofFunction(name, 'Throttles'),
        1,
      );
      if (!readsStream) continue;
      this.#alarm(
        `${name}-late`,
        'The reader is half an hour behind its stream; records older than the retention are lost.',
        ofFunction(name, 'IteratorAge', MAXIMUM),
        LATE_MS,
      );
      this.#alarm(
        `${name}-gave-up`,
        'A batch went to the failures bucket after all retries, with its payload: replay it.',
        ofFunction(name, 'OnFailureDestinationDeliveredEventCount'),
        1,
      );
      this.#alarm(
        `${name}-lost-batch`,
        'A failed batch could not even be kept in the failures bucket.',
        ofFunction(name, 'DestinationDeliveryFailures'),
        1,
      );
    }
    for (const queue of queues) {
      this.#alarm(
        `${queue}-not-empty`,
        'A message was given up on: look at it, mend, and send it back.',
        new Metric({
          namespace: 'AWS/SQS',
          metricName: 'ApproximateNumberOfMessagesVisible',
          dimensionsMap: { QueueName: queue },
          ...MAXIMUM,
        }),
        1,
      );
    }
    for (const machine of machines) {
      const arn = `arn:${Stack.of(this).partition}:states:${Stack.of(this).region}:${Stack.of(this).account}:stateMachine:${machine}`;
      for (const metricName of ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted']) {
        this.#alarm(
          `${machine}-${metricName.replace('Executions', '').toLowerCase()}`,
          'An execution did not come to its end; the next run takes the same records again.',
          new Metric({
            namespace: 'AWS/States',
            metricName,
            dimensionsMap: { StateMachineArn: arn },
            ...SUM,
          }),
          1,
        );
      }
    }
    this.#alarm(
      `${this.#prefix}-out-of-balance`,
      'A run found records that are neither in silver, nor duplicates, nor in quarantine.',
      ofStudy(study, 'RunsOutOfBalance'),
      1,
    );
    this.#alarm(
      `${this.#prefix}-file-refused`,
      'A landed file could not be loaded; the registry and quarantine keep the reason.',
      ofStudy(study, 'FilesRefused'),
      1,
    );
    this.#alarm(
      `${this.#prefix}-ledger-swept`,
      'A bronze object had no ledger row: its writer died in between.',
      ofStudy(study, 'LedgerRowsSwept'),
      1,
    );

    new Dashboard(this, 'Dashboard', {
      dashboardName: this.#prefix,
      widgets: dashboardOf(
        study,
        names.stream(study),
        functions.map(({ name }) => name),
        machines,
        this,
      ),
    });
  }

  /** An alarm that fires when a period reaches the threshold and is quiet while there is no data. */
  #alarm(alarmName: string, alarmDescription: string, metric: Metric, threshold: number): void {
    new Alarm(this, alarmName.slice(this.#prefix.length + 1), {
      alarmName,
      alarmDescription,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.#topic));
  }
}

/** From the stream to the books, row by row in the order of the way. */
function dashboardOf(
  study: string,
  stream: string,
  functions: readonly string[],
  machines: readonly string[],
  scope: Construct,
): IWidget[][] {
  const { partition, region, account } = Stack.of(scope);
  const ofStream = (metricName: string, statistic = SUM) =>
    new Metric({ namespace: 'AWS/Kinesis', metricName, dimensionsMap: { StreamName: stream }, ...statistic });
  const ofMachine = (machine: string, metricName: string) =>
    new Metric({
      namespace: 'AWS/States',
      metricName,
      dimensionsMap: {
        StateMachineArn: `arn:${partition}:states:${region}:${account}:stateMachine:${machine}`,
      },
      label: `${machine} ${metricName}`,
      ...SUM,
    });
  const half = { width: 12, height: 6 };
  return [
    [
      new GraphWidget({
        title: 'Into the stream',
        left: [ofStream('IncomingRecords')],
        right: [ofStream('IncomingBytes')],
        ...half,
      }),
      new GraphWidget({
        title: 'Into bronze',
        left: ['RecordsToBronze', 'RecordsRefused', 'EventsTurnedAway'].map((name) => ofStudy(study, name)),
        ...half,
      }),
    ],
    [
      new GraphWidget({
        title: 'Readers behind the stream (ms)',
        left: functions.map((name) => ofFunction(name, 'IteratorAge', MAXIMUM)),
        ...half,
      }),
      new GraphWidget({
        title: 'Errors',
        left: functions.map((name) => ofFunction(name, 'Errors')),
        ...half,
      }),
    ],
    [
      new GraphWidget({
        title: 'The books of the runs',
        left: ['RecordsAccounted', 'RecordsDuplicate', 'RecordsQuarantined', 'RecordsUnaccounted'].map(
          (name) => ofStudy(study, name),
        ),
        ...half,
      }),
      new GraphWidget({
        title: 'Runs',
        left: machines.flatMap((machine) =>
          ['ExecutionsSucceeded', 'ExecutionsFailed'].map((name) => ofMachine(machine, name)),
        ),
        ...half,
      }),
    ],
  ];
}
