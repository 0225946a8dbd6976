/** How a state fails: an error's name, which Retry and Catch match, and its cause. */

/**
 * Characters of an error's name and of its cause; the rest is cut.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html
 */
const MAX_ERROR = 256;
const MAX_CAUSE = 32_768;

export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  /** AWS's name of the error, e.g. `States.Timeout`; a Fail state may have none. */
  readonly error: string | undefined;
  /** What the error output carries as `Cause`; absent after a timeout. */
  readonly detail: string | undefined;

  constructor(error: string | undefined, detail?: string, options?: ErrorOptions) {
    super(detail ?? error ?? 'failed', options);
    this.error = error?.slice(0, MAX_ERROR);
    this.detail = detail?.slice(0, MAX_CAUSE);
  }

  /** The error output that a Catch gets, as AWS writes it. */
  get output(): { Error?: string; Cause?: string } {
    return {
      ...(this.error !== undefined && { Error: this.error }),
      ...(this.detail !== undefined && { Cause: this.detail }),
    };
  }
}

/** A failure that only a Catch of its very name takes: a bad path, a bad argument. */
export const runtimeFailure = (cause: string) => new StateFailure('States.Runtime', cause);

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
export function matches(pattern: string, failure: StateFailure): boolean {
  if (failure.error === 'States.Runtime') return false;
  if (pattern === failure.error || pattern === 'States.ALL') return true;
  return pattern === 'States.TaskFailed' && failure.error !== 'States.Timeout';
}
