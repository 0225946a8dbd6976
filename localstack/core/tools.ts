/** Programs of the machine that fetch what the local cloud can use: whether they are there, and running one to its end. */
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { guarded, release } from './guardian.ts';

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export async function isOnPath(command: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    if (
      folder &&
      (await access(join(folder, command), constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return true;
  return false;
}

const lastLines = (text: string) => text.trim().split('\n').slice(-12).join('\n');

/** A program that did not end well. */
export class ToolFailedError extends Error {
  override readonly name = 'ToolFailedError';
}

/**
 * Runs a program to its end. It ends with this process, and with `signal`.
 * @throws ToolFailedError with the last lines that it wrote
 */
export async function runTool(
  command: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const program = guarded(command, args, { output: 'pipe' });
  let output = '';
  for (const stream of [program.stdout, program.stderr])
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  const stop = () => release(program);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const [code] = (await once(program, 'close')) as [number | null];
    signal?.throwIfAborted();
    if (code !== 0)
      throw new ToolFailedError(
        `\`${command} ${args.join(' ')}\` ended with exit code ${code}:\n${lastLines(output)}\n`,
      );
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
