/** Damage to the state folder: a file that is missing, cut short or changed is named, and never worked around in silence. */
import { AwsError } from './errors.ts';

/** A state file does not hold what was written to it. Services answer with it as an internal failure of theirs. */
export class DamagedStateError extends AwsError {
  override readonly name = 'DamagedStateError';
  /** Absolute path. */
  readonly file: string;
  /** Where the content stops being what was written, in bytes from the file's beginning, as far as that is known. */
  readonly offset: number | undefined;

  /** @param options.instead what else helps, e.g. `delete the object` */
  constructor(
    file: string,
    what: string,
    options: { offset?: number; instead?: string; cause?: unknown } = {},
  ) {
    const place = options.offset === undefined ? '' : ` at byte ${options.offset}`;
    super(
      'InternalFailure',
      `The state file ${file} is damaged${place}: ${what}; restore it from a backup, ` +
        `${options.instead ? `${options.instead}, ` : ''}or remove the state folder and load its data again.`,
      { status: 500, cause: options.cause },
    );
    this.file = file;
    this.offset = options.offset;
  }
}
