/** `glue:startJobRun.sync`: starts a job and waits for its end; a stopped execution stops the run. */
import type { CloudContext, Principal } from '../../core/service.ts';
import { StateFailure } from './asl/failure.ts';
import type { Json, JsonObject } from './asl/json.ts';
import { pascalCased } from './memberCase.ts';
import { waitForEnd } from './waitForEnd.ts';

const ENDED = ['SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED'];

/**
 * The finished JobRun, in the shape of GetJobRun. A run that did not succeed fails the task as `States.TaskFailed`, its
 * description the cause. https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
 */
export async function waitForGlue(
  context: CloudContext,
  parameters: JsonObject,
  principal: Principal,
  signal: AbortSignal,
): Promise<Json> {
  const { JobName } = parameters;
  const { JobRunId } = await context.call('glue', 'StartJobRun', parameters, principal);
  const { JobRun: run } = await waitForEnd(context, {
    topic: 'glue:finished',
    isOurs: (detail) => (detail as { jobRunId?: string })?.jobRunId === JobRunId,
    describe: () => context.call('glue', 'GetJobRun', { JobName, RunId: JobRunId }, principal),
    hasEnded: ({ JobRun }) => ENDED.includes(JobRun.JobRunState),
    stop: () => context.call('glue', 'BatchStopJobRun', { JobName, JobRunIds: [JobRunId] }, principal),
    signal,
  });
  const shown = pascalCased(run);
  if (run.JobRunState !== 'SUCCEEDED') throw new StateFailure('States.TaskFailed', JSON.stringify(shown));
  return shown;
}
