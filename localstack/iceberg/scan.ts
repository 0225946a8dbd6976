/** Planning a read: which files of a snapshot can hold wanted rows, which deletes apply to them, and the SQL that reads them. */
import type { SqlConnection } from '../core/sqlConnection.ts';
import { notSupported } from './errors.ts';
import { type Iceberg, loadManifest, loadManifestList } from './lake.ts';
import { columnAliases, type ParquetLayout, projectColumns, readLayouts, withMappedIds } from './layout.ts';
import { localFile } from './location.ts';
import { CONTENT, type DataFile, type ManifestEntry, type ManifestFile, STATUS } from './manifest.ts';
import {
  allFields,
  boundSpec,
  currentSchema,
  type Snapshot,
  schemaById,
  type TableMetadata,
} from './metadata.ts';
import { partitionPath, tupleKey } from './partition.ts';
import { type BoundPredicate, bindPredicate, mightMatch, type Predicate } from './predicate.ts';
import { rangesOfFile, rangesOfManifest } from './ranges.ts';
import {
  type Column,
  columnOf,
  duckdbType,
  type Field,
  fieldsById,
  findField,
  type Schema,
} from './schema.ts';
import { quoteIdentifier, quotePath, quoteText } from './sqlText.ts';
import { type AsOf, describeSnapshot } from './table.ts';
import { valueSql } from './values.ts';

/** Reserved field ids of the columns of a position-delete file. https://iceberg.apache.org/spec/#reserved-field-ids */
export const DELETE_PATH_ID = 2147483546;
export const DELETE_POS_ID = 2147483545;

export interface ScanOptions extends AsOf {
  /** Leaves out files that cannot hold a matching row; rows are not filtered. */
  filter?: Predicate;
  /** The top-level columns that the query reads: what `bytes` counts. Default: all. */
  columns?: readonly string[];
  /** Adds `"$path"` and `"$pos"`, which name a row to `rowDelta`. */
  rowIds?: boolean;
}

export interface ScanFile {
  path: string;
  bytes: number;
  records: number;
  /** `order_month=2024-01`; empty without partitions. */
  partition: string;
  /** Delete files that apply. */
  deletes: number;
}

export interface ScanPlan {
  /** `(SELECT …)`: goes in FROM, with an alias. */
  relation: string;
  columns: Column[];
  snapshotId?: bigint;
  files: ScanFile[];
  /** Bytes of the columns read in the files that are read, and of the delete files: Athena's "data scanned". */
  bytes: number;
  /** Rows of the files, before deletes. */
  records: number;
  pruned: { manifests: number; files: number };
}

/** The files of a snapshot that a predicate leaves, with the deletes of each. */
export interface SnapshotFiles {
  data: { entry: ManifestEntry; deletes: DataFile[] }[];
  deletes: ManifestEntry[];
  pruned: { manifests: number; files: number };
}

/**
 * The live files of a snapshot. Throws NOT_SUPPORTED for what would give wrong rows if it were ignored: equality
 * deletes, deletion vectors, files that are not Parquet.
 */
export async function snapshotFiles(
  lake: Iceberg,
  metadata: TableMetadata,
  snapshot: Snapshot | undefined,
  predicate: BoundPredicate = { op: 'true' },
): Promise<SnapshotFiles> {
  const manifests = snapshot ? await loadManifestList(lake, snapshot) : [];
  const pruned = { manifests: 0, files: 0 };
  const fields = allFields(metadata);
  const wanted = manifests.filter((manifest) => {
    const isWanted = mightMatch(predicate, rangesOfManifest(manifest, boundSpec(metadata, manifest.specId)));
    if (!isWanted) pruned.manifests++;
    return isWanted;
  });
  const live = async (manifest: ManifestFile) => {
    const bound = boundSpec(metadata, manifest.specId);
    const entries = await loadManifest(lake, metadata, manifest);
    return entries.filter((entry) => {
      if (entry.status === STATUS.deleted) return false;
      const isData = entry.file.content === CONTENT.data;
      const isWanted = !isData || mightMatch(predicate, rangesOfFile(entry.file, bound, fields));
      if (!isWanted) pruned.files++;
      return isWanted;
    });
  };
  const entries = (await Promise.all(wanted.map(live))).flat();
  for (const { file } of entries) checkReadable(file);
  const deletes = entries.filter((entry) => entry.file.content !== CONTENT.data);
  const deletesOf = deleteIndex(deletes);
  return {
    data: entries
      .filter((entry) => entry.file.content === CONTENT.data)
      .map((entry) => ({ entry, deletes: deletesOf(entry) })),
    deletes,
    pruned,
  };
}

