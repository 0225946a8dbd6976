/** Committing a table: write the metadata file, swap the catalog's pointer, start again from the winner's state on a conflict. */
import { randomUUID } from 'node:crypto';
import { CommitConflict, IcebergError } from './errors.ts';
import { type Iceberg, type LoadedTable, loadTable } from './lake.ts';
import { deleteObjects, writeObject } from './location.ts';
import { numberProperty, serialiseMetadata, type TableMetadata } from './metadata.ts';

const DEFAULT_RETRIES = 4;
const DEFAULT_METADATA_LOG = 100;

/**
 * The next metadata of a table, made from the state that it has now. Called again after every conflict: it must check
 * again what it relies on. Files that it writes go into `written` before they are put. Undefined: nothing to do.
 */
export type Change = (current: TableMetadata, written: string[]) => Promise<TableMetadata | undefined>;

/**
 * Applies a change to the table, from `base` on. Throws ICEBERG_COMMIT_ERROR when others won every race
 * (`commit.retry.num-retries`, 4 by default), and what the change throws. Files of a change that surely was not
 * committed are removed, `writtenBefore` (data files, the same for every attempt) included; when the outcome is unknown
 * they stay, for VACUUM to judge.
 */
export async function commit(
  lake: Iceberg,
  base: LoadedTable,
  change: Change,
  writtenBefore: readonly string[] = [],
): Promise<LoadedTable> {
  const retries = numberProperty(base.metadata, 'commit.retry.num-retries', DEFAULT_RETRIES);
  let current = base;
  for (let attempt = 0; ; attempt++) {
    const written: string[] = [];
    let next: LoadedTable;
    try {
      const metadata = await change(current.metadata, written);
      if (!metadata) return current;
      next = await writeMetadata(lake, current, metadata, written);
    } catch (error) {
      await discard(lake, [...written, ...writtenBefore]);
      throw error;
    }
    try {
      await lake.catalog.swap(
        base.database,
        base.table,
        current.version,
        next.metadataLocation,
        next.metadata,
      );
      return { ...next, version: (await versionAfter(lake, next)) ?? next.version };
    } catch (error) {
      if (!(error instanceof CommitConflict)) {
        if (await isCommitted(lake, next)) return loadTable(lake, base);
        throw error;
      }
      await discard(lake, written);
      if (attempt >= retries) {
        await discard(lake, writtenBefore);
        throw new IcebergError(
          'ICEBERG_COMMIT_ERROR',
          `Failed to commit the transaction to table ${base.database}.${base.table}: other writers were first ${attempt + 1} times`,
          { cause: error },
        );
      }
      current = await loadTable(lake, base);
    }
  }
}

/** Writes the first metadata file of a table and enters it in the catalog. */
export async function commitNew(
  lake: Iceberg,
  ref: { database: string; table: string },
  metadata: TableMetadata,
  written: string[],
): Promise<LoadedTable> {
  const location = metadataFile(metadata.location, 0);
  written.push(location);
  await writeObject(lake.store, location, Buffer.from(serialiseMetadata(metadata)));
  lake.metadataFiles.set(location, metadata);
  await lake.catalog.create(ref.database, ref.table, location, metadata);
  return loadTable(lake, ref);
}

const metadataFile = (tableLocation: string, version: number): string =>
  `${tableLocation}/metadata/${String(version).padStart(5, '0')}-${randomUUID()}.metadata.json`;

const versionOf = (location: string): number => Number(/\/(\d+)-[^/]*$/.exec(location)?.[1] ?? 0);

async function writeMetadata(
  lake: Iceberg,
  current: LoadedTable,
  metadata: TableMetadata,
  written: string[],
): Promise<LoadedTable> {
  const kept = numberProperty(
    metadata,
    'vacuum_max_metadata_files_to_keep',
    numberProperty(metadata, 'write.metadata.previous-versions-max', DEFAULT_METADATA_LOG),
  );
  const log = [
    ...current.metadata['metadata-log'],
    { 'timestamp-ms': current.metadata['last-updated-ms'], 'metadata-file': current.metadataLocation },
  ];
  const stamped: TableMetadata = {
    ...metadata,
    'last-updated-ms': Math.max(lake.now(), current.metadata['last-updated-ms']),
    'metadata-log': log.slice(Math.max(0, log.length - Math.max(1, kept))),
  };
  const location = metadataFile(stamped.location, versionOf(current.metadataLocation) + 1);
  written.push(location);
  await writeObject(lake.store, location, Buffer.from(serialiseMetadata(stamped)));
  lake.metadataFiles.set(location, stamped);
  return { ...current, metadata: stamped, metadataLocation: location };
}

/** The catalog's version of what was just committed; undefined when another writer has moved on since. */
async function versionAfter(lake: Iceberg, table: LoadedTable): Promise<string | undefined> {
  const now = await lake.catalog.load(table.database, table.table);
  return now.metadataLocation === table.metadataLocation ? now.version : undefined;
}

/** Whether a swap that failed in some other way took effect after all: the table is there, or came from there. */
async function isCommitted(lake: Iceberg, table: LoadedTable): Promise<boolean> {
  const now = await loadTable(lake, table).catch(() => undefined);
  return (
    now !== undefined &&
    (now.metadataLocation === table.metadataLocation ||
      now.metadata['metadata-log'].some((entry) => entry['metadata-file'] === table.metadataLocation))
  );
}

/** Removes the files of an attempt that failed. A failure here leaves orphans, which VACUUM removes; the first error counts. */
export async function discard(lake: Iceberg, written: readonly string[]): Promise<void> {
  await deleteObjects(lake.store, written).catch(() => undefined);
}
