/**
 * Remembers text files that are read again, since parsing JSON is most of what a read of bronze costs. Objects never change
 * under their ETag, so a second read writes their columns to Parquet in the engine's scratch folder, and it and later ones
 * read that. What a query counts as scanned stays the objects' bytes.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SqlConnection } from '../../../core/sqlConnection.ts';
import { type CopiedFile, copyOut } from '../../../iceberg/index.ts';
import { identifier, listOf, literal } from './duckText.ts';
import { bytesOf, type HiveFile, someOf } from './files.ts';
import { notInterrupted } from './lineMaps.ts';

/** Files that are together in Parquet, told apart by its column `__file`. */
export interface StoredBatch {
  /** SELECT of the rows of these files; of those that the selection leaves, where the batch is kept apart by its column. */
  select(files: readonly HiveFile[], selection: Selection | undefined): string;
}

/** The only text of a column that a query looks at. */
export interface Selection {
  readonly column: string;
  readonly value: string;
}

export interface TextCache {
  /**
   * Splits files into those that are stored and those to be read directly.
   * @param schema what the stored columns depend on: names, types and the serde's settings
   */
  split(
    connection: SqlConnection,
    schema: string,
    files: readonly HiveFile[],
    read: RawRead,
    selection?: Selection,
  ): Promise<{ stored: Map<StoredBatch, HiveFile[]>; direct: HiveFile[] }>;
}

/** SELECTs of every column as it is in the files, and `__file`. */
export interface RawRead {
  /** Those that fail where files are not as most are; undefined where there are none. */
  quick(files: readonly HiveFile[]): Promise<string[] | undefined>;
  sure(files: readonly HiveFile[]): Promise<string[]>;
}

/** Below this a second parse is cheaper than anything. */
const worthwhileBytes = 256_000;

/** Larger dictionaries cost more to find out than reading them saves: most columns have a text of its own in each row. */
const mostWords = 1000;

/** From here on rows are kept apart by the column by which the first reader selects: a run's models each take one source's. */
const worthDividingBytes = 16_000_000;
/** Each text takes a file and a buffer. */
const mostParts = 32;
/** Fewer rows than this do not tell how many texts there are. */
const leastSampled = 1000;

const mostBytes = 4 * 1024 ** 3;
const leastIdleMs = 600_000;
const mostSeen = 500_000;

interface Batch extends StoredBatch {
  /** Whether its files are as they were written. */
  isWhole(): boolean;
  readonly path: string;
  readonly keys: readonly string[];
  bytes: number;
  usedAt: number;
}

/** What tells a file from what it was before. */
function lookAt(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.size} ${found.mtimeNs}`;
}

/** The column that the rows are to be kept apart by, if it has as few texts in some of the files as it should. */
async function divider(
  connection: SqlConnection,
  files: readonly HiveFile[],
  read: RawRead,
  selection: Selection | undefined,
): Promise<string | undefined> {
  if (!selection || bytesOf(files) < worthDividingBytes) return undefined;
  const selects = await read.quick(someOf(files));
  if (!selects) return undefined;
  const sample = await connection.runAndReadAll(
    `SELECT count(*), count(DISTINCT ${identifier(selection.column)}) FROM (${selects.join(' UNION ALL ')})`,
  );
  const [rows, texts] = sample.getRowsJS()[0]!.map(Number);
  return rows! >= leastSampled && texts! <= mostParts ? selection.column : undefined;
}

/** Writes rows to Parquet in `path`, apart by the column where one is given. */
async function copyApart(
  connection: SqlConnection,
  selects: readonly string[],
  path: string,
  column: string | undefined,
): Promise<CopiedFile[]> {
  const apart =
    column === undefined
      ? ''
      : `, PARTITION_BY (${identifier(column)}), WRITE_PARTITION_COLUMNS, FILENAME_PATTERN '{uuid}'`;
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  return copyOut(
    connection,
    `COPY (${selects.join(' UNION ALL ')}) TO ${literal(column === undefined ? join(path, '0.parquet') : path)} (FORMAT parquet, COMPRESSION lz4, DICTIONARY_SIZE_LIMIT ${mostWords}, RETURN_STATS${apart})`,
  );
}

function batchOf(
  path: string,
  keys: readonly string[],
  files: readonly HiveFile[],
  parts: readonly CopiedFile[],
  column: string | undefined,
): Batch {
  const written = parts.map((part) => lookAt(part.path));
  return {
    path,
    keys,
    isWhole: () => parts.every((part, index) => lookAt(part.path) === written[index]),
    select(wanted, by) {
      const chosen =
        by && by.column === column ? parts.filter(({ keys: [text] }) => text === by.value) : parts;
      const paths = (chosen.length > 0 ? chosen : parts).map((part) => part.path);
      const conditions = [
        ...(chosen.length > 0 ? [] : ['false']),
        ...(wanted.length < files.length
          ? [`__file IN (${wanted.map((file) => literal(file.path)).join(', ')})`]
          : []),
      ];
      return `SELECT * FROM read_parquet(${listOf(paths)}, hive_partitioning = false)${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
    },
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    usedAt: performance.now(),
  };
}

