/** Starts a study's pipeline and follows it to its end. */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Commands, LakeContext } from './context.ts';
import { RunFailedError } from './errors.ts';
import { progressOf } from './pipelineProgress.ts';
import { pause, step, type WorkOptions } from './progress.ts';

export interface PipelineEnd {
  readonly executionArn: string;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** What the machine put out, parsed; undefined when it failed. */
  readonly output: unknown;
  readonly error?: string;
  readonly cause?: string;
}

const WAIT_FOR_OTHER_MS = 1000;

/** Runs the pipeline once, as soon as no other run is at work; progress names each state that is entered. */
export function runPipeline(
  lake: LakeContext,
  study: string,
  input: unknown,
  options: WorkOptions = {},
): Promise<PipelineEnd> {
  const { levels } = lake.studies.find(study);
  return step(options, 'Running the pipeline', async (at) => {
    const progress = (state: string) => at(progressOf(state, levels));
    for (;;) {
      const end = await execute(lake, study, input, progress, options.signal);
      // No verdict is based on state that is damaged, and why a run failed on it is best said by the file's name.
      await lake.target.localCloud?.checkState();
      const { decision, holder } = (end.output ?? {}) as { decision?: string; holder?: string };
      if (decision !== 'another-run') return end;
      at(`waiting for run ${holder}, which is at work`);
      await pause(WAIT_FOR_OTHER_MS, options.signal);
    }
  });
}

type At = (state: string) => void;

async function execute(
  { target }: LakeContext,
  study: string,
  input: unknown,
  at: At,
  signal: AbortSignal | undefined,
): Promise<PipelineEnd> {
  const { stepFunctions } = target.clients;
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: target.names.pipelineArn(study),
      input: JSON.stringify(input),
    }),
  );
  const seen = { events: 0 };
  for (let waitMs = 50; ; waitMs = Math.min(400, waitMs * 1.3)) {
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: executionArn! }));
    await follow(stepFunctions, executionArn!, seen, at);
    if (execution.status !== 'RUNNING')
      return {
        executionArn: executionArn!,
        status: execution.status as PipelineEnd['status'],
        output: execution.output ? JSON.parse(execution.output) : undefined,
        ...(execution.error ? { error: execution.error } : {}),
        ...(execution.cause ? { cause: execution.cause } : {}),
      };
    await pause(waitMs, signal);
  }
}

async function follow(stepFunctions: SFNClient, executionArn: string, seen: { events: number }, at: At) {
  const { events = [] } = await stepFunctions.send(
    // Only names: what states are given are statements of up to 262,144 bytes.
    new GetExecutionHistoryCommand({
      executionArn,
      reverseOrder: true,
      maxResults: 20,
      includeExecutionData: false,
    }),
  );
  const entered = events.find((event: HistoryEvent) => event.stateEnteredEventDetails);
  const newest = events[0]?.id ?? 0;
  if (newest > seen.events && entered) at(entered.stateEnteredEventDetails!.name!);
  seen.events = newest;
}

/** How a run ended, in the pipeline's own words: a failed one says which state failed and why. */
export const endedHow = ({ status, error, cause }: PipelineEnd): string =>
  `The pipeline ended ${status}${error ? ` with ${error}` : ''}${cause ? `:\n${readable(cause)}` : '.'}`;

/** Throws `RunFailedError` for a run that failed, with what can be done about it. */
export function assertSucceeded({ command }: Commands, study: string, end: PipelineEnd): void {
  if (end.status === 'SUCCEEDED') return;
  throw new RunFailedError(
    `${endedHow(end)}\n` +
      'What was published stays as it was. Correct the cause and run again: the run takes up where it stopped. ' +
      `A record or bronze object that blocks is moved to quarantine by: ${command(`run ${study} --set-aside <record or object>`)}`,
  );
}

/** The cause of a failed query is its whole description as JSON: the reason and the statement are what a person needs. */
function readable(cause: string): string {
  let query: { Query?: string; Status?: { StateChangeReason?: string } } | undefined;
  try {
    query = (JSON.parse(cause) as { QueryExecution?: typeof query }).QueryExecution;
  } catch {
    return cause;
  }
  return query?.Status?.StateChangeReason ? `${query.Status.StateChangeReason}\nin: ${query.Query}` : cause;
}
