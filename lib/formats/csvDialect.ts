/** How a CSV file is written, and which other encoding or delimiter it looks written in. */
import { csvCutter } from './csvRecords.ts';
import { guessEncoding } from './guessEncoding.ts';
import { type Advice, columnsProblem, FileRefusedError, type FileShape } from './row.ts';
import { START_BYTES, textOfStart } from './text.ts';

export interface Dialect {
  readonly delimiter: string;
  /** False when cells are not quoted. */
  readonly quote: string | false;
  readonly escape: string | false;
  readonly trim: boolean;
  /** What ends a line; a carriage return before a line feed belongs to it. */
  readonly lineBreak: '\n' | '\r';
}

export function dialectOf(shape: FileShape, usualDelimiter: string, start: string): Dialect {
  const quote = shape.quote === 'none' ? false : (shape.quote ?? '"');
  return {
    delimiter: shape.delimiter ?? usualDelimiter,
    quote,
    escape: shape.escape ?? quote,
    trim: shape.trim ?? false,
    lineBreak: lineBreakIn(start),
  };
}

/** Lines end with only a carriage return in a file that has no line feed. */
export const lineBreakIn = (start: string): Dialect['lineBreak'] =>
  start.includes('\r') && !start.includes('\n') ? '\r' : '\n';

/** The columns of a file without a header, by position. */
export const positions = (shape: FileShape): readonly string[] =>
  shape.fileColumns ?? shape.columns.map(({ name }) => name).filter((name) => !shape.given?.includes(name));

/** What a file that is not in its declared encoding looks like. */
export function adviceOn(start: Buffer, shape: FileShape, dialect: Dialect): Advice | undefined {
  const guess = guessEncoding(start);
  if (!guess) return undefined;
  const delimiter = fits(start, guess.encoding, shape, dialect)
    ? undefined
    : otherDelimiter(start, guess.encoding, shape, dialect)?.delimiter;
  return { encoding: guess.encoding, ...(delimiter && { delimiter }) };
}

/** The delimiter with which the file would have the contract's columns. */
export function otherDelimiter(
  start: Buffer,
  encoding: string,
  shape: FileShape,
  dialect: Dialect,
): Advice | undefined {
  const delimiter = [',', ';', '\t', '|', ':', '^', '~'].find(
    (candidate) =>
      candidate !== dialect.delimiter && fits(start, encoding, shape, { ...dialect, delimiter: candidate }),
  );
  return delimiter ? { delimiter } : undefined;
}

const ROWS = 10;

function fits(start: Buffer, encoding: string, shape: FileShape, dialect: Dialect): boolean {
  const rows = firstRows(textOfStart({ start, encoding }), dialect);
  const [first] = rows;
  if (!first || first.length < 2) return false;
  if (shape.header !== false) return columnsProblem(first, shape) === undefined;
  const { length } = positions(shape);
  return rows.every((row) => row.length === length);
}

function firstRows(text: string, dialect: Dialect): (readonly string[])[] {
  const cut = csvCutter(dialect, text.length);
  // The start of a file may end within a row.
  const rows = cut(text, false);
  if (text.length < START_BYTES / 4) {
    try {
      rows.push(...cut('', true));
    } catch (error) {
      if (!(error instanceof FileRefusedError)) throw error;
    }
  }
  return rows.slice(0, ROWS).map(({ cells }) => cells);
}
