/** Runs a program that cannot outlive this process: a shell beside it holds a pipe, and ends the program when the pipe breaks. */
import { type ChildProcess, spawn } from 'node:child_process';

/**
 * The shell's standard input is a pipe that only this process holds, so it ends however this process ends, `kill -9`
 * included. The program reads nothing, has ten seconds after SIGTERM, and its exit code is the shell's.
 */
const script = `
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
( read -r _ <&3; kill "$program"; sleep 10; kill -9 "$program" ) >/dev/null 2>&1 &
guardian=$!
exec 3<&-
wait "$program"
code=$?
kill "$guardian" 2>/dev/null
exit $code
`;

/**
 * Starts the program in a process group of its own: a Ctrl-C in the terminal reaches this process only, which then ends
 * the program in good order with `release`, or by ending.
 */
export function guarded(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; output: 'pipe' | number },
): ChildProcess {
  return spawn('sh', ['-c', script, 'guardian', command, ...args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', options.output, options.output],
  });
}

/** Lets go of the program: it is sent SIGTERM, and ten seconds later SIGKILL. */
export const release = (program: ChildProcess) => program.stdin?.destroy();
