/** Rows of JSON files: an array, objects one after the other, or an object per line; numbers keep every digit. */
import { jsonElements } from './jsonElements.ts';
import { limits, sizeText } from './limits.ts';
import { linesOf } from './lines.ts';
import {
  type Advice,
  type FileCutter,
  FileRefusedError,
  type FileShape,
  type RangeReader,
  type RangeReading,
  type RangeTally,
  type RawRow,
  type RowReader,
  type RowRefusal,
} from './row.ts';
import {
  Decoding,
  endDecoding,
  endsWithinCharacter,
  openText,
  readFrom,
  type TextFile,
  textOfStart,
} from './text.ts';

/** What the scan for elements looks for in the bytes. */
const STRUCTURE = '{}[]",:\\';

export const readJson: RowReader = async function* (path, shape, advise) {
  if (!shape.recordPath && (await hasObjectPerLine(path, shape))) {
    yield* readNdjson(path, shape, advise);
    return;
  }
  const text = await openText(path, shape, STRUCTURE);
  const decoding = new Decoding();
  const recordPath = shape.recordPath?.split('.').filter(Boolean) ?? [];
  for await (const elements of jsonElements(text.bytes(), recordPath))
    yield elements.map((element) => rowOf(Buffer.from(element, 'latin1'), text, decoding));
  endDecoding(text.encoding, [decoding.tally()], advise);
};

export const readNdjson: RowReader = async function* (path, shape, advise) {
  const text = await openText(path, shape, '');
  const { rows, tally } = readLines(text, text.bytes());
  yield* rows;
  endNdjson(text, [tally()], advise);
};

/** A line feed is always the end of a row: in JSON it is escaped within a string. */
export const cutNdjson: FileCutter = async (path, shape) => {
  const text = await openText(path, shape, '');
  if (!text.keepsAscii) return undefined;
  return {
    async *ranges(bytes) {
      let start = text.skip;
      let end = start;
      let rows = 0;
      let rowsBefore = 0;
      for await (const lines of linesOf(text.bytes()))
        for (const line of lines) {
          end += line.length;
          if (!isBlank(line)) rows++;
          if (end - start < bytes) continue;
          yield { start, end, rowsBefore, columns: [] };
          start = end;
          rowsBefore = rows;
        }
      if (end > start) yield { start, end, rowsBefore, columns: [] };
    },
    end: (tallies, advise) => endNdjson(text, tallies, advise),
  };
};

export const readNdjsonRange: RangeReader = async (path, shape, { start, end }) =>
  readLines(await openText(path, shape, ''), readFrom(path, start, end));

/** Only a file with an object per line can be cut: what is inside an array is known by all that is before it. */
export const cutJson: FileCutter = async (path, shape) =>
  !shape.recordPath && (await hasObjectPerLine(path, shape)) ? cutNdjson(path, shape) : undefined;

function readLines(text: TextFile, bytes: AsyncIterable<Buffer>): RangeReading {
  const decoding = new Decoding();
  let last: RangeTally['last'];
  async function* rows() {
    for await (const lines of linesOf(bytes)) {
      const found: RawRow[] = [];
      for (const line of lines) {
        if (isBlank(line)) continue;
        const row = rowOf(line, text, decoding);
        last = { raw: line, cells: 0, ...('refusal' in row && { refusal: row.refusal }) };
        found.push(row);
      }
      yield found;
    }
  }
  return {
    rows: rows(),
    tally: () => ({
      decoding: decoding.tally(),
      misfits: 0,
      // The line's own bytes, not the piece of the file that they are in.
      ...(last && { last: { ...last, raw: Uint8Array.from(last.raw) } }),
    }),
  };
}

/** @throws FileRefusedError when the file as a whole is in another encoding, or truncated. */
function endNdjson(
  text: TextFile,
  tallies: readonly RangeTally[],
  advise: ((advice: Advice) => void) | undefined,
): void {
  endDecoding(
    text.encoding,
    tallies.map(({ decoding }) => decoding),
    advise,
  );
  const last = tallies.findLast((tally) => tally.last)?.last;
  if (last) checkCut(last, text);
}

