/** Settings of a function's invocations: reserved concurrency, and how asynchronous ones are retried. */
import type { Action } from '../../../core/service.ts';
import { defaultEventInvoke } from '../asyncEvents.ts';
import { eventInvokeConfiguration } from '../describe.ts';
import { type FunctionInput, functionOf, type Lambda, notFound } from '../state.ts';
import type { DestinationConfig } from '../types.ts';

interface EventInvokeInput extends FunctionInput {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: DestinationConfig;
}

export const settingActions = (lambda: Lambda): Record<string, Action> => ({
  PutFunctionConcurrency(input: FunctionInput & { ReservedConcurrentExecutions: number }) {
    const { ReservedConcurrentExecutions: reservedConcurrency } = input;
    lambda.store.saveFunction({ ...functionOf(lambda, input), reservedConcurrency });
    return { ReservedConcurrentExecutions: reservedConcurrency };
  },
  GetFunctionConcurrency: (input: FunctionInput) => ({
    ReservedConcurrentExecutions: functionOf(lambda, input).reservedConcurrency,
  }),
  DeleteFunctionConcurrency(input: FunctionInput) {
    lambda.store.saveFunction({ ...functionOf(lambda, input), reservedConcurrency: undefined });
  },
  PutFunctionEventInvokeConfig(input: EventInvokeInput) {
    const changed = {
      ...functionOf(lambda, input),
      eventInvoke: {
        maximumRetryAttempts: input.MaximumRetryAttempts ?? defaultEventInvoke.maximumRetryAttempts,
        maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? defaultEventInvoke.maximumEventAgeSeconds,
        destinations: input.DestinationConfig ?? {},
      },
    };
    lambda.store.saveFunction(changed);
    return eventInvokeConfiguration(changed);
  },
  GetFunctionEventInvokeConfig(input: FunctionInput) {
    const fn = functionOf(lambda, input);
    if (!fn.eventInvoke) throw notFound(`The function ${fn.arn}:$LATEST doesn't have an EventInvokeConfig`);
    return eventInvokeConfiguration(fn);
  },
});
