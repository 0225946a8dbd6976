/** Starts a study's pipeline and follows it to its end. */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { RunFailedError } from './failure.ts';
import { physicalNames } from './names.ts';
import type { World } from './world.ts';

export interface PipelineEnd {
  readonly executionArn: string;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** What the machine put out, parsed; undefined when it failed. */
  readonly output: unknown;
  readonly error?: string;
  readonly cause?: string;
}

const WAIT_FOR_OTHER_MS = 1000;

/** Runs the pipeline once, as soon as no other run is at work. `progress` hears the name of each state that is entered. */
export async function runPipeline(
  world: World,
  study: string,
  input: unknown,
  progress: (detail: string) => void,
): Promise<PipelineEnd> {
  for (;;) {
    const end = await execute(world, study, input, progress);
    const { decision, holder } = (end.output ?? {}) as { decision?: string; holder?: string };
    if (decision !== 'another-run') return end;
    progress(`waiting for run ${holder}, which is at work`);
    await new Promise((done) => setTimeout(done, WAIT_FOR_OTHER_MS));
  }
}

async function execute(
  world: World,
  study: string,
  input: unknown,
  progress: (detail: string) => void,
): Promise<PipelineEnd> {
  const { stepFunctions } = world.clients;
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: physicalNames.pipeline(study),
      input: JSON.stringify(input),
    }),
  );
  const seen = { events: 0 };
  for (let waitMs = 50; ; waitMs = Math.min(400, waitMs * 1.3)) {
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: executionArn! }));
    await follow(world, executionArn!, seen, progress);
    if (execution.status !== 'RUNNING')
      return {
        executionArn: executionArn!,
        status: execution.status as PipelineEnd['status'],
        output: execution.output ? JSON.parse(execution.output) : undefined,
        ...(execution.error ? { error: execution.error } : {}),
        ...(execution.cause ? { cause: execution.cause } : {}),
      };
    await new Promise((done) => setTimeout(done, waitMs));
  }
}

async function follow(
  world: World,
  executionArn: string,
  seen: { events: number },
  progress: (detail: string) => void,
) {
  const { events = [] } = await world.clients.stepFunctions.send(
    // Names alone: what states are given are statements of up to 262,144 bytes.
    new GetExecutionHistoryCommand({
      executionArn,
      reverseOrder: true,
      maxResults: 20,
      includeExecutionData: false,
    }),
  );
  const entered = events.find((event: HistoryEvent) => event.stateEnteredEventDetails);
  const newest = events[0]?.id ?? 0;
  if (newest > seen.events && entered) progress(entered.stateEnteredEventDetails!.name!);
  seen.events = newest;
}

/** A failed run says which state failed and why, in the pipeline's own words. */
export function assertSucceeded(end: PipelineEnd): void {
  if (end.status === 'SUCCEEDED') return;
  throw new RunFailedError(
    `The pipeline ended ${end.status}${end.error ? ` with ${end.error}` : ''}${end.cause ? `:\n${readable(end.cause)}` : '.'}\n` +
      'What was published stays as it was. Mend the cause and run again: the run takes up where it stopped.',
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
