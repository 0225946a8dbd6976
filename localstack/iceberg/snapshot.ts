/** Making a snapshot: new manifests, the rewriting of those that lost files, merging of small ones, list and summary. */
import { randomBytes, randomUUID } from 'node:crypto';
import { IcebergError } from './errors.ts';
import { type Iceberg, loadManifest, loadManifestList } from './lake.ts';
import { normalised, writeObject } from './location.ts';
import {
  CONTENT,
  type DataFile,
  encodeManifest,
  encodeManifestList,
  type ManifestEntry,
  type ManifestFile,
  STATUS,
  summariseManifest,
} from './manifest.ts';
import {
  boundSpec,
  currentSchema,
  currentSnapshot,
  numberProperty,
  type Snapshot,
  type TableMetadata,
} from './metadata.ts';
import { tupleKey } from './partition.ts';

export interface SnapshotChange {
  operation: Snapshot['summary']['operation'];
  /** New data files. */
  data?: readonly DataFile[];
  /** New position-delete files. */
  deletes?: readonly DataFile[];
  /** Locations of data and delete files that the snapshot no longer has. */
  removed?: ReadonlySet<string>;
  /** Further entries of the summary, such as `trino_query_id`. */
  summary?: Record<string, string>;
}

const MERGE_COUNT = 100;
const MERGE_BYTES = 8 * 1024 * 1024;

const manifestContent = (file: DataFile) => (file.content === CONTENT.data ? 0 : 1);

const newSnapshotId = (): bigint => randomBytes(8).readBigUInt64BE() >> 1n || 1n;

/** The table with one more snapshot, current on `main`. Throws ICEBERG_COMMIT_ERROR when a file to remove is not there. */
export async function withSnapshot(
  lake: Iceberg,
  metadata: TableMetadata,
  change: SnapshotChange,
  written: string[],
): Promise<TableMetadata> {
  const parent = currentSnapshot(metadata);
  const id = newSnapshotId();
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const commitId = randomUUID();
  let manifestCount = 0;

  const writeManifest = async (
    entries: readonly ManifestEntry[],
    specId: number,
    content: number,
  ): Promise<ManifestFile> => {
    const path = `${metadata.location}/metadata/${commitId}-m${manifestCount++}.avro`;
    const bound = boundSpec(metadata, specId);
    const bytes = encodeManifest(entries, content, bound, currentSchema(metadata));
    written.push(path);
    await writeObject(lake.store, path, bytes);
    return summariseManifest(
      { path, length: bytes.length, content, snapshotId: id, sequenceNumber },
      entries,
      bound,
    );
  };

  const added = await Promise.all(
    [
      ...Map.groupBy([...(change.data ?? []), ...(change.deletes ?? [])], (file) =>
        JSON.stringify([manifestContent(file), file.specId]),
      ).values(),
    ].map((files) =>
      writeManifest(
        files.map((file) => ({
          status: STATUS.added,
          snapshotId: id,
          sequenceNumber,
          fileSequenceNumber: sequenceNumber,
          file,
        })),
        files[0]!.specId,
        manifestContent(files[0]!),
      ),
    ),
  );

  const before = parent ? await loadManifestList(lake, parent) : [];
  const live = before.filter((manifest) => manifest.addedFiles + manifest.existingFiles > 0);
  const { kept, removedFiles } = await withoutRemoved(
    lake,
    metadata,
    live,
    change.removed,
    id,
    writeManifest,
  );
  const manifests = await merged(lake, metadata, id, added, kept, writeManifest);

  const listPath = `${metadata.location}/metadata/snap-${id}-1-${commitId}.avro`;
  const list = encodeManifestList(manifests, {
    id,
    ...(parent ? { parentId: parent['snapshot-id'] } : {}),
    sequenceNumber,
  });
  written.push(listPath);
  await writeObject(lake.store, listPath, list);
  lake.manifestLists.set(listPath, manifests);

  const snapshot: Snapshot = {
    'sequence-number': sequenceNumber,
    'snapshot-id': id,
    ...(parent ? { 'parent-snapshot-id': parent['snapshot-id'] } : {}),
    'timestamp-ms': Math.max(lake.now(), metadata['last-updated-ms']),
    summary: await summarise(lake, metadata, parent, change, removedFiles),
    'manifest-list': listPath,
    'schema-id': metadata['current-schema-id'],
  };
  return {
    ...metadata,
    'last-sequence-number': sequenceNumber,
    'last-updated-ms': snapshot['timestamp-ms'],
    'current-snapshot-id': id,
    refs: { ...metadata.refs, main: { ...metadata.refs.main, 'snapshot-id': id, type: 'branch' } },
    snapshots: [...metadata.snapshots, snapshot],
    'snapshot-log': [
      ...metadata['snapshot-log'],
      { 'timestamp-ms': snapshot['timestamp-ms'], 'snapshot-id': id },
    ],
  };
}

