/** Creating, filling and dropping tables. */
import { randomUUID } from 'node:crypto';
import type { SqlConnection } from '../core/sqlConnection.ts';
import { commit, commitNew, discard } from './commit.ts';
import { IcebergError } from './errors.ts';
import { type Iceberg, type LoadedTable, loadTable, type TableRef } from './lake.ts';
import { addressOf, deleteObjects } from './location.ts';
import type { DataFile } from './manifest.ts';
import {
  currentSchema,
  currentSnapshot,
  currentSpec,
  type Snapshot,
  snapshotById,
  type TableMetadata,
} from './metadata.ts';
import { newSpec, partitioningText } from './partition.ts';
import { type Column, type ColumnInput, columnOf, newSchema } from './schema.ts';
import { withSnapshot } from './snapshot.ts';
import { type WriteOptions, writeDataFiles } from './write.ts';

export interface TableDefinition {
  /** `s3://bucket/prefix`. */
  location: string;
  columns: readonly ColumnInput[];
  /** Partition expressions, e.g. `month(order_date)`, `bucket(16, id)`, `country`. */
  partitioning?: readonly string[];
  properties?: Record<string, string>;
  comment?: string;
}

export interface CommitResult {
  table: LoadedTable;
  /** Absent when there was nothing to write. */
  snapshotId?: bigint;
  addedRecords: number;
  deletedRecords: number;
  addedFiles: number;
  bytesWritten: number;
}

/** The metadata of a table without snapshots. Throws for names, types and partitionings that Iceberg lacks. */
export function newMetadata(definition: TableDefinition, nowMs: number): TableMetadata {
  const { schema, lastColumnId } = newSchema(definition.columns);
  const { spec, lastPartitionId } = newSpec(definition.partitioning ?? [], schema);
  addressOf(`${definition.location}/`.replace(/\/+$/, '/x'));
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location: definition.location.replace(/\/+$/, ''),
    'last-sequence-number': 0,
    'last-updated-ms': nowMs,
    'last-column-id': lastColumnId,
    'current-schema-id': 0,
    schemas: [schema],
    'default-spec-id': spec['spec-id'],
    'partition-specs': [spec],
    'last-partition-id': lastPartitionId,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: {
      'write.parquet.compression-codec': 'zstd',
      ...definition.properties,
      ...(definition.comment === undefined ? {} : { comment: definition.comment }),
    },
    'current-snapshot-id': null,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}

/** Creates an empty table. Throws what the catalog throws when it exists. */
export async function createTable(
  lake: Iceberg,
  ref: TableRef,
  definition: TableDefinition,
): Promise<LoadedTable> {
  const written: string[] = [];
  try {
    return await commitNew(lake, ref, newMetadata(definition, lake.now()), written);
  } catch (error) {
    await discardUnlessCreated(lake, ref, written);
    throw error;
  }
}

/** Creates a table with a SELECT's rows in one commit: when anything fails there is no table. */
export async function createTableAs(
  lake: Iceberg,
  connection: SqlConnection,
  ref: TableRef,
  definition: TableDefinition & { select: string } & WriteOptions,
): Promise<CommitResult> {
  const written: string[] = [];
  try {
    const empty = newMetadata(definition, lake.now());
    const data = await writeDataFiles(lake, connection, empty, definition.select, written, definition);
    const metadata = await withSnapshot(
      lake,
      empty,
      { operation: 'append', data, summary: querySummary(definition) },
      written,
    );
    return commitResult(await commitNew(lake, ref, metadata, written), data);
  } catch (error) {
    await discardUnlessCreated(lake, ref, written);
    throw error;
  }
}

/** Removes what a failed CREATE wrote, unless the catalog took the table after all. */
async function discardUnlessCreated(lake: Iceberg, ref: TableRef, written: readonly string[]): Promise<void> {
  const entry = await lake.catalog.load(ref.database, ref.table).catch(() => undefined);
  if (!entry || !written.includes(entry.metadataLocation)) await discard(lake, written);
}

export const querySummary = (options: WriteOptions): Record<string, string> =>
  options.queryId ? { trino_query_id: options.queryId } : {};

