/** Waiting on the cloud's clock that ends early when its mapping is stopped. */
import type { Clock } from '../../../core/clock.ts';

/** Thrown inside a batch when its mapping is stopped: the batch stays where its checkpoint is. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface Sleeper {
  /** @throws Stopped */
  sleep(ms: number): Promise<void>;
  /** Interrupts all who sleep, and whoever is about to. */
  stop(): void;
  isStopped(): boolean;
}

export function createSleeper(clock: Clock): Sleeper {
  const sleepers = new Set<() => void>();
  let stopped = false;
  return {
    sleep: (ms) =>
      new Promise<void>((resolve, reject) => {
        if (stopped) {
          reject(new Stopped());
          return;
        }
        const cancel = clock.after(ms, () => {
          sleepers.delete(interrupt);
          resolve();
        });
        const interrupt = () => {
          cancel();
          reject(new Stopped());
        };
        sleepers.add(interrupt);
      }),
    stop() {
      stopped = true;
      for (const interrupt of sleepers) interrupt();
    },
    isStopped: () => stopped,
  };
}

/** Work that a stop may interrupt: the interruption is not a failure. */
export async function untilStopped(working: Promise<void>): Promise<void> {
  try {
    await working;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
}
