/** Runs as they can be read again: their books, and of one run its states with times and its statements with what they cost. */
import { type HistoryEvent, paginateGetExecutionHistory, paginateListExecutions } from '@aws-sdk/client-sfn';
import { isBegunBy } from '../lib/model/run/plan.ts';
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
  return runs.reverse().map((run) => ({ ...run, executions: workingOn(run, ids, executions) }));
}

/** The execution that began a run, and those that went on with it until it ended: they began no run of their own. */
function workingOn(run: LastRun, runs: readonly string[], executions: readonly RunExecution[]) {
  const first = executions.find(({ arn }) => isBegunBy(run.id, arn));
  if (!first) return [];
  return executions.filter(
    ({ arn, startedAt }) =>
      arn === first.arn ||
      (startedAt > first.startedAt &&
        Date.parse(startedAt) <= Date.parse(String(run.endedAt)) &&
        !runs.some((id) => isBegunBy(id, arn))),
  );
}

/** One run with its states and statements. Throws `RangeError` when there is no run of that id. */
export async function readRunDetail(lake: LakeContext, study: string, id: string): Promise<RunDetail> {
  const entry = (await listRuns(lake, study)).find((run) => run.id === id);
  if (!entry) throw new RangeError(`${study} has no run ${id}.`);
  const events: HistoryEvent[] = [];
  for (const execution of entry.executions)
    for await (const page of paginateGetExecutionHistory(
      { client: lake.target.clients.stepFunctions },
      { executionArn: execution.arn, includeExecutionData: true },
    ))
      events.push(...(page.events ?? []));
  return { ...entry, states: statesOf(events), statements: statementsOf(events) };
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

/** What Step Functions reports of a query when its task ends: GetQueryExecution's answer, its times in ms since the epoch. */
interface ReportedQuery {
  readonly QueryExecutionId: string;
  readonly Query?: string;
  readonly Status: { readonly State: string; readonly SubmissionDateTime: number };
  readonly Statistics?: {
    readonly TotalExecutionTimeInMillis?: number;
    readonly DataScannedInBytes?: number;
  };
}

/** The query of an Athena task that has ended: a task that failed reports it as the cause. */
function queryOf({ taskSucceededEventDetails: done, taskFailedEventDetails: failed }: HistoryEvent) {
  if ((done ?? failed)?.resourceType !== 'athena') return undefined;
  try {
    const report = JSON.parse((done?.output ?? failed?.cause)!) as { QueryExecution?: ReportedQuery };
    return report.QueryExecution;
  } catch (error) {
    // The cause of a query that did not start is a sentence.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const statementsOf = (events: readonly HistoryEvent[]): RunStatement[] =>
  events
    .flatMap((event) => queryOf(event) ?? [])
    .map(({ QueryExecutionId, Query = '', Status, Statistics }) => ({
      id: QueryExecutionId,
      sql: Query,
      state: Status.State,
      submittedAt: new Date(Status.SubmissionDateTime).toISOString(),
      milliseconds: Statistics?.TotalExecutionTimeInMillis ?? 0,
      scannedBytes: Statistics?.DataScannedInBytes ?? 0,
    }))
    .sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : 1));
