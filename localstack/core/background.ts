/** Work that no request waits for: its failure is logged, and the process goes on. */
import type { Clock } from './clock.ts';

type Log = (message: string) => void;

/** Starts `work` at once. The promise never rejects. */
export async function inBackground(log: Log, what: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    log(`${what} failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** The clock, with timers whose callbacks may throw or reject. */
export const guardedClock = (clock: Clock, log: Log): Clock => ({
  ...clock,
  after: (delayMs, callback) =>
    clock.after(delayMs, () => void inBackground(log, "A timer's work", callback)),
});
