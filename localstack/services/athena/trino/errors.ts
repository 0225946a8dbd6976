/** The ways in which Trino itself can be missing, as apart from a statement that it refuses. */

/** Trino cannot be fetched or started on this machine; the message says how to fix it. */
export class TrinoUnavailableError extends Error {
  override readonly name = 'TrinoUnavailableError';
}

/** The server ended, or does not answer, while a statement ran. */
export class TrinoLostError extends Error {
  override readonly name = 'TrinoLostError';
}

/** A statement that Trino refused or that failed there; `code` is Trino's name of the error, e.g. `DIVISION_BY_ZERO`. */
export class TrinoError extends Error {
  override readonly name = 'TrinoError';
  readonly code: string;
  /** `USER_ERROR`, `INTERNAL_ERROR`, `INSUFFICIENT_RESOURCES` or `EXTERNAL`. */
  readonly type: string;
  /** Where in the statement, when Trino says so; both count from 1. The message begins with it: `line 1:8: …`. */
  readonly position: { readonly line: number; readonly column: number } | undefined;

  constructor(
    message: string,
    code: string,
    type = 'USER_ERROR',
    position?: { line: number; column: number },
  ) {
    super(message);
    this.code = code;
    this.type = type;
    this.position = position;
  }
}
