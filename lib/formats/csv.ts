/** Rows of CSV and TSV files (RFC 4180: quoted cells may hold delimiters and line breaks). */
import { stat } from 'node:fs/promises';
import { adviceOn, type Dialect, dialectOf, otherDelimiter, positions } from './csvDialect.ts';
import { type CsvRecord, csvRecords } from './csvRecords.ts';
import { limits, sizeText } from './limits.ts';
import {
  type Advice,
  checkColumns,
  columnsProblem,
  type FileCutter,
  FileRefusedError,
  type FileShape,
  type RangeReader,
  type RangeTally,
  type RawRow,
  type RowReader,
  type RowRefusal,
} from './row.ts';
import {
  Decoding,
  endDecoding,
  endsWithinCharacter,
  isValidStart,
  openText,
  readFrom,
  type TextFile,
  textOfStart,
} from './text.ts';

const bytesOf = (latin1: string) => Buffer.from(latin1, 'latin1');
const isAscii = (cell: string) => !/[^\0-\x7f]/.test(cell);

interface CsvFile {
  readonly text: TextFile;
  readonly dialect: Dialect;
}

async function openCsv(path: string, shape: FileShape, usualDelimiter: string): Promise<CsvFile> {
  const special = `${shape.delimiter ?? usualDelimiter}"${shape.quote === 'none' ? '' : (shape.quote ?? '')}${shape.escape ?? ''}`;
  const text = await openText(path, shape, special);
  return { text, dialect: dialectOf(shape, usualDelimiter, textOfStart(text)) };
}

export const readCsv = (usualDelimiter: string): RowReader =>
  async function* (path, shape, advise) {
    const file = await openCsv(path, shape, usualDelimiter);
    const reading = new CsvReading(file, shape);
    for await (const records of csvRecords(file.text.bytes(), file.dialect, limits.recordBytes))
      yield reading.rows(records);
    endCsv(file, shape, reading.columns, [reading.tally()], advise);
  };

/** Records are told apart by the very code that reads them, so that a cut is where a record ends, whatever is quoted. */
export const cutCsv =
  (usualDelimiter: string): FileCutter =>
  async (path, shape) => {
    const file = await openCsv(path, shape, usualDelimiter);
    const { text, dialect } = file;
    if (!text.keepsAscii) return undefined;
    const header = new CsvReading(file, shape);
    return {
      async *ranges(bytes) {
        let start: number | undefined;
        let rows = 0;
        let rowsBefore = 0;
        const columns = () => header.columns as readonly string[];
        for await (const records of csvRecords(text.bytes(), dialect, limits.recordBytes))
          for (const record of records) {
            if (!header.columns) {
              header.rows([record]);
              continue;
            }
            const at = text.skip + record.offset;
            start ??= at;
            if (at - start >= bytes) {
              yield { start, end: at, rowsBefore, columns: columns() };
              start = at;
              rowsBefore = rows;
            }
            rows++;
          }
        const { size } = await stat(path);
        if (start !== undefined) yield { start, end: size, rowsBefore, columns: columns() };
      },
      end: (tallies, advise) => endCsv(file, shape, header.columns, tallies, advise),
    };
  };

export const readCsvRange =
  (usualDelimiter: string): RangeReader =>
  async (path, shape, { start, end, columns }) => {
    const file = await openCsv(path, shape, usualDelimiter);
    const reading = new CsvReading(file, shape, columns);
    async function* rows() {
      for await (const records of csvRecords(readFrom(path, start, end), file.dialect, limits.recordBytes))
        yield reading.rows(records);
    }
    return { rows: rows(), tally: () => reading.tally() };
  };

/** What is known of a file, or a range of it, while its records come. */
class CsvReading {
  readonly #file: CsvFile;
  readonly #shape: FileShape;
  readonly #decoding = new Decoding();
  #columns: readonly string[] | undefined;
  #misfits = 0;
  #last: CsvRecord | undefined;

  /** @param columns of a range; a file's are in its header, or those of the contract. */
  constructor(file: CsvFile, shape: FileShape, columns?: readonly string[]) {
    this.#file = file;
    this.#shape = shape;
    this.#columns = columns ?? (shape.header === false ? positions(shape) : undefined);
  }