function checkReadable(file: DataFile): void {
  if (file.content === CONTENT.equalityDeletes)
    throw notSupported(`Equality-delete file ${file.path}: this engine applies position deletes only`);
  if (file.format === 'PUFFIN')
    throw notSupported(`Deletion vector ${file.path}: this engine reads Iceberg format version 2`);
  if (file.format !== 'PARQUET')
    throw notSupported(`File ${file.path} is of format ${file.format}; only PARQUET is read`);
}

/**
 * A position delete applies to data of its own partition that is not newer than itself, and that is within the paths
 * that it names. https://iceberg.apache.org/spec/#scan-planning
 */
function deleteIndex(deletes: readonly ManifestEntry[]): (data: ManifestEntry) => DataFile[] {
  const byPartition = Map.groupBy(deletes, ({ file }) => tupleKey(file.specId, file.partition));
  return (data) => {
    const candidates = byPartition.get(tupleKey(data.file.specId, data.file.partition)) ?? [];
    const path = Buffer.from(data.file.path);
    return candidates
      .filter(({ sequenceNumber, file }) => {
        if (sequenceNumber < data.sequenceNumber) return false;
        if (file.referencedDataFile !== undefined) return file.referencedDataFile === data.file.path;
        const lower = file.lowerBounds.get(DELETE_PATH_ID);
        const upper = file.upperBounds.get(DELETE_PATH_ID);
        return !(lower && Buffer.compare(lower, path) > 0) && !(upper && Buffer.compare(upper, path) < 0);
      })
      .map(({ file }) => file);
  };
}

/** Plans the read of a table. The connection is used to look into footers of files not seen before. */
export async function planScan(
  lake: Iceberg,
  connection: SqlConnection,
  metadata: TableMetadata,
  options: ScanOptions = {},
): Promise<ScanPlan> {
  const snapshot = describeSnapshot(metadata, options);
  const isTimeTravel =
    options.snapshotId !== undefined || options.asOf !== undefined || options.ref !== undefined;
  const schema =
    isTimeTravel && snapshot?.['schema-id'] !== undefined
      ? schemaById(metadata, snapshot['schema-id'])
      : currentSchema(metadata);
  const predicate = bindPredicate(options.filter ?? { op: 'true' }, schema);
  const { data, pruned } = await snapshotFiles(lake, metadata, snapshot, predicate);
  const deleteFiles = [
    ...new Map(data.flatMap(({ deletes }) => deletes).map((file) => [file.path, file])).values(),
  ];
  const relation = await scanRelation(lake, connection, metadata, schema, data, options.rowIds ?? false);
  const readIds = columnIds(schema, options.columns);
  return {
    relation,
    columns: schema.fields.map(columnOf),
    ...(snapshot ? { snapshotId: snapshot['snapshot-id'] } : {}),
    files: data.map(({ entry: { file }, deletes }) => {
      const { spec, transforms } = boundSpec(metadata, file.specId);
      return {
        path: file.path,
        bytes: file.bytes,
        records: file.records,
        partition: partitionPath(spec, transforms, file.partition),
        deletes: deletes.length,
      };
    }),
    bytes:
      data.reduce((sum, { entry }) => sum + bytesRead(entry.file, readIds), 0) +
      deleteFiles.reduce((sum, file) => sum + file.bytes, 0),
    records: data.reduce((sum, { entry }) => sum + entry.file.records, 0),
    pruned,
  };
}

/** Leaf ids under the named columns; undefined for all. */
function columnIds(schema: Schema, columns: readonly string[] | undefined): Set<number> | undefined {
  if (!columns) return undefined;
  const tops = new Set(columns.map((name) => findField(schema, name).path[0]));
  return new Set(
    [...fieldsById(schema).values()].filter((field) => tops.has(field.path[0]!)).map((field) => field.id),
  );
}

function bytesRead(file: DataFile, ids: ReadonlySet<number> | undefined): number {
  if (!ids || file.columnSizes.size === 0) return file.bytes;
  let bytes = 0;
  for (const [id, size] of file.columnSizes) if (ids.has(id)) bytes += size;
  return Math.min(bytes, file.bytes);
}

