/** State shared by Lambda's actions. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { AsyncEvents } from './asyncEvents.ts';
import type { Functions } from './functions.ts';
import type { Invoker } from './invoker.ts';
import type { Mappings } from './mappings/index.ts';
import { functionName } from './settings.ts';
import type { LambdaStore } from './store.ts';
import type { FunctionRecord } from './types.ts';

export interface Lambda {
  readonly context: CloudContext;
  readonly store: LambdaStore;
  readonly functions: Functions;
  readonly mappings: Mappings;
  readonly invoker: Invoker;
  readonly asyncEvents: AsyncEvents;
}

export interface FunctionInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

export const notFound = (message: string) =>
  new AwsError('ResourceNotFoundException', message, { status: 404, fields: { Type: 'User' } });

/** The function that a request names; a version or an alias other than `$LATEST` is refused. */
export function functionOf(
  { functions }: Lambda,
  { FunctionName, Qualifier }: FunctionInput,
): FunctionRecord {
  const fn = functions.require(FunctionName);
  if (Qualifier !== undefined) functionName(`${fn.name}:${Qualifier}`);
  return fn;
}
