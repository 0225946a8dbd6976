/** DELETE, UPDATE and MERGE as Athena does them, merge-on-read: position-delete files and new data files in one snapshot. */
import type { SqlConnection } from '../core/sqlConnection.ts';
import { commit, discard } from './commit.ts';
import { IcebergError } from './errors.ts';
import { type Iceberg, type LoadedTable, loadTable, type TableRef } from './lake.ts';
import { normalised } from './location.ts';
import type { DataFile } from './manifest.ts';
import { allFields, boundSpec, currentSchema, currentSnapshot, type TableMetadata } from './metadata.ts';
import { NO_DELETES, type WrittenDeletes, writeDeletes } from './positionDeletes.ts';
import { allMatch, type BoundPredicate, bindPredicate, type Predicate } from './predicate.ts';
import { rangesOfFile } from './ranges.ts';
import { snapshotFiles } from './scan.ts';
import { withSnapshot } from './snapshot.ts';
import { type CommitResult, commitResult, querySummary } from './table.ts';
import { type WriteOptions, writeDataFiles } from './write.ts';

export interface RowDelta extends WriteOptions {
  operation: 'delete' | 'update' | 'merge';
  /** A SELECT whose first two columns are `"$path"` and `"$pos"` of rows of `base`, each at most once. */
  deletes?: string;
  /** A SELECT of whole rows, columns by position. */
  inserts?: string;
  /** The rows that the statement may have read: a concurrent writer that touched such rows is a conflict. Default: all. */
  conflictFilter?: Predicate;
}

/**
 * Commits the deletes and inserts that a statement worked out from `base`. No rows at all, no snapshot.
 * Isolation is serializable unless the table's `write.<operation>.isolation-level` is `snapshot`: then rows that others
 * appended meanwhile are not a conflict. Throws MERGE_TARGET_ROW_MULTIPLE_MATCHES when a row is named twice,
 * ICEBERG_COMMIT_ERROR for a conflict that only running the statement again can resolve.
 */
export async function rowDelta(
  lake: Iceberg,
  connection: SqlConnection,
  base: LoadedTable,
  delta: RowDelta,
): Promise<CommitResult> {
  const written: string[] = [];
  let data: DataFile[];
  let deletes: WrittenDeletes;
  try {
    deletes = delta.deletes
      ? await writeDeletes(lake, connection, base.metadata, delta.deletes, written, delta)
      : NO_DELETES;
    data = delta.inserts
      ? await writeDataFiles(lake, connection, base.metadata, delta.inserts, written, delta)
      : [];
  } catch (error) {
    await discard(lake, written);
    throw error;
  }
  const files = [...data, ...deletes.files];
  if (files.length === 0)
    return { table: base, addedRecords: 0, deletedRecords: 0, addedFiles: 0, bytesWritten: 0 };
  const filter = bindPredicate(delta.conflictFilter ?? { op: 'true' }, currentSchema(base.metadata));
  const table = await commit(
    lake,
    base,
    async (current, manifests) => {
      if (current !== base.metadata)
        await checkNoConflict(
          lake,
          base.metadata,
          current,
          deletes.touched,
          filter,
          isolation(current, delta),
        );
      return withSnapshot(
        lake,
        current,
        {
          operation: data.length === 0 ? 'delete' : 'overwrite',
          data,
          deletes: deletes.files,
          summary: querySummary(delta),
        },
        manifests,
      );
    },
    written,
  );
  return commitResult(table, files, deletes.rows);
}

const isolation = (metadata: TableMetadata, delta: RowDelta): 'serializable' | 'snapshot' =>
  metadata.properties[`write.${delta.operation}.isolation-level`] === 'snapshot'
    ? 'snapshot'
    : 'serializable';

const conflict = (message: string) => new IcebergError('ICEBERG_COMMIT_ERROR', message);

/**
 * What Iceberg's RowDelta validates against the snapshots since the base: touched files are still there, no one else
 * deleted rows from them, and under serializable isolation no one added rows that the statement would have read.
 */
async function checkNoConflict(
  lake: Iceberg,
  base: TableMetadata,
  current: TableMetadata,
  touched: ReadonlySet<string>,
  filter: BoundPredicate,
  level: 'serializable' | 'snapshot',
): Promise<void> {
  const before = await snapshotFiles(lake, base, currentSnapshot(base));
  const now = await snapshotFiles(lake, current, currentSnapshot(current), filter);
  const everywhere = await snapshotFiles(lake, current, currentSnapshot(current));
  const live = new Map(everywhere.data.map((item) => [normalised(item.entry.file.path), item]));
  const known = new Set(before.data.map(({ entry }) => normalised(entry.file.path)));
  const knownDeletes = new Set(before.deletes.map(({ file }) => normalised(file.path)));
  for (const path of touched) {
    const item = live.get(normalised(path));
    if (!item) throw conflict(`Cannot commit, missing data files: [${path}]`);
    const added = item.deletes.find((file) => !knownDeletes.has(normalised(file.path)));
    if (added)
      throw conflict(`Found new conflicting delete files that can apply to ${path}: [${added.path}]`);
  }
  if (level === 'snapshot') return;
  const appeared = now.data.find(({ entry }) => !known.has(normalised(entry.file.path)));
  if (appeared)
    throw conflict(
      `Found conflicting files that can contain records matching the statement: [${appeared.entry.file.path}]`,
    );
}

/**
 * Deletes by leaving out whole files, when the filter takes every row of each file that it could touch. Undefined when it
 * takes a part of one, or when one has deletes already: then rows have to be deleted (and counted) by position.
 */
export async function deleteWhere(
  lake: Iceberg,
  ref: TableRef,
  filter: Predicate,
  options: WriteOptions = {},
): Promise<CommitResult | undefined> {
  const base = await loadTable(lake, ref);
  const predicate = bindPredicate(filter, currentSchema(base.metadata));
  let files = await wholeFiles(lake, base.metadata, predicate);
  if (!files) return undefined;
  const table = await commit(lake, base, async (current, manifests) => {
    files = await wholeFiles(lake, current, predicate);
    if (!files) throw conflict('Rows were added meanwhile in files that the filter takes only a part of');
    if (files.length === 0) return undefined;
    const removed = new Set(files.map((file) => file.path));
    const summary = querySummary(options);
    return withSnapshot(lake, current, { operation: 'delete', removed, summary }, manifests);
  });
  const deletedRecords = files.reduce((sum, file) => sum + file.records, 0);
  return {
    ...commitResult(table, [], deletedRecords),
    ...(deletedRecords === 0 ? { snapshotId: undefined } : {}),
  };
}

/** The data files that a predicate takes whole; undefined when it takes a part of one, or one has deletes. */
async function wholeFiles(
  lake: Iceberg,
  metadata: TableMetadata,
  predicate: BoundPredicate,
): Promise<DataFile[] | undefined> {
  const { data } = await snapshotFiles(lake, metadata, currentSnapshot(metadata), predicate);
  const fields = allFields(metadata);
  const isWhole = ({ entry: { file }, deletes }: (typeof data)[number]) =>
    deletes.length === 0 && allMatch(predicate, rangesOfFile(file, boundSpec(metadata, file.specId), fields));
  return data.every(isWhole) ? data.map(({ entry }) => entry.file) : undefined;
}
