/** Runs a program that cannot outlive this process: a shell next to it holds a pipe, and ends the program when the pipe breaks. */
import { type ChildProcess, spawn } from 'node:child_process';

/**
 * The shell's standard input is a pipe that only this process holds, so it ends however this process ends, `kill -9`
 * included. The program reads nothing, has `$1` seconds after SIGTERM, and its exit code is the shell's.
 */
const script = `
grace=$1
shift
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
( read -r _ <&3; kill "$program"; sleep "$grace"; kill -9 "$program" ) >/dev/null 2>&1 &
guardian=$!
exec 3<&-
wait "$program"
code=$?
kill "$guardian" 2>/dev/null
exit $code
`;

interface GuardedOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly output: 'pipe' | number;
  /** Between SIGTERM and SIGKILL. @default 10 */
  readonly graceSeconds?: number;
}

/**
 * Starts the program in a process group of its own: a Ctrl-C in the terminal reaches this process only, which then ends
 * the program in good order with `release`, or by ending.
 */
export function guarded(command: string, args: readonly string[], options: GuardedOptions): ChildProcess {
  return spawn('sh', ['-c', script, 'guardian', String(options.graceSeconds ?? 10), command, ...args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', options.output, options.output],
  });
}

/** Lets go of the program: it is sent SIGTERM, and after its seconds of grace SIGKILL. */
export const release = (program: ChildProcess) => program.stdin?.destroy();
