/** The rows that every format gives: as the file has them, or the refusal of a row that cannot be read as one. */
import { limits } from './limits.ts';
import type { DecodingTally } from './text.ts';

/** Why a row cannot be read as one. */
export interface RowRefusal {
  readonly rule: 'columns' | 'limit' | 'quote' | 'undecodable';
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  readonly message: string;
}

/** What a reader needs to know of a file; a source's contract says all of it. */
export interface FileShape {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    /** What the file calls the column. @default - its name */
    readonly physicalName?: string;
    readonly required: boolean;
  }[];
  /** Columns whose values come from elsewhere (the file's path, constants): the file need not have them. */
  readonly given?: readonly string[];
  /** A label of the WHATWG Encoding Standard; a byte order mark comes first. @default utf-8 */
  readonly encoding?: string;
  /** Of CSV, one ASCII character. @default - by the suffix: a comma, or a tab for .tsv */
  readonly delimiter?: string;
  /** Of CSV, one ASCII character, or `none`. @default " */
  readonly quote?: string;
  /** Of CSV, one ASCII character: what makes a quote within quotes a character. @default - the quote itself */
  readonly escape?: string;
  /** Of CSV: blanks at both ends of a cell are left out. @default false */
  readonly trim?: boolean;
  /** Of CSV: false when the first line is a row. @default true */
  readonly header?: boolean;
  /** Of CSV without a header: what its cells are, by position. @default - the contract's columns in their order */
  readonly fileColumns?: readonly string[];
  /** Of JSON and XML: the member or element that holds one record. */
  readonly recordPath?: string;
}

/** Settings with which a file would be read, where it looks like something else than what is declared. */
export interface Advice {
  readonly encoding?: string;
  readonly delimiter?: string;
}

export type RawRow =
  | {
      readonly row: Readonly<Record<string, unknown>>;
      /** The row's bytes as they are in the file; undefined in a format whose rows have none of their own. */
      readonly raw?: () => Uint8Array;
    }
  | { readonly refusal: RowRefusal; readonly raw: () => Uint8Array };

/**
 * Reads a file on local disk, already unpacked from gzip or zip: its rows, some at a time. The rows count only once the reader has come to its
 * end: a file that turns out to be cut or damaged throws FileRefusedError after the rows before the fault.
 * @param advise called when a file is read, but looks like it was written in another way.
 */
export type RowReader = (
  path: string,
  shape: FileShape,
  advise?: (advice: Advice) => void,
) => AsyncIterable<readonly RawRow[]>;

/** A part of a file that begins and ends between two rows. Bytes count from the file's start, a byte order mark included. */
export interface FileRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Rows of the file before this range. */
  readonly rowsBefore: number;
  /** Of CSV: the columns by position, as the file's header has them. */
  readonly columns: readonly string[];
}

/** What a range says of the file: plain data, for the verdict on the whole. */
export interface RangeTally {
  readonly decoding: DecodingTally;
  /** Of CSV: rows that have other than the file's columns. */
  readonly misfits: number;
  /** Absent where the range has no row. */
  readonly last?: {
    readonly raw: Uint8Array;
    /** Of CSV. */
    readonly cells: number;
    readonly refusal?: RowRefusal;
  };
}

/** A range's rows, some at a time, and its tally once they have been read. */
export interface RangeReading {
  readonly rows: AsyncIterable<readonly RawRow[]>;
  readonly tally: () => RangeTally;
}

/** A file whose rows can be told apart without reading them from its start. */
export interface CutFile {
  /**
   * The ranges of the file, in their order: each ends with the row that makes it `bytes` long, so they depend on nothing but the file.
   * @throws FileRefusedError where the file's reader would.
   */
  readonly ranges: (bytes: number) => AsyncGenerator<FileRange>;
  /** The verdict on the whole file, by the tallies of all ranges. @throws FileRefusedError as the file's reader does at its end */
  readonly end: (tallies: readonly RangeTally[], advise?: (advice: Advice) => void) => void;
}

/** Where a file of this format is cut; undefined for a file that has to be read from its start. */
export type FileCutter = (path: string, shape: FileShape) => Promise<CutFile | undefined>;

/** Reads one range of a file that is cut. */
export type RangeReader = (path: string, shape: FileShape, range: FileRange) => Promise<RangeReading>;

/** A whole file cannot be loaded; the reason is kept in the registry and in quarantine. */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError';
  readonly advice: Advice | undefined;

  constructor(message: string, options: ErrorOptions & { readonly advice?: Advice } = {}) {
    super(options.advice ? `${message}. ${adviceText(options.advice)}` : message, options);
    this.advice = options.advice;
  }
}

const adviceText = (advice: Advice) =>
  `It looks like ${lookOf(advice)}: load it with ${optionsOf(advice).join(' ')}`;

const lookOf = ({ encoding, delimiter }: Advice) =>
  [encoding && `the encoding ${encoding}`, delimiter && `the delimiter ${delimiterName(delimiter)}`]
    .filter(Boolean)
    .join(' and ');

/** How a delimiter is written as a setting: a tab by its name. */
const delimiterName = (delimiter: string): string => (delimiter === '\t' ? 'tab' : delimiter);

/** The options of `headwaters load` for these settings, quoted for a shell. */
export const optionsOf = ({ encoding, delimiter }: Advice): string[] => [
  ...(encoding ? [`--encoding ${encoding}`] : []),
  ...(delimiter ? [`--delimiter ${delimiter === '\t' ? 'tab' : `'${delimiter}'`}`] : []),
];

/** What is wrong with the columns of a file: required ones are missing, or none is the contract's. */
export function columnsProblem(found: readonly string[], shape: FileShape): string | undefined {
  const names = new Set([...found, ...(shape.given ?? [])]);
  const isThere = ({ name, physicalName }: FileShape['columns'][number]) =>
    names.has(name) || names.has(physicalName ?? name);
  const missing = shape.columns
    .filter((column) => column.required && !isThere(column))
    .map(({ name }) => name);
  if (missing.length > 0)
    return `has no column ${missing.join(', ')}, which the contract ${shape.name} requires`;
  return shape.columns.some(isThere) ? undefined : `has no column of the contract ${shape.name}`;
}

/** @throws FileRefusedError when the columns of a file are not those of the contract, or too many. */
export function checkColumns(found: readonly string[], shape: FileShape, advice?: Advice): void {
  if (found.length > limits.columns)
    throw new FileRefusedError(`the file has ${found.length} columns; at most ${limits.columns} are read`);
  const problem = columnsProblem(found, shape);
  if (!problem) return;
  const shown = found.slice(0, 50).map((name) => (name.length > 60 ? `${name.slice(0, 57)}…` : name));
  throw new FileRefusedError(`the file ${problem}; its columns: ${shown.join(', ')}`, {
    ...(advice && { advice }),
  });
}