  /** Undefined until the header has been read. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  rows(records: readonly CsvRecord[]): RawRow[] {
    const rows: RawRow[] = [];
    for (const record of records)
      if (this.#columns) rows.push(this.#row(record, this.#columns));
      else this.#columns = headerOf(this.#file, this.#shape, record);
    this.#last = records.at(-1) ?? this.#last;
    return rows;
  }

  #row(record: CsvRecord, columns: readonly string[]): RawRow {
    const raw = () => bytesOf(record.raw);
    const refused = this.#refusalOf(record, columns);
    if (!refused) return this.#named(record, columns, raw);
    this.#decoding.row(false);
    return { refusal: refused, raw };
  }

  #named({ cells }: CsvRecord, columns: readonly string[], raw: () => Uint8Array): RawRow {
    const row: Record<string, string> = {};
    let beyondAscii = false;
    for (let at = 0; at < columns.length; at++) {
      let cell: string | undefined = cells[at]!;
      if (!isAscii(cell)) {
        beyondAscii = true;
        cell = this.#file.text.decode(bytesOf(cell));
        if (cell === undefined) {
          this.#decoding.undecodable(raw());
          const path = `/${columns[at]}`;
          return { refusal: refusal('undecodable', path, `is not valid ${this.#file.text.encoding}`), raw };
        }
      }
      row[columns[at]!] = this.#file.dialect.trim ? cell.trim() : cell;
    }
    this.#decoding.row(beyondAscii);
    return { row, raw };
  }

  #refusalOf({ cells, raw, misquoted }: CsvRecord, columns: readonly string[]): RowRefusal | undefined {
    if (cells.length !== columns.length) {
      this.#misfits++;
      return refusal('columns', '', `the row has ${cells.length} cells, the file ${columns.length} columns`);
    }
    if (misquoted !== undefined)
      return refusal('quote', `/${columns[misquoted]}`, 'goes on after its closing quote');
    if (raw.length > limits.rowBytes)
      return refusal(
        'limit',
        '',
        `the row has ${sizeText(raw.length)}; allowed are ${sizeText(limits.rowBytes)}`,
      );
    return undefined;
  }

  tally(): RangeTally {
    const last = this.#last;
    return {
      decoding: this.#decoding.tally(),
      misfits: this.#misfits,
      ...(last && { last: { raw: bytesOf(last.raw), cells: last.cells.length } }),
    };
  }
}

function headerOf(file: CsvFile, shape: FileShape, { cells }: CsvRecord): string[] {
  const { text, dialect } = file;
  const names = cells.map((cell) => {
    const name = text.decode(bytesOf(cell));
    if (name !== undefined) return dialect.trim ? name.trim() : name;
    throw new FileRefusedError(`the file is not ${text.encoding}: its header is not valid in it`, {
      advice: adviceOn(text.start, shape, dialect),
    });
  });
  const isWrong = columnsProblem(names, shape) !== undefined;
  checkColumns(names, shape, isWrong ? adviceFor(file, shape) : undefined);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new FileRefusedError(`the header names the column "${twice}" twice`);
  return names;
}

/** @throws FileRefusedError when the file as a whole is not what it was read as. */
function endCsv(
  file: CsvFile,
  shape: FileShape,
  columns: readonly string[] | undefined,
  tallies: readonly RangeTally[],
  advise: ((advice: Advice) => void) | undefined,
): void {
  if (!columns) throw new FileRefusedError('the file is empty: it has no header');
  endDecoding(
    file.text.encoding,
    tallies.map(({ decoding }) => decoding),
    advise,
  );
  const rows = tallies.reduce((sum, { decoding }) => sum + decoding.rows, 0);
  const misfits = tallies.reduce((sum, tally) => sum + tally.misfits, 0);
  const last = tallies.at(-1)?.last;
  if (last) checkCut(file.text, last, rows, columns);
  const advice = rows > 0 && misfits === rows ? adviceFor(file, shape) : undefined;
  if (advice)
    throw new FileRefusedError(
      `no row has the ${columns.length} cells of the columns ${columns.join(', ')}`,
      { advice },
    );
}

/** A last row without a line break was cut when it lacks cells, or ends within a character. */
function checkCut(
  text: TextFile,
  { raw, cells }: NonNullable<RangeTally['last']>,
  rows: number,
  columns: readonly string[],
): void {
  if (isLineBreak(raw.at(-1))) return;
  const isShort = rows > 0 && cells < columns.length;
  if (isShort || endsWithinCharacter(text, raw))
    throw new FileRefusedError(
      `the file is truncated: its last row has no line break and ${isShort ? `${cells} of ${columns.length} cells` : 'ends within a character'}`,
    );
}

const isLineBreak = (byte: number | undefined) => byte === 10 || byte === 13;

function adviceFor({ text, dialect }: CsvFile, shape: FileShape): Advice | undefined {
  if (!isValidStart(text)) return adviceOn(text.start, shape, dialect);
  return otherDelimiter(text.start, text.encoding, shape, dialect);
}

const refusal = (rule: RowRefusal['rule'], path: string, message: string): RowRefusal => ({
  rule,
  path,
  message: path ? `${path} ${message}` : message,
});