export function commitResult(
  table: LoadedTable,
  added: readonly DataFile[],
  deletedRecords = 0,
): CommitResult {
  const data = added.filter((file) => file.content === 0);
  const snapshotId = table.metadata['current-snapshot-id'];
  return {
    table,
    ...(snapshotId === null ? {} : { snapshotId }),
    addedRecords: data.reduce((sum, file) => sum + file.records, 0),
    deletedRecords,
    addedFiles: added.length,
    bytesWritten: added.reduce((sum, file) => sum + file.bytes, 0),
  };
}

/**
 * Adds a SELECT's rows, columns by position, in one snapshot. No rows, no snapshot.
 * Appends never conflict: one that loses a race is committed on top of the winner.
 */
export async function append(
  lake: Iceberg,
  connection: SqlConnection,
  ref: TableRef,
  options: { select: string } & WriteOptions,
): Promise<CommitResult> {
  const base = await loadTable(lake, ref);
  const written: string[] = [];
  let data: DataFile[];
  try {
    data = await writeDataFiles(lake, connection, base.metadata, options.select, written, options);
  } catch (error) {
    await discard(lake, written);
    throw error;
  }
  if (data.length === 0)
    return { table: base, addedRecords: 0, deletedRecords: 0, addedFiles: 0, bytesWritten: 0 };
  const table = await commit(
    lake,
    base,
    (current, manifests) =>
      withSnapshot(lake, current, { operation: 'append', data, summary: querySummary(options) }, manifests),
    written,
  );
  return commitResult(table, data);
}

/** Takes the table out of the catalog and removes every file under its location, as Athena's DROP TABLE does. */
export async function dropTable(lake: Iceberg, ref: TableRef): Promise<void> {
  const { metadata } = await loadTable(lake, ref);
  await lake.catalog.drop(ref.database, ref.table);
  const { bucket, key } = addressOf(`${metadata.location}/x`);
  const locations: string[] = [];
  for await (const object of lake.store.list(bucket, key.slice(0, -1)))
    locations.push(`s3://${bucket}/${object.key}`);
  await deleteObjects(lake.store, locations);
}

/** The table's columns now. */
export const columnsOf = (metadata: TableMetadata): Column[] => currentSchema(metadata).fields.map(columnOf);

/** The table's partition expressions now, as Athena's DDL writes them. */
export const partitioningOf = (metadata: TableMetadata): string[] =>
  partitioningText(currentSpec(metadata), currentSchema(metadata));

/** Where a reader wants to be: the current state, a snapshot, a moment, or a branch or tag. */
export interface AsOf {
  snapshotId?: bigint;
  /** Milliseconds since the epoch: the snapshot that was current then. */
  asOf?: number;
  ref?: string;
}

/** The snapshot to read; undefined for a table that has none yet. Throws INVALID_ARGUMENTS, in Trino's words, for one it lacks. */
export function describeSnapshot(metadata: TableMetadata, at: AsOf = {}): Snapshot | undefined {
  if (at.snapshotId !== undefined) return requireSnapshot(metadata, at.snapshotId, at.snapshotId);
  if (at.ref !== undefined) {
    const found = metadata.refs[at.ref];
    return requireSnapshot(metadata, found?.['snapshot-id'], at.ref);
  }
  if (at.asOf !== undefined) {
    const moment = at.asOf;
    const entry = metadata['snapshot-log'].findLast((logged) => logged['timestamp-ms'] <= moment);
    if (!entry)
      throw invalidArguments(
        `No version history table ${metadata.location} at or before ${new Date(moment).toISOString()}`,
      );
    return requireSnapshot(metadata, entry['snapshot-id'], entry['snapshot-id']);
  }
  return currentSnapshot(metadata);
}

const invalidArguments = (message: string) => new IcebergError('INVALID_ARGUMENTS', message);

function requireSnapshot(metadata: TableMetadata, id: bigint | undefined, name: bigint | string): Snapshot {
  const snapshot = id === undefined ? undefined : snapshotById(metadata, id);
  if (!snapshot) throw invalidArguments(`Iceberg snapshot ID does not exists: ${name}`);
  return snapshot;
}
