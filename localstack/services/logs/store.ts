/** Log groups, streams and their events in one SQLite file. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface LogGroup {
  readonly name: string;
  readonly createdAtMs: number;
  /** Undefined: kept for good. */
  retentionDays?: number;
}

export interface LogStream {
  readonly name: string;
  readonly createdAtMs: number;
  readonly firstEventMs?: number;
  readonly lastEventMs?: number;
  readonly lastIngestedMs?: number;
}

export interface LogEvent {
  readonly id: number;
  readonly stream: string;
  readonly timestamp: number;
  readonly ingestedAtMs: number;
  readonly message: string;
}

export interface EventQuery {
  readonly group: string;
  readonly streams?: readonly string[];
  readonly streamPrefix?: string;
  readonly startMs?: number;
  /** Exclusive. */
  readonly endMs?: number;
  /** Continues after this event, or before it when going backwards. */
  readonly after?: { timestamp: number; id: number };
  readonly backwards?: boolean;
}

export interface LogStore {
  group(name: string): LogGroup | undefined;
  groups(): LogGroup[];
  saveGroup(group: LogGroup): void;
  dropGroup(name: string): void;
  stream(group: string, name: string): LogStream | undefined;
  streams(group: string): LogStream[];
  addStream(group: string, name: string, createdAtMs: number): void;
  append(
    group: string,
    stream: string,
    events: readonly { timestamp: number; message: string }[],
    ingestedAtMs: number,
  ): void;
  /** In order of time, or backwards from the newest. */
  events(query: EventQuery): Generator<LogEvent>;
  /** Drops events that are past their group's retention. */
  expire(nowMs: number): void;
  close(): void;
}

interface StreamRow {
  name: string;
  created_at: number;
  first_event: number | null;
  last_event: number | null;
  last_ingested: number | null;
}

const DAY_MS = 86_400_000;

const streamOf = (row: StreamRow): LogStream => ({
  name: row.name,
  createdAtMs: row.created_at,
  firstEventMs: row.first_event ?? undefined,
  lastEventMs: row.last_event ?? undefined,
  lastIngestedMs: row.last_ingested ?? undefined,
});

/** Opens `<stateDir>/logs/logs.db`, creating it when missing. */
export function openLogStore(stateDir: string): LogStore {
  const folder = join(stateDir, 'logs');
  const db = openDatabase(join(folder, 'logs.db'));
  db.exec(`
    CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS streams (grp TEXT, name TEXT, created_at INTEGER, first_event INTEGER,
      last_event INTEGER, last_ingested INTEGER, PRIMARY KEY (grp, name)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, grp TEXT, stream TEXT,
      timestamp INTEGER, ingested_at INTEGER, message TEXT);
    CREATE INDEX IF NOT EXISTS events_by_time ON events (grp, timestamp, id);
  `);
  const selectGroup = db.prepare('SELECT body FROM groups WHERE name = ?');
  const selectGroups = db.prepare('SELECT body FROM groups ORDER BY name');
  const upsertGroup = db.prepare('INSERT OR REPLACE INTO groups VALUES (?, ?)');
  const deleteGroup = db.prepare('DELETE FROM groups WHERE name = ?');
  const deleteStreams = db.prepare('DELETE FROM streams WHERE grp = ?');
  const deleteEvents = db.prepare('DELETE FROM events WHERE grp = ?');
  const expireEvents = db.prepare('DELETE FROM events WHERE grp = ? AND timestamp < ?');
  const selectStream = db.prepare('SELECT * FROM streams WHERE grp = ? AND name = ?');
  const selectStreams = db.prepare('SELECT * FROM streams WHERE grp = ? ORDER BY name');
  const insertStream = db.prepare('INSERT OR IGNORE INTO streams (grp, name, created_at) VALUES (?, ?, ?)');
  const touchStream = db.prepare(`
    UPDATE streams SET last_ingested = ?1, first_event = MIN(COALESCE(first_event, ?2), ?2),
      last_event = MAX(COALESCE(last_event, ?3), ?3) WHERE grp = ?4 AND name = ?5`);
  const insertEvent = db.prepare(
    'INSERT INTO events (grp, stream, timestamp, ingested_at, message) VALUES (?, ?, ?, ?, ?)',
  );

  const groups = (rows: unknown[]) =>
    rows.map((row) => JSON.parse((row as { body: string }).body) as LogGroup);

  return {
    group: (name) => groups(selectGroup.all(name))[0],
    groups: () => groups(selectGroups.all()),
    saveGroup: (group) => void upsertGroup.run(group.name, JSON.stringify(group)),
    dropGroup(name) {
      deleteEvents.run(name);
      deleteStreams.run(name);
      deleteGroup.run(name);
    },
    stream(group, name) {
      const row = selectStream.get(group, name) as StreamRow | undefined;
      return row && streamOf(row);
    },
    streams: (group) => (selectStreams.all(group) as unknown as StreamRow[]).map(streamOf),
    addStream: (group, name, createdAtMs) => void insertStream.run(group, name, createdAtMs),
    append(group, stream, events, ingestedAtMs) {
      if (events.length === 0) return;
      const times = events.map(({ timestamp }) => timestamp);
      db.exec('BEGIN');
      for (const { timestamp, message } of events) {
        insertEvent.run(group, stream, timestamp, ingestedAtMs, message);
      }
      touchStream.run(ingestedAtMs, Math.min(...times), Math.max(...times), group, stream);
      db.exec('COMMIT');
    },
    *events({ group, streams, streamPrefix, startMs, endMs, after, backwards }) {
      const conditions = ['grp = ?', 'timestamp >= ?', 'timestamp < ?'];
      const values: (string | number)[] = [
        group,
        startMs ?? Number.MIN_SAFE_INTEGER,
        endMs ?? Number.MAX_SAFE_INTEGER,
      ];
      if (streams) {
        conditions.push(`stream IN (${streams.map(() => '?').join(', ')})`);
        values.push(...streams);
      }
      if (streamPrefix) {
        conditions.push('substr(stream, 1, ?) = ?');
        values.push(streamPrefix.length, streamPrefix);
      }
      if (after) {
        conditions.push(`(timestamp, id) ${backwards ? '<' : '>'} (?, ?)`);
        values.push(after.timestamp, after.id);
      }
      const order = backwards ? 'timestamp DESC, id DESC' : 'timestamp, id';
      const rows = db
        .prepare(`SELECT * FROM events WHERE ${conditions.join(' AND ')} ORDER BY ${order}`)
        .iterate(...values);
      for (const row of rows) {
        yield {
          id: Number(row.id),
          stream: String(row.stream),
          timestamp: Number(row.timestamp),
          ingestedAtMs: Number(row.ingested_at),
          message: String(row.message),
        };
      }
    },
    expire(nowMs) {
      for (const { name, retentionDays } of groups(selectGroups.all())) {
        if (retentionDays !== undefined) expireEvents.run(name, nowMs - retentionDays * DAY_MS);
      }
    },
    close: () => db.close(),
  };
}
