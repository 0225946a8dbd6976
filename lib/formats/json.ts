/** Rows of JSON files: an array, objects one after the other, or an object per line; numbers keep every digit. */
import { jsonElements } from './jsonElements.ts';
import { limits, sizeText } from './limits.ts';
import { linesOf } from './lines.ts';
import { FileRefusedError, type FileShape, type RawRow, type RowReader, type RowRefusal } from './row.ts';
import { Decoding, endsWithinCharacter, openText, type TextFile, textOfStart } from './text.ts';

/** What the scan for elements looks for in the bytes. */
const STRUCTURE = '{}[]",:\\';

export const readJson: RowReader = async function* (path, shape, advise) {
  if (!shape.recordPath && (await hasObjectPerLine(path, shape))) {
    yield* readNdjson(path, shape, advise);
    return;
  }
  const text = await openText(path, shape, STRUCTURE);
  const decoding = new Decoding(text.encoding);
  const recordPath = shape.recordPath?.split('.').filter(Boolean) ?? [];
  for await (const elements of jsonElements(text.bytes(), recordPath))
    yield elements.map((element) => rowOf(Buffer.from(element, 'latin1'), text, decoding));
  decoding.end(advise);
};

export const readNdjson: RowReader = async function* (path, shape, advise) {
  const text = await openText(path, shape, '');
  const decoding = new Decoding(text.encoding);
  let last: { row: RawRow; line: Buffer } | undefined;
  for await (const lines of linesOf(text.bytes())) {
    const rows: RawRow[] = [];
    for (const line of lines) {
      if (isBlank(line)) continue;
      last = { row: rowOf(line, text, decoding), line };
      rows.push(last.row);
    }
    yield rows;
  }
  decoding.end(advise);
  if (last) checkCut(last.row, last.line, text);
};

const isBlank = (line: Buffer) => line.length < 100 && line.toString('latin1').trim() === '';

/** A last line without a line break that is not JSON was cut. */
function checkCut(row: RawRow, line: Buffer, text: TextFile): void {
  if (line.at(-1) === 10 || !('refusal' in row) || row.refusal.rule !== 'undecodable') return;
  if (text.decode(line) !== undefined || endsWithinCharacter(text, line))
    throw new FileRefusedError(
      `the file is truncated: its last line has no line break and is not JSON (${row.refusal.message})`,
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
