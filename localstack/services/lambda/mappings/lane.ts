/** One ordered queue of records: says when a batch is due — full, heavy enough, or its window over — and hands it out. */
import type { Clock } from '../../../core/clock.ts';
import type { StreamRecord } from './batch.ts';

export interface LaneRules {
  readonly batchSize: number;
  readonly windowMs: number;
  /** Bytes of records that an event may hold. */
  readonly payloadLimit: number;
}

export interface Lane {
  add(record: StreamRecord): void;
  /**
   * The next batch, once it is due; an empty one when nothing has come until `deadlineMs`; undefined when the lane was
   * closed and is empty, or was stopped.
   */
  next(deadlineMs?: number): Promise<StreamRecord[] | undefined>;
  /** No more records will come: what is there is due now. */
  close(): void;
  /** What is there will not be handed out. */
  stop(): void;
  readonly length: number;
  readonly bytes: number;
  /** When the open window ends; undefined when nothing waits for one. */
  windowEndsAtMs(): number | undefined;
}

export function createLane(rules: LaneRules, clock: Clock): Lane {
  let queue: StreamRecord[] = [];
  let bytes = 0;
  let windowEnd: number | undefined;
  let cancelWindow: (() => void) | undefined;
  let closed = false;
  let stopped = false;
  let wake: (() => void) | undefined;

  const nudge = () => {
    wake?.();
    wake = undefined;
  };

  const due = () =>
    queue.length > 0 &&
    (closed ||
      rules.windowMs === 0 ||
      queue.length >= rules.batchSize ||
      bytes >= rules.payloadLimit ||
      (windowEnd !== undefined && clock.now() >= windowEnd));

  function openWindow() {
    if (rules.windowMs === 0 || windowEnd !== undefined) return;
    windowEnd = clock.now() + rules.windowMs;
    cancelWindow = clock.after(rules.windowMs, nudge);
  }

  function closeWindow() {
    cancelWindow?.();
    windowEnd = undefined;
  }

  function take(): StreamRecord[] {
    let count = 0;
    let weight = 0;
    while (count < queue.length && count < rules.batchSize) {
      const { bytes: one } = queue[count] as StreamRecord;
      // One record always goes, however heavy.
      if (count > 0 && weight + one > rules.payloadLimit) break;
      weight += one + 1;
      count += 1;
    }
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    bytes = queue.reduce((sum, record) => sum + record.bytes + 1, 0);
    closeWindow();
    if (queue.length > 0) openWindow();
    return batch;
  }

  return {
    add(record) {
      queue.push(record);
      bytes += record.bytes + 1;
      openWindow();
      if (due()) nudge();
    },
    async next(deadlineMs) {
      for (;;) {
        if (stopped) return undefined;
        if (due()) return take();
        if (closed) return undefined;
        const left = deadlineMs === undefined ? undefined : deadlineMs - clock.now();
        if (left !== undefined && left <= 0 && queue.length === 0) return [];
        const cancel = left !== undefined && left > 0 ? clock.after(left, nudge) : () => {};
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        cancel();
      }
    },
    close() {
      closed = true;
      nudge();
    },
    stop() {
      stopped = true;
      closeWindow();
      nudge();
    },
    get length() {
      return queue.length;
    },
    get bytes() {
      return bytes;
    },
    windowEndsAtMs: () => (due() ? undefined : windowEnd),
  };
}
