/** VACUUM, and its two halves by themselves: snapshots past their time go, and so do files that nothing refers to. https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html */
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

export interface VacuumOptions {
  /** @default all */
  readonly mostFiles?: number;
  /**
   * Milliseconds since the epoch: files written since then are not orphans, however old a clock that was moved makes them.
   * @default none is spared but by its age
   */
  readonly writersSince?: number;
}

/**
 * Expires snapshots older than `vacuum_max_snapshot_age_seconds` (5 days) beyond `vacuum_min_snapshots_to_keep` (1) of
 * each branch, then removes the files that only they knew, and orphans as old as that: younger ones may belong to a
 * writer that has not committed yet.
 */
export async function vacuum(
  lake: Iceberg,
  ref: TableRef,
  options: VacuumOptions = {},
): Promise<VacuumResult> {
  const base = await loadTable(lake, ref);
  const maxAgeMs = maxAgeMsOf(base.metadata);
  const leastSnapshots = numberProperty(base.metadata, 'vacuum_min_snapshots_to_keep', 1);
  const { table, snapshots, expired, kept } = await expire(lake, base, { maxAgeMs, leastSnapshots });
  const gone = filesIn(expired);
  const orphans = await orphansOf(lake, table, new Set([...filesIn(kept), ...gone]), {
    folders: foldersOf(table.metadata),
    before: Math.min(lake.now() - maxAgeMs, options.writersSince ?? Number.POSITIVE_INFINITY),
  });
  // What is left over once the round is full has no snapshot any more: it is an orphan of the next one.
  const unwanted = [...gone, ...orphans];
  const round = unwanted.slice(0, options.mostFiles ?? unwanted.length);
  await deleteObjects(lake.store, round);
  return {
    table,
    removed: round.length,
    more: round.length < unwanted.length,
    snapshots,
    dataFiles: expired.data.size,
    metadataFiles: expired.manifests.size + expired.lists.size,
    orphans: orphans.length,
  };
}

export interface ExpireOptions {
  /** Milliseconds that a snapshot is kept. */
  readonly maxAgeMs: number;
  /** Snapshots of each branch that are kept however old they are, at least the newest. */
  readonly leastSnapshots: number;
}

export interface ExpireResult {
  readonly table: LoadedTable;
  /** Snapshots expired. */
  readonly snapshots: number;
  /** Files removed with them; none of any kind without `cleanFiles`. */
  readonly dataFiles: number;
  readonly manifests: number;
  readonly manifestLists: number;
}

/** Expires snapshots, and with `cleanFiles` removes the files that only they knew. */
export async function expireSnapshots(
  lake: Iceberg,
  ref: TableRef,
  options: ExpireOptions & { readonly cleanFiles: boolean },
): Promise<ExpireResult> {
  const { table, snapshots, expired } = await expire(lake, await loadTable(lake, ref), options);
  if (!options.cleanFiles) return { table, snapshots, dataFiles: 0, manifests: 0, manifestLists: 0 };
  await deleteObjects(lake.store, filesIn(expired));
  return {
    table,
    snapshots,
    dataFiles: expired.data.size,
    manifests: expired.manifests.size,
    manifestLists: expired.lists.size,
  };
}

export interface OrphanOptions {
  /** Milliseconds since the epoch: only files written before that are removed. */
  readonly before: number;
  /** Files that were written by then stay. @default none */
  readonly after?: number;
  /** A location; only files under it are removed. @default the table's folders */
  readonly folder?: string;
}

/** Removes the files in the table's folders that no snapshot knows. Gives how many there were. */
export async function removeOrphans(lake: Iceberg, ref: TableRef, options: OrphanOptions): Promise<number> {
  const table = await loadTable(lake, ref);
  const kept = await reachable(lake, table.metadata, table.metadata.snapshots);
  const orphans = await orphansOf(lake, table, new Set(filesIn(kept)), {
    folders: options.folder ? [options.folder.replace(/\/+$/, '')] : foldersOf(table.metadata),
    before: options.before,
    after: options.after,
  });
  await deleteObjects(lake.store, orphans);
  return orphans.length;
}