/** @param folder scratch: whatever it holds from an earlier process is removed */
export function createTextCache(folder: string): TextCache {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const seen = new Set<string>();
  const stored = new Map<string, Promise<Batch | undefined>>();
  const batches = new Set<Batch>();
  let count = 0;

  const forget = (batch: Batch) => {
    batches.delete(batch);
    for (const key of batch.keys) stored.delete(key);
    rmSync(batch.path, { recursive: true, force: true });
  };

  const makeRoom = () => {
    let bytes = [...batches].reduce((sum, batch) => sum + batch.bytes, 0);
    for (const batch of batches) {
      if (bytes <= mostBytes) return;
      if (performance.now() - batch.usedAt < leastIdleMs) continue;
      bytes -= batch.bytes;
      forget(batch);
    }
  };

  const build = async (
    connection: SqlConnection,
    keys: readonly string[],
    files: readonly HiveFile[],
    read: RawRead,
    selection: Selection | undefined,
  ): Promise<Batch | undefined> => {
    const path = join(folder, String(count++));
    let column: string | undefined;
    let copied: CopiedFile[] | undefined;
    try {
      column = await divider(connection, files, read, selection).catch(notInterrupted);
      const quick = await read.quick(files);
      copied = quick && (await copyApart(connection, quick, path, column).catch(notInterrupted));
      if (!copied) {
        // It may have been the division that failed: a text becomes the name of a folder.
        column = undefined;
        copied = await copyApart(connection, await read.sure(files), path, column);
      }
      if (copied.length === 0) throw new Error('No file has a row, so there is nothing to keep');
    } catch {
      // The direct read meets the same bad data, and says so only if the query needs it.
      for (const key of keys) stored.delete(key);
      rmSync(path, { recursive: true, force: true });
      return undefined;
    }
    const batch = batchOf(path, keys, files, copied, column);
    batches.add(batch);
    makeRoom();
    return batch;
  };

  return {
    async split(connection, schema, files, read, selection) {
      const bytes = bytesOf(files);
      if (bytes < worthwhileBytes) return { stored: new Map(), direct: [...files] };
      // What somebody changed or removed is parsed again.
      for (const batch of [...batches]) if (!batch.isWhole()) forget(batch);
      const keyOf = (file: HiveFile) => `${schema}#${file.uri}#${file.etag}`;
      const wanted = files.filter((file) => !stored.has(keyOf(file)) && seen.has(keyOf(file)));
      if (seen.size > mostSeen) seen.clear();
      for (const file of files) seen.add(keyOf(file));
      if (wanted.length > 0) {
        const keys = wanted.map(keyOf);
        const batch = build(connection, keys, wanted, read, selection);
        for (const key of keys) stored.set(key, batch);
      }
      const found = new Map<StoredBatch, HiveFile[]>();
      const direct: HiveFile[] = [];
      for (const file of files) {
        const batch = await stored.get(keyOf(file));
        if (!batch) direct.push(file);
        else {
          batch.usedAt = performance.now();
          const together = found.get(batch);
          if (together) together.push(file);
          else found.set(batch, [file]);
        }
      }
      return { stored: found, direct };
    },
  };
}
