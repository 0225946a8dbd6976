/** What reports that something is wrong, and shows how it goes: alarms on everything that can fail, one dashboard per study. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import {
  type AlarmProps,
  alarm,
  messagesIn,
  ofAccount,
  ofFunction,
  ofMachine,
  ofStudy,
} from '../constructs/alarm.ts';
import type { Settings } from '../constructs/settings.ts';
import type { Names } from '../model/layout.ts';
import { studyDashboard } from './dashboard.ts';
import type { Watched } from './studyStack.ts';

/** What is wrong with the lake as a whole. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { names }: Settings) {
    super(scope, id, { description: 'Headwaters: alarms of what all studies share' });
    const topic = Topic.fromTopicArn(this, 'Notifications', names.topicArn);
    alarm(this, topic, {
      alarmName: `${names.prefix}-throttles`,
      description: "Invocations wait: the account's functions have used up their concurrency.",
      metric: ofAccount('Throttles'),
    });
    alarm(this, topic, {
      alarmName: `${names.failedBatches}-not-empty`,
      description:
        'Lambda gave up on a batch; the failures bucket keeps its payload and the queue its key: replay it.',
      metric: messagesIn(names.failedBatches),
    });
  }
}

export interface StudyObservabilityProps {
  readonly settings: Settings;
  readonly study: string;
  /** What the study's stacks hand on to be watched. */
  readonly watched: readonly Watched[];
}

/** A stream's reader that is this far behind will soon lose records to the stream's retention. */
const LATE = Duration.minutes(30);

/** Alarms on everything of a study that can fail, and its dashboard. */
export class StudyObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { settings, study, watched }: StudyObservabilityProps) {
    super(scope, id, { description: `Headwaters ${study}: alarms and dashboard` });
    const { names } = settings;
    const topic = Topic.fromTopicArn(this, 'Notifications', names.topicArn);
    const functions = watched.flatMap((part) => part.functions);
    const machines = watched.flatMap((part) => part.machines);
    const queues = watched.flatMap((part) => part.deadLetterQueues);
    const alarms = [
      ...functions.flatMap(functionAlarms),
      ...queues.map(queueAlarm),
      ...machines.flatMap((name) => machineAlarms(name, names.machineArn(name))),
      ...bookAlarms(names, study),
    ];
    for (const props of alarms) alarm(this, topic, props);
    studyDashboard(this, 'Dashboard', {
      dashboardName: `${names.prefix}-${study}`,
      names,
      study,
      stream: names.stream(study),
      functions: functions.map(({ name }) => name),
      machineArns: machines.map(names.machineArn),
    });
  }
}

/**
 * Each failure has one alarm, where it ends: a batch or file that is given up on is in a queue, a step that fails ends its
 * execution. Only a function whose caller waits for the answer has nobody else to say that it failed.
 */
const functionAlarms = ({ name, calledBy }: Watched['functions'][number]): AlarmProps[] => {
  if (calledBy === 'stream') return readerAlarms(name);
  if (calledBy !== 'api') return [];
  return [
    {
      alarmName: `${name}-errors`,
      description: 'A request was answered with an error of the server; the log says why.',
      metric: ofFunction(name, 'Errors'),
    },
  ];
};

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
  description: 'A message was given up on: look at it, fix the cause, and send it back.',
  metric: messagesIn(name),
});

/** Only a person aborts an execution, or the run that takes over from one that has died. */
const machineAlarms = (name: string, arn: string): AlarmProps[] =>
  ['Failed', 'TimedOut'].map((how) => ({
    alarmName: `${name}-${how.toLowerCase()}`,
    description: 'An execution did not come to its end; the next run takes the same records again.',
    metric: ofMachine(arn, `Executions${how}`),
  }));

const bookAlarms = (names: Names, study: string): AlarmProps[] => [
  {
    alarmName: `${names.prefix}-${study}-out-of-balance`,
    description: 'A run found records that are neither in silver, nor duplicates, nor in quarantine.',
    metric: ofStudy(names, study, 'RunsOutOfBalance'),
  },
  {
    alarmName: `${names.prefix}-${study}-file-refused`,
    description: 'A landed file could not be loaded; the registry and quarantine keep the reason.',
    metric: ofStudy(names, study, 'FilesRefused'),
  },
  {
    alarmName: `${names.prefix}-${study}-ledger-swept`,
    description: 'A bronze object had no ledger row: its writer died in between.',
    metric: ofStudy(names, study, 'LedgerRowsSwept'),
  },
];
