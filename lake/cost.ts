/**
 * What a deployment costs, from its templates and studies: a month in which nothing flows, a run of each pipeline, and a
 * million events. List prices of us-east-1 without free tiers; what no template says is in `assumed`.
 */

import { STUDY_METRICS } from '../lib/model/metrics.ts';
import { statementCounts } from '../lib/model/run/statementCount.ts';
import type { Study } from '../lib/model/study/study.ts';
import { type Machine, type Steps, stepsOf } from './machineSteps.ts';
import { HOURS_A_MONTH, prices } from './prices.ts';

/** Amount of an item, and what it costs in US dollars. */
export interface Cost {
  /** That bills it. */
  readonly service: Service;
  readonly item: string;
  readonly amount: number;
  readonly dollars: number;
}

export interface DeploymentCost {
  /** A month in which nothing flows: every scheduled run ends because nothing is new. */
  readonly idleMonth: readonly Cost[];
  /** One run of every study in which each source brings something and each table is made. */
  readonly run: readonly Cost[];
  /** A million events, spread evenly over a month. */
  readonly millionEvents: readonly Cost[];
  readonly runsAMonth: number;
  /** Dollars of each part, and of a month in which every scheduled run has something to do, events left out. */
  readonly total: {
    readonly idleMonth: number;
    readonly run: number;
    readonly millionEvents: number;
    readonly month: number;
  };
}

export type Service =
  | 'Athena'
  | 'CloudWatch'
  | 'DynamoDB'
  | 'EventBridge Scheduler'
  | 'Glue'
  | 'Kinesis'
  | 'KMS'
  | 'Lambda'
  | 'S3'
  | 'SNS'
  | 'SQS'
  | 'Step Functions'
  | 'X-Ray';

interface TemplateResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are open by nature.
  readonly Properties?: any;
}

export type Templates = readonly Readonly<Record<string, TemplateResource>>[];

/**
 * What templates do not say. Requests of S3 are those of a run that was measured on the local cloud
 * (docs/cost-of-a-run.md); seconds and log lines are rounded up.
 */
export const assumed = {
  functionSeconds: 1,
  /** Objects that Athena and the steps of a run write for a statement, and read for it. */
  putsAStatement: 6.5,
  getsAStatement: 20,
  /** Statements have at least this to read, however little they read (https://aws.amazon.com/athena/pricing/). */
  bytesAStatement: 10e6,
  logBytesAState: 2000,
  logBytesAnInvocation: 1000,
  /** Daily on every table: retention and orphan files, each a minute of two DPU, the least that is billed. Compaction is left out. */
  optimizerRunsADay: 2,
  optimizerDpuMinutes: 2,
  kilobytesAnEvent: 1,
  /** A bronze object, the keys of its records, its ledger row with the index, written and accounted for. */
  putsABronzeObject: 2,
  writesABronzeObject: 4,
  bronzeSeconds: 0.3,
  liveSeconds: 0.05,
  /** A window of each view of a source, and the place in the shard. */
  writesALiveView: 1,
  /** Pollers of a queue, each with requests of up to 20 s (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
  pollers: 5,
  pollSeconds: 20,
  /** A data key is kept for five minutes (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html). */
  dataKeySeconds: 300,
  listsASweep: 10,
  /** How often a caller compares its receipts with bronze while it waits. */
  receiptQueries: 10,
} as const;

const MONTH_SECONDS = HOURS_A_MONTH * 3600;
const MILLION = 1e6;

const cost = (service: Service, item: string, amount: number, each: number): Cost => ({
  service,
  item,
  amount,
  dollars: amount * each,
});
const sum = (costs: readonly Cost[]) => costs.reduce((total, { dollars }) => total + dollars, 0);
const some = (costs: readonly Cost[]) => costs.filter(({ amount }) => amount > 0);

/**
 * @param templates resources of each stack, by id; they are those of these studies
 * @throws Error for a scheduled state machine that is of none of the studies
 */
