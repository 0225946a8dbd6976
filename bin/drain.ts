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
/** Polls without any movement after which only time can help. */
const STILL_POLLS = 20;
/** A message whose function was killed is hidden for up to 90 minutes, six times the loader's time limit. */
const HIDDEN_STEP_SECONDS = 900;

export async function drain(world: World, progress: (detail: string) => void): Promise<void> {
  let still = 0;
  let before = '';
  for (;;) {
    const { idle, mappings, inFlight } = (await world.admin('GET', '/_headwaters/idle')) as Idle;
    if (idle) return;
    const backlog = mappings.reduce((sum, mapping) => sum + mapping.backlog, 0);
    progress(`${backlog} records on their way`);
    const ends = mappings.flatMap(({ windowEndsAtMs }) => windowEndsAtMs ?? []);
    const now = `${inFlight}/${backlog}/${ends.length}`;
    still = now === before && inFlight === 0 ? still + 1 : 0;
    before = now;
    // Nothing runs and a batch waits for its window: time closes it.
    if (inFlight === 0 && ends.length > 0) await moveClockTo(world, Math.min(...ends));
    else if (still >= STILL_POLLS) {
      progress(`${backlog} wait to be tried again; the clock is moved`);
      await world.admin('POST', '/_headwaters/clock', { advanceSeconds: HIDDEN_STEP_SECONDS });
      still = 0;
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

async function moveClockTo(world: World, time: number): Promise<void> {
  const { now } = (await world.admin('GET', '/_headwaters/clock')) as { now: string };
  const ahead = time - Date.parse(now);
  if (ahead > 0) await world.admin('POST', '/_headwaters/clock', { advanceSeconds: ahead / 1000 });
}
