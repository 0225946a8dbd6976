/** Asynchronous invocations: accepted once, kept until they end, retried on the cloud's clock, then sent to their destination. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { deliverOutcome, type EndedEvent } from './asyncOutcome.ts';
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
      return end({ event, fn, condition: 'EventAgeExceeded', invokeCount: event.attempts });
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
    const invokeCount = event.attempts + 1;
    if (!invocation.functionError) return end({ event, fn, condition: 'Success', invocation, invokeCount });
    if (invokeCount > config.maximumRetryAttempts) {
      return end({ event, fn, condition: 'RetriesExhausted', invocation, invokeCount });
    }
    again(event, invokeCount, RETRY_DELAY_MS * invokeCount);
  }

  function drop(event: AsyncEvent) {
    store.dropEvent(event.id);
    cancels.delete(event.id);
    throttled.delete(event.id);
  }

  async function end(ended: EndedEvent) {
    await deliverOutcome(context, destinations, ended);
    drop(ended.event);
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
