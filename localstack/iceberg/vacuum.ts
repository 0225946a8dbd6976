/** VACUUM: snapshots past their time go, and with them the files that nothing refers to any more. https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html */
import { commit } from './commit.ts';
import {
  type Iceberg,
  type LoadedTable,
  loadManifest,
  loadManifestList,
  loadTable,
  type TableRef,
} from './lake.ts';
import { addressOf, deleteObjects, normalised } from './location.ts';
import { STATUS } from './manifest.ts';
import { ancestors, numberProperty, type Snapshot, snapshotById, type TableMetadata } from './metadata.ts';
import { dataFolder } from './write.ts';

const DEFAULT_MAX_AGE_SECONDS = 432_000;

export interface VacuumResult {
  table: LoadedTable;
  /** Snapshots expired. */
  snapshots: number;
  /** Data and delete files removed with them. */
  dataFiles: number;
  /** Manifests and manifest lists removed with them. */
  metadataFiles: number;
  /** Files removed in this round. */
  removed: number;
  /** Whether `mostFiles` left some for another round. */
  more: boolean;
  /** Files that no snapshot knew, such as those of a writer that was killed. */
  orphans: number;
}

/**
 * Expires snapshots older than `vacuum_max_snapshot_age_seconds` (5 days) beyond `vacuum_min_snapshots_to_keep` (1) of
 * each branch, then removes the files that only they knew, and orphans as old as that: younger ones may belong to a
 * writer that has not committed yet.
 */
export async function vacuum(
  lake: Iceberg,
  ref: TableRef,
  options: { readonly mostFiles?: number } = {},
): Promise<VacuumResult> {
  const base = await loadTable(lake, ref);
  const table = await commit(lake, base, async (current) => withoutExpired(current, lake.now()));
  const gone = base.metadata.snapshots.filter(
    (snapshot) => !snapshotById(table.metadata, snapshot['snapshot-id']),
  );
  const kept = await reachable(lake, table.metadata, table.metadata.snapshots);
  for (const file of metadataFiles(table)) kept.metadata.add(file);
  const lost = await reachable(lake, base.metadata, gone);
  const isKept = (path: string) => kept.data.has(path) || kept.metadata.has(path);
  const dataFiles = [...lost.data].filter((path) => !isKept(path));
  const lists = [...lost.metadata].filter((path) => !isKept(path));
  const expired = new Set([...dataFiles, ...lists]);
  const oldest = lake.now() - maxAgeMs(table.metadata);
  const orphans: string[] = [];
  for await (const { location, modifiedMs } of filesOf(lake, table.metadata))
    if (!isKept(location) && !expired.has(location) && modifiedMs < oldest) orphans.push(location);
  // What is left over once the round is full has no snapshot any more: it is an orphan of the next one.
  const unwanted = [...expired, ...orphans];
  const round = unwanted.slice(0, options.mostFiles ?? unwanted.length);
  await deleteObjects(lake.store, round);
  return {
    table,
    removed: round.length,
    more: round.length < unwanted.length,
    snapshots: gone.length,
    dataFiles: dataFiles.length,
    metadataFiles: lists.length,
    orphans: orphans.length,
  };
}

const maxAgeMs = (metadata: TableMetadata): number =>
  numberProperty(metadata, 'vacuum_max_snapshot_age_seconds', DEFAULT_MAX_AGE_SECONDS) * 1000;

/** The metadata without expired snapshots; undefined when none is. */
function withoutExpired(metadata: TableMetadata, nowMs: number): TableMetadata | undefined {
  const oldest = nowMs - maxAgeMs(metadata);
  const least = Math.max(1, numberProperty(metadata, 'vacuum_min_snapshots_to_keep', 1));
  const kept = new Set<bigint>();
  for (const ref of Object.values(metadata.refs)) {
    const head = snapshotById(metadata, ref['snapshot-id']);
    if (ref.type === 'tag') kept.add(ref['snapshot-id']);
    else
      for (const [index, snapshot] of [...ancestors(metadata, head)].entries())
        if (index < least || snapshot['timestamp-ms'] >= oldest) kept.add(snapshot['snapshot-id']);
  }
  const snapshots = metadata.snapshots.filter(
    (snapshot) => kept.has(snapshot['snapshot-id']) || snapshot['timestamp-ms'] >= oldest,
  );
  if (snapshots.length === metadata.snapshots.length) return undefined;
  const ids = new Set(snapshots.map((snapshot) => snapshot['snapshot-id']));
  const lastGap = metadata['snapshot-log'].findLastIndex((entry) => !ids.has(entry['snapshot-id']));
  const ofKept = <T extends { 'snapshot-id': bigint }>(entries: T[] | undefined) =>
    entries?.filter((entry) => ids.has(entry['snapshot-id']));
  const statistics = ofKept(metadata.statistics);
  const partitionStatistics = ofKept(metadata['partition-statistics']);
  return {
    ...metadata,
    snapshots,
    // A history with a hole would answer a time travel into it with the wrong snapshot: it starts after the hole.
    'snapshot-log': metadata['snapshot-log'].slice(lastGap + 1),
    ...(statistics ? { statistics } : {}),
    ...(partitionStatistics ? { 'partition-statistics': partitionStatistics } : {}),
  };
}

/** Locations of what snapshots refer to: data and delete files, and manifests and manifest lists. */
async function reachable(
  lake: Iceberg,
  metadata: TableMetadata,
  snapshots: readonly Snapshot[],
): Promise<{ data: Set<string>; metadata: Set<string> }> {
  const found = { data: new Set<string>(), metadata: new Set<string>() };
  const manifests = new Set<string>();
  for (const snapshot of snapshots) {
    found.metadata.add(normalised(snapshot['manifest-list']));
    for (const manifest of await loadManifestList(lake, snapshot)) {
      if (manifests.has(manifest.path)) continue;
      manifests.add(manifest.path);
      found.metadata.add(normalised(manifest.path));
      for (const { status, file } of await loadManifest(lake, metadata, manifest))
        if (status !== STATUS.deleted) found.data.add(normalised(file.path));
    }
  }
  return found;
}

/** Metadata files that the table still refers to, and its statistics. */
const metadataFiles = ({ metadata, metadataLocation }: LoadedTable): string[] =>
  [
    metadataLocation,
    ...metadata['metadata-log'].map((entry) => entry['metadata-file']),
    ...[...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])].map(
      (file) => file['statistics-path'],
    ),
  ].map(normalised);

/** Every object in the table's folder, and in its data folder where that is elsewhere. */
async function* filesOf(
  lake: Iceberg,
  metadata: TableMetadata,
): AsyncGenerator<{ location: string; modifiedMs: number }> {
  const data = dataFolder(metadata);
  const folders = data.startsWith(`${metadata.location}/`) ? [metadata.location] : [metadata.location, data];
  for (const folder of folders) {
    const { bucket, key } = addressOf(folder);
    for await (const object of lake.store.list(bucket, `${key}/`))
      yield {
        location: `s3://${bucket}/${object.key}`,
        modifiedMs: object.lastModified.getTime(),
      };
  }
}
