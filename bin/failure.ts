/** How the command line ends: 0 done, 1 failed or out of balance, 2 used wrongly. */

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Wrong use of the command line: exit code 2, and a message that says what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The work was done and its result is bad (out of balance, a check failed): exit code 1 without a stack trace. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
}