export function deploymentCost(templates: Templates, studies: readonly Study[]): DeploymentCost {
  const pipelines = pipelinesOf(templates, studies);
  const idleMonth = some([
    ...standing(templates),
    ...maintenanceCosts(maintenancesOf(templates, studies)),
    optimizerCost(templates, studies),
    ...idleRuns(pipelines),
  ]);
  const run = some(runCosts(pipelines));
  const millionEvents = some(eventCosts(templates, studies));
  const runsAMonth = pipelines.some(({ isOn }) => isOn) ? HOURS_A_MONTH : 0;
  const idleRun = sum(idleRuns(pipelines));
  const total = { idleMonth: sum(idleMonth), run: sum(run), millionEvents: sum(millionEvents) };
  return {
    idleMonth,
    run,
    millionEvents,
    runsAMonth,
    total: {
      ...total,
      month: total.idleMonth - idleRun + runsAMonth * total.run + sum(metricCosts(templates)),
    },
  };
}

/**
 * What a deployment costs that exists for an hour, takes in `events` and is run and asked once. Services that bill by
 * the month bill an hour's share.
 */
export function trialCost(templates: Templates, study: Study, events: number): Cost[] {
  const { idleMonth, run, millionEvents } = deploymentCost(templates, [study]);
  const asked = study.queries.length + assumed.receiptQueries;
  const anHour = 1 / HOURS_A_MONTH;
  return [
    ...times([...idleMonth, ...metricCosts(templates)], anHour),
    ...run,
    ...times(millionEvents, events / MILLION),
    ...some([
      cost(
        'Athena',
        'Athena queries of questions and receipts, 10 MB each',
        asked,
        (assumed.bytesAStatement / 1e12) * prices.athena.terabyteScanned,
      ),
    ]),
  ];
}

/** Dollars of each service, the most expensive first. */
export function byService(costs: readonly Cost[]): { readonly service: Service; readonly dollars: number }[] {
  return [...Map.groupBy(costs, ({ service }) => service)]
    .map(([service, lines]) => ({ service, dollars: sum(lines) }))
    .sort((a, b) => b.dollars - a.dollars);
}

const of = (templates: Templates, type: string): TemplateResource[] =>
  templates.flatMap((resources) => Object.values(resources)).filter(({ Type }) => Type === type);

const gigabytesOf = ({ Properties }: TemplateResource) => Number(Properties?.MemorySize ?? 128) / 1024;

/** What exists: it is billed by the hour or the month, or works while nothing flows. */
function standing(templates: Templates): Cost[] {
  const streams = of(templates, 'AWS::Kinesis::Stream');
  const onDemand = streams.filter(
    ({ Properties }) => Properties?.StreamModeDetails?.StreamMode === 'ON_DEMAND',
  );
  const shards = streams
    .filter((stream) => !onDemand.includes(stream))
    .reduce((all, { Properties }) => all + Number(Properties?.ShardCount ?? 1), 0);
  const alarms = of(templates, 'AWS::CloudWatch::Alarm').reduce(
    // An alarm over several metrics is billed for each of them.
    (all, { Properties }) =>
      all + (Properties?.Metrics?.filter((one: { MetricStat?: unknown }) => one.MetricStat).length ?? 1),
    0,
  );
  const encrypted = [
    ...streams.filter(({ Properties }) => Properties?.StreamEncryption),
    ...of(templates, 'AWS::DynamoDB::Table').filter(({ Properties }) => Properties?.SSESpecification),
    ...of(templates, 'AWS::SNS::Topic').filter(({ Properties }) => Properties?.KmsMasterKeyId),
  ].length;
  const polled = of(templates, 'AWS::Lambda::EventSourceMapping').filter(({ Properties }) =>
    JSON.stringify(Properties?.EventSourceArn).includes(':sqs:'),
  ).length;
  const sweeps = started(templates, 'AWS::Lambda::Function', HOURLY).map(({ target }) => target);
  return [
    cost('Kinesis', 'Kinesis shards', shards, prices.kinesis.shardHour * HOURS_A_MONTH),
    cost(
      'Kinesis',
      'Kinesis streams on demand',
      onDemand.length,
      prices.kinesis.onDemandStreamHour * HOURS_A_MONTH,
    ),
    cost('KMS', 'KMS keys', of(templates, 'AWS::KMS::Key').length, prices.kms.keyMonth),
    cost(
      'KMS',
      'KMS requests',
      (encrypted * MONTH_SECONDS) / assumed.dataKeySeconds,
      prices.kms.tenThousandRequests / 1e4,
    ),
    cost('CloudWatch', 'CloudWatch alarms, by metric', alarms, prices.cloudWatch.alarmMonth),
    cost(
      'CloudWatch',
      'CloudWatch composite alarms',
      of(templates, 'AWS::CloudWatch::CompositeAlarm').length,
      prices.cloudWatch.compositeAlarmMonth,
    ),
    cost(
      'CloudWatch',
      'CloudWatch dashboards',
      of(templates, 'AWS::CloudWatch::Dashboard').length,
      prices.cloudWatch.dashboardMonth,
    ),
    cost(
      'SQS',
      'SQS requests of pollers',
      (polled * assumed.pollers * MONTH_SECONDS) / assumed.pollSeconds,
      prices.sqs.millionRequests / MILLION,
    ),
    cost(
      'Lambda',
      'Lambda GB-seconds of the hourly sweeps',
      sweeps.reduce((all, one) => all + gigabytesOf(one) * assumed.functionSeconds * HOURS_A_MONTH, 0),
      prices.lambda.gigabyteSecondArm,
    ),
    cost(
      'S3',
      'S3 LISTs of the hourly sweeps',
      sweeps.length * assumed.listsASweep * HOURS_A_MONTH,
      prices.s3.thousandPuts / 1000,
    ),
  ];
}

