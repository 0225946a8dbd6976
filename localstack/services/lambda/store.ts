/** Functions, mappings, checkpoints and waiting events in one SQLite file: what must outlive the process. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';
import type { FunctionRecord, MappingRecord } from './types.ts';

/** An asynchronous invocation that has not ended yet. */
export interface AsyncEvent {
  readonly id: number;
  readonly requestId: string;
  readonly functionName: string;
  readonly payload: Buffer;
  /** Invocations that failed so far. */
  readonly attempts: number;
  readonly acceptedAtMs: number;
  readonly dueAtMs: number;
}

/** How far a mapping has come in a shard. */
export interface Checkpoint {
  /** All records up to this one are done with; empty for a shard that has been read to its end. */
  readonly sequence: string;
  /** The tumbling window that is open, with its state so far. */
  readonly window?: { readonly startMs: number; readonly state: unknown };
}

export interface LambdaStore {
  fn(name: string): FunctionRecord | undefined;
  functions(): FunctionRecord[];
  saveFunction(fn: FunctionRecord): void;
  dropFunction(name: string): void;
  mapping(uuid: string): MappingRecord | undefined;
  mappings(): MappingRecord[];
  saveMapping(mapping: MappingRecord): void;
  dropMapping(uuid: string): void;
  checkpoints(uuid: string): Map<string, Checkpoint>;
  saveCheckpoint(uuid: string, shard: string, checkpoint: Checkpoint): void;
  addEvent(event: Omit<AsyncEvent, 'id'>): AsyncEvent;
  delayEvent(id: number, attempts: number, dueAtMs: number): void;
  dropEvent(id: number): void;
  /** In the order in which they fall due. */
  events(): AsyncEvent[];
  close(): void;
}

interface EventRow {
  id: number;
  request_id: string;
  function: string;
  payload: Uint8Array;
  attempts: number;
  accepted_at: number;
  due_at: number;
}

/** Opens `<stateDir>/lambda/lambda.db`, creating it when missing. */
export function openLambdaStore(stateDir: string): LambdaStore {
  const folder = join(stateDir, 'lambda');
  const db = openDatabase(join(folder, 'lambda.db'));
  db.exec(`
    CREATE TABLE IF NOT EXISTS functions (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS mappings (uuid TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS checkpoints (uuid TEXT, shard TEXT, body TEXT NOT NULL,
      PRIMARY KEY (uuid, shard)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT, function TEXT,
      payload BLOB, attempts INTEGER, accepted_at INTEGER, due_at INTEGER);
  `);
  const selectFunction = db.prepare('SELECT body FROM functions WHERE name = ?');
  const selectFunctions = db.prepare('SELECT body FROM functions ORDER BY name');
  const upsertFunction = db.prepare('INSERT OR REPLACE INTO functions VALUES (?, ?)');
  const deleteFunction = db.prepare('DELETE FROM functions WHERE name = ?');
  const selectMapping = db.prepare('SELECT body FROM mappings WHERE uuid = ?');
  const selectMappings = db.prepare('SELECT body FROM mappings ORDER BY uuid');
  const upsertMapping = db.prepare('INSERT OR REPLACE INTO mappings VALUES (?, ?)');
  const deleteMapping = db.prepare('DELETE FROM mappings WHERE uuid = ?');
  const selectCheckpoints = db.prepare('SELECT shard, body FROM checkpoints WHERE uuid = ?');
  const upsertCheckpoint = db.prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)');
  const deleteCheckpoints = db.prepare('DELETE FROM checkpoints WHERE uuid = ?');
  const insertEvent = db.prepare(
    'INSERT INTO events (request_id, function, payload, attempts, accepted_at, due_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const updateEvent = db.prepare('UPDATE events SET attempts = ?, due_at = ? WHERE id = ?');
  const deleteEvent = db.prepare('DELETE FROM events WHERE id = ?');
  const selectEvents = db.prepare('SELECT * FROM events ORDER BY due_at, id');

  const bodies = <T>(rows: unknown[]): T[] =>
    rows.map((row) => JSON.parse((row as { body: string }).body) as T);

  return {
    fn: (name) => bodies<FunctionRecord>(selectFunction.all(name))[0],
    functions: () => bodies<FunctionRecord>(selectFunctions.all()),
    saveFunction: (fn) => void upsertFunction.run(fn.name, JSON.stringify(fn)),
    dropFunction: (name) => void deleteFunction.run(name),
    mapping: (uuid) => bodies<MappingRecord>(selectMapping.all(uuid))[0],
    mappings: () => bodies<MappingRecord>(selectMappings.all()),
    saveMapping: (mapping) => void upsertMapping.run(mapping.uuid, JSON.stringify(mapping)),
    dropMapping(uuid) {
      deleteCheckpoints.run(uuid);
      deleteMapping.run(uuid);
    },
    checkpoints: (uuid) =>
      new Map(selectCheckpoints.all(uuid).map((row) => [String(row.shard), JSON.parse(String(row.body))])),
    saveCheckpoint: (uuid, shard, checkpoint) =>
      void upsertCheckpoint.run(uuid, shard, JSON.stringify(checkpoint)),
    addEvent(event) {
      const { lastInsertRowid } = insertEvent.run(
        event.requestId,
        event.functionName,
        event.payload,
        event.attempts,
        event.acceptedAtMs,
        event.dueAtMs,
      );
      return { id: Number(lastInsertRowid), ...event };
    },
    delayEvent: (id, attempts, dueAtMs) => void updateEvent.run(attempts, dueAtMs, id),
    dropEvent: (id) => void deleteEvent.run(id),
    events: () =>
      (selectEvents.all() as unknown as EventRow[]).map((row) => ({
        id: row.id,
        requestId: row.request_id,
        functionName: row.function,
        payload: Buffer.from(row.payload),
        attempts: row.attempts,
        acceptedAtMs: row.accepted_at,
        dueAtMs: row.due_at,
      })),
    close: () => db.close(),
  };
}
