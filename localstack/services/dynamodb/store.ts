/** Tables, items, index entries and stream records on SQLite: ordered by key bytes, and intact after a kill at any point. */
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { openDatabase, type StateDatabase } from '../../core/database.ts';
import type { Position } from './keys.ts';
import type { IndexDefinition, Table } from './table.ts';
import type { Item } from './values.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS items (
    table_id INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL,
    size INTEGER NOT NULL, expires_at INTEGER, item TEXT NOT NULL,
    PRIMARY KEY (table_id, hash, range)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS entries (
    index_id INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL,
    item_hash BLOB NOT NULL, item_range BLOB NOT NULL,
    PRIMARY KEY (index_id, hash, range, item_hash, item_range)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sizes (
    owner TEXT PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS streams (arn TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stream_records (
    stream_id INTEGER NOT NULL, sequence INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (stream_id, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS request_tokens (
    token TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, created_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export interface StoredItem {
  readonly item: Item;
  readonly size: number;
}

export interface Row extends StoredItem {
  readonly position: Position;
}

/** A stream that exists or, its table deleted, still serves its last records. */
export interface StoredStream {
  readonly id: number;
  readonly arn: string;
  readonly label: string;
  readonly tableName: string;
  readonly viewType: string;
  readonly keySchema: Table['keySchema'];
  readonly createdAtMs: number;
  readonly shardId: string;
  readonly enabled: boolean;
}

export interface StoredRecord {
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly record: string;
}

/** Half-open or closed bounds on the range bytes; absent means unbounded. */
export interface RangeBounds {
  readonly from?: { readonly bytes: Buffer; readonly inclusive: boolean };
  readonly until?: { readonly bytes: Buffer; readonly inclusive: boolean };
}

/** What to read in order: one partition, or (without `hash`) everything between two hash edges. */
export interface Span {
  readonly hash?: Buffer;
  readonly bounds?: RangeBounds;
  readonly hashFrom?: Buffer;
  readonly hashUntil?: Buffer;
  readonly descending?: boolean;
  /** Start after this row: its own position, and for an index the item's too. */
  readonly after?: Position & { readonly item?: Position };
}

interface Criteria {
  readonly clauses: string[];
  readonly values: (Buffer | number)[];
}

function criteriaOf(span: Span, owner: string, id: number, columns: readonly string[]): Criteria {
  const clauses = [`${owner} = ?`];
  const values: (Buffer | number)[] = [id];
  const add = (clause: string, ...bound: Buffer[]) => {
    clauses.push(clause);
    values.push(...bound);
  };
  if (span.hash) add('e.hash = ?', span.hash);
  if (span.hashFrom) add('e.hash >= ?', span.hashFrom);
  if (span.hashUntil) add('e.hash < ?', span.hashUntil);
  const { from, until } = span.bounds ?? {};
  if (from) add(`e.range ${from.inclusive ? '>=' : '>'} ?`, from.bytes);
  if (until) add(`e.range ${until.inclusive ? '<=' : '<'} ?`, until.bytes);
  if (span.after) {
    const { after } = span;
    const position = [after.hash, after.range, ...(after.item ? [after.item.hash, after.item.range] : [])];
    const sign = span.descending ? '<' : '>';
    add(
      `(${columns.slice(0, position.length).join(', ')}) ${sign} (${position.map(() => '?').join(', ')})`,
      ...position,
    );
  }
  return { clauses, values };
}

type Prepare = (sql: string) => StatementSync;

function preparedOn(db: StateDatabase): Prepare {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
}

const toRow = (row: Record<string, unknown>): Row => ({
  item: JSON.parse(row.item as string),
  size: row.size as number,
  position: { hash: Buffer.from(row.hash as Uint8Array), range: Buffer.from(row.range as Uint8Array) },
});

/** Numbers that are given out once each, by name. */
const countersOn = (prepare: Prepare) => ({
  nextNumber: (name: string): number =>
    prepare(
      'INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value',
    ).get(name)!.value as number,

  /** The last number that was given out under a name; 0 before the first. */
  lastNumber(name: string): number {
    return (prepare('SELECT value FROM counters WHERE name = ?').get(name)?.value as number) ?? 0;
  },
});

function tablesOn(prepare: Prepare) {
  const tables = new Map<string, Table>();
  for (const row of prepare('SELECT name, definition FROM tables').all()) {
    tables.set(row.name as string, JSON.parse(row.definition as string));
  }

  const dropIndex = (index: IndexDefinition): void => {
    prepare('DELETE FROM entries WHERE index_id = ?').run(index.id);
    prepare('DELETE FROM sizes WHERE owner = ?').run(`i${index.id}`);
  };

  return {
    table: (name: string) => tables.get(name),
    tableNames: () => [...tables.keys()].sort(),
    allTables: () => [...tables.values()],

    putTable(table: Table): void {
      prepare('INSERT OR REPLACE INTO tables VALUES (?, ?)').run(table.name, JSON.stringify(table));
      tables.set(table.name, table);
    },

    dropTable(table: Table): void {
      prepare('DELETE FROM tables WHERE name = ?').run(table.name);
      prepare('DELETE FROM items WHERE table_id = ?').run(table.id);
      prepare('DELETE FROM sizes WHERE owner = ?').run(`t${table.id}`);
      for (const index of table.indexes) dropIndex(index);
      tables.delete(table.name);
    },

    dropIndex,
  };
}

const itemsOn = (prepare: Prepare) => ({
  item(tableId: number, { hash, range }: Position): StoredItem | undefined {
    const row = prepare('SELECT size, item FROM items WHERE table_id = ? AND hash = ? AND range = ?').get(
      tableId,
      hash,
      range,
    );
    return row && { item: JSON.parse(row.item as string), size: row.size as number };
  },

  putItem(tableId: number, position: Position, stored: StoredItem, expiresAt: number | undefined): void {
    prepare('INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?)').run(
      tableId,
      position.hash,
      position.range,
      stored.size,
      expiresAt ?? null,
      JSON.stringify(stored.item),
    );
  },

  deleteItem(tableId: number, { hash, range }: Position): void {
    prepare('DELETE FROM items WHERE table_id = ? AND hash = ? AND range = ?').run(tableId, hash, range);
  },

  setExpiry(tableId: number, { hash, range }: Position, expiresAt: number | undefined): void {
    prepare('UPDATE items SET expires_at = ? WHERE table_id = ? AND hash = ? AND range = ?').run(
      expiresAt ?? null,
      tableId,
      hash,
      range,
    );
  },

  /** Items whose time to live (epoch seconds) is at or before `now`, at most `limit`. */
  expired(now: number, limit: number): { tableId: number; position: Position }[] {
    return prepare(
      'SELECT table_id, hash, range FROM items WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?',
    )
      .all(now, limit)
      .map((row) => ({
        tableId: row.table_id as number,
        position: {
          hash: Buffer.from(row.hash as Uint8Array),
          range: Buffer.from(row.range as Uint8Array),
        },
      }));
  },

  nextExpiry(): number | undefined {
    const row = prepare('SELECT min(expires_at) AS next FROM items WHERE expires_at IS NOT NULL').get();
    return (row?.next as number | null) ?? undefined;
  },
});

const entriesOn = (prepare: Prepare) => ({
  putEntry(indexId: number, entry: Position, item: Position): void {
    prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)').run(
      indexId,
      entry.hash,
      entry.range,
      item.hash,
      item.range,
    );
  },

  deleteEntry(indexId: number, entry: Position, item: Position): void {
    prepare(
      'DELETE FROM entries WHERE index_id = ? AND hash = ? AND range = ? AND item_hash = ? AND item_range = ?',
    ).run(indexId, entry.hash, entry.range, item.hash, item.range);
  },
});

/** Readers in the order of keys. */
function readersOn(db: StateDatabase) {
  function* rows(sql: string, values: (Buffer | number)[]): Generator<Row> {
    // A statement of its own: a cached one would be reset by a second reader of the same shape.
    for (const row of db.prepare(sql).iterate(...values)) yield toRow(row);
  }

  return {
    /** A table's items in key order, from SQLite's cursor: nothing beyond what is taken is read. */
    items(table: Table, span: Span): Generator<Row> {
      const { clauses, values } = criteriaOf(span, 'e.table_id', table.id, ['e.hash', 'e.range']);
      const way = span.descending ? 'DESC' : 'ASC';
      return rows(
        `SELECT e.size, e.item, e.hash, e.range FROM items e WHERE ${clauses.join(' AND ')} ORDER BY e.hash ${way}, e.range ${way}`,
        values,
      );
    },

    /** The items of an index's entries, in the index's order. `position` is the item's in its table. */
    entries(table: Table, index: IndexDefinition, span: Span): Generator<Row> {
      const columns = ['e.hash', 'e.range', 'e.item_hash', 'e.item_range'];
      const { clauses, values } = criteriaOf(span, 'e.index_id', index.id, columns);
      const way = span.descending ? 'DESC' : 'ASC';
      return rows(
        `SELECT i.size, i.item, i.hash, i.range FROM entries e
         CROSS JOIN items i ON i.table_id = ${table.id} AND i.hash = e.item_hash AND i.range = e.item_range
         WHERE ${clauses.join(' AND ')} ORDER BY ${columns.map((column) => `${column} ${way}`).join(', ')}`,
        values,
      );
    },
  };
}

/** Running totals of a table (`t<id>`) or an index (`i<id>`). */
const sizesOn = (prepare: Prepare) => ({
  addSize(owner: string, items: number, bytes: number): void {
    prepare(
      `INSERT INTO sizes VALUES (?1, ?2, ?3)
       ON CONFLICT (owner) DO UPDATE SET items = items + ?2, bytes = bytes + ?3`,
    ).run(owner, items, bytes);
  },

  size(owner: string): { items: number; bytes: number } {
    const row = prepare('SELECT items, bytes FROM sizes WHERE owner = ?').get(owner);
    return { items: (row?.items as number) ?? 0, bytes: (row?.bytes as number) ?? 0 };
  },
});

const streamsOn = (prepare: Prepare) => ({
  putStream(stream: StoredStream): void {
    prepare('INSERT OR REPLACE INTO streams VALUES (?, ?)').run(stream.arn, JSON.stringify(stream));
  },

  stream(arn: string): StoredStream | undefined {
    const row = prepare('SELECT definition FROM streams WHERE arn = ?').get(arn);
    return row && JSON.parse(row.definition as string);
  },

  streams: (): StoredStream[] =>
    prepare('SELECT definition FROM streams ORDER BY arn')
      .all()
      .map((row) => JSON.parse(row.definition as string)),

  appendRecord(streamId: number, sequence: number, createdAtMs: number, record: string): void {
    prepare('INSERT INTO stream_records VALUES (?, ?, ?, ?)').run(streamId, sequence, createdAtMs, record);
  },

  records(streamId: number, fromSequence: number, limit: number): StoredRecord[] {
    return prepare(
      'SELECT sequence, created_at_ms, record FROM stream_records WHERE stream_id = ? AND sequence >= ? ORDER BY sequence LIMIT ?',
    )
      .all(streamId, fromSequence, limit)
      .map((row) => ({
        sequence: row.sequence as number,
        createdAtMs: row.created_at_ms as number,
        record: row.record as string,
      }));
  },

  /** Records come in the order of their time, so that only the ones to go are looked at. */
  trimRecords(streamId: number, beforeMs: number): void {
    prepare(
      `DELETE FROM stream_records WHERE stream_id = ?1 AND sequence < coalesce(
         (SELECT sequence FROM stream_records WHERE stream_id = ?1 AND created_at_ms >= ?2 ORDER BY sequence LIMIT 1),
         9223372036854775807)`,
    ).run(streamId, beforeMs);
  },
});

const requestTokensOn = (prepare: Prepare) => ({
  requestToken(token: string): { fingerprint: string; createdAtMs: number } | undefined {
    const row = prepare('SELECT fingerprint, created_at_ms FROM request_tokens WHERE token = ?').get(token);
    return row && { fingerprint: row.fingerprint as string, createdAtMs: row.created_at_ms as number };
  },

  putRequestToken(token: string, fingerprint: string, createdAtMs: number): void {
    prepare('INSERT OR REPLACE INTO request_tokens VALUES (?, ?, ?)').run(token, fingerprint, createdAtMs);
  },

  dropRequestTokens(beforeMs: number): void {
    prepare('DELETE FROM request_tokens WHERE created_at_ms < ?').run(beforeMs);
  },
});

export type Store = ReturnType<typeof openStore>;

/** Opens (or makes) the database in `folder`. Every write outside `transaction` is one of its own. */
export function openStore(folder: string) {
  const db = openDatabase(join(folder, 'dynamodb.sqlite'));
  db.exec('PRAGMA temp_store = MEMORY;');
  db.exec(SCHEMA);
  const prepare = preparedOn(db);
  return {
    /** Runs `work` so that all of its writes are kept or none is. */
    transaction: <T>(work: () => T): T => db.transaction(work),
    ...countersOn(prepare),
    ...tablesOn(prepare),
    ...itemsOn(prepare),
    ...entriesOn(prepare),
    ...readersOn(db),
    ...sizesOn(prepare),
    ...streamsOn(prepare),
    ...requestTokensOn(prepare),
    close: () => db.close(),
  };
}