type WriteManifest = (
  entries: readonly ManifestEntry[],
  specId: number,
  content: number,
) => Promise<ManifestFile>;

/** Entries of a manifest that are still in the table, marked as existing. */
const carried = (entries: readonly ManifestEntry[]): ManifestEntry[] =>
  entries
    .filter((entry) => entry.status !== STATUS.deleted)
    .map((entry) => ({ ...entry, status: STATUS.existing }));

/** Rewrites the manifests that hold removed files; the removed entries are kept in them as deleted by this snapshot. */
async function withoutRemoved(
  lake: Iceberg,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  removed: ReadonlySet<string> | undefined,
  snapshotId: bigint,
  writeManifest: WriteManifest,
): Promise<{ kept: ManifestFile[]; removedFiles: DataFile[] }> {
  if (!removed || removed.size === 0) return { kept: [...manifests], removedFiles: [] };
  const wanted = new Set([...removed].map(normalised));
  const removedFiles: DataFile[] = [];
  const kept: ManifestFile[] = [];
  for (const manifest of manifests) {
    const entries = carried(await loadManifest(lake, metadata, manifest));
    const gone = entries.filter((entry) => wanted.has(normalised(entry.file.path)));
    if (gone.length === 0) {
      kept.push(manifest);
      continue;
    }
    removedFiles.push(...gone.map((entry) => entry.file));
    const rewritten = entries.map((entry) =>
      wanted.has(normalised(entry.file.path)) ? { ...entry, status: STATUS.deleted, snapshotId } : entry,
    );
    kept.push(await writeManifest(rewritten, manifest.specId, manifest.content));
  }
  if (removedFiles.length < wanted.size) {
    const found = new Set(removedFiles.map((file) => normalised(file.path)));
    throw new IcebergError(
      'ICEBERG_COMMIT_ERROR',
      `Missing required files to delete: ${[...wanted].filter((path) => !found.has(path)).join(', ')}`,
    );
  }
  return { kept, removedFiles };
}

/**
 * Merges manifests of one spec and content once `commit.manifest.min-count-to-merge` (100) small ones have gathered, so
 * that a table of many appends is planned from few manifests. Those of this snapshot stay: they record what it removed.
 */
async function merged(
  lake: Iceberg,
  metadata: TableMetadata,
  snapshotId: bigint,
  added: readonly ManifestFile[],
  kept: readonly ManifestFile[],
  writeManifest: WriteManifest,
): Promise<ManifestFile[]> {
  const least = numberProperty(metadata, 'commit.manifest.min-count-to-merge', MERGE_COUNT);
  const target = numberProperty(metadata, 'commit.manifest.target-size-bytes', MERGE_BYTES);
  const enabled = metadata.properties['commit.manifest-merge.enabled'] !== 'false';
  const small = enabled
    ? kept.filter((manifest) => manifest.length < target / 2 && manifest.addedSnapshotId !== snapshotId)
    : [];
  const groups = Map.groupBy(small, (manifest) => JSON.stringify([manifest.content, manifest.specId]));
  const replaced = new Set<ManifestFile>();
  const together: ManifestFile[] = [];
  for (const group of groups.values()) {
    if (group.length < Math.max(2, least)) continue;
    for (const bin of binsBySize(group, target)) {
      if (bin.length < 2) continue;
      const entries = (
        await Promise.all(bin.map((manifest) => loadManifest(lake, metadata, manifest)))
      ).flatMap(carried);
      together.push(await writeManifest(entries, bin[0]!.specId, bin[0]!.content));
      for (const manifest of bin) replaced.add(manifest);
    }
  }
  return [...added, ...together, ...kept.filter((manifest) => !replaced.has(manifest))];
}

