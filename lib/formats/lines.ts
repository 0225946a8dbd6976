/** The lines of a file as bytes, with their line breaks, none longer than a limit. */
import { limits, sizeText } from './limits.ts';
import { FileRefusedError } from './row.ts';

const LINE_FEED = 10;

/**
 * The lines that each piece of the file completes.
 * @throws FileRefusedError for a line of more than `limits.recordBytes`.
 */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let line = 1;
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces) {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      const rest = piece.subarray(from, end + 1);
      if (size + rest.length > limits.recordBytes) throw tooLong(line);
      lines.push(waiting.length === 0 ? rest : Buffer.concat([...waiting, rest]));
      waiting = [];
      size = 0;
      line++;
      from = end + 1;
    }
    if (from < piece.length) {
      waiting.push(piece.subarray(from));
      size += piece.length - from;
    }
    yield lines;
    if (size > limits.recordBytes) throw tooLong(line);
  }
  if (size > 0) yield [Buffer.concat(waiting)];
}

const tooLong = (line: number) =>
  new FileRefusedError(`line ${line} has more than ${sizeText(limits.recordBytes)}`);
