/** Chooses the reader of a file by its name. */
import { readCsv } from './csv.ts';
import { readJson, readNdjson } from './json.ts';
import { readParquet } from './parquet.ts';
import { FileRefusedError, type RowReader } from './row.ts';
import { readXml } from './xml.ts';

const readers: Readonly<Record<string, RowReader>> = {
  csv: readCsv(','),
  tsv: readCsv('\t'),
  json: readJson,
  ndjson: readNdjson,
  jsonl: readNdjson,
  xml: readXml,
  parquet: readParquet,
};

/** @throws FileRefusedError naming the suffixes that are read. */
export function readerOf(name: string): RowReader {
  const suffix = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const reader = readers[suffix];
  if (reader) return reader;
  throw new FileRefusedError(
    `"${name}" has no format that is read: ${Object.keys(readers).join(', ')}, each also as .gz, or several in a .zip`,
  );
}
