/** Chooses the reader of a file by its name. */
import { cutCsv, readCsv, readCsvRange } from './csv.ts';
import { cutJson, cutNdjson, readJson, readNdjson, readNdjsonRange } from './json.ts';
import { readParquet } from './parquet.ts';
import { type FileCutter, FileRefusedError, type RangeReader, type RowReader } from './row.ts';
import { readXml } from './xml.ts';

interface Format {
  readonly read: RowReader;
  /** Of a format by lines: where its files are cut, and how a range is read. */
  readonly parts?: { readonly cut: FileCutter; readonly read: RangeReader };
}

const ndjson: Format = { read: readNdjson, parts: { cut: cutNdjson, read: readNdjsonRange } };
const csv = (delimiter: string): Format => ({
  read: readCsv(delimiter),
  parts: { cut: cutCsv(delimiter), read: readCsvRange(delimiter) },
});

const formats: Readonly<Record<string, Format>> = {
  csv: csv(','),
  tsv: csv('\t'),
  json: { read: readJson, parts: { cut: cutJson, read: readNdjsonRange } },
  ndjson,
  jsonl: ndjson,
  xml: { read: readXml },
  parquet: { read: readParquet },
};

/** @throws FileRefusedError naming the suffixes that are read. */
function formatOf(name: string): Format {
  const suffix = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const format = formats[suffix];
  if (format) return format;
  throw new FileRefusedError(
    `"${name}" has no format that is read: ${Object.keys(formats).join(', ')}, each also as .gz, or several in a .zip`,
  );
}

/** @throws FileRefusedError naming the suffixes that are read. */
export const readerOf = (name: string): RowReader => formatOf(name).read;

/** How files of this name are cut and read in ranges; undefined for a format whose files are read from their start. */
export const partsOf = (name: string): Format['parts'] => formatOf(name).parts;
