/** The errors of the lake's operations that a person can act on; every other error is a fault of the code. */

/** The operation was asked for wrongly; the message says what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A target that cannot do the operation, named in the message. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}

/** The work was done and its result is bad: out of balance, a failed pipeline, a refused file. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
}
