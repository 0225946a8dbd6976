/**
 * Cuts CSV text into records and cells (RFC 4180), with each record's exact text. The text has one character per byte,
 * so that cells are decoded, and refused, one by one.
 */
import type { Dialect } from './csvDialect.ts';
import { sizeText } from './limits.ts';
import { FileRefusedError } from './row.ts';

export interface CsvRecord {
  readonly cells: readonly string[];
  /** As it is in the file, with its line break. */
  readonly raw: string;
  /** Where it begins; 1-based. */
  readonly line: number;
  /** Bytes of the text before it. */
  readonly offset: number;
  /** The first cell that goes on after its closing quote, such as `"Ann"e`. */
  readonly misquoted?: number;
}

/** A record and where it ends in the text, or that its end is not there yet. */
type Cut = { readonly record: Omit<CsvRecord, 'offset'>; readonly end: number } | undefined;

/**
 * The records of a file, many at a time. Empty lines are none.
 * @param most bytes of a record; the end of a longer one is not looked for.
 * @throws FileRefusedError when a record is longer, or a quote is not closed at the end.
 */
export async function* csvRecords(
  pieces: AsyncIterable<Buffer>,
  dialect: Dialect,
  most: number,
): AsyncGenerator<CsvRecord[]> {
  const cutter = csvCutter(dialect, most);
  for await (const piece of pieces) yield cutter(piece.toString('latin1'), false);
  yield cutter('', true);
}

/** Cuts text that comes in pieces: gives the records that a piece completes. */
export function csvCutter(dialect: Dialect, most: number): (piece: string, last: boolean) => CsvRecord[] {
  const cut = recordCutter(dialect);
  let rest = '';
  let line = 1;
  let wanted = 0;
  let done = 0;
  return (piece, last) => {
    rest += piece;
    // What has no end yet is looked at again when it has doubled: twice the work in all, however long it becomes.
    if (rest.length < wanted && !last) return [];
    const found: CsvRecord[] = [];
    let at = 0;
    for (let next = cut(rest, at, line, last); next; next = cut(rest, at, line, last)) {
      const { raw } = next.record;
      if (raw.length > most) throw tooLong(line, most);
      if (withoutBreak(raw) !== '') found.push({ ...next.record, offset: done + at });
      line += linesIn(raw);
      at = next.end;
    }
    rest = rest.slice(at);
    done += at;
    wanted = rest.length * 2;
    if (rest.length > most) throw tooLong(line, most);
    if (last && rest !== '')
      throw new FileRefusedError(
        `the row that begins in line ${line} has a quote that is not closed: the file is truncated, or the quote is one too many`,
      );
    return found;
  };
}

const tooLong = (line: number, most: number) =>
  new FileRefusedError(
    `the row that begins in line ${line} has more than ${sizeText(most)}: a quote in it is not closed, or the file is not CSV`,
  );

function linesIn(raw: string): number {
  let lines = 0;
  for (let at = raw.indexOf('\n'); at >= 0; at = raw.indexOf('\n', at + 1)) lines++;
  return lines || 1;
}

function recordCutter(dialect: Dialect) {
  const { delimiter, quote, trim, lineBreak } = dialect;
  const cutQuoted = quote === false ? undefined : quotedRecordCutter(dialect, quote);
  return (text: string, from: number, line: number, last: boolean): Cut => {
    const found = text.indexOf(lineBreak, from);
    if (from === text.length || (found < 0 && !last)) return undefined;
    const end = found < 0 ? text.length : found + 1;
    const raw = text.slice(from, end);
    if (cutQuoted && raw.includes(quote as string)) return cutQuoted(text, from, line, last);
    const cells = withoutBreak(raw).split(delimiter);
    return { record: { cells: trim ? cells.map(trimmed) : cells, raw, line }, end };
  };
}

const withoutBreak = (raw: string) => {
  const end = raw.endsWith('\n') ? (raw.endsWith('\r\n') ? -2 : -1) : raw.endsWith('\r') ? -1 : undefined;
  return raw.slice(0, end);
};

/** ASCII blanks only: the characters are bytes of whatever encoding. */
const trimmed = (cell: string) => cell.replace(/^[ \t]+|[ \t]+$/g, '');

function quotedRecordCutter({ delimiter, escape: escaping, trim, lineBreak }: Dialect, quote: string) {
  const unescaped = (cell: string) =>
    escaping === quote
      ? cell.replaceAll(quote + quote, quote)
      : withoutEscapes(cell, quote, escaping || quote);

  /** Index of the quote that closes the cell opened before `from`; -1 when it is not in the text. */
  const closing = (text: string, from: number): number => {
    for (let at = from; ; ) {
      const found = text.indexOf(quote, at);
      if (found < 0) return -1;
      if (escaping === quote) {
        if (text[found + 1] !== quote) return found;
        at = found + 2;
      } else {
        let before = found;
        while (before > from && text[before - 1] === escaping) before--;
        if ((found - before) % 2 === 0) return found;
        at = found + 1;
      }
    }
  };

  return (text: string, from: number, line: number, last: boolean): Cut => {
    const cells: string[] = [];
    let misquoted: number | undefined;
    let at = from;
    let nextBreak = -1;
    for (;;) {
      let open = at;
      if (trim) while (text[open] === ' ' || text[open] === '\t') open++;
      const isQuoted = text[open] === quote;
      const close = isQuoted ? closing(text, open + 1) : at;
      // A quote at the end of the text may be the first of two.
      if (isQuoted && (close < 0 || (close + 1 === text.length && !last))) return undefined;
      const least = isQuoted ? close + 1 : at;
      if (nextBreak < least) nextBreak = text.indexOf(lineBreak, least);
      if (nextBreak < 0) {
        if (!last) return undefined;
        nextBreak = text.length;
      }
      const found = text.slice(least, nextBreak).indexOf(delimiter);
      const isLast = found < 0;
      const end = isLast ? nextBreak : least + found;
      const written = text.slice(at, isLast && end > least && text[end - 1] === '\r' ? end - 1 : end);
      if (!isQuoted) cells.push(trim ? trimmed(written) : written);
      else {
        const after = written.slice(least - at);
        if ((trim ? trimmed(after) : after) !== '') misquoted ??= cells.length;
        cells.push(unescaped(text.slice(open + 1, close)));
      }
      if (!isLast) {
        at = end + 1;
        continue;
      }
      const ended = Math.min(nextBreak + 1, text.length);
      const raw = text.slice(from, ended);
      return {
        record: { cells, raw, line, ...(misquoted !== undefined && { misquoted }) },
        end: ended,
      };
    }
  };
}

/** An escape before anything but a quote or itself is a character. */
function withoutEscapes(cell: string, quote: string, escaping: string): string {
  if (!cell.includes(escaping)) return cell;
  let text = '';
  for (let at = 0; at < cell.length; at++) {
    const next = cell[at + 1];
    if (cell[at] === escaping && (next === quote || next === escaping)) at++;
    text += cell[at];
  }
  return text;
}
