/** Asynchronous invocations: accepted once, kept until they end, retried on the cloud's clock, then sent to their destination. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { Destinations } from './destinations.ts';
import type { Invoker } from './invoker.ts';
import type { AsyncEvent, LambdaStore } from './store.ts';
import type { EventInvokeConfig, FunctionRecord, Invocation } from './types.ts';

/** Unless the function says otherwise. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export const defaultEventInvoke: EventInvokeConfig = {
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 6 * 3600,
  destinations: {},
};
const RETRY_DELAY_MS = 60_000;
const FIRST_THROTTLE_DELAY_MS = 1_000;
const LONGEST_THROTTLE_DELAY_MS = 300_000;

export interface AsyncEvents {
  accept(fn: FunctionRecord, payload: Buffer, requestId: string): void;
  /** Events that run or wait for a retry. */
  pending(): number;
  start(): void;
  stop(): void;
}

export function createAsyncEvents(
  context: CloudContext,
  store: LambdaStore,
  invoker: Invoker,
  destinations: Destinations,
): AsyncEvents {
  const cancels = new Map<number, () => void>();
  const throttled = new Map<number, number>();
  let stopped = false;

  function schedule(event: AsyncEvent) {
    const run = () => {
      cancels.set(event.id, () => {});
      attempt(event).catch((error: Error) =>
        context.log(`lambda: event ${event.requestId}: ${error.message}`),
      );
    };
    const wait = event.dueAtMs - context.clock.now();
    if (wait <= 0) run();
    else cancels.set(event.id, context.clock.after(wait, run));
  }

  function again(event: AsyncEvent, attempts: number, delayMs: number) {
    if (stopped) return;
    const next = { ...event, attempts, dueAtMs: context.clock.now() + delayMs };
    store.delayEvent(event.id, attempts, next.dueAtMs);
    schedule(next);
  }

  async function attempt(event: AsyncEvent) {
    const fn = store.fn(event.functionName);
    if (!fn) return drop(event);
    const config = fn.eventInvoke ?? defaultEventInvoke;
    if (context.clock.now() - event.acceptedAtMs > config.maximumEventAgeSeconds * 1000) {
      return end(event, fn, config, 'EventAgeExceeded', undefined, event.attempts);
    }
    let invocation: Invocation;
    try {
      invocation = await invoker.invoke(fn, event.payload, event.requestId);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'TooManyRequestsException') throw error;
      const times = throttled.get(event.id) ?? 0;
      throttled.set(event.id, times + 1);
      const delay = Math.min(LONGEST_THROTTLE_DELAY_MS, FIRST_THROTTLE_DELAY_MS * 2 ** times);
      return again(event, event.attempts, delay);
    }
    if (stopped) return;
    if (!invocation.functionError) return end(event, fn, config, 'Success', invocation, event.attempts + 1);
    const failures = event.attempts + 1;
    if (failures > config.maximumRetryAttempts) {
      return end(event, fn, config, 'RetriesExhausted', invocation, failures);
    }
    again(event, failures, RETRY_DELAY_MS * failures);
  }

  function drop(event: AsyncEvent) {
    store.dropEvent(event.id);
    cancels.delete(event.id);
    throttled.delete(event.id);
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
  async function end(
    event: AsyncEvent,
    fn: FunctionRecord,
    config: EventInvokeConfig,
    condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded',
    invocation: Invocation | undefined,
    invokeCount: number,
  ) {
    const { OnSuccess, OnFailure } = config.destinations;
    const succeeded = condition === 'Success';
    const target = (succeeded ? OnSuccess : OnFailure)?.Destination;
    const payload = event.payload.toString('utf8');
    const response = invocation && JSON.parse(invocation.payload.toString('utf8'));
    try {
      if (target) {
        const record = {
          version: '1.0',
          timestamp: new Date(context.clock.now()).toISOString(),
          requestContext: {
            requestId: event.requestId,
            functionArn: `${fn.arn}:$LATEST`,
            condition,
            approximateInvokeCount: invokeCount,
          },
          requestPayload: JSON.parse(payload),
          ...(invocation && {
            responseContext: {
              statusCode: 200,
              executedVersion: '$LATEST',
              ...(invocation.functionError && { functionError: invocation.functionError }),
            },
            responsePayload: response,
          }),
        };
        await destinations.deliver(target, {
          record,
          folder: `async/${fn.name}`,
          outcome: succeeded ? 'Success' : 'Failure',
          functionArn: `${fn.arn}:$LATEST`,
        });
      }
      if (!succeeded && fn.deadLetterArn) {
        const errorMessage = String(response?.errorMessage ?? condition);
        await destinations.deadLetter(fn.deadLetterArn, {
          requestId: event.requestId,
          payload,
          errorMessage,
        });
      }
    } catch (error) {
      // As on AWS: the event is dropped, and the metric is what tells of it.
      await context.call('cloudwatch', '_Record', {
        Namespace: 'AWS/Lambda',
        MetricData: [
          {
            MetricName: target ? 'DestinationDeliveryFailures' : 'DeadLetterErrors',
            Dimensions: [{ Name: 'FunctionName', Value: fn.name }],
            Timestamp: context.clock.now() / 1000,
            Value: 1,
            Unit: 'Count',
          },
        ],
      });
      context.log(
        `lambda: the event ${event.requestId} of ${fn.name} was not delivered: ${(error as Error).message}`,
      );
    }
    drop(event);
  }

  return {
    accept(fn, payload, requestId) {
      const now = context.clock.now();
      schedule(
        store.addEvent({
          requestId,
          functionName: fn.name,
          payload,
          attempts: 0,
          acceptedAtMs: now,
          dueAtMs: now,
        }),
      );
    },
    pending: () => cancels.size,
    start() {
      for (const event of store.events()) schedule(event);
    },
    stop() {
      stopped = true;
      for (const cancel of cancels.values()) cancel();
    },
  };
}
