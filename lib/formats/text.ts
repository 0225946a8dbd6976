/** A text file's bytes in an encoding in which ASCII characters are single bytes, and how its pieces are decoded. */

import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { TextDecoder } from '@exodus/bytes/encoding.js';
import { guessEncoding, guessUtf16 } from './guessEncoding.ts';
import { type Advice, FileRefusedError, type FileShape } from './row.ts';

export interface TextFile {
  /** Name in the WHATWG Encoding Standard of what the file is in. */
  readonly encoding: string;
  /** The file's first bytes, after a byte order mark. */
  readonly start: Buffer;
  /** The bytes after a byte order mark; those of an encoding that does not keep ASCII apart are made UTF-8. */
  readonly bytes: () => AsyncGenerator<Buffer>;
  /** Length of the byte order mark. */
  readonly skip: number;
  /** These bytes are the file's own, so that a place in them is a place in the file. */
  readonly keepsAscii: boolean;
  /** The bytes decoded, piece by piece. */
  readonly texts: () => AsyncGenerator<string>;
  /** The text of a piece of these bytes; undefined when it is not valid in the encoding. */
  readonly decode: (piece: Uint8Array) => string | undefined;
}

/** Characters of two bytes whose second byte may be an ASCII character from `0` on, but `:` to `?`. */
const asciiInside = new Set(['big5', 'euc-kr', 'gb18030', 'gbk', 'shift_jis']);
/** An ASCII character is more than one byte here, or depends on what came before. */
const notAscii = new Set(['utf-16le', 'utf-16be', 'iso-2022-jp']);

/** Of a file's start, from which its encoding and delimiter are guessed. */
export const START_BYTES = 64 * 2 ** 10;
const READ_BYTES = 256 * 2 ** 10;

/**
 * Opens a file in its declared encoding, UTF-8 if none is. A byte order mark comes before the declaration, as in the
 * standard (https://encoding.spec.whatwg.org/#decode).
 * @param special the ASCII characters that the format looks for in the bytes.
 * @throws FileRefusedError for an empty file, an unknown encoding, and UTF-16 that is declared as something else.
 */
export async function openText(path: string, shape: FileShape, special: string): Promise<TextFile> {
  const start = await firstBytes(path);
  if (start.length === 0) throw new FileRefusedError('the file is empty: it has 0 bytes');
  const { encoding, skip } = encodingOf(start, shape.encoding);
  const afterMark = start.subarray(skip);
  const wide = notAscii.has(encoding) ? undefined : guessUtf16(afterMark);
  if (wide)
    throw new FileRefusedError(`the file is not ${encoding}: every other byte is NUL`, {
      advice: { encoding: wide },
    });
  const keepsAscii =
    !notAscii.has(encoding) && (!asciiInside.has(encoding) || /^[\0-/:;<=>?]*$/.test(special));
  const texts = () => decodeAll(readFrom(path, skip), encoding);
  return {
    encoding,
    start: afterMark,
    skip,
    keepsAscii,
    texts,
    bytes: () => (keepsAscii ? readFrom(path, skip) : encodeAll(texts())),
    decode: pieceDecoder(keepsAscii ? encoding : 'utf-8'),
  };
}

/** The start of a file as text; it may end within a character. */
export const textOfStart = ({ start, encoding }: Pick<TextFile, 'start' | 'encoding'>): string =>
  new TextDecoder(encoding).decode(start, { stream: true });

/** True when the start of a file is valid in its encoding; it may end within a character. */
export function isValidStart({ start, encoding }: TextFile): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false;
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(START_BYTES), position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function encodingOf(start: Buffer, label: string | undefined): { encoding: string; skip: number } {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return { encoding: 'utf-8', skip: 3 };
  if (start[0] === 0xff && start[1] === 0xfe) return { encoding: 'utf-16le', skip: 2 };
  if (start[0] === 0xfe && start[1] === 0xff) return { encoding: 'utf-16be', skip: 2 };
  try {
    return { encoding: new TextDecoder(label).encoding, skip: 0 };
  } catch (error) {
    throw new FileRefusedError(
      `'${label}' is not an encoding that is read; allowed are the labels of https://encoding.spec.whatwg.org/#names-and-labels but replacement, e.g. utf-8, windows-1252, shift_jis, utf-16le`,
      { cause: error },
    );
  }
}

