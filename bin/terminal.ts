/** What the command line shows a person: tables, progress and colour, plain wherever the output is no terminal. */
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

export interface Terminal {
  /** A line of result, on standard output. */
  line(text?: string): void;
  /** A line about the work, on standard error, so that standard output stays clean for pipes. */
  note(text: string): void;
  /** A step that takes a while. Shown as it goes on a terminal, as one line when it is done elsewhere. */
  step<T>(title: string, work: (progress: (detail: string) => void) => Promise<T>): Promise<T>;
  style(style: Style, text: string): string;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** @param quiet leaves out notes and steps: the output is meant for a program */
export function createTerminal(options: { quiet?: boolean } = {}): Terminal {
  const quiet = options.quiet ?? false;
  const live = process.stderr.isTTY === true && !quiet;
  const style = (name: Style, text: string) => styleText(name, text, { stream: process.stdout });
  const note = (text: string) => {
    if (!quiet) process.stderr.write(`${text}\n`);
  };

  return {
    line: (text = '') => process.stdout.write(`${text}\n`),
    note,
    style,
    async step(title, work) {
      const startedAt = performance.now();
      let detail = '';
      let frame = 0;
      const draw = () => {
        const text = `${FRAMES[frame++ % FRAMES.length]} ${title}${detail ? `: ${detail}` : ''}`;
        process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      };
      const timer = live ? setInterval(draw, 100) : undefined;
      const finish = (mark: string) => {
        clearInterval(timer);
        if (live) process.stderr.write('\r\x1b[2K');
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
        note(`${mark} ${title}${detail ? `: ${detail}` : ''} (${seconds} s)`);
      };
      try {
        const result = await work((text) => {
          detail = text;
        });
        finish('✓');
        return result;
      } catch (error) {
        finish('✗');
        throw error;
      }
    },
  };
}

export type Cell = string | number | null | undefined;

const NUMBER = /^-?\d[\d,]*(\.\d+)?%?$/;

/** A table in columns; numbers stand to the right. */
export function table(header: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string {
  const cells = rows.map((row) =>
    row.map((cell) => (cell === null || cell === undefined ? '' : String(cell))),
  );
  const right = header.map(
    (_, i) => cells.length > 0 && cells.every((row) => !row[i] || NUMBER.test(row[i])),
  );
  const widths = header.map((name, i) => Math.max(name.length, ...cells.map((row) => width(row[i] ?? ''))));
  const format = (row: readonly string[]) =>
    row
      .map((cell, i) => {
        const fill = ' '.repeat(Math.max(0, widths[i]! - width(cell)));
        return right[i] ? fill + cell : cell + fill;
      })
      .join('  ')
      .trimEnd();
  return [format(header), widths.map((size) => '─'.repeat(size)).join('  '), ...cells.map(format)].join('\n');
}

/** Code points; good enough for the Latin text of the answers. */
const width = (text: string) => [...text].length;

export const count = (value: number | bigint) => value.toLocaleString('en-US');

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
