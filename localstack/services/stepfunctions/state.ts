/** State shared by Step Functions' actions: machines and executions found by ARN, names, pages. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { Executions } from './executions.ts';
import type { ExecutionRecord, StateMachineRecord, Store } from './store.ts';
import type { TaskRunner } from './tasks.ts';

export interface StepFunctions {
  readonly context: CloudContext;
  readonly store: Store;
  readonly executions: Executions;
  readonly tasks: TaskRunner;
}

const DEFAULT_PAGE = 100;
export const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

export function assertName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

export const pageSize = (input: { maxResults?: number }) => input.maxResults || DEFAULT_PAGE;

/** Where a page begins: a number that an earlier answer gave. */
export function startOf(token: string | undefined, first: number): number {
  if (token === undefined) return first;
  if (!/^\d+$/.test(token)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  return Number(token);
}

export const arnOf = ({ context }: StepFunctions, kind: string, ...names: string[]) =>
  `arn:aws:states:${context.region}:${context.accountId}:${kind}:${names.join(':')}`;

export function machineOf({ store }: StepFunctions, arn: string): StateMachineRecord {
  const found = store.machine(arn);
  if (!found) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return found;
}

export function executionOf({ store }: StepFunctions, arn: string): ExecutionRecord {
  const found = store.execution(arn);
  if (!found) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return found;
}
