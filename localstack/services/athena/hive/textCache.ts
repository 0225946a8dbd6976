/**
 * Remembers text files that are read again: a run's models all read the same bronze objects, and parsing JSON is most of
 * what that costs. Objects never change under their ETag, so a read writes their columns to Parquet in the engine's scratch
 * folder, and it and later ones read that. What a query counts as scanned stays the objects' bytes.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './duckText.ts';
import type { HiveFile } from './files.ts';

/** Files that lie together in one Parquet file, told apart by its column `__file`. */
export interface StoredBatch {
  readonly path: string;
  readonly files: ReadonlySet<string>;
}

export interface TextCache {
  /**
   * Splits files into those that are stored and those to be read directly.
   * @param schema what the stored columns depend on: names, types and the serde's settings
   */
  split(
    connection: DuckDBConnection,
    schema: string,
    files: readonly HiveFile[],
    read: RawRead,
  ): Promise<{ stored: Map<StoredBatch, HiveFile[]>; direct: HiveFile[] }>;
}

/** SELECTs of every column as it stands in the files, and `__file`. */
export interface RawRead {
  /** Those that fail where files are not as most are; undefined where there are none. */
  quick(files: readonly HiveFile[]): string[] | undefined;
  sure(files: readonly HiveFile[]): Promise<string[]>;
}

/** Below this a second parse is cheaper than anything. */
const worthwhileBytes = 256_000;

/** Files of more than this together are stored when they are read again, since they may never be. */
const mostBytesAtOnce = 512 * 1024 ** 2;

/** Larger dictionaries cost more to find out than reading them saves: most columns have a text of its own in each row. */
const mostWords = 1000;

const mostBytes = 4 * 1024 ** 3;
const leastIdleMs = 600_000;
const mostSeen = 500_000;

interface Batch extends StoredBatch {
  readonly keys: readonly string[];
  bytes: number;
  usedAt: number;
}

/** False for a failure that another read may not meet. @throws what the query's own cancelling caused */
function notInterrupted(cause: Error): false {
  if (/^INTERRUPT/i.test(cause.message)) throw cause;
  return false;
}

/** @param folder scratch: whatever it holds from an earlier process is removed */
export function createTextCache(folder: string): TextCache {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const seen = new Set<string>();
  const stored = new Map<string, Promise<Batch | undefined>>();
  const batches = new Set<Batch>();
  let count = 0;

  const makeRoom = () => {
    let bytes = [...batches].reduce((sum, batch) => sum + batch.bytes, 0);
    for (const batch of batches) {
      if (bytes <= mostBytes) return;
      if (performance.now() - batch.usedAt < leastIdleMs) continue;
      bytes -= batch.bytes;
      batches.delete(batch);
      for (const key of batch.keys) stored.delete(key);
      rmSync(batch.path, { force: true });
    }
  };

  const build = async (
    connection: DuckDBConnection,
    keys: readonly string[],
    files: readonly HiveFile[],
    read: RawRead,
  ): Promise<Batch | undefined> => {
    const path = join(folder, `${count++}.parquet`);
    const write = (selects: readonly string[]) =>
      connection.run(
        `COPY (${selects.join(' UNION ALL ')}) TO ${literal(path)} (FORMAT parquet, COMPRESSION lz4, DICTIONARY_SIZE_LIMIT ${mostWords})`,
      );
    try {
      const quick = read.quick(files);
      const isWritten = quick !== undefined && (await write(quick).then(() => true, notInterrupted));
      if (!isWritten) await write(await read.sure(files));
    } catch {
      // The direct read meets the same bad data, and says so only if the query needs it.
      for (const key of keys) stored.delete(key);
      rmSync(path, { force: true });
      return undefined;
    }
    const batch: Batch = {
      path,
      keys,
      files: new Set(files.map((file) => file.path)),
      bytes: statSync(path).size,
      usedAt: performance.now(),
    };
    batches.add(batch);
    makeRoom();
    return batch;
  };

  return {
    async split(connection, schema, files, read) {
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      if (bytes < worthwhileBytes) return { stored: new Map(), direct: [...files] };
      const keyOf = (file: HiveFile) => `${schema}#${file.uri}#${file.etag}`;
      const wanted = files.filter(
        (file) => !stored.has(keyOf(file)) && (bytes <= mostBytesAtOnce || seen.has(keyOf(file))),
      );
      if (seen.size > mostSeen) seen.clear();
      for (const file of files) seen.add(keyOf(file));
      if (wanted.length > 0) {
        const keys = wanted.map(keyOf);
        const batch = build(connection, keys, wanted, read);
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
