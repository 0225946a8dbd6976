/** Prints a failure: one sentence with the file and the remedy, a stack trace only for faults of ours. */
import { CommanderError } from 'commander';
import { RunFailedError, UsageError } from '../lake/errors.ts';
import { InterruptedError } from './interruption.ts';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

export interface Failure {
  /** One of `EXIT`, or 128 and the number of the signal that ended the work. */
  readonly code: number;
  /** Undefined where it has been said already. */
  readonly message: string | undefined;
}

/** Errors whose message tells a person all there is. */
const EXPECTED = new Set([
  'QueryFailedError',
  'UnsupportedError',
  'DamagedStateError',
  'StateDirInUseError',
  'StateFormatError',
  'StudyError',
  'ContractError',
  'TrinoUnavailableError',
]);

/** Codes of a connection whose other side is gone. */
const LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const CLOUD_ENDED =
  'The local cloud that this command was attached to has ended; it belonged to another command. ' +
  'What was stored stays. Run this again; npx headwaters up keeps a cloud up for several commands.';

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CommanderError)
    return { code: thrown.exitCode === 0 ? EXIT.done : EXIT.usage, message: undefined };
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof InterruptedError) return { code: error.exitCode, message: error.message };
  if (error instanceof UsageError || error.name === 'CloudOptionError')
    return { code: EXIT.usage, message: error.message };
  return { code: EXIT.failed, message: messageOf(error) };
}

function messageOf(error: Error): string {
  const causes = [error, error.cause].filter((one) => one instanceof Error) as NodeJS.ErrnoException[];
  if (error instanceof RunFailedError || EXPECTED.has(error.name)) return error.message;
  if (causes.some(({ code }) => LOST.has(code ?? ''))) return CLOUD_ENDED;
  for (const cause of causes) {
    const said = ofSystem(cause) ?? ofCloud(cause);
    if (said) return said;
  }
  return error.stack ?? error.message;
}

/** The disk's own words, by whatever wrote to it: Node, SQLite, DuckDB. */
const DISK_FULL = /\bENOSPC\b|no space left on device|database or disk is full/i;

/** What the system refuses: files, folders, ports. */
function ofSystem(error: NodeJS.ErrnoException): string | undefined {
  const place = error.path ?? /'([^']+)'/.exec(error.message)?.[1];
  const subject = place ?? 'A file';
  if (error.code === 'ENOSPC' || DISK_FULL.test(error.message))
    return (
      `The disk is full${place ? `, at ${place}` : ''}. Free space, or name a folder on another disk with --state; ` +
      'what was stored before stays.'
    );
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return `${subject} cannot be used: permission denied. Change its permissions, or name another place (--state <dir> for the local cloud).`;
    case 'EROFS':
      return `${subject} is on a read-only file system. Name a folder that can be written with --state <dir>.`;
    case 'EADDRINUSE':
      return `Port ${(error as { port?: number }).port ?? ''} is in use by another program. Name another with --port (0 takes a free one), or end that program.`;
    case 'ENOENT':
      return place ? `${place} does not exist.` : undefined;
    case 'EISDIR':
      return `${subject} is a folder, and a file is needed.`;
    case 'ENOTDIR':
      return `${subject} cannot be used: a part of its path is not a directory. Name another place.`;
    case 'ELOOP':
      return `${subject} is a symbolic link that leads back to itself. Name the file or folder itself.`;
    default:
      return undefined;
  }
}

/** The same words as an answer of the local cloud over HTTP, and credentials that are missing. */
function ofCloud({ name, message }: Error): string | undefined {
  if (/^The state (file|folder) /.test(message)) return message;
  if (name === 'CredentialsProviderError')
    return `${message}. Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; aws sso login renews a session.`;
  if (name === 'ExpiredTokenException' || name === 'ExpiredToken' || name === 'InvalidClientTokenId')
    return `AWS does not take the credentials: ${message} Renew them, e.g. with aws sso login.`;
  return undefined;
}
