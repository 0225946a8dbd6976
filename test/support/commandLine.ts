/** Runs the command line as a person does: a process of its own, its output and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  /** Resolves when the output so far, standard output and standard error together, matches; rejects when it ends without. */
  readonly shows: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

/** `headwaters <args>`, at work. */
export function startHeadwaters(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>> } = {},
): Started {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'bin/headwaters.ts', ...args],
    { cwd: root, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.on('data', (chunk) => {
      output[name] += chunk;
    });
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code, ...output }));
  });
  return {
    ended,
    kill: (signal) => child.kill(signal),
    shows: (pattern) =>
      new Promise((found, failed) => {
        const look = () => {
          const match = pattern.exec(output.stdout + output.stderr);
          if (match) found(match);
        };
        for (const name of ['stdout', 'stderr'] as const) child[name]!.on('data', look);
        look();
        ended.then(
          ({ code, stdout, stderr }) =>
            failed(new Error(`It ended with ${code} without ${pattern}:\n${stdout}\n${stderr}`)),
          failed,
        );
      }),
  };
}

/** `headwaters <args>` to its end; the signal, when given, is sent as soon as the output matches `when`. */
export async function headwaters(
  args: readonly string[],
  interrupt?: { signal: NodeJS.Signals; when: RegExp },
): Promise<Ended> {
  const started = startHeadwaters(args);
  if (interrupt) {
    await started.shows(interrupt.when);
    started.kill(interrupt.signal);
  }
  return started.ended;
}
