/** Runs as they can be read again: their books, and of one run its states with times and its statements with what they cost. */
import { type HistoryEvent, paginateGetExecutionHistory, paginateListExecutions } from '@aws-sdk/client-sfn';
import { isBegunBy } from '../lib/model/run/plan.ts';
import type { LakeContext } from './context.ts';
import { type LastRun, readRun, runIds } from './overview.ts';
import { type RunHistory, runHistory } from './runHistory.ts';

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

export type RunDetail = RunEntry & RunHistory;

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
  for (const execution of entry.executions.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1)))
    for await (const page of paginateGetExecutionHistory(
      { client: lake.target.clients.stepFunctions },
      { executionArn: execution.arn, includeExecutionData: true },
    ))
      events.push(...(page.events ?? []));
  return { ...entry, ...runHistory(events) };
}