const HOURLY = /^rate\(1 hour\)$/;
const WEEKLY = /^cron\(.* SUN \*\)$/;

const targetOf = ({ Properties }: TemplateResource): string | undefined =>
  Properties?.Target?.Arn?.Ref ?? Properties?.Target?.Arn?.['Fn::GetAtt']?.[0];

/** Resources of a type that a schedule of their own template starts as often as that, if it is on. */
const onSchedule = (templates: Templates, type: string, often: RegExp) =>
  templates.flatMap((resources) =>
    Object.values(resources)
      .filter(
        ({ Type, Properties }) =>
          Type === 'AWS::Scheduler::Schedule' && often.test(Properties.ScheduleExpression),
      )
      .flatMap((schedule) => {
        const target = resources[targetOf(schedule) ?? ''];
        const isOn = schedule.Properties.State === 'ENABLED';
        return target?.Type === type ? [{ resources, target, isOn }] : [];
      }),
  );

const started = (templates: Templates, type: string, often: RegExp) =>
  onSchedule(templates, type, often).filter(({ isOn }) => isOn);

/** Of an execution: what it enters, and the GB-seconds of its functions. */
interface Execution extends Steps {
  readonly invoked: number;
  readonly gigabyteSeconds: number;
}

interface PipelineCost {
  /** Its schedule is on. */
  readonly isOn: boolean;
  readonly run: Execution;
  readonly idle: Execution;
}

/** A way through a machine, with the memory of the functions on it. */
function executionOf(
  { resources, target }: ReturnType<typeof onSchedule>[number],
  decision: 'run' | 'nothing-new',
  statements: (map: string) => number,
): Execution {
  const { DefinitionString, DefinitionSubstitutions } = target.Properties;
  const steps = stepsOf(JSON.parse(DefinitionString) as Machine, decision, statements);
  const calls = Object.entries(steps.invocations);
  const memory = (name: string) =>
    gigabytesOf(resources[DefinitionSubstitutions[name]['Fn::GetAtt'][0]] as TemplateResource);
  return {
    ...steps,
    invoked: calls.reduce((all, [, times]) => all + times, 0),
    gigabyteSeconds: calls.reduce(
      (all, [name, times]) => all + times * memory(name) * assumed.functionSeconds,
      0,
    ),
  };
}

function studyOf({ target }: { readonly target: TemplateResource }, studies: readonly Study[]): Study {
  const machine: string = target.Properties.StateMachineName;
  const study = studies.find(({ name }) => machine.includes(`-${name}-`));
  if (study) return study;
  throw new Error(`The state machine ${machine} is of none of the studies.`);
}

const pipelinesOf = (templates: Templates, studies: readonly Study[]): PipelineCost[] =>
  onSchedule(templates, 'AWS::StepFunctions::StateMachine', HOURLY).map((machine) => {
    const statements = statementsByMap(studyOf(machine, studies));
    const execution = (decision: 'run' | 'nothing-new') =>
      executionOf(machine, decision, (map) => statements.get(map) ?? 0);
    return { isOn: machine.isOn, run: execution('run'), idle: execution('nothing-new') };
  });

/** The tables of a study, and the two that keep what was refused and checked. */
const tablesOf = ({ models }: Study) =>
  models.filter(({ contract }) => contract.materialization !== 'view').length + 2;

