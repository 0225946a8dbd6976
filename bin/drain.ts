/** Waits until everything that was sent has come through to bronze, moving the clock so that batch windows close. */
import type { World } from './world.ts';

interface Idle {
  /** Every mapping has read to its stream's tip, and no invocation runs or waits. */
  readonly idle: boolean;
  /** Invocations that run. */
  readonly inFlight: number;
  /** Records and messages per mapping that no function has taken yet. */
  readonly mappings: readonly { backlog: number }[];
}

/** The longest batch window that Lambda knows is five minutes; the stacks use at most one. */
const WINDOW_SECONDS = 60;

export async function drain(world: World, progress: (detail: string) => void): Promise<void> {
  let quietPolls = 0;
  let last = -1;
  for (;;) {
    const { idle, mappings, inFlight } = (await world.admin('GET', '/_headwaters/idle')) as Idle;
    if (idle) return;
    const backlog = mappings.reduce((sum, mapping) => sum + mapping.backlog, 0);
    progress(`${backlog} records on their way`);
    // Nothing moves although something waits: a batch window is open. Time closes it.
    quietPolls = inFlight === 0 && backlog === last ? quietPolls + 1 : 0;
    last = backlog;
    if (quietPolls >= 2) {
      await world.admin('POST', '/_headwaters/clock', { advanceSeconds: WINDOW_SECONDS });
      quietPolls = 0;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
