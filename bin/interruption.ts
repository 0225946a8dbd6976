/** Handles signals: work under way ends at once, since state survives that at any point; serving ends in good order. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm and the terminal both deliver one Ctrl-C, so a repetition this close is not a second one. Milliseconds. */
const SAME_KEYSTROKE_MS = 1000;

type Reaction = (signal: (typeof SIGNALS)[number]) => void;

const endSaying =
  (word: string): Reaction =>
  (signal) => {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
    process.stderr.write(`Interrupted. ${word}\n`);
    process.exit(exitCodeOf(signal));
  };

/** A shell's convention for a command that a signal ended. */
const exitCodeOf = (signal: (typeof SIGNALS)[number]) => 128 + constants.signals[signal];

const endAtOnce = endSaying('What was stored stays; the same command takes up where this one stopped.');

/** A process has one set of signals, and at any time one thing that they mean. */
let react: Reaction = endAtOnce;

/** From here on a signal ends the process with 128 + its number and a line that says what became of the work. */
export function listenForSignals(): void {
  for (const signal of SIGNALS) process.on(signal, (name) => react(name as (typeof SIGNALS)[number]));
}

/** A signal ended the work, and what had to be cleaned up is. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  /** 128 and the signal's number. */
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super('Interrupted.');
    this.exitCode = exitCodeOf(signal);
  }
}

/**
 * For work that must clean up after itself: the first signal aborts what is given here, with an `InterruptedError`. A later
 * one ends the process at once with `lastWord`.
 */
export function abortOnSignal(onFirst: () => void, lastWord: string): AbortSignal {
  const controller = new AbortController();
  react = (signal) => {
    const firstAt = performance.now();
    react = (again) => {
      if (performance.now() - firstAt > SAME_KEYSTROKE_MS) endSaying(lastWord)(again);
    };
    onFirst();
    controller.abort(new InterruptedError(signal));
  };
  return controller.signal;
}

/** Serves until the first signal; what follows then closes in good order, unless a later one ends it at once. */
export function untilStopped(): Promise<void> {
  return new Promise((stopped) => {
    // The endpoint's own sockets keep the process alive; this keeps it so between requests as well.
    const alive = setInterval(() => {}, 2 ** 30);
    react = () => {
      const stoppedAt = performance.now();
      react = (signal) => {
        if (performance.now() - stoppedAt > SAME_KEYSTROKE_MS) endAtOnce(signal);
      };
      clearInterval(alive);
      stopped();
    };
  });
}
