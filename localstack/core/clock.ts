/** Time for the whole local cloud, so that tests and demos move it instead of waiting. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** What this clock showed when the machine's showed `machineMs`: what is dated by the machine, on this clock. */
  at(machineMs: number): number;
  /** Runs `callback` once `delayMs` have passed on this clock; returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Moves the clock ahead; timers that fall due fire in order of their time. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

const byDueTime = (a: Timer, b: Timer) => a.dueAt - b.dueAt || a.order - b.order;

/** Lets the microtasks and immediates that a fired timer started run before the next one fires. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Node's timers take 32 bits of milliseconds; a later time is waited for in steps. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The machine's clock plus an offset that `advance` enlarges. The offset is handed to `onOffset` so that it can be
 * persisted: a cloud that was moved ahead never sees its own records arrive from the future.
 */
export function systemClock(offsetMs = 0, onOffset: (offsetMs: number) => void = () => {}): Clock {
  let offset = offsetMs;
  /** The offsets so far, each with the machine's time from which it held. */
  const offsets = [{ sinceMs: Number.NEGATIVE_INFINITY, offset }];
  let order = 0;
  const timers = new Map<Timer, NodeJS.Timeout>();

  const arm = (timer: Timer) => {
    const fire = () => {
      if (timer.dueAt > Date.now() + offset) return arm(timer);
      timers.delete(timer);
      if (!timer.cancelled) timer.callback();
    };
    const waitMs = Math.max(0, timer.dueAt - (Date.now() + offset));
    const handle = setTimeout(fire, Math.min(waitMs, LONGEST_TIMEOUT_MS));
    handle.unref();
    timers.set(timer, handle);
  };

  return {
    now: () => Date.now() + offset,
    at: (machineMs) =>
      machineMs + (offsets.findLast(({ sinceMs }) => sinceMs <= machineMs)?.offset ?? offset),
    after(delayMs, callback) {
      const timer: Timer = {
        dueAt: Date.now() + offset + delayMs,
        order: order++,
        callback,
        cancelled: false,
      };
      arm(timer);
      return () => {
        timer.cancelled = true;
        clearTimeout(timers.get(timer));
        timers.delete(timer);
      };
    },
    async advance(ms) {
      const target = Date.now() + offset + ms;
      for (;;) {
        const next = [...timers.keys()].filter((timer) => timer.dueAt <= target).sort(byDueTime)[0];
        if (!next) break;
        offset = Math.max(offset, next.dueAt - Date.now());
        clearTimeout(timers.get(next));
        timers.delete(next);
        next.callback();
        await settle();
      }
      offset = Math.max(offset, target - Date.now());
      offsets.push({ sinceMs: Date.now(), offset });
      onOffset(offset);
      for (const [timer, handle] of [...timers]) {
        clearTimeout(handle);
        arm(timer);
      }
    },
  };
}

/** A clock that stands still until it is moved. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): Clock {
  let nowMs = startMs;
  const moves = [{ sinceMs: Number.NEGATIVE_INFINITY, nowMs }];
  let order = 0;
  const timers = new Set<Timer>();
  return {
    now: () => nowMs,
    at: (machineMs) => moves.findLast(({ sinceMs }) => sinceMs <= machineMs)?.nowMs ?? nowMs,
    after(delayMs, callback) {
      const timer: Timer = { dueAt: nowMs + delayMs, order: order++, callback, cancelled: false };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const target = nowMs + ms;
      for (;;) {
        await settle();
        const next = [...timers].filter((timer) => timer.dueAt <= target).sort(byDueTime)[0];
        if (!next) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.dueAt);
        next.callback();
      }
      nowMs = target;
      moves.push({ sinceMs: Date.now(), nowMs });
      await settle();
    },
  };
}
