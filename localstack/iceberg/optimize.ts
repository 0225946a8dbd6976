/** OPTIMIZE … REWRITE DATA USING BIN_PACK: small files become large ones, and deletes are folded into the data. https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html */
import type { SqlConnection } from '../core/sqlConnection.ts';
import { commit, discard } from './commit.ts';
import { IcebergError } from './errors.ts';
import { type Iceberg, loadTable, type TableRef } from './lake.ts';
import type { DataFile } from './manifest.ts';
import {
  currentSchema,
  currentSnapshot,
  currentSpec,
  numberProperty,
  type TableMetadata,
} from './metadata.ts';
import { tupleKey } from './partition.ts';
import { bindPredicate, namedColumns, type Predicate } from './predicate.ts';
import { type SnapshotFiles, scanRelation, snapshotFiles } from './scan.ts';
import { findField } from './schema.ts';
import { withSnapshot } from './snapshot.ts';
import { type CommitResult, commitResult, querySummary } from './table.ts';
import { targetFileBytes, type WriteOptions, writeDataFiles } from './write.ts';

type DataWithDeletes = SnapshotFiles['data'][number];

export interface OptimizeOptions extends WriteOptions {
  /** Leaves out files that cannot hold a matching row; files are rewritten whole. */
  where?: Predicate;
  /** Default: the table's target. */
  targetFileBytes?: number;
  /**
   * Counts small files by partition, in place of `optimize_rewrite_data_file_threshold`, which counts them by bin: a
   * partition with fewer of them is left alone. https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergCompactionConfiguration.html
   */
  minInputFiles?: number;
  /** In place of `optimize_rewrite_delete_file_threshold`. */
  deleteFileThreshold?: number;
}

export interface OptimizeResult extends CommitResult {
  /** Data files that were replaced. */
  readonly rewrittenFiles: number;
  readonly rewrittenBytes: number;
}

/**
 * Rewrites, partition by partition, the files that Athena's table properties select: those smaller than
 * `optimize_rewrite_min_data_file_size_bytes` (¾ of the target), larger than `optimize_rewrite_max_data_file_size_bytes`
 * (1.8 times), or with at least `optimize_rewrite_delete_file_threshold` (2) delete files. A bin of them is left alone
 * when it holds fewer than `optimize_rewrite_data_file_threshold` (5) files, unless deletes or its size call for it.
 * Throws ICEBERG_COMMIT_ERROR when another writer changed the rewritten files meanwhile, NOT_SUPPORTED for a `where` on
 * a column that the table is not partitioned by.
 */
export async function optimize(
  lake: Iceberg,
  connection: SqlConnection,
  ref: TableRef,
  options: OptimizeOptions = {},
): Promise<OptimizeResult> {
  const base = await loadTable(lake, ref);
  const { metadata } = base;
  const where = options.where ?? { op: 'true' };
  requirePartitionColumns(metadata, where);
  const predicate = bindPredicate(where, currentSchema(metadata));
  const { data } = await snapshotFiles(lake, metadata, currentSnapshot(metadata), predicate);
  const bins = chooseBins(metadata, data, options);
  const rewritten = bins.flat();
  if (rewritten.length === 0)
    return {
      table: base,
      addedRecords: 0,
      deletedRecords: 0,
      addedFiles: 0,
      bytesWritten: 0,
      rewrittenFiles: 0,
      rewrittenBytes: 0,
    };

  const written: string[] = [];
  const fresh: DataFile[] = [];
  try {
    for (const bin of bins) {
      const { file } = bin[0]!.entry;
      const relation = await scanRelation(lake, connection, metadata, currentSchema(metadata), bin, false);
      const isCurrentSpec = file.specId === metadata['default-spec-id'];
      fresh.push(
        ...(await writeDataFiles(lake, connection, metadata, `SELECT * FROM ${relation}`, written, {
          ...options,
          ...(isCurrentSpec ? { partition: file.partition } : {}),
        })),
      );
    }
  } catch (error) {
    await discard(lake, written);
    throw error;
  }
  const table = await commit(
    lake,
    base,
    async (current, manifests) => {
      const removed = await replaced(lake, current, rewritten);
      return withSnapshot(
        lake,
        current,
        { operation: 'replace', data: fresh, removed, summary: querySummary(options) },
        manifests,
      );
    },
    written,
  );
  return {
    ...commitResult(table, fresh),
    rewrittenFiles: rewritten.length,
    rewrittenBytes: rewritten.reduce((sum, { entry }) => sum + entry.file.bytes, 0),
  };
}

