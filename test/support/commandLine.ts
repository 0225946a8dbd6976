/** Runs the command line as a person does: a process of its own, its output and its exit code. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `headwaters <args>`; the signal, when given, is sent as soon as standard error matches `when`. */
export function headwaters(
  args: readonly string[],
  interrupt?: { signal: NodeJS.Signals; when: RegExp },
): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'bin/headwaters.ts', ...args],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let stdout = '';
    let stderr = '';
    let interrupted = false;
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (!interrupt || interrupted || !interrupt.when.test(stderr)) return;
      interrupted = true;
      child.kill(interrupt.signal);
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}