/** Whether table optimizers do what the maintenance would. */
const isOptimized = (resources: Templates[number]) =>
  of([resources], 'AWS::Lambda::Function').some(
    ({ Properties }) => Properties?.Environment?.Variables?.TABLE_OPTIMIZERS === 'on',
  );

/** OPTIMIZE and VACUUM of every table. */
const maintenancesOf = (templates: Templates, studies: readonly Study[]): Execution[] =>
  started(templates, 'AWS::StepFunctions::StateMachine', WEEKLY).map((machine) => {
    const statements = isOptimized(machine.resources) ? 0 : 2 * tablesOf(studyOf(machine, studies));
    return executionOf(machine, 'nothing-new', () => statements);
  });

/** They work whether the maintenance is on schedule or not. */
function optimizerCost(templates: Templates, studies: readonly Study[]): Cost {
  const tables = onSchedule(templates, 'AWS::StepFunctions::StateMachine', WEEKLY)
    .filter(({ resources }) => isOptimized(resources))
    .reduce((all, machine) => all + tablesOf(studyOf(machine, studies)), 0);
  const dpuHours =
    (tables * assumed.optimizerRunsADay * assumed.optimizerDpuMinutes * HOURS_A_MONTH) / (24 * 60);
  return cost('Glue', 'Glue DPU-hours of table optimizers', dpuHours, prices.glue.dpuHour);
}

/** Name of a Map of the pipeline → its statements; the tables exist, so there is no DDL. */
function statementsByMap(study: Study): Map<string, number> {
  const counts = statementCounts(study);
  return new Map([
    ['Stage what arrived', 1],
    ...counts.flatMap((level, index): [string, number][] =>
      Object.entries(level).map(([step, count]) => [
        `Level ${index + 1} of ${counts.length}: ${step}`,
        count,
      ]),
    ),
    // The results of the checks, and the balance sheet.
    ['Balance', 2],
  ]);
}

function executionCosts(executions: readonly Execution[], prefix = ''): Cost[] {
  const all = (of: (one: Execution) => number) => executions.reduce((total, one) => total + of(one), 0);
  const transitions = all((one) => one.transitions);
  const statements = all((one) => one.statements);
  const invoked = all((one) => one.invoked);
  const logBytes = transitions * assumed.logBytesAState + invoked * assumed.logBytesAnInvocation;
  return [
    cost(
      'Step Functions',
      `${prefix}Step Functions state transitions`,
      transitions,
      prices.stepFunctions.thousandTransitions / 1000,
    ),
    cost(
      'Athena',
      `${prefix}Athena statements, 10 MB each`,
      statements,
      (assumed.bytesAStatement / 1e12) * prices.athena.terabyteScanned,
    ),
    cost(
      'Lambda',
      `${prefix}Lambda GB-seconds`,
      all((one) => one.gigabyteSeconds),
      prices.lambda.gigabyteSecondArm,
    ),
    cost('Lambda', `${prefix}Lambda requests`, invoked, prices.lambda.millionRequests / MILLION),
    cost('S3', `${prefix}S3 PUTs`, statements * assumed.putsAStatement, prices.s3.thousandPuts / 1000),
    cost('S3', `${prefix}S3 GETs`, statements * assumed.getsAStatement, prices.s3.thousandGets / 1000),
    cost('CloudWatch', `${prefix}GB of logs`, logBytes / 1e9, prices.cloudWatch.gigabyteOfLogs),
    cost('X-Ray', `${prefix}X-Ray traces`, executions.length, prices.xray.millionTraces / MILLION),
    cost(
      'SNS',
      `${prefix}SNS notices`,
      all((one) => one.notices),
      prices.sns.millionPublishes / MILLION,
    ),
    cost(
      'EventBridge Scheduler',
      `${prefix}schedules`,
      executions.length,
      prices.scheduler.millionInvocations / MILLION,
    ),
  ];
}

const runCosts = (pipelines: readonly PipelineCost[]) => executionCosts(pipelines.map(({ run }) => run));

const times = (costs: readonly Cost[], factor: number): Cost[] =>
  costs.map((one) => ({ ...one, amount: one.amount * factor, dollars: one.dollars * factor }));

