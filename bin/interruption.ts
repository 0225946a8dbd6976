/** Handles signals: work under way ends at once, since state survives that at any point; serving ends in good order. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm and the terminal both deliver one Ctrl-C, so a repetition this close is not a second one. Milliseconds. */
const SAME_KEYSTROKE_MS = 1000;

type Reaction = (signal: (typeof SIGNALS)[number]) => void;

const endAtOnce: Reaction = (signal) => {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  process.stderr.write(
    'Interrupted. What was stored stays; the same command takes up where this one stopped.\n',
  );
  // A shell's convention for a command that a signal ended.
  process.exit(128 + constants.signals[signal]);
};

/** A process has one set of signals, and at any time one thing that they mean. */
let react: Reaction = endAtOnce;

/** From here on a signal ends the process with 128 + its number and a line that says what became of the work. */
export function listenForSignals(): void {
  for (const signal of SIGNALS) process.on(signal, (name) => react(name as (typeof SIGNALS)[number]));
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