const isBlank = (line: Buffer) => line.length < 100 && line.toString('latin1').trim() === '';

/** A last line without a line break that is not JSON was cut. */
function checkCut({ raw, refusal }: NonNullable<RangeTally['last']>, text: TextFile): void {
  if (raw.at(-1) === 10 || refusal?.rule !== 'undecodable') return;
  if (text.decode(raw) !== undefined || endsWithinCharacter(text, raw))
    throw new FileRefusedError(
      `the file is truncated: its last line has no line break and is not JSON (${refusal.message})`,
    );
}

/**
 * A row from its JSON text. A number that a double cannot hold becomes a bigint or raw JSON, so that the contract's
 * type decides, not the parser's rounding.
 */
function rowOf(bytes: Buffer, file: TextFile, decoding: Decoding): RawRow {
  const raw = () => bytes;
  const refused = (rule: RowRefusal['rule'], message: string): RawRow => ({
    refusal: { rule, path: '', message },
    raw,
  });
  const text = file.decode(bytes);
  if (text === undefined) {
    decoding.undecodable(bytes);
    return refused('undecodable', `the row is not valid ${file.encoding}`);
  }
  decoding.row(text.length !== bytes.length || /[^\0-\x7f]/.test(text));
  if (bytes.length > limits.rowBytes)
    return refused(
      'limit',
      `the row has ${sizeText(bytes.length)}; allowed are ${sizeText(limits.rowBytes)}`,
    );
  if (isDeep(text)) return refused('limit', `the row is nested more than ${limits.depth} deep`);
  try {
    const value = parseExactly(text);
    if (isObject(value)) return { row: value, raw };
    return refused('undecodable', 'the row is JSON, but not an object');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refused('undecodable', `not JSON: ${error.message}`);
  }
}

function isDeep(text: string): boolean {
  if ((text.match(/[[{]/g)?.length ?? 0) <= limits.depth) return false;
  let depth = 0;
  let inString = false;
  for (const [token] of text.matchAll(/[[\]{}]|\\.|"/g)) {
    if (token === '"') inString = !inString;
    else if (inString) continue;
    else if (token === '[' || token === '{') depth++;
    else depth--;
    if (depth > limits.depth) return true;
  }
  return false;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Digits so many that a double may not hold them. */
const manyDigits = /[\d.]{16}/;

const parseExactly = (text: string): unknown =>
  manyDigits.test(text)
    ? JSON.parse(text, exactNumber as (key: string, value: unknown) => unknown)
    : JSON.parse(text);

function exactNumber(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined || String(value) === context.source)
    return value;
  if (/^-?\d+$/.test(context.source)) return BigInt(context.source);
  return /^-?\d+\.\d+$/.test(context.source) && significant(context.source) > 15
    ? rawJSON(context.source)
    : value;
}

/** JSON.rawJSON (ECMAScript proposal, in Node ≥ 22): a number that prints with every digit that it was written with. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Digits that count: without sign, point, leading and trailing zeros. */
const significant = (decimal: string) =>
  decimal.replace('-', '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;

/** The first line is a whole object. */
async function hasObjectPerLine(path: string, shape: FileShape): Promise<boolean> {
  const text = await openText(path, shape, '');
  const first = textOfStart(text).trimStart();
  if (!first.startsWith('{')) return false;
  const bytes = text.bytes();
  try {
    for await (const lines of linesOf(bytes)) {
      const line = lines.find((candidate) => !isBlank(candidate));
      if (line) return isJson(text.decode(line));
    }
    return false;
  } catch (error) {
    // Whatever it is, it is not an object in a line.
    if (error instanceof FileRefusedError) return false;
    throw error;
  } finally {
    await bytes.return(undefined);
  }
}

function isJson(text: string | undefined): boolean {
  if (text === undefined) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
