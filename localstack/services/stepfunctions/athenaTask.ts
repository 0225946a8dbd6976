/** `athena:startQueryExecution.sync`: starts a query and waits for its end; a stopped execution stops its query. */
import type { CloudContext, Principal } from '../../core/service.ts';
import { StateFailure } from './asl/failure.ts';
import type { Json, JsonObject } from './asl/json.ts';
import { pascalCased } from './memberCase.ts';
import { waitForEnd } from './waitForEnd.ts';

const ENDED = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/**
 * The finished QueryExecution, in the shape of GetQueryExecution. A query that failed or was cancelled fails the task as
 * `States.TaskFailed`, its description the cause.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
 */
export async function waitForAthena(
  context: CloudContext,
  parameters: JsonObject,
  principal: Principal,
  signal: AbortSignal,
): Promise<Json> {
  const { QueryExecutionId: id } = await context.call('athena', 'StartQueryExecution', parameters, principal);
  const { QueryExecution: execution } = await waitForEnd(context, {
    topic: 'athena:finished',
    isOurs: (detail) => (detail as { queryExecutionId?: string })?.queryExecutionId === id,
    describe: () => context.call('athena', 'GetQueryExecution', { QueryExecutionId: id }, principal),
    hasEnded: (description) => ENDED.includes(description.QueryExecution.Status.State),
    stop: () => context.call('athena', 'StopQueryExecution', { QueryExecutionId: id }, principal),
    signal,
  });
  const shown = pascalCased({ QueryExecution: execution });
  if (execution.Status.State !== 'SUCCEEDED')
    throw new StateFailure('States.TaskFailed', JSON.stringify(shown));
  return shown;
}
