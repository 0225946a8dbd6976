/** The index of what is in which bucket: one SQLite file, whose commit is the moment an object exists. */
import type { StatementSync } from 'node:sqlite';
import { openDatabase, type StateDatabase } from '../../core/database.ts';
import type { ChecksumAlgorithm } from './checksums.ts';

/** What is kept of an object next to its bytes. */
export interface ObjectMeta {
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
  /** User metadata, names in lower case. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly storageClass?: string;
  readonly checksum?: {
    readonly algorithm: ChecksumAlgorithm;
    readonly value: string;
    readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  };
}

export interface ObjectRow {
  readonly bucket: string;
  readonly key: string;
  /** `null` in a bucket without versioning. */
  readonly version: string;
  /** Grows with every change in this cloud; orders versions and events. */
  readonly seq: number;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Name of the blob; empty for a delete marker. */
  readonly blob: string;
  readonly modifiedMs: number;
  readonly deleteMarker: boolean;
  readonly meta: ObjectMeta;
}

/** A bucket's configurations, each in the shape of its API's JSON, e.g. `{Status: 'Enabled'}` under `versioning`. */
export type BucketConfig = Readonly<Record<string, unknown>>;

export interface BucketRow {
  readonly name: string;
  readonly createdMs: number;
  readonly config: BucketConfig;
}

export interface KeyRange {
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after?: string;
  /** Only keys after every key that begins with this. */
  readonly afterPrefix?: string;
  readonly limit: number;
}