/** The SQL that reads data files with their deletes: one branch for the files that are laid out alike and have deletes or not. */
export async function scanRelation(
  lake: Iceberg,
  connection: SqlConnection,
  metadata: TableMetadata,
  schema: Schema,
  data: SnapshotFiles['data'],
  rowIds: boolean,
): Promise<string> {
  const idColumns = rowIds ? ', NULL::VARCHAR AS "$path", NULL::BIGINT AS "$pos"' : '';
  if (data.length === 0) {
    const columns = schema.fields.map(
      (field) => `NULL::${duckdbType(field.type)} AS ${quoteIdentifier(field.name)}`,
    );
    return `(SELECT ${columns.join(', ')}${idColumns} WHERE false)`;
  }
  const local = await localPaths(
    lake,
    data.flatMap(({ entry, deletes }) => [entry.file.path, ...deletes.map((file) => file.path)]),
  );
  const layouts = await layoutsOf(
    lake,
    connection,
    metadata,
    data.map(({ entry }) => entry.file.path),
    local,
  );
  const groups = Map.groupBy(data, ({ entry: { file }, deletes }) => {
    const layout = layouts.get(file.path)!;
    const constants = absentPartitionValues(metadata, schema, layout, file);
    return JSON.stringify([layout.signature, deletes.length > 0, [...constants]]);
  });
  const branches = [...groups.values()].map((files) => {
    const first = files[0]!.entry.file;
    const layout = layouts.get(first.path)!;
    const constants = absentPartitionValues(metadata, schema, layout, first);
    const columns = projectColumns(schema, layout, (field: Field) => constants.get(field.id));
    const places = files
      .map(({ entry }) => `(${quoteText(local.get(entry.file.path)!)}, ${quoteText(entry.file.path)})`)
      .join(', ');
    const paths = files.map(({ entry }) => quotePath(local.get(entry.file.path)!)).join(', ');
    const deletes = new Set(files.flatMap((file) => file.deletes).map((file) => local.get(file.path)!));
    const ids = rowIds ? ', place.location AS "$path", data.file_row_number::BIGINT AS "$pos"' : '';
    const join = rowIds
      ? ` JOIN (VALUES ${places}) AS place(file, location) ON data.filename = place.file`
      : '';
    const anti =
      deletes.size > 0
        ? ` ANTI JOIN (SELECT held.file, gone.pos FROM read_parquet([${[...deletes].map(quotePath).join(', ')}], hive_partitioning = false) AS gone JOIN (VALUES ${places}) AS held(file, location) ON gone.file_path = held.location) AS deleted ON data.filename = deleted.file AND data.file_row_number = deleted.pos`
        : '';
    return `SELECT ${columns}${ids} FROM read_parquet([${paths}], hive_partitioning = false) AS data(${columnAliases(layout)})${join}${anti}`;
  });
  return `(${branches.join(' UNION ALL ')})`;
}

async function localPaths(lake: Iceberg, locations: readonly string[]): Promise<Map<string, string>> {
  const distinct = [...new Set(locations)];
  const paths = await Promise.all(distinct.map((location) => localFile(lake.store, location)));
  return new Map(distinct.map((location, index) => [location, paths[index]!]));
}

async function layoutsOf(
  lake: Iceberg,
  connection: SqlConnection,
  metadata: TableMetadata,
  locations: readonly string[],
  local: ReadonlyMap<string, string>,
): Promise<Map<string, ParquetLayout>> {
  const found = new Map<string, ParquetLayout>();
  const unknown: string[] = [];
  for (const location of locations) {
    const known = await lake.layouts.peek(location);
    if (known) found.set(location, known);
    else unknown.push(location);
  }
  if (unknown.length > 0) {
    const read = await readLayouts(
      connection,
      unknown.map((location) => local.get(location)!),
    );
    for (const location of unknown) {
      const layout = read.get(local.get(location)!)!;
      lake.layouts.set(location, layout);
      found.set(location, layout);
    }
  }
  const mapping = metadata.properties['schema.name-mapping.default'];
  return new Map(
    [...found].map(([location, layout]) => [location, withMappedIds(layout, mapping, location)]),
  );
}

/** SQL of the identity-partitioned columns that a file leaves to its partition, as tables moved from Hive do. */
function absentPartitionValues(
  metadata: TableMetadata,
  schema: Schema,
  layout: ParquetLayout,
  file: DataFile,
): Map<number, string> {
  const { spec, transforms } = boundSpec(metadata, file.specId);
  const values = new Map<number, string>();
  spec.fields.forEach((part, index) => {
    const transform = transforms[index]!;
    const column = schema.fields.find((field) => field.id === part['source-id']);
    if (!column || transform.kind !== 'identity' || layout.columns.some((node) => node.id === column.id))
      return;
    values.set(
      column.id,
      valueSql(transform.resultType, file.partition[index] ?? null, duckdbType(column.type)),
    );
  });
  return values;
}