function binsBySize(manifests: readonly ManifestFile[], target: number): ManifestFile[][] {
  const bins: ManifestFile[][] = [[]];
  let size = 0;
  for (const manifest of manifests) {
    if (size + manifest.length > target && size > 0) {
      bins.push([]);
      size = 0;
    }
    bins.at(-1)!.push(manifest);
    size += manifest.length;
  }
  return bins;
}

interface Totals {
  dataFiles: number;
  deleteFiles: number;
  records: number;
  bytes: number;
  positionDeletes: number;
  equalityDeletes: number;
}

const TOTAL_NAMES: Record<keyof Totals, string> = {
  dataFiles: 'total-data-files',
  deleteFiles: 'total-delete-files',
  records: 'total-records',
  bytes: 'total-files-size',
  positionDeletes: 'total-position-deletes',
  equalityDeletes: 'total-equality-deletes',
};

function totalsOf(files: readonly DataFile[]): Totals {
  const sum = (list: readonly DataFile[], of: (file: DataFile) => number) =>
    list.reduce((total, file) => total + of(file), 0);
  const data = files.filter((file) => file.content === CONTENT.data);
  return {
    dataFiles: data.length,
    deleteFiles: files.length - data.length,
    records: sum(data, (file) => file.records),
    bytes: sum(files, (file) => file.bytes),
    positionDeletes: sum(
      files.filter((file) => file.content === CONTENT.positionDeletes),
      (file) => file.records,
    ),
    equalityDeletes: sum(
      files.filter((file) => file.content === CONTENT.equalityDeletes),
      (file) => file.records,
    ),
  };
}

/** The totals before: from the parent's summary, or counted from its manifests when its writer left one out. */
async function totalsBefore(
  lake: Iceberg,
  metadata: TableMetadata,
  parent: Snapshot | undefined,
): Promise<Totals> {
  if (!parent) return totalsOf([]);
  const known = Object.entries(TOTAL_NAMES).map(
    ([key, name]) => [key, Number(parent.summary?.[name])] as const,
  );
  if (known.every(([, value]) => Number.isSafeInteger(value)))
    return Object.fromEntries(known) as unknown as Totals;
  const manifests = await loadManifestList(lake, parent);
  const entries = await Promise.all(manifests.map((manifest) => loadManifest(lake, metadata, manifest)));
  return totalsOf(entries.flatMap(carried).map((entry) => entry.file));
}

/** Iceberg's snapshot summary. https://iceberg.apache.org/spec/#optional-snapshot-summary-fields */
async function summarise(
  lake: Iceberg,
  metadata: TableMetadata,
  parent: Snapshot | undefined,
  change: SnapshotChange,
  removedFiles: readonly DataFile[],
): Promise<Snapshot['summary']> {
  const addedFiles = [...(change.data ?? []), ...(change.deletes ?? [])];
  const [before, plus, minus] = [
    await totalsBefore(lake, metadata, parent),
    totalsOf(addedFiles),
    totalsOf(removedFiles),
  ];
  const partitions = new Set(
    [...addedFiles, ...removedFiles].map((file) => tupleKey(file.specId, file.partition)),
  );
  const counted: Record<string, number> = {
    'added-data-files': plus.dataFiles,
    'added-records': plus.records,
    'added-files-size': plus.bytes,
    'added-delete-files': plus.deleteFiles,
    'added-position-delete-files': plus.deleteFiles,
    'added-position-deletes': plus.positionDeletes,
    'deleted-data-files': minus.dataFiles,
    'deleted-records': minus.records,
    'removed-files-size': minus.bytes,
    'removed-delete-files': minus.deleteFiles,
    'removed-position-delete-files': minus.deleteFiles,
    'removed-position-deletes': minus.positionDeletes,
    'changed-partition-count': partitions.size,
  };
  const totals = Object.entries(TOTAL_NAMES).map(([key, name]) => {
    const total = key as keyof Totals;
    return [name, String(before[total] + plus[total] - minus[total])];
  });
  return {
    operation: change.operation,
    ...change.summary,
    ...Object.fromEntries(
      Object.entries(counted)
        .filter(([name, value]) => value > 0 || name === 'changed-partition-count')
        .map(([name, value]) => [name, String(value)]),
    ),
    ...Object.fromEntries(totals),
  };
}