/** Commits the table without expired snapshots, and says what only these referred to. */
async function expire(
  lake: Iceberg,
  base: LoadedTable,
  { maxAgeMs, leastSnapshots }: ExpireOptions,
): Promise<{ table: LoadedTable; snapshots: number; expired: Files; kept: Files }> {
  const table = await commit(lake, base, async (current) =>
    withoutExpired(current, lake.now() - maxAgeMs, Math.max(1, leastSnapshots)),
  );
  const gone = base.metadata.snapshots.filter(
    (snapshot) => !snapshotById(table.metadata, snapshot['snapshot-id']),
  );
  const kept = await reachable(lake, table.metadata, table.metadata.snapshots);
  const isKept = new Set(filesIn(kept));
  const lost = await reachable(lake, base.metadata, gone);
  const unkept = (paths: ReadonlySet<string>) => new Set([...paths].filter((path) => !isKept.has(path)));
  return {
    table,
    snapshots: gone.length,
    expired: { data: unkept(lost.data), manifests: unkept(lost.manifests), lists: unkept(lost.lists) },
    kept,
  };
}

/** Files in these folders that were written in time and are not known. */
async function orphansOf(
  lake: Iceberg,
  table: LoadedTable,
  known: Set<string>,
  { folders, before, after }: { folders: readonly string[]; before: number; after?: number | undefined },
): Promise<string[]> {
  for (const file of metadataFiles(table)) known.add(file);
  const orphans: string[] = [];
  for await (const { location, modifiedMs } of filesOf(lake, folders))
    if (!known.has(location) && modifiedMs < before && (after === undefined || modifiedMs > after))
      orphans.push(location);
  return orphans;
}

const maxAgeMsOf = (metadata: TableMetadata): number =>
  numberProperty(metadata, 'vacuum_max_snapshot_age_seconds', DEFAULT_MAX_AGE_SECONDS) * 1000;

/** The metadata without expired snapshots; undefined when none is. */
function withoutExpired(metadata: TableMetadata, oldest: number, least: number): TableMetadata | undefined {
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

/** Locations of what snapshots refer to: data and delete files, manifests, manifest lists. */
interface Files {
  readonly data: Set<string>;
  readonly manifests: Set<string>;
  readonly lists: Set<string>;
}

const filesIn = ({ data, manifests, lists }: Files): string[] => [...data, ...manifests, ...lists];

async function reachable(
  lake: Iceberg,
  metadata: TableMetadata,
  snapshots: readonly Snapshot[],
): Promise<Files> {
  const found = { data: new Set<string>(), manifests: new Set<string>(), lists: new Set<string>() };
  const manifests = new Set<string>();
  for (const snapshot of snapshots) {
    found.lists.add(normalised(snapshot['manifest-list']));
    for (const manifest of await loadManifestList(lake, snapshot)) {
      if (manifests.has(manifest.path)) continue;
      manifests.add(manifest.path);
      found.manifests.add(normalised(manifest.path));
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

/** The table's folder, and its data folder where that is elsewhere. */
function foldersOf(metadata: TableMetadata): string[] {
  const data = dataFolder(metadata);
  return data.startsWith(`${metadata.location}/`) ? [metadata.location] : [metadata.location, data];
}

async function* filesOf(
  lake: Iceberg,
  folders: readonly string[],
): AsyncGenerator<{ location: string; modifiedMs: number }> {
  for (const folder of folders) {
    const { bucket, key } = addressOf(folder);
    for await (const object of lake.store.list(bucket, `${key}/`))
      yield {
        location: `s3://${bucket}/${object.key}`,
        modifiedMs: object.lastModified.getTime(),
      };
  }
}
