/** Rows of CSV and TSV files (RFC 4180: quoted cells may hold delimiters and line breaks). */
import { adviceOn, type Dialect, dialectOf, otherDelimiter, positions } from './csvDialect.ts';
import { type CsvRecord, csvRecords } from './csvRecords.ts';
import { limits, sizeText } from './limits.ts';
import {
  type Advice,
  checkColumns,
  columnsProblem,
  FileRefusedError,
  type FileShape,
  type RawRow,
  type RowReader,
  type RowRefusal,
} from './row.ts';
import { Decoding, endsWithinCharacter, isValidStart, openText, type TextFile, textOfStart } from './text.ts';

const bytesOf = (latin1: string) => Buffer.from(latin1, 'latin1');
const isAscii = (cell: string) => !/[^\0-\x7f]/.test(cell);

export const readCsv = (usualDelimiter: string): RowReader =>
  async function* (path, shape, advise) {
    const special = `${shape.delimiter ?? usualDelimiter}"${shape.quote === 'none' ? '' : (shape.quote ?? '')}${shape.escape ?? ''}`;
    const text = await openText(path, shape, special);
    const dialect = dialectOf(shape, usualDelimiter, textOfStart(text));
    const reading = new CsvReading(text, shape, dialect);
    let last: CsvRecord | undefined;
    for await (const records of csvRecords(text.bytes(), dialect, limits.recordBytes)) {
      yield reading.rows(records);
      last = records.at(-1) ?? last;
    }
    reading.end(last, advise);
  };

/** What is known of a file while its records come. */
class CsvReading {
  readonly #text: TextFile;
  readonly #shape: FileShape;
  readonly #dialect: Dialect;
  readonly #decoding: Decoding;
  #columns: readonly string[] | undefined;
  #rows = 0;
  #misfits = 0;

  constructor(text: TextFile, shape: FileShape, dialect: Dialect) {
    this.#text = text;
    this.#shape = shape;
    this.#dialect = dialect;
    this.#decoding = new Decoding(text.encoding);
    if (shape.header === false) this.#columns = positions(shape);
  }

  rows(records: readonly CsvRecord[]): RawRow[] {
    const rows: RawRow[] = [];
    for (const record of records)
      if (this.#columns) rows.push(this.#row(record, this.#columns));
      else this.#columns = this.#header(record);
    return rows;
  }

  #row(record: CsvRecord, columns: readonly string[]): RawRow {
    this.#rows++;
    const raw = () => bytesOf(record.raw);
    const refused = this.#refusalOf(record, columns);
    if (!refused) return this.#named(record, columns, raw);
    this.#decoding.row(false);
    return { refusal: refused, raw };
  }

  #header({ cells }: CsvRecord): string[] {
    const names = cells.map((cell) => {
      const name = this.#text.decode(bytesOf(cell));
      if (name !== undefined) return this.#dialect.trim ? name.trim() : name;
      throw new FileRefusedError(`the file is not ${this.#text.encoding}: its header is not valid in it`, {
        advice: adviceOn(this.#text.start, this.#shape, this.#dialect),
      });
    });
    const isWrong = columnsProblem(names, this.#shape) !== undefined;
    checkColumns(names, this.#shape, isWrong ? this.#advice() : undefined);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) throw new FileRefusedError(`the header names the column "${twice}" twice`);
    return names;
  }

  #named({ cells }: CsvRecord, columns: readonly string[], raw: () => Uint8Array): RawRow {
    const row: Record<string, string> = {};
    let beyondAscii = false;
    for (let at = 0; at < columns.length; at++) {
      let cell: string | undefined = cells[at]!;
      if (!isAscii(cell)) {
        beyondAscii = true;
        cell = this.#text.decode(bytesOf(cell));
        if (cell === undefined) {
          this.#decoding.undecodable(raw());
          const path = `/${columns[at]}`;
          return { refusal: refusal('undecodable', path, `is not valid ${this.#text.encoding}`), raw };
        }
      }
      row[columns[at]!] = this.#dialect.trim ? cell.trim() : cell;
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

  /** @throws FileRefusedError when the file as a whole is not what it was read as. */
  end(last: CsvRecord | undefined, advise: ((advice: Advice) => void) | undefined): void {
    if (!this.#columns) throw new FileRefusedError('the file is empty: it has no header');
    this.#decoding.end(advise);
    if (last) this.#checkCut(last, this.#columns);
    const advice = this.#rows > 0 && this.#misfits === this.#rows ? this.#advice() : undefined;
    if (advice)
      throw new FileRefusedError(
        `no row has the ${this.#columns.length} cells of the columns ${this.#columns.join(', ')}`,
        { advice },
      );
  }

  /** A last row without a line break was cut when it lacks cells, or ends within a character. */
  #checkCut({ cells, raw }: CsvRecord, columns: readonly string[]): void {
    if (/[\r\n]$/.test(raw)) return;
    const isShort = this.#rows > 0 && cells.length < columns.length;
    if (isShort || endsWithinCharacter(this.#text, bytesOf(raw)))
      throw new FileRefusedError(
        `the file is truncated: its last row has no line break and ${isShort ? `${cells.length} of ${columns.length} cells` : 'ends within a character'}`,
      );
  }

  #advice(): Advice | undefined {
    const { start, encoding } = this.#text;
    if (!isValidStart(this.#text)) return adviceOn(start, this.#shape, this.#dialect);
    return otherDelimiter(start, encoding, this.#shape, this.#dialect);
  }
}

const refusal = (rule: RowRefusal['rule'], path: string, message: string): RowRefusal => ({
  rule,
  path,
  message: path ? `${path} ${message}` : message,
});
