/** The terminal of a person: results, progress and colour, plain wherever the output is not a terminal. */
import { styleText } from 'node:util';
import type { Progress } from '../lake/progress.ts';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

export interface Terminal {
  /** A line of result, on standard output. */
  line(text?: string): void;
  /** A line about the work, on standard error, so that standard output stays clean for pipes. */
  note(text: string): void;
  /** Shows what an operation of the lake does: as it goes on a terminal, one line per finished step elsewhere. */
  onProgress(progress: Progress): void;
  style(style: Style, text: string): string;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** @param quiet leaves out notes and steps: the output is meant for a program */
export function createTerminal(options: { quiet?: boolean } = {}): Terminal {
  const quiet = options.quiet ?? false;
  const live = process.stderr.isTTY === true && !quiet;
  const note = (text: string) => {
    if (!quiet) process.stderr.write(`${text}\n`);
  };
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;
  let shown = '';
  const draw = () =>
    process.stderr.write(
      `\r\x1b[2K${`${FRAMES[frame++ % FRAMES.length]} ${shown}`.slice(0, (process.stderr.columns ?? 80) - 1)}`,
    );

  function onProgress(progress: Progress) {
    if (progress.kind === 'note') return note(progress.text);
    const detail = 'detail' in progress && progress.detail ? `: ${progress.detail}` : '';
    shown = `${progress.title}${detail}`;
    if (progress.kind === 'began' && live) timer ??= setInterval(draw, 100);
    if (progress.kind !== 'ended' && progress.kind !== 'failed') return;
    clearInterval(timer);
    timer = undefined;
    if (live) process.stderr.write('\r\x1b[2K');
    note(`${progress.kind === 'ended' ? '✓' : '✗'} ${shown} (${progress.seconds.toFixed(1)} s)`);
  }

  return {
    line: (text = '') => process.stdout.write(`${text}\n`),
    note,
    onProgress,
    style: (name, text) => styleText(name, text, { stream: process.stdout }),
  };
}
