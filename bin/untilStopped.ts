/** Waits for the person to stop a command that serves. */

/** Resolves at the first SIGINT or SIGTERM. */
export function untilStopped(): Promise<void> {
  return new Promise((stopped) => {
    // The endpoint's own sockets keep the process alive; this keeps it so between requests as well.
    const alive = setInterval(() => {}, 2 ** 30);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        clearInterval(alive);
        stopped();
      });
  });
}
