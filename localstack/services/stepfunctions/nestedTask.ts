/** `states:startExecution.sync`: waits for an execution that a state started; stopping the parent stops it. */
import type { CloudContext, Principal } from '../../core/service.ts';
import { StateFailure } from './asl/failure.ts';
import type { Json } from './asl/json.ts';
import { pascalCased } from './memberCase.ts';
import { waitForEnd } from './waitForEnd.ts';

/** The finished execution's description; with `.sync:2` its input and output are JSON, not text. */
export async function waitForExecution(
  context: CloudContext,
  executionArn: string,
  principal: Principal,
  signal: AbortSignal,
  parsed: boolean,
): Promise<Json> {
  const execution = await waitForEnd(context, {
    topic: 'states:finished',
    isOurs: (detail) => (detail as { executionArn?: string })?.executionArn === executionArn,
    describe: () => context.call('stepfunctions', 'DescribeExecution', { executionArn }, principal),
    hasEnded: (description) => description.status !== 'RUNNING',
    stop: () => context.call('stepfunctions', 'StopExecution', { executionArn }, principal),
    signal,
  });
  const shown = pascalCased(
    parsed
      ? {
          ...execution,
          input: JSON.parse(execution.input),
          ...(execution.output !== undefined && { output: JSON.parse(execution.output) }),
        }
      : execution,
  );
  if (execution.status !== 'SUCCEEDED') throw new StateFailure('States.TaskFailed', JSON.stringify(shown));
  return shown;
}