const COLUMNS = 'bucket, key, version, seq, size, etag, blob, modified_ms, delete_marker, meta';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, config TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, seq INTEGER NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, blob TEXT NOT NULL, modified_ms INTEGER NOT NULL, delete_marker INTEGER NOT NULL, meta TEXT NOT NULL,
    PRIMARY KEY (bucket, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (
    bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, seq INTEGER NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, blob TEXT NOT NULL, modified_ms INTEGER NOT NULL, delete_marker INTEGER NOT NULL, meta TEXT NOT NULL,
    PRIMARY KEY (bucket, key, seq)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, created_ms INTEGER NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, blob TEXT NOT NULL,
    modified_ms INTEGER NOT NULL, checksum TEXT, PRIMARY KEY (upload, number)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS notices (id INTEGER PRIMARY KEY, target TEXT NOT NULL, payload TEXT NOT NULL);
`;

type Sql = (text: string) => StatementSync;

function preparedOn(db: StateDatabase): Sql {
  const statements = new Map<string, StatementSync>();
  return (text) => {
    const known = statements.get(text);
    if (known) return known;
    const statement = db.prepare(text);
    statements.set(text, statement);
    return statement;
  };
}

function bucketsOn(sql: Sql) {
  /** Every request asks for its bucket, which hardly ever changes. */
  const buckets = new Map<string, BucketRow>();
  return {
    bucket(name: string): BucketRow | undefined {
      const known = buckets.get(name);
      if (known) return known;
      const row = sql('SELECT name, created_ms, config FROM buckets WHERE name = ?').get(name);
      if (row) buckets.set(name, asBucket(row));
      return buckets.get(name);
    },
    buckets: (): BucketRow[] =>
      sql('SELECT name, created_ms, config FROM buckets ORDER BY name').all().map(asBucket),
    putBucket(row: BucketRow) {
      buckets.delete(row.name);
      sql('INSERT OR REPLACE INTO buckets (name, created_ms, config) VALUES (?,?,?)').run(
        row.name,
        row.createdMs,
        JSON.stringify(row.config),
      );
    },
    deleteBucket(name: string) {
      buckets.delete(name);
      sql('DELETE FROM buckets WHERE name = ?').run(name);
    },
    isEmpty: (bucket: string): boolean =>
      !sql('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1').get(bucket) &&
      !sql('SELECT 1 FROM versions WHERE bucket = ? LIMIT 1').get(bucket),
  };
}

/** Current objects, and the versions that they replaced. */
function objectsOn(sql: Sql) {
  const insert = (table: 'objects' | 'versions', row: ObjectRow) =>
    sql(`INSERT OR REPLACE INTO ${table} (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)`).run(
      row.bucket,
      row.key,
      row.version,
      row.seq,
      row.size,
      row.etag,
      row.blob,
      row.modifiedMs,
      row.deleteMarker ? 1 : 0,
      JSON.stringify(row.meta),
    );

  function range(table: 'objects' | 'versions', bucket: string, keys: KeyRange, extra = ''): ObjectRow[] {
    const conditions = ['bucket = ?', 'key >= ?'];
    const values: (string | Buffer | number)[] = [bucket, keys.prefix];
    if (keys.prefix !== '') {
      conditions.push('key < CAST(? AS TEXT)');
      values.push(pastPrefix(keys.prefix));
    }
    if (keys.after !== undefined) {
      conditions.push('key > ?');
      values.push(keys.after);
    }
    if (keys.afterPrefix !== undefined) {
      conditions.push('key >= CAST(? AS TEXT)');
      values.push(pastPrefix(keys.afterPrefix));
    }
    values.push(keys.limit);
    return sql(
      `SELECT ${COLUMNS} FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY key${extra} LIMIT ?`,
    )
      .all(...values)
      .map(asObject);
  }

  return {
    object(bucket: string, key: string): ObjectRow | undefined {
      const row = sql(`SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND key = ?`).get(bucket, key);
      return row && asObject(row);
    },
    putObject: (row: ObjectRow) => insert('objects', row),
    deleteObject: (bucket: string, key: string) =>
      sql('DELETE FROM objects WHERE bucket = ? AND key = ?').run(bucket, key),
    objects: (bucket: string, keys: KeyRange): ObjectRow[] => range('objects', bucket, keys),

    /** A version that is not current, or a delete marker. */
    version(bucket: string, key: string, version: string): ObjectRow | undefined {
      const row = sql(`SELECT ${COLUMNS} FROM versions WHERE bucket = ? AND key = ? AND version = ?`).get(
        bucket,
        key,
        version,
      );
      return row && asObject(row);
    },
    /** The newest of a key's versions that are not current, delete markers included. */
    newestVersion(bucket: string, key: string): ObjectRow | undefined {
      const row = sql(
        `SELECT ${COLUMNS} FROM versions WHERE bucket = ? AND key = ? ORDER BY seq DESC LIMIT 1`,
      ).get(bucket, key);
      return row && asObject(row);
    },
    putVersion: (row: ObjectRow) => insert('versions', row),
    deleteVersion: (row: ObjectRow) =>
      sql('DELETE FROM versions WHERE bucket = ? AND key = ? AND seq = ?').run(row.bucket, row.key, row.seq),
    /** Newest first within a key. */
    versions: (bucket: string, keys: KeyRange): ObjectRow[] => range('versions', bucket, keys, ', seq DESC'),
  };
}

/** Numbers that grow with every change, also over the end of a process. */
function sequenceOn(sql: Sql): () => number {
  const lastSeq = sql(
    'SELECT max(coalesce((SELECT max(seq) FROM objects), 0), coalesce((SELECT max(seq) FROM versions), 0)) AS seq',
  ).get();
  let seq = Number(lastSeq?.seq ?? 0);
  return () => ++seq;
}

export type ObjectIndex = ReturnType<typeof openObjectIndex>;

/**
 * Opens the index. Keys are ordered as S3 orders them, by their UTF-8 bytes: that is how SQLite compares text.
 * A current object is in `objects`; what it replaced, and delete markers, are in `versions`.
 */
export function openObjectIndex(file: string) {
  const db = openDatabase(file);
  db.exec(SCHEMA);
  const sql = preparedOn(db);
  return {
    nextSeq: sequenceOn(sql),

    /** Runs changes as one: all of them are seen after a kill, or none. */
    transaction: <T>(work: () => T): T => db.transaction(work),

    ...bucketsOn(sql),
    ...objectsOn(sql),

    sql,
    blobNames(): Set<string> {
      return new Set(
        sql(
          "SELECT blob FROM objects UNION ALL SELECT blob FROM versions WHERE blob <> '' UNION ALL SELECT blob FROM parts",
        )
          .all()
          .map((row) => row.blob as string),
      );
    },
    close: () => db.close(),
  };
}

/** The first bytes after every text that begins with `prefix`: UTF-8 has no byte 0xFF, so the last one can be raised. */
function pastPrefix(prefix: string): Buffer {
  const bytes = Buffer.from(prefix);
  bytes[bytes.length - 1] = (bytes.at(-1) as number) + 1;
  return bytes;
}

const asBucket = (row: Record<string, unknown>): BucketRow => ({
  name: row.name as string,
  createdMs: row.created_ms as number,
  config: JSON.parse(row.config as string),
});

const asObject = (row: Record<string, unknown>): ObjectRow => ({
  bucket: row.bucket as string,
  key: row.key as string,
  version: row.version as string,
  seq: row.seq as number,
  size: row.size as number,
  etag: row.etag as string,
  blob: row.blob as string,
  modifiedMs: row.modified_ms as number,
  deleteMarker: row.delete_marker === 1,
  meta: JSON.parse(row.meta as string),
});
