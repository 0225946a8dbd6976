/** Remembers files, which never change under their ETag: keys' spellings, Parquet footers, parsed text. */
import type { HiveFile } from './files.ts';
import { createTextCache, type TextCache } from './textCache.ts';

/** A Parquet file's columns by lower-case name, with the compressed bytes of each and, unless it is nested, how it is stored. */
export type Footer = Readonly<
  Record<string, { readonly name: string; readonly bytes: number; readonly stored: string | null }>
>;

/** How a file writes its top-level JSON keys: every spelling by lower-case name, where one is not lower case. */
export type Spelling = Readonly<Record<string, readonly string[]>>;

export interface FileMemory {
  readonly footers: Remembered<Footer>;
  readonly spellings: Remembered<Spelling>;
  /** The keys at any depth of a file that are not in lower case. */
  readonly deepKeys: Remembered<readonly string[]>;
  /** What is being found out right now, by file. */
  readonly learning: Map<string, Promise<void>>;
  readonly text: TextCache;
}

export interface Remembered<T> {
  get(file: HiveFile): T | undefined;
  set(file: HiveFile, value: T): void;
}

export const fileKey = (file: HiveFile) => `${file.uri}#${file.etag}`;

/** Forgets the longest-known half when it is full. */
function remembered<T>(most: number): Remembered<T> {
  const values = new Map<string, T>();
  return {
    get: (file) => values.get(fileKey(file)),
    set(file, value) {
      if (values.size >= most) for (const key of [...values.keys()].slice(0, most / 2)) values.delete(key);
      values.set(fileKey(file), value);
    },
  };
}

/** @param scratch folder for what is kept on disk; emptied first */
export const createFileMemory = (scratch: string): FileMemory => ({
  footers: remembered(50_000),
  spellings: remembered(200_000),
  deepKeys: remembered(200_000),
  learning: new Map(),
  text: createTextCache(scratch),
});
