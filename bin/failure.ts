/** How the command line ends: 0 done, 1 failed or out of balance, 2 used wrongly. */
import { CommanderError } from 'commander';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Wrong use of the command line: exit code 2, and a message that says what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The work was done and its result is bad (out of balance, a check failed): exit code 1 without a stack trace. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
}

/** Errors whose message tells a person all there is: by name, or the system's by code (files, folders, ports). */
const EXPECTED = new Set([
  'QueryFailedError',
  'StateDirInUseError',
  'StateFormatError',
  'StudyError',
  'ContractError',
  'TrinoUnavailableError',
  'CredentialsProviderError',
  'EACCES',
  'EADDRINUSE',
  'EISDIR',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Codes of a connection whose other side is gone. */
const LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Says what went wrong, once, and gives the exit code. A fault of ours keeps its stack trace. */
export function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof UsageError) {
    process.stderr.write(`error: ${error.message}\n`);
    return EXIT.usage;
  }
  const found = error instanceof Error ? error : new Error(String(error));
  if ([found, found.cause].some((one) => LOST.has((one as NodeJS.ErrnoException | undefined)?.code ?? ''))) {
    process.stderr.write(
      'error: The local cloud that this command was attached to has ended; it belonged to another command. ' +
        'What was stored stays. Run this again; npx headwaters up keeps a cloud up for several commands.\n',
    );
    return EXIT.failed;
  }
  const expected =
    found instanceof RunFailedError ||
    EXPECTED.has(found.name) ||
    EXPECTED.has((found as NodeJS.ErrnoException).code ?? '');
  process.stderr.write(`error: ${expected ? found.message : found.stack}\n`);
  return EXIT.failed;
}
