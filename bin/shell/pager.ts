/** Shows a long text through the pager that the person has chosen. */
import { spawn } from 'node:child_process';

/** Leaves short texts on the screen, keeps colours, cuts long lines instead of folding them. */
const LESS = 'FRSX';

/** Gives false when no pager could be started. */
export function page(text: string): Promise<boolean> {
  const program = process.env.PAGER || 'less';
  return new Promise((done) => {
    const child = spawn(program, {
      shell: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { LESS, ...process.env },
    });
    child.on('error', () => done(false));
    // The shell's code for a command that it cannot find.
    child.on('close', (code) => done(code !== 127));
    // A reader who leaves early closes the pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(`${text}\n`);
  });
}
