/** The context of every operation: the object store, the catalog, the time, and memory of the immutable files read so far. */
import type { ObjectStore } from '../core/objectStore.ts';
import { type Cache, createCache } from './cache.ts';
import type { ParquetLayout } from './layout.ts';
import { readObject } from './location.ts';
import { decodeManifest, decodeManifestList, type ManifestEntry, type ManifestFile } from './manifest.ts';
import { boundSpec, parseMetadata, type Snapshot, type TableMetadata } from './metadata.ts';

export interface TableRef {
  database: string;
  table: string;
}

/** Where the current metadata file of each table is kept. Glue's table version is the optimistic lock on AWS. */
export interface Catalog {
  load(database: string, table: string): Promise<{ metadataLocation: string; version: string }>;
  /** Throws `CommitConflict` when the table is not at `expectedVersion`; any other error means that the outcome is unknown. */
  swap(
    database: string,
    table: string,
    expectedVersion: string,
    metadataLocation: string,
    metadata: TableMetadata,
  ): Promise<void>;
  /** Throws when the table exists. */
  create(database: string, table: string, metadataLocation: string, metadata: TableMetadata): Promise<void>;
  drop(database: string, table: string): Promise<void>;
}

export interface LoadedTable extends TableRef {
  version: string;
  metadataLocation: string;
  metadata: TableMetadata;
}

export interface Iceberg {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly metadataFiles: Cache<TableMetadata>;
  readonly manifestLists: Cache<ManifestFile[]>;
  readonly manifests: Cache<ManifestEntry[]>;
  /** How the columns of a Parquet file are laid out, by its location. */
  readonly layouts: Cache<ParquetLayout>;
}

/** One per process: its caches serve every table. */
export const createIceberg = (parts: {
  store: ObjectStore;
  catalog: Catalog;
  now: () => number;
}): Iceberg => ({
  ...parts,
  metadataFiles: createCache(256),
  manifestLists: createCache(512),
  manifests: createCache(2048),
  layouts: createCache(50_000),
});

/** The table as the catalog has it now. Throws what the catalog throws for an unknown table. */
export async function loadTable(lake: Iceberg, ref: TableRef): Promise<LoadedTable> {
  const { metadataLocation, version } = await lake.catalog.load(ref.database, ref.table);
  const metadata = await loadMetadata(lake, metadataLocation);
  return { database: ref.database, table: ref.table, version, metadataLocation, metadata };
}

export const loadMetadata = (lake: Iceberg, location: string): Promise<TableMetadata> =>
  lake.metadataFiles.get(location, async () =>
    parseMetadata(await readObject(lake.store, location), location),
  );

export const loadManifestList = (lake: Iceberg, snapshot: Snapshot): Promise<ManifestFile[]> => {
  const location = snapshot['manifest-list'];
  return lake.manifestLists.get(location, async () =>
    decodeManifestList(await readObject(lake.store, location), location),
  );
};

export const loadManifest = (
  lake: Iceberg,
  metadata: TableMetadata,
  manifest: ManifestFile,
): Promise<ManifestEntry[]> =>
  lake.manifests.get(`${metadata['current-schema-id']} ${manifest.path}`, async () =>
    decodeManifest(
      await readObject(lake.store, manifest.path),
      manifest,
      boundSpec(metadata, manifest.specId),
    ),
  );
