/** Metrics by the minute, alarms and dashboards in one SQLite file. Values are kept with their counts, so percentiles are exact. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  /** In any order. */
  readonly dimensions: readonly Dimension[];
}

/** What was put for one metric in one minute. */
export interface MinuteValue {
  readonly minute: number;
  readonly value: number;
  readonly count: number;
}

/** A statistic set: values that were summed up before they were put. */
export interface MinuteSet {
  readonly minute: number;
  readonly count: number;
  readonly sum: number;
  readonly least: number;
  readonly most: number;
}

export interface CloudWatchStore {
  /** Adds within one transaction. `minute` is minutes since the epoch. */
  add(
    data: readonly {
      readonly metric: MetricId;
      readonly values?: readonly MinuteValue[];
      readonly set?: MinuteSet;
    }[],
  ): void;
  metrics(): MetricId[];
  /** From `start` to `end`, exclusive, in minutes since the epoch. */
  read(metric: MetricId, start: number, end: number): { values: MinuteValue[]; sets: MinuteSet[] };
  document<T>(kind: 'alarm' | 'dashboard', name: string): T | undefined;
  documents<T>(kind: 'alarm' | 'dashboard'): T[];
  saveDocument(kind: 'alarm' | 'dashboard', name: string, body: unknown): void;
  dropDocument(kind: 'alarm' | 'dashboard', name: string): void;
  addHistory(alarm: string, atMs: number, body: unknown): void;
  /** Newest first; of every alarm when none is named. */
  history<T>(alarm?: string): T[];
  /** Drops what was put before this minute. */
  expire(minute: number): void;
  close(): void;
}

/** Opens `<stateDir>/cloudwatch/cloudwatch.db`, creating it when missing. */
export function openCloudWatchStore(stateDir: string): CloudWatchStore {
  const folder = join(stateDir, 'cloudwatch');
  const db = openDatabase(join(folder, 'cloudwatch.db'));
  db.exec(`
    CREATE TABLE IF NOT EXISTS metrics (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS data (metric INTEGER, minute INTEGER, value REAL, count REAL,
      PRIMARY KEY (metric, minute, value)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sets (metric INTEGER, minute INTEGER, count REAL, sum REAL, least REAL, most REAL,
      PRIMARY KEY (metric, minute)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS documents (kind TEXT, name TEXT, body TEXT NOT NULL,
      PRIMARY KEY (kind, name)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS history (seq INTEGER PRIMARY KEY, alarm TEXT, at INTEGER, body TEXT NOT NULL);
  `);
  const selectMetric = db.prepare('SELECT id FROM metrics WHERE key = ?');
  const insertMetric = db.prepare('INSERT INTO metrics (key, body) VALUES (?, ?)');
  const selectMetrics = db.prepare('SELECT body FROM metrics ORDER BY key');
  const addValue = db.prepare(`INSERT INTO data VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count`);
  const addSet = db.prepare(`INSERT INTO sets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    count = count + excluded.count, sum = sum + excluded.sum,
    least = MIN(least, excluded.least), most = MAX(most, excluded.most)`);
  const selectData = db.prepare(
    'SELECT minute, value, count FROM data WHERE metric = ? AND minute >= ? AND minute < ?',
  );
  const selectSets = db.prepare(
    'SELECT minute, count, sum, least, most FROM sets WHERE metric = ? AND minute >= ? AND minute < ?',
  );
  const expireData = db.prepare('DELETE FROM data WHERE minute < ?');
  const expireSets = db.prepare('DELETE FROM sets WHERE minute < ?');
  const selectDocument = db.prepare('SELECT body FROM documents WHERE kind = ? AND name = ?');
  const selectDocuments = db.prepare('SELECT body FROM documents WHERE kind = ? ORDER BY name');
  const upsertDocument = db.prepare('INSERT OR REPLACE INTO documents VALUES (?, ?, ?)');
  const deleteDocument = db.prepare('DELETE FROM documents WHERE kind = ? AND name = ?');
  const insertHistory = db.prepare('INSERT INTO history (alarm, at, body) VALUES (?, ?, ?)');
  const selectHistory = db.prepare(
    'SELECT body FROM history WHERE ?1 IS NULL OR alarm = ?1 ORDER BY seq DESC',
  );

  const bodies = <T>(rows: unknown[]): T[] =>
    rows.map((row) => JSON.parse((row as { body: string }).body) as T);
  const ids = new Map<string, number>();
  const keyOf = ({ namespace, name, dimensions }: MetricId) =>
    JSON.stringify([namespace, name, dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort()]);

  function idOf(metric: MetricId): number | undefined {
    const key = keyOf(metric);
    const known = ids.get(key) ?? (selectMetric.get(key)?.id as number | undefined);
    if (known !== undefined) ids.set(key, known);
    return known;
  }

  return {
    add(data) {
      db.exec('BEGIN');
      for (const { metric, values = [], set } of data) {
        const id =
          idOf(metric) ?? Number(insertMetric.run(keyOf(metric), JSON.stringify(metric)).lastInsertRowid);
        for (const { minute, value, count } of values) addValue.run(id, minute, value, count);
        if (set) addSet.run(id, set.minute, set.count, set.sum, set.least, set.most);
      }
      db.exec('COMMIT');
    },
    metrics: () => bodies<MetricId>(selectMetrics.all()),
    read(metric, start, end) {
      const id = idOf(metric);
      if (id === undefined) return { values: [], sets: [] };
      return {
        values: selectData.all(id, start, end) as unknown as MinuteValue[],
        sets: selectSets.all(id, start, end) as unknown as MinuteSet[],
      };
    },
    document: <T>(kind: string, name: string) => bodies<T>(selectDocument.all(kind, name))[0],
    documents: <T>(kind: string) => bodies<T>(selectDocuments.all(kind)),
    saveDocument: (kind, name, body) => void upsertDocument.run(kind, name, JSON.stringify(body)),
    dropDocument: (kind, name) => void deleteDocument.run(kind, name),
    addHistory: (alarm, atMs, body) => void insertHistory.run(alarm, atMs, JSON.stringify(body)),
    history: <T>(alarm?: string) => bodies<T>(selectHistory.all(alarm ?? null)),
    expire(minute) {
      expireData.run(minute);
      expireSets.run(minute);
    },
    close: () => db.close(),
  };
}
