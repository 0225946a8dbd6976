/** An Iceberg lake for one test: a store in a temporary folder, a catalog in memory, a DuckDB connection, a clock that the test moves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { TestContext } from 'vitest';
import type { ObjectStore } from '../../core/objectStore.ts';
import {
  type Catalog,
  CommitConflict,
  createIceberg,
  type Iceberg,
  registerBucketFunctions,
} from '../../iceberg/index.ts';
import { folderObjectStore } from './folderObjectStore.ts';

export interface TestLake {
  root: string;
  lake: Iceberg;
  store: ObjectStore;
  connection: DuckDBConnection;
  instance: DuckDBInstance;
  clock: { now: number };
  /** The rows of a SQL text, as JSON values. */
  rows(sql: string): Promise<unknown[][]>;
}

export function memoryCatalog(): Catalog {
  const tables = new Map<string, { metadataLocation: string; version: number }>();
  const entryOf = (database: string, table: string) => {
    const entry = tables.get(`${database}.${table}`);
    if (!entry) throw new Error(`EntityNotFoundException: ${database}.${table}`);
    return entry;
  };
  return {
    async load(database, table) {
      const { metadataLocation, version } = entryOf(database, table);
      return { metadataLocation, version: String(version) };
    },
    async swap(database, table, expectedVersion, metadataLocation) {
      const entry = entryOf(database, table);
      if (String(entry.version) !== expectedVersion)
        throw new CommitConflict(database, table, expectedVersion);
      tables.set(`${database}.${table}`, { metadataLocation, version: entry.version + 1 });
    },
    async create(database, table, metadataLocation) {
      if (tables.has(`${database}.${table}`)) throw new Error(`AlreadyExistsException: ${database}.${table}`);
      tables.set(`${database}.${table}`, { metadataLocation, version: 0 });
    },
    async drop(database, table) {
      entryOf(database, table);
      tables.delete(`${database}.${table}`);
    },
  };
}

/** A lake that is gone when the test ends. `wrap` may put something between the library and the store. */
export async function icebergLake(
  t: Pick<TestContext, 'onTestFinished'>,
  parts: { store?: (store: ObjectStore) => ObjectStore; catalog?: Catalog } = {},
): Promise<TestLake> {
  const root = await mkdtemp(join(tmpdir(), 'headwaters-iceberg-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  registerBucketFunctions(connection);
  t.onTestFinished(async () => {
    connection.closeSync();
    instance.closeSync();
    await rm(root, { recursive: true, force: true });
  });
  const folder = folderObjectStore(root);
  const store = parts.store ? parts.store(folder) : folder;
  const clock = { now: Date.UTC(2026, 0, 1) };
  const lake = createIceberg({ store, catalog: parts.catalog ?? memoryCatalog(), now: () => clock.now });
  return {
    root,
    lake,
    store,
    connection,
    instance,
    clock,
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][],
  };
}
