/** Tumbling windows: an aggregate that Lambda carries from batch to batch of a shard, and hands in once more when its window is over. */
import type { Invocation } from '../types.ts';
import type { StreamRecord } from './batch.ts';

/** The window that is open in a shard; kept with the shard's checkpoint. */
export interface OpenWindow {
  readonly startMs: number;
  readonly state: unknown;
}

export interface WindowEvent {
  readonly window: { readonly start: string; readonly end: string };
  readonly state: unknown;
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

export interface TumblingWindows {
  /** The batch cut where a window ends. */
  split(batch: readonly StreamRecord[]): StreamRecord[][];
  /** Opens the window of these records, closing the one before. */
  enter(records: readonly StreamRecord[]): Promise<void>;
  /** The event's members for an invocation with records of the open window. */
  event(): WindowEvent;
  /** Takes the new state from an answer; an answer without one is a failure. */
  accept(invocation: Invocation): Invocation;
  /** Closes a window whose state has grown too large, before its time. */
  closeIfTooLarge(): Promise<void>;
  /** When the open window is over. */
  endsAtMs(): number | undefined;
  /** Hands the open window's state in for the last time. */
  close(): Promise<void>;
  current(): OpenWindow | undefined;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
export const LARGEST_STATE = 1024 * 1024;

const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function createTumblingWindows(
  seconds: number,
  restored: OpenWindow | undefined,
  /** Invokes the function without records until it succeeds, then forgets the window. */
  finalInvoke: (event: WindowEvent) => Promise<void>,
): TumblingWindows {
  const lengthMs = seconds * 1000;
  const startOf = ({ arrivedAtMs }: StreamRecord) => Math.floor(arrivedAtMs / lengthMs) * lengthMs;
  let open = restored;

  const eventOf = (window: OpenWindow, final: boolean, early: boolean): WindowEvent => ({
    window: { start: time(window.startMs), end: time(window.startMs + lengthMs) },
    state: window.state,
    isFinalInvokeForWindow: final,
    isWindowTerminatedEarly: early,
  });

  async function close(early = false) {
    if (!open) return;
    const closing = open;
    open = undefined;
    try {
      await finalInvoke(eventOf(closing, true, early));
    } catch (error) {
      open = closing;
      throw error;
    }
  }

  return {
    split(batch) {
      const runs: StreamRecord[][] = [];
      for (const record of batch) {
        const run = runs.at(-1);
        if (run && startOf(run[0] as StreamRecord) === startOf(record)) run.push(record);
        else runs.push([record]);
      }
      return runs;
    },
    async enter(records) {
      const startMs = startOf(records[0] as StreamRecord);
      if (open && open.startMs !== startMs) await close();
      open ??= { startMs, state: {} };
    },
    event: () => eventOf(open as OpenWindow, false, false),
    accept(invocation) {
      if (invocation.functionError || !open) return invocation;
      const answer = JSON.parse(invocation.payload.toString('utf8')) as { state?: unknown } | null;
      if (answer?.state === undefined) return { ...invocation, functionError: 'Unhandled' };
      open = { ...open, state: answer.state };
      return invocation;
    },
    async closeIfTooLarge() {
      if (open && Buffer.byteLength(JSON.stringify(open.state)) > LARGEST_STATE) await close(true);
    },
    endsAtMs: () => (open ? open.startMs + lengthMs : undefined),
    close: () => close(),
    current: () => open,
  };
}
