/** Writes the rows of an answer as CSV, JSON, Parquet or Excel, with the types that Athena says they have. */
import { extname } from 'node:path';
import { distinctNames, FRACTION, isDecimal, isNumeric, jsonValue, WHOLE } from '../lib/model/sql/values.ts';
import { UsageError } from './errors.ts';
import { count } from './text.ts';

export interface Rowset {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as Athena's text; null is SQL's NULL. */
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
}

export const EXPORT_FORMATS = ['csv', 'json', 'parquet', 'xlsx'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const isExportFormat = (text: string): text is ExportFormat =>
  (EXPORT_FORMATS as readonly string[]).includes(text);

/** The format that a file's name asks for. Throws `UsageError` for another one. */
export function exportFormatOf(file: string): ExportFormat {
  const format = extname(file).slice(1).toLowerCase();
  if (isExportFormat(format)) return format;
  throw new UsageError(
    `'${file}' does not say how to write it; a name ends in ${EXPORT_FORMATS.map((one) => `.${one}`).join(', ')}.`,
  );
}

/** The file's bytes. Throws `UsageError` for an answer that the format cannot hold. */
export async function exportRows(rowset: Rowset, format: ExportFormat): Promise<Uint8Array> {
  switch (format) {
    case 'csv':
      return Buffer.from(`${toCsv(rowset)}\n`);
    case 'json':
      return Buffer.from(`${toJson(rowset)}\n`);
    case 'parquet':
      return toParquet(rowset);
    case 'xlsx':
      return toExcel(rowset);
  }
}

/** RFC 4180; SQL's NULL is an empty cell, the empty text a quoted one. */
export function toCsv({ columns, rows }: Rowset): string {
  const cell = (value: string | null) =>
    value === null ? '' : value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  return [columns.map(({ name }) => name), ...rows].map((row) => row.map(cell).join(',')).join('\n');
}

/** An array of objects. Numbers keep every digit (RFC 8259 sets no limit); what JSON has no word for is text. */
export function toJson({ columns, rows }: Rowset): string {
  const names = distinctNames(columns);
  const objects = rows.map((row) =>
    Object.fromEntries(names.map((name, at) => [name, jsonValue(row[at] ?? null, columns[at]!.type)])),
  );
  return JSON.stringify(objects, undefined, 2);
}

/** How a column's values are written in Parquet (https://parquet.apache.org/docs/file-format/types/logicaltypes/). */
interface ParquetColumn {
  readonly element: Readonly<Record<string, unknown>>;
  readonly value: (text: string) => unknown;
}

const DECIMAL_DIGITS = 38;
/** Bytes that hold 38 decimal digits and a sign. */
const DECIMAL_BYTES = 16;

function parquetColumn(type: string, texts: readonly string[]): ParquetColumn {
  if (type === 'boolean') return { element: { type: 'BOOLEAN' }, value: (text) => text === 'true' };
  if (type === 'bigint') return { element: { type: 'INT64' }, value: BigInt };
  if (WHOLE.has(type)) return { element: { type: 'INT32' }, value: Number };
  if (FRACTION.has(type)) return { element: { type: type === 'double' ? 'DOUBLE' : 'FLOAT' }, value: Number };
  if (isDecimal(type)) return decimalColumn(texts);
  if (type === 'date')
    return { element: { type: 'INT32', converted_type: 'DATE' }, value: (text) => new Date(text) };
  if (type === 'timestamp')
    return {
      element: {
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
      },
      value: microseconds,
    };
  return { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, value: (text) => text };
}

/** Athena writes every digit of a decimal's scale, so the texts say which scale it is. */
function decimalColumn(texts: readonly string[]): ParquetColumn {
  const fraction = (text: string) => text.split('.')[1] ?? '';
  const scale = texts.reduce((most, text) => Math.max(most, fraction(text).length), 0);
  return {
    element: {
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: DECIMAL_BYTES,
      converted_type: 'DECIMAL',
      precision: DECIMAL_DIGITS,
      scale,
    },
    value: (text) => BigInt(text.split('.')[0]! + fraction(text).padEnd(scale, '0')),
  };
}

/** Since the epoch, of `2026-11-30 16:00:00.123456`, with as many digits as there are. */
function microseconds(text: string): bigint {
  const [whole, fraction = ''] = text.split('.');
  return (
    BigInt(Date.parse(`${whole!.replace(' ', 'T')}Z`)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
  );
}

async function toParquet({ columns, rows }: Rowset): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const names = distinctNames(columns);
  const written = columns.map(({ type }, at) => {
    const texts = rows.flatMap((row) => row[at] ?? []);
    const { element, value } = parquetColumn(type, texts);
    return {
      element: { ...element, name: names[at]!, repetition_type: 'OPTIONAL' },
      data: rows.map((row) => (row[at] === null || row[at] === undefined ? null : value(row[at]))),
    };
  });
  const schema = [{ name: 'root', num_children: columns.length }, ...written.map(({ element }) => element)];
  return new Uint8Array(
    parquetWriteBuffer({
      schema: schema as never,
      columnData: written.map(({ element, data }) => ({ name: element.name, data })),
    }),
  );
}

/** https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3 */
const EXCEL = { rows: 1_048_576, columns: 16_384, characters: 32_767, digits: 15 } as const;

async function toExcel({ columns, rows }: Rowset): Promise<Uint8Array> {
  if (rows.length + 1 > EXCEL.rows || columns.length > EXCEL.columns)
    throw new UsageError(
      `${count(rows.length)} rows of ${count(columns.length)} columns do not fit into an Excel sheet ` +
        `(${count(EXCEL.rows)} rows with the header, ${count(EXCEL.columns)} columns); write .csv or .parquet.`,
    );
  const { default: write } = await import('write-excel-file/node');
  const header = columns.map(({ name }) => ({ value: name, fontWeight: 'bold' as const }));
  const body = rows.map((row) => columns.map(({ name, type }, at) => excelCell(row[at] ?? null, type, name)));
  return write([header, ...body], { sheet: 'result', stickyRowsCount: 1 }).toBuffer();
}

const DAY = /^(\d{4})-\d\d-\d\d$/;
const TIME = /^(\d{4})-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/;
/** Excel's calendar is right from March 1900 on. */
const FIRST_EXCEL_YEAR = 1901;

/** A number that Excel would round, and a day that its calendar does not have, stay text. */
function excelCell(text: string | null, type: string, column: string) {
  if (text === null) return null;
  if (text.length > EXCEL.characters)
    throw new UsageError(
      `A value of ${column} has ${count(text.length)} characters, and a cell of Excel takes ${count(EXCEL.characters)}; ` +
        'write .csv or .parquet.',
    );
  if (type === 'boolean') return { value: text === 'true' };
  const digits = text
    .replace(/[eE].*$/, '')
    .replaceAll(/[-.]/g, '')
    .replace(/^0+/, '').length;
  if (isNumeric(type) && Number.isFinite(Number(text)) && (FRACTION.has(type) || digits <= EXCEL.digits))
    return { value: Number(text) };
  const pattern = type === 'date' ? DAY : type === 'timestamp' ? TIME : undefined;
  const year = pattern?.exec(text)?.[1];
  if (year && Number(year) >= FIRST_EXCEL_YEAR)
    return type === 'date'
      ? { value: new Date(text), format: 'yyyy-mm-dd' }
      : { value: new Date(`${text.replace(' ', 'T').slice(0, 23)}Z`), format: 'yyyy-mm-dd hh:mm:ss' };
  return { value: text, type: String };
}
