/** Rows of Parquet files, some thousands at a time; digits, fractions of seconds and bytes are kept. */
import { isUtf8 } from 'node:buffer';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { limits, sizeText } from './limits.ts';
import { parquetConverters } from './parquetValues.ts';
import { checkColumns, FileRefusedError, type RowReader } from './row.ts';

type AsyncFile = Awaited<ReturnType<typeof asyncBufferFromFile>>;

/** Of a slice of a row group, uncompressed: what is in memory at once. */
const SLICE_BYTES = 16 * 2 ** 20;
const SLICE_ROWS = 20_000;

export const readParquet: RowReader = async function* (path, shape) {
  const file = await asyncBufferFromFile(path);
  if (file.byteLength === 0) throw new FileRefusedError('the file is empty: it has 0 bytes');
  const metadata = await readFooter(file);
  checkColumns(
    parquetSchema(metadata).children.map(({ element }) => element.name),
    shape,
  );
  const convert = parquetConverters(metadata);
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const rowBytes = Math.max(1, Number(group.total_byte_size) / Number(group.num_rows));
    const most = Math.max(1, Math.min(SLICE_ROWS, Math.floor(SLICE_BYTES / rowBytes)));
    for (let rowStart = groupStart; rowStart < groupEnd; rowStart += most) {
      const rows = await readSlice(file, convert.metadata, rowStart, Math.min(rowStart + most, groupEnd));
      yield rows.map((row) => ({ row: convert.row(row) }));
    }
    groupStart = groupEnd;
  }
};

async function readFooter(file: AsyncFile): Promise<FileMetaData> {
  const refused = (error: Error) =>
    new FileRefusedError(`not Parquet, or truncated: ${error.message}`, { cause: error });
  const head = Buffer.from(await file.slice(0, Math.min(4, file.byteLength)));
  if (head.toString('latin1') !== 'PAR1') throw refused(new Error('its first bytes are not PAR1'));
  const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
    throw refused(error);
  });
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (rows !== Number(metadata.num_rows))
    throw refused(new Error(`its footer counts ${metadata.num_rows} rows, its row groups ${rows}`));
  return metadata;
}

async function readSlice(file: AsyncFile, metadata: FileMetaData, rowStart: number, rowEnd: number) {
  const what = `rows ${rowStart + 1} to ${rowEnd} cannot be read`;
  const rows = await parquetReadObjects({
    file,
    metadata,
    rowStart,
    rowEnd,
    compressors: boundedCompressors,
    utf8: false,
    parsers,
    useOffsetIndex: true,
  }).catch((error: Error) => {
    if ('code' in error) throw error;
    throw new FileRefusedError(`${what}: ${error.message}`, { cause: error });
  });
  if (rows.length !== rowEnd - rowStart)
    throw new FileRefusedError(`${what}: there are only ${rows.length}; the file is damaged`);
  return rows;
}

/** A page says how large it is unpacked; what it says is not believed without a bound. */
const boundedCompressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number) => {
      if (outputLength > limits.pageBytes)
        throw new RangeError(
          `a page has ${sizeText(outputLength)} unpacked; allowed are ${sizeText(limits.pageBytes)}`,
        );
      return decompress(input, outputLength);
    },
  ]),
) as typeof compressors;

const parsers = {
  stringFromBytes: (bytes: Uint8Array) => bytes && textOf(bytes),
  timestampFromMicroseconds: (micros: bigint) => isoText(micros, 1_000_000n),
  timestampFromNanoseconds: (nanos: bigint) => isoText(nanos, 1_000_000_000n),
};

/** Bytes that are not UTF-8 stay bytes, which no column of text takes. */
const textOf = (bytes: Uint8Array) => (isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : bytes);

/** ISO 8601 in UTC with every digit of the fraction. */
function isoText(since: bigint, perSecond: bigint): string {
  const fraction = ((since % perSecond) + perSecond) % perSecond;
  const seconds = (since - fraction) / perSecond;
  const whole = new Date(Number(seconds) * 1000);
  if (Number.isNaN(whole.getTime())) return String(since);
  const digits = String(fraction)
    .padStart(String(perSecond).length - 1, '0')
    .replace(/0+$/, '');
  return `${whole.toISOString().slice(0, -5)}${digits && `.${digits}`}Z`;
}
