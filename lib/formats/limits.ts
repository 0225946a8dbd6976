/** How large a delivered file and its parts may be; what is larger is refused into quarantine with the reason. */

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

export interface Limits {
  /** Bytes of a file as it is delivered, and of all that is unpacked from it. */
  readonly fileBytes: number;
  /** Unpacked bytes per delivered byte; asked only of what unpacks to more than `ratioFromBytes`. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
  /** Files in a zip. */
  readonly members: number;
  /** Columns of a file, cells of a row. */
  readonly columns: number;
  /** Bytes of one value of a row. */
  readonly cellBytes: number;
  /** Bytes of a row; the row is refused, its neighbours are not. */
  readonly rowBytes: number;
  /** Bytes after which the end of a row is no longer looked for: the file is refused. */
  readonly recordBytes: number;
  /** Objects and arrays, or elements, inside each other. */
  readonly depth: number;
  /** Uncompressed bytes of one page of a Parquet file. */
  readonly pageBytes: number;
}

/**
 * Why these figures. `rowBytes`: Athena reads lines of at most 32 MB, and escaping makes a row up to seven times
 * longer in bronze (https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html). `recordBytes`: a
 * refused row keeps its bytes in base64, which also has to fit such a line. `fileBytes`: the loader's disk has 10 GiB
 * for the file, what is unpacked from it, and what it becomes in bronze. `ratio`: text compresses 5 to 50 times; deflate
 * can do 1,032.
 */
export const limits: Limits = {
  fileBytes: 4 * GiB,
  ratio: 200,
  ratioFromBytes: 64 * MiB,
  members: 10_000,
  columns: 10_000,
  cellBytes: 1 * MiB,
  rowBytes: 4 * MiB,
  recordBytes: 16 * MiB,
  depth: 200,
  pageBytes: 128 * MiB,
};

/** `1.5 MiB`, as messages show sizes. */
export function sizeText(bytes: number): string {
  for (const [name, unit] of [
    ['GiB', GiB],
    ['MiB', MiB],
    ['KiB', KiB],
  ] as const)
    if (bytes >= unit) return `${Number((bytes / unit).toFixed(1))} ${name}`;
  return `${bytes} bytes`;
}
