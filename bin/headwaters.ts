/** The command line as a process: its arguments, signals, streams and exit code. */
import { EXIT, failureOf } from './failure.ts';
import { listenForSignals } from './interruption.ts';
import { runCommand } from './program.ts';

/** A shell's convention for a program that wrote to a pipe that nobody reads: 128 and the number of SIGPIPE. */
const PIPE_CLOSED = 141;

function fail(error: unknown): void {
  const { code, message } = failureOf(error);
  if (message !== undefined) process.stderr.write(`error: ${message}\n`);
  process.exitCode = code;
}

/** `| head` has read enough: no word about it. A disk that is full under a redirected output is a failure. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error);
    process.exit(error.code === 'EPIPE' ? PIPE_CLOSED : EXIT.failed);
  });
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});
listenForSignals();
try {
  await runCommand(process.argv.slice(2));
  process.exitCode ??= EXIT.done;
} catch (error) {
  fail(error);
}
