/** What one run did to one model's table: its snapshot, its checks, and what the model runner logged in that time. */
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { databaseOf } from '../lib/model/layout.ts';
import type { Study } from '../lib/model/study/study.ts';
import { ask } from './ask.ts';
import type { LakeContext } from './context.ts';
import type { RunStatement } from './runHistory.ts';
import { type RunDetail, readRunDetail } from './runs.ts';
import { readTable, type TableSnapshot } from './tables.ts';

export interface RunCheck {
  readonly rule: string;
  readonly dimension: string;
  readonly severity: string;
  readonly passed: boolean;
  readonly failed: number;
  readonly total: number;
}

export interface LogLine {
  /** ISO 8601. */
  readonly at: string;
  readonly text: string;
}

export interface RunModel {
  /** What its publish committed; absent for a view, for a model that was not published, and after the snapshot expired. */
  readonly snapshot?: TableSnapshot;
  readonly checks: readonly RunCheck[];
  /** Of the model runner, while it worked on the model's level; the first `MOST_LINES`. */
  readonly logs: readonly LogLine[];
}

const MOST_LINES = 100;
/** A commit's time is taken within its statement, and Athena's times are whole milliseconds. */
const SLACK_MS = 1_000;

/** @throws `RangeError` when there is no such run, or the run has no such model */
export async function readRunModel(
  lake: LakeContext,
  study: Study,
  runId: string,
  name: string,
): Promise<RunModel> {
  const run = await readRunDetail(lake, study.name, runId);
  const level = run.levels.findIndex((models) => models.includes(name)) + 1;
  const model = study.models.find((one) => one.name === name);
  if (level === 0 || !model) throw new RangeError(`The run ${runId} of ${study.name} has no model ${name}.`);
  const published = run.statements.findLast((one) => one.model === name && one.purpose === 'publish');
  const [snapshot, checks, logs] = await Promise.all([
    published && snapshotOf(lake, study.name, model, published),
    checksOf(lake, study.name, runId, name),
    logsOf(lake, run, level),
  ]);
  return { ...(snapshot && { snapshot }), checks, logs };
}

async function snapshotOf(
  lake: LakeContext,
  study: string,
  { layer, table }: Study['models'][number],
  { submittedAt, milliseconds }: RunStatement,
): Promise<TableSnapshot | undefined> {
  const from = Date.parse(submittedAt) - SLACK_MS;
  const to = Date.parse(submittedAt) + milliseconds + SLACK_MS;
  const { snapshots } = await readTable(lake, study, layer, table);
  return snapshots.find(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to);
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

async function checksOf(lake: LakeContext, study: string, runId: string, model: string): Promise<RunCheck[]> {
  const { rows } = await ask(
    lake,
    `SELECT rule, dimension, severity, passed, failed, total FROM ${databaseOf(study, 'quarantine')}.checks
     WHERE run_id = ${quoted(runId)} AND model = ${quoted(model)} ORDER BY passed, rule`,
  );
  return rows.map(([rule, dimension, severity, passed, failed, total]) => ({
    rule: rule!,
    dimension: dimension ?? '',
    severity: severity ?? '',
    passed: passed === 'true',
    failed: Number(failed),
    total: Number(total),
  }));
}

async function logsOf(
  { target: { clients } }: LakeContext,
  { states, modelRunner }: RunDetail,
  level: number,
): Promise<LogLine[]> {
  const own = states.filter(({ name }) => name.includes(`Level ${level} of `));
  if (!modelRunner || own.length === 0) return [];
  const { LoggingConfig } = await clients.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: modelRunner }),
  );
  const times = own.flatMap(({ enteredAt, exitedAt }) => [enteredAt, exitedAt ?? enteredAt]).map(Date.parse);
  const { events = [] } = await clients.logs.send(
    new FilterLogEventsCommand({
      logGroupName: LoggingConfig?.LogGroup ?? `/aws/lambda/${modelRunner}`,
      startTime: Math.min(...times),
      endTime: Math.max(...times) + 1,
      limit: MOST_LINES,
    }),
  );
  return events.map(({ timestamp, message }) => ({
    at: new Date(timestamp!).toISOString(),
    text: (message ?? '').trimEnd(),
  }));
}
