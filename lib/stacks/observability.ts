/** What tells that something is wrong, and shows how it goes: alarms on everything that can fail, one dashboard per study. */
import { Duration, Stack } from 'aws-cdk-lib';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmProps, alarm, messagesIn, ofFunction, ofMachine, ofStudy } from '../constructs/alarm.ts';
import type { Names } from '../constructs/names.ts';
import type { Settings } from '../constructs/settings.ts';
import { studyDashboard } from './dashboard.ts';
import type { Watched } from './studyStack.ts';

export interface ObservabilityProps {
  readonly settings: Settings;
  /** Study → what its stacks hand on to be watched. */
  readonly watched: Readonly<Record<string, readonly Watched[]>>;
}

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { settings, watched }: ObservabilityProps) {
    super(scope, id, { description: 'Headwaters: alarms and dashboards' });
    const { names } = settings;
    const topic = Topic.fromTopicArn(this, 'Notifications', names.topicArn);
    alarm(this, topic, {
      alarmName: `${names.failedBatches}-not-empty`,
      description:
        'Lambda gave up on a batch; the failures bucket keeps its payload and the queue its key: replay it.',
      metric: messagesIn(names.failedBatches),
    });
    for (const [study, parts] of Object.entries(watched)) {
      new StudyWatch(this, study, { names, study, parts, topic });
    }
  }
}

interface StudyWatchProps {
  readonly names: Names;
  readonly study: string;
  readonly parts: readonly Watched[];
  readonly topic: ITopic;
}

/** A stream's reader that is this far behind will soon lose records to the stream's retention. */
const LATE = Duration.minutes(30);

class StudyWatch extends Construct {
  constructor(scope: Construct, id: string, { names, study, parts, topic }: StudyWatchProps) {
    super(scope, id);
    const functions = parts.flatMap((part) => part.functions);
    const machines = parts.flatMap((part) => part.machines);
    const queues = parts.flatMap((part) => part.deadLetterQueues);
    const alarms = [
      ...functions.flatMap(functionAlarms),
      ...queues.map(queueAlarm),
      ...machines.flatMap((name) => machineAlarms(name, names.machineArn(name))),
      ...bookAlarms(`${names.prefix}-${study}`, study),
    ];
    for (const props of alarms) alarm(this, topic, props);
    studyDashboard(this, 'Dashboard', {
      dashboardName: `${names.prefix}-${study}`,
      study,
      stream: names.stream(study),
      functions: functions.map(({ name }) => name),
      machineArns: machines.map(names.machineArn),
    });
  }
}

const functionAlarms = ({ name, readsStream }: Watched['functions'][number]): AlarmProps[] => [
  {
    alarmName: `${name}-errors`,
    description: 'An invocation failed; its log says why.',
    metric: ofFunction(name, 'Errors'),
  },
  {
    alarmName: `${name}-throttles`,
    description: 'Invocations wait: the account has no concurrency left.',
    metric: ofFunction(name, 'Throttles'),
  },
  ...(readsStream ? readerAlarms(name) : []),
];

const readerAlarms = (name: string): AlarmProps[] => [
  {
    alarmName: `${name}-late`,
    description: 'The reader is half an hour behind its stream; records older than the retention are lost.',
    metric: ofFunction(name, 'IteratorAge', 'maximum'),
    threshold: LATE.toMilliseconds(),
  },
  {
    alarmName: `${name}-lost-batch`,
    description: 'A batch that Lambda gave up on could not even be kept in the failures bucket.',
    metric: ofFunction(name, 'DestinationDeliveryFailures'),
  },
];

const queueAlarm = (name: string): AlarmProps => ({
  alarmName: `${name}-not-empty`,
  description: 'A message was given up on: look at it, mend, and send it back.',
  metric: messagesIn(name),
});

const machineAlarms = (name: string, arn: string): AlarmProps[] =>
  ['Failed', 'TimedOut', 'Aborted'].map((how) => ({
    alarmName: `${name}-${how.toLowerCase()}`,
    description: 'An execution did not come to its end; the next run takes the same records again.',
    metric: ofMachine(arn, `Executions${how}`),
  }));

const bookAlarms = (prefix: string, study: string): AlarmProps[] => [
  {
    alarmName: `${prefix}-out-of-balance`,
    description: 'A run found records that are neither in silver, nor duplicates, nor in quarantine.',
    metric: ofStudy(study, 'RunsOutOfBalance'),
  },
  {
    alarmName: `${prefix}-file-refused`,
    description: 'A landed file could not be loaded; the registry and quarantine keep the reason.',
    metric: ofStudy(study, 'FilesRefused'),
  },
  {
    alarmName: `${prefix}-ledger-swept`,
    description: 'A bronze object had no ledger row: its writer died in between.',
    metric: ofStudy(study, 'LedgerRowsSwept'),
  },
];
