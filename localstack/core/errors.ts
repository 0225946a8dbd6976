/** The one error that the local cloud answers with: AWS's code, message and status, plus fields some services add. */

export class AwsError extends Error {
  override readonly name: string = 'AwsError';
  /** AWS's error code without namespace, e.g. `ResourceNotFoundException`. */
  readonly code: string;
  readonly status: number;
  /** Members next to the message, e.g. `CancellationReasons`. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { status?: number; fields?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

/** What the local cloud knows of but does not do: refused by name, never pretended. Without `what`, the whole service. */
export class NotEmulatedError extends AwsError {
  constructor(service: string, what?: string) {
    const named = what === undefined ? `the service ${service}` : `${what} of ${service}`;
    super(
      'NotImplementedException',
      `The local cloud does not emulate ${named}. docs/parity.md lists what it does.`,
      { status: 501 },
    );
  }
}
