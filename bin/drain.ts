/** Waits until everything that was sent has come through to bronze, moving the clock so that batch windows close. */
import type { World } from './world.ts';

interface Idle {
  /** Every mapping has read to its stream's tip, and no invocation runs or waits. */
  readonly idle: boolean;
  /** Invocations that run. */
  readonly inFlight: number;
  readonly mappings: readonly {
    /** Records that no function has taken yet. */
    readonly backlog: number;
    /** When the open batch window closes by itself, milliseconds since the epoch. */
    readonly windowEndsAtMs?: number;
  }[];
}

const POLL_MS = 50;

export async function drain(world: World, progress: (detail: string) => void): Promise<void> {
  for (;;) {
    const { idle, mappings, inFlight } = (await world.admin('GET', '/_headwaters/idle')) as Idle;
    if (idle) return;
    progress(`${mappings.reduce((sum, { backlog }) => sum + backlog, 0)} records on their way`);
    const ends = mappings.flatMap(({ windowEndsAtMs }) => windowEndsAtMs ?? []);
    // Nothing runs and a batch waits for its window: time closes it.
    if (inFlight === 0 && ends.length > 0) await moveClockTo(world, Math.min(...ends));
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

async function moveClockTo(world: World, time: number): Promise<void> {
  const { now } = (await world.admin('GET', '/_headwaters/clock')) as { now: string };
  const ahead = time - Date.parse(now);
  if (ahead > 0) await world.admin('POST', '/_headwaters/clock', { advanceSeconds: ahead / 1000 });
}
