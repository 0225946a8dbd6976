/** A service's state on disk: one SQLite file that a kill of the process at any moment leaves whole. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens the file, and makes its folder where it is missing. In WAL mode with `synchronous = NORMAL` a commit survives
 * the process; only a loss of power may take the last ones (https://sqlite.org/pragma.html#pragma_synchronous).
 */
export function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  return db;
}

/** Runs changes as one: all of them are seen after a kill, or none. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