/** Athena fails an OPTIMIZE whose condition names any other column. */
function requirePartitionColumns(metadata: TableMetadata, predicate: Predicate): void {
  const sources = currentSpec(metadata).fields.map((field) => field['source-id']);
  const other = namedColumns(predicate).find(
    (name) => !sources.includes(findField(currentSchema(metadata), name).id),
  );
  if (other !== undefined)
    throw new IcebergError(
      'NOT_SUPPORTED',
      `OPTIMIZE may be limited by partition columns only; '${other}' is none`,
    );
}

/** The bins of files to rewrite, each of one partition and about one target file's size. */
function chooseBins(
  metadata: TableMetadata,
  data: readonly DataWithDeletes[],
  options: OptimizeOptions,
): DataWithDeletes[][] {
  const { minInputFiles } = options;
  const target = options.targetFileBytes ?? targetFileBytes(metadata);
  const property = (name: string, fallback: number) =>
    numberProperty(metadata, `optimize_rewrite_${name}`, fallback);
  const least = property('min_data_file_size_bytes', Math.floor(target * 0.75));
  const most = property('max_data_file_size_bytes', Math.floor(target * 1.8));
  const deleteThreshold = options.deleteFileThreshold ?? property('delete_file_threshold', 2);
  const fileThreshold = property('data_file_threshold', 5);

  const bytesOf = (bin: readonly DataWithDeletes[]) =>
    bin.reduce((sum, { entry }) => sum + entry.file.bytes, 0);
  const hasTooManyDeletes = ({ deletes }: DataWithDeletes) =>
    deletes.length > 0 && deletes.length >= deleteThreshold;
  const isCandidate = (item: DataWithDeletes) =>
    item.entry.file.bytes < least || item.entry.file.bytes > most || hasTooManyDeletes(item);
  const hasEnough = (bin: readonly DataWithDeletes[], partition: readonly DataWithDeletes[]) =>
    minInputFiles === undefined
      ? bin.length >= fileThreshold || bytesOf(bin) > target
      : partition.length >= minInputFiles;
  const isWorthwhile = (bin: readonly DataWithDeletes[], partition: readonly DataWithDeletes[]) =>
    (bin.length > 1 && hasEnough(bin, partition)) || bytesOf(bin) > most || bin.some(hasTooManyDeletes);

  const partitions = Map.groupBy(data.filter(isCandidate), ({ entry: { file } }) =>
    tupleKey(file.specId, file.partition),
  );
  return [...partitions.values()].flatMap((files) =>
    packed(files, target).filter((bin) => isWorthwhile(bin, files)),
  );
}

function packed(files: readonly DataWithDeletes[], target: number): DataWithDeletes[][] {
  const bins: DataWithDeletes[][] = [];
  let room = 0;
  for (const item of files) {
    const { bytes } = item.entry.file;
    const bin = bins.at(-1);
    if (bin && bytes <= room) {
      bin.push(item);
      room -= bytes;
    } else {
      bins.push([item]);
      room = target - bytes;
    }
  }
  return bins;
}

/**
 * The locations that the rewriting replaces: the data, and the deletes that apply to nothing else. Throws
 * ICEBERG_COMMIT_ERROR when a file got deletes, or left the table, since it was read.
 */
async function replaced(
  lake: Iceberg,
  current: TableMetadata,
  rewritten: readonly DataWithDeletes[],
): Promise<Set<string>> {
  const read = new Map(rewritten.map((item) => [item.entry.file.path, item]));
  const now = await snapshotFiles(lake, current, currentSnapshot(current));
  const stillNeeded = new Set<string>();
  for (const { entry, deletes } of now.data) {
    const known = new Set(read.get(entry.file.path)?.deletes.map((file) => file.path));
    for (const file of deletes) {
      if (!read.has(entry.file.path)) stillNeeded.add(file.path);
      else if (!known.has(file.path))
        throw new IcebergError(
          'ICEBERG_COMMIT_ERROR',
          `Cannot commit, found new delete for replaced data file: ${entry.file.path}`,
        );
    }
  }
  const freed = rewritten
    .flatMap(({ deletes }) => deletes.map((file) => file.path))
    .filter((path) => !stillNeeded.has(path));
  return new Set([...read.keys(), ...freed]);
}