const idleRuns = (pipelines: readonly PipelineCost[]) =>
  times(
    executionCosts(
      pipelines.filter(({ isOn }) => isOn).map(({ idle }) => idle),
      'empty runs: ',
    ),
    HOURS_A_MONTH,
  );

const maintenanceCosts = (maintenances: readonly Execution[]) =>
  times(executionCosts(maintenances, 'maintenance: '), HOURS_A_MONTH / (24 * 7));

/** Metrics that are written in every hour that brings records; those of faults are not written while all is well. */
function metricCosts(templates: Templates): Cost[] {
  const dashboards = of(templates, 'AWS::CloudWatch::Dashboard').map(({ Properties }) =>
    JSON.stringify(Properties.DashboardBody),
  );
  const written = Object.entries(STUDY_METRICS).filter(([, when]) => when === 'records');
  const shown = dashboards.flatMap((body) => written.filter(([name]) => body.includes(name)));
  return [cost('CloudWatch', 'CloudWatch custom metrics', shown.length, prices.cloudWatch.metricMonth)];
}

/** From the stream to bronze and the live views. */
function eventCosts(templates: Templates, studies: readonly Study[]): Cost[] {
  const streams = of(templates, 'AWS::Kinesis::Stream');
  const onDemand = streams.some(
    ({ Properties }) => Properties?.StreamModeDetails?.StreamMode === 'ON_DEMAND',
  );
  const readers = templates.flatMap((resources) =>
    Object.values(resources)
      .filter(({ Type, Properties }) => Type === 'AWS::Lambda::EventSourceMapping' && isOfStream(Properties))
      .map(({ Properties }) => {
        const windowSeconds = Number(Properties.MaximumBatchingWindowInSeconds ?? 0);
        const batches = Math.max(
          MILLION / Properties.BatchSize,
          Math.min(MILLION, windowSeconds > 0 ? MONTH_SECONDS / windowSeconds : MILLION),
        );
        const memory = gigabytesOf(resources[Properties.FunctionName.Ref] as TemplateResource);
        return { windowSeconds, batches, memory };
      }),
  );
  // All studies are alike: a million events of one of them.
  const [bronze] = readers.filter(({ windowSeconds }) => windowSeconds > 0);
  const [live] = readers.filter(({ windowSeconds }) => windowSeconds === 0);
  const views = Math.max(0, ...studies.map((study) => study.live.length));
  const gigabytes = (MILLION * assumed.kilobytesAnEvent * 1024) / 2 ** 30;
  const objects = bronze?.batches ?? 0;
  const perStudy = streams.length > 0 ? readers.length / streams.length : 0;
  return [
    onDemand
      ? cost('Kinesis', 'Kinesis GB in, on demand', gigabytes, prices.kinesis.onDemandGigabyteIn)
      : cost('Kinesis', 'million Kinesis PUT units', 1, prices.kinesis.millionPutUnits),
    ...(onDemand
      ? [
          cost(
            'Kinesis',
            'Kinesis GB out, on demand',
            gigabytes * perStudy,
            prices.kinesis.onDemandGigabyteOut,
          ),
        ]
      : []),
    cost(
      'Lambda',
      'Lambda GB-seconds to bronze',
      objects * (bronze?.memory ?? 0) * assumed.bronzeSeconds,
      prices.lambda.gigabyteSecondArm,
    ),
    cost(
      'Lambda',
      'Lambda GB-seconds to live views',
      (live?.batches ?? 0) * (live?.memory ?? 0) * assumed.liveSeconds,
      prices.lambda.gigabyteSecondArm,
    ),
    cost(
      'Lambda',
      'million Lambda requests',
      (objects + (live?.batches ?? 0)) / MILLION,
      prices.lambda.millionRequests,
    ),
    cost('S3', 'S3 PUTs to bronze', objects * assumed.putsABronzeObject, prices.s3.thousandPuts / 1000),
    cost(
      'DynamoDB',
      'million DynamoDB writes',
      (objects * assumed.writesABronzeObject + (live?.batches ?? 0) * (1 + views * assumed.writesALiveView)) /
        MILLION,
      prices.dynamodb.millionWriteUnits,
    ),
    cost('S3', 'GB of bronze a month', gigabytes, prices.s3.gigabyteMonth),
  ];
}

const isOfStream = (properties: { readonly EventSourceArn?: unknown }) =>
  JSON.stringify(properties.EventSourceArn).includes(':kinesis:');
