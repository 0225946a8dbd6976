/** Runs as they can be read again: their books, and of one run its states with times and its statements with what they cost. */
import { BatchGetQueryExecutionCommand } from '@aws-sdk/client-athena';
import { type HistoryEvent, paginateGetExecutionHistory, paginateListExecutions } from '@aws-sdk/client-sfn';
import type { LakeContext } from './context.ts';
import { type LastRun, readRun, runIds } from './overview.ts';

export interface RunEntry extends LastRun {
  readonly executions: readonly RunExecution[];
}

/** One execution of the pipeline that worked on a run; an interrupted run has several. */
export interface RunExecution {
  readonly arn: string;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

/** A state that an execution went through, or a statement that it ran. */
export interface RunState {
  readonly name: string;
  readonly enteredAt: string;
  readonly exitedAt?: string;
}

export interface RunStatement {
  readonly id: string;
  readonly sql: string;
  readonly state: string;
  readonly submittedAt: string;
  readonly milliseconds: number;
  readonly scannedBytes: number;
}

export interface RunDetail extends RunEntry {
  readonly states: readonly RunState[];
  readonly statements: readonly RunStatement[];
}

/** A run is named after the execution that began it: start time and the first characters of its name. */
const executionsOf = async (lake: LakeContext, study: string): Promise<RunExecution[]> => {
  const found: RunExecution[] = [];
  const request = { stateMachineArn: lake.target.names.pipelineArn(study) };
  for await (const { executions = [] } of paginateListExecutions(
    { client: lake.target.clients.stepFunctions },
    request,
  ))
    found.push(
      ...executions.map(({ executionArn, status, startDate, stopDate }) => ({
        arn: executionArn!,
        status: status!,
        startedAt: startDate!.toISOString(),
        ...(stopDate && { endedAt: stopDate.toISOString() }),
      })),
    );
  return found;
};

/** Every run that took records, newest first. */
export async function listRuns(lake: LakeContext, study: string): Promise<RunEntry[]> {
  const [ids, executions] = await Promise.all([runIds(lake, study), executionsOf(lake, study)]);
  const runs = await Promise.all(ids.map((id) => readRun(lake, study, id)));
  return runs
    .reverse()
    .map((run) => ({ ...run, executions: executions.filter(({ arn }) => belongs(run.id, arn)) }));
}

/** The run's id ends with the first eight characters of its execution's name. */
const belongs = (runId: string, arn: string) =>
  arn.slice(arn.lastIndexOf(':') + 1).startsWith(runId.slice(runId.lastIndexOf('-') + 1));

/** One run with its states and statements. Throws `RangeError` when there is no run of that id. */
export async function readRunDetail(lake: LakeContext, study: string, id: string): Promise<RunDetail> {
  const entry = (await listRuns(lake, study)).find((run) => run.id === id);
  if (!entry) throw new RangeError(`${study} has no run ${id}.`);
  const events: HistoryEvent[] = [];
  const execution = entry.executions[0];
  if (execution)
    for await (const page of paginateGetExecutionHistory(
      { client: lake.target.clients.stepFunctions },
      { executionArn: execution.arn, includeExecutionData: true },
    ))
      events.push(...(page.events ?? []));
  return { ...entry, states: statesOf(events), statements: await statementsOf(lake, events) };
}

function statesOf(events: readonly HistoryEvent[]): RunState[] {
  const open = new Map<string, number>();
  const states: { name: string; enteredAt: string; exitedAt?: string }[] = [];
  for (const { timestamp, stateEnteredEventDetails, stateExitedEventDetails } of events) {
    const at = timestamp!.toISOString();
    if (stateEnteredEventDetails) {
      open.set(stateEnteredEventDetails.name!, states.length);
      states.push({ name: stateEnteredEventDetails.name!, enteredAt: at });
    }
    const entered = stateExitedEventDetails && open.get(stateExitedEventDetails.name!);
    if (entered !== undefined) states[entered]!.exitedAt = at;
  }
  return states;
}

/** BatchGetQueryExecution takes 50 ids (https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html). */
const BATCH = 50;

async function statementsOf(
  { target }: LakeContext,
  events: readonly HistoryEvent[],
): Promise<RunStatement[]> {
  const ids = events.flatMap(({ taskSubmittedEventDetails }) => {
    if (taskSubmittedEventDetails?.resourceType !== 'athena' || !taskSubmittedEventDetails.output) return [];
    const { QueryExecutionId } = JSON.parse(taskSubmittedEventDetails.output) as {
      QueryExecutionId?: string;
    };
    return QueryExecutionId ?? [];
  });
  const statements: RunStatement[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    const { QueryExecutions = [] } = await target.clients.athena.send(
      new BatchGetQueryExecutionCommand({ QueryExecutionIds: ids.slice(at, at + BATCH) }),
    );
    statements.push(
      ...QueryExecutions.map(({ QueryExecutionId, Query, Status, Statistics }) => ({
        id: QueryExecutionId!,
        sql: Query ?? '',
        state: Status?.State ?? '',
        submittedAt: Status!.SubmissionDateTime!.toISOString(),
        milliseconds: Statistics?.TotalExecutionTimeInMillis ?? 0,
        scannedBytes: Statistics?.DataScannedInBytes ?? 0,
      })),
    );
  }
  return statements.sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : 1));
}