/** The file's own bytes from `start` on. @param end exclusive. @default the file's end */
export const readFrom = (
  path: string,
  start: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> =>
  createReadStream(path, {
    start,
    end: end - 1,
    highWaterMark: READ_BYTES,
  }).iterator() as AsyncGenerator<Buffer>;

async function* encodeAll(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const text of texts) yield Buffer.from(text);
}

async function* decodeAll(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  let at = 0;
  let read: Buffer = Buffer.alloc(0);
  try {
    for await (const piece of bytes) {
      read = piece;
      yield decoder.decode(piece, { stream: true });
      at += piece.length;
    }
    const rest = decoder.decode();
    if (rest) yield rest;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const guess = guessEncoding(read.subarray(0, START_BYTES));
    throw new FileRefusedError(
      `the file is not ${encoding}, or is truncated: bytes after byte ${at} are not valid in it, and rows cannot be told apart there`,
      { cause: error, ...(guess && guess.encoding !== encoding && { advice: { encoding: guess.encoding } }) },
    );
  }
}

function pieceDecoder(encoding: string): TextFile['decode'] {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return (piece) => {
    const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (isAscii(buffer)) return buffer.toString('latin1');
    if (encoding === 'utf-8') return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
    try {
      return decoder.decode(buffer);
    } catch {
      return undefined;
    }
  };
}

/** True when a piece is not valid because its last character lacks bytes. */
export function endsWithinCharacter({ decode }: TextFile, piece: Uint8Array): boolean {
  if (decode(piece) !== undefined) return false;
  return [1, 2, 3].some((bytes) => piece.length > bytes && decode(piece.subarray(0, -bytes)) !== undefined);
}

/** Of 1: so many rows that are not valid in its encoding, and none beyond ASCII that is, make a file one of another encoding. */
const OTHER_ENCODING = 0.01;
const SAMPLE_BYTES = 64 * 2 ** 10;

/** How rows fare in their encoding. */
export interface DecodingTally {
  readonly rows: number;
  readonly beyondAscii: number;
  readonly undecodable: number;
  /** The first rows that are not valid, from which another encoding is guessed. */
  readonly sample: readonly Uint8Array[];
}

/** Counts how a file's rows fare in its encoding. */
export class Decoding {
  #rows = 0;
  #beyondAscii = 0;
  #undecodable = 0;
  #sample: Uint8Array[] = [];
  #sampled = 0;

  row(beyondAscii: boolean): void {
    this.#rows++;
    if (beyondAscii) this.#beyondAscii++;
  }

  undecodable(raw: Uint8Array): void {
    this.#rows++;
    this.#undecodable++;
    if (this.#sampled >= SAMPLE_BYTES) return;
    this.#sample.push(Buffer.from(raw.subarray(0, SAMPLE_BYTES)));
    this.#sampled += raw.length;
  }

  tally(): DecodingTally {
    return {
      rows: this.#rows,
      beyondAscii: this.#beyondAscii,
      undecodable: this.#undecodable,
      sample: this.#sample,
    };
  }
}

/**
 * The verdict on a whole file.
 * @param tallies of its parts, in their order.
 * @throws FileRefusedError when the file as a whole is in another encoding.
 */
export function endDecoding(
  encoding: string,
  tallies: readonly DecodingTally[],
  advise: ((advice: Advice) => void) | undefined,
): void {
  const all = (of: 'rows' | 'beyondAscii' | 'undecodable') =>
    tallies.reduce((sum, tally) => sum + tally[of], 0);
  const undecodable = all('undecodable');
  if (undecodable === 0 || all('beyondAscii') > 0) return;
  const guess = guessEncoding(sampleOf(tallies));
  const advice = guess && { encoding: guess.encoding };
  if (undecodable > all('rows') * OTHER_ENCODING)
    throw new FileRefusedError(
      `the file is not ${encoding}: ${undecodable} of ${all('rows')} rows are not valid in it${guess ? ` (as ${guess.encoding} it has “${guess.word}”)` : ''}`,
      { advice },
    );
  if (advice) advise?.(advice);
}

/** The first rows of the file that are not valid, as long as one part would have kept them. */
function sampleOf(tallies: readonly DecodingTally[]): Buffer {
  const pieces: Uint8Array[] = [];
  let sampled = 0;
  for (const piece of tallies.flatMap(({ sample }) => sample)) {
    if (sampled >= SAMPLE_BYTES) break;
    pieces.push(piece, Buffer.from('\n'));
    sampled += piece.length;
  }
  return Buffer.concat(pieces);
}
