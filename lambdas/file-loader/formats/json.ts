/** Rows of JSON files: one array, one object, or an object per line; numbers keep every digit. */
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { FileRefusedError, type RawRow, type RowReader } from './row.ts';

/** A document that is read whole, because its rows are somewhere inside, may have this many bytes. */
const MAX_WHOLE_BYTES = 256 * 2 ** 20;

export const readJson: RowReader = async function* (path, contract) {
  if (contract.recordPath) yield* rowsInside(path, contract.recordPath);
  else if ((await firstCharacter(path)) === '[') yield* rowsOfArray(path);
  else if (await firstLineIsJson(path)) yield* readNdjson(path, contract);
  else yield* rowsInside(path, '');
};

export const readNdjson: RowReader = async function* (path) {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) if (line.trim() !== '') yield rowOf(line);
};

/**
 * A row from its JSON text. A number that a double cannot hold becomes a bigint or stays text, so that the contract's
 * type decides, not the parser's rounding.
 */
function rowOf(text: string): RawRow {
  try {
    const value: unknown = parseExactly(text);
    if (isObject(value)) return { row: value };
    return { refusal: { rule: 'undecodable', path: '', message: 'the row is JSON, but no object' }, text };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { refusal: { rule: 'undecodable', path: '', message: `not JSON: ${error.message}` }, text };
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parseExactly = (text: string): unknown =>
  JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) => {
    if (typeof value !== 'number' || context.source === undefined || String(value) === context.source)
      return value;
    if (/^-?\d+$/.test(context.source)) return BigInt(context.source);
    return /^-?\d+\.\d+$/.test(context.source) && significant(context.source) > 15 ? context.source : value;
  }) as (key: string, value: unknown) => unknown);

/** Digits that count: without sign, point, leading and trailing zeros. */
const significant = (decimal: string) =>
  decimal.replace('-', '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;

async function firstCharacter(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1024), position: 0 });
    return buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\uFEFF/, '')
      .trimStart()
      .charAt(0);
  } finally {
    await file.close();
  }
}

async function firstLineIsJson(path: string): Promise<boolean> {
  const input = createReadStream(path);
  const lines = createInterface({ input });
  try {
    for await (const line of lines) if (line.trim() !== '') return isObjectText(line);
    return true;
  } finally {
    lines.close();
    input.destroy();
  }
}

function isObjectText(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

/** The rows of a top-level array, read piece by piece. */
async function* rowsOfArray(path: string): AsyncGenerator<RawRow> {
  let rest = '';
  let at = 0;
  let depth = 0;
  let start = -1;
  let inString = false;
  for await (const piece of createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>) {
    rest += piece;
    for (; at < rest.length; at++) {
      const character = rest[at];
      if (inString) {
        // The escaped character may stand in the next piece; the scan then begins behind it.
        if (character === '\\') at++;
        else if (character === '"') inString = false;
        continue;
      }
      if (character === '"') inString = true;
      const ends = (character === ',' && depth === 1) || (character === ']' && depth === 1);
      if (ends && start >= 0) {
        yield rowOf(rest.slice(start, at).trim());
        start = -1;
      }
      if (depth === 1 && start < 0 && !ends && !/\s/.test(character!)) start = at;
      if (character === '[' || character === '{') depth++;
      else if (character === ']' || character === '}') depth--;
    }
    const keep = start >= 0 ? start : Math.min(at, rest.length);
    rest = rest.slice(keep);
    at -= keep;
    if (start >= 0) start = 0;
  }
  if (depth !== 0) throw new FileRefusedError('the JSON array has no end: the file is truncated');
}

/** The rows at a dotted path of one document: an array's elements, or the object itself. */
async function* rowsInside(path: string, recordPath: string): AsyncGenerator<RawRow> {
  const { size } = await stat(path);
  if (size > MAX_WHOLE_BYTES) {
    throw new FileRefusedError(
      `one JSON document of ${size} bytes; at most ${MAX_WHOLE_BYTES} are read. Deliver the rows as an array or one per line.`,
    );
  }
  let found: unknown;
  try {
    found = parseExactly((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new FileRefusedError(`not JSON: ${(error as Error).message}`, { cause: error });
  }
  for (const member of recordPath.split('.').filter(Boolean)) {
    found = isObject(found) ? found[member] : undefined;
  }
  if (found === undefined) throw new FileRefusedError(`the document has nothing at "${recordPath}"`);
  for (const row of Array.isArray(found) ? found : [found]) {
    if (isObject(row)) yield { row };
    else
      yield {
        refusal: { rule: 'undecodable', path: '', message: 'the row is no object' },
        text: JSON.stringify(row),
      };
  }
}
