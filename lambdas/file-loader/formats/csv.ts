/** Rows of CSV and TSV files (RFC 4180: quoted cells may hold delimiters and line breaks). */
import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import type { Contract } from '../../../lib/model/contract.ts';
import { checkColumns, FileRefusedError, type RawRow, type RowReader } from './row.ts';

export const readCsv = (defaultDelimiter: string): RowReader =>
  async function* (path, contract) {
    const delimiter = contract.delimiter ?? defaultDelimiter;
    const cells = createReadStream(path).pipe(
      parse({ bom: true, delimiter, relax_column_count: true, skip_empty_lines: true }),
    );
    let columns = contract.header === false ? contract.columns.map(({ name }) => name) : undefined;
    try {
      for await (const row of cells as AsyncIterable<string[]>) {
        if (columns) yield named(row, columns, delimiter);
        else columns = headerOf(row, contract);
      }
    } catch (error) {
      if (error instanceof CsvError)
        throw new FileRefusedError(`not CSV: ${error.message}`, { cause: error });
      throw error;
    }
    if (!columns) throw new FileRefusedError('the file is empty: it has no header');
  };

function headerOf(row: string[], contract: Contract): string[] {
  const twice = row.find((name, at) => row.indexOf(name) !== at);
  if (twice !== undefined) throw new FileRefusedError(`the header names the column "${twice}" twice`);
  checkColumns(row, contract);
  return row;
}

function named(row: string[], columns: readonly string[], delimiter: string): RawRow {
  if (row.length !== columns.length) {
    return {
      refusal: {
        rule: 'columns',
        path: '',
        message: `the row has ${row.length} cells, the file ${columns.length} columns`,
      },
      text: row.join(delimiter),
    };
  }
  const record: Record<string, string> = {};
  for (let at = 0; at < columns.length; at++) record[columns[at]!] = row[at]!;
  return { row: record };
}
