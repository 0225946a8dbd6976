/** A cloud's folder on disk: one cloud at a time, its address for the command line, its clock's offset. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface StateDir {
  readonly path: string;
  readClockOffset(): number;
  writeClockOffset(offsetMs: number): void;
  /** Publishes the endpoint, for whoever looks for a running cloud. */
  announce(cloud: Omit<Announcement, 'pid'>): void;
  release(): void;
}

export class StateDirInUseError extends Error {
  override readonly name = 'StateDirInUseError';
  readonly pid: number | undefined;
  constructor(path: string, pid: number | undefined, endpoint: string | undefined) {
    super(
      `The state folder ${path} is in use by the local cloud of process ${pid ?? '(unknown)'}` +
        `${endpoint ? ` at ${endpoint}` : ''}. Use that one, stop it, or name another folder.`,
    );
    this.pid = pid;
  }
}

/** Raised whenever what a service keeps changes such that an older folder cannot be read any more. */
const STATE_FORMAT = 1;

export class StateFormatError extends Error {
  override readonly name = 'StateFormatError';
  constructor(path: string, found: number) {
    super(
      `The state folder ${path} has format ${found}, this version reads format ${STATE_FORMAT}. ` +
        'Use the version that made it, name another folder, or remove it and load its data again.',
    );
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Where a cloud runs, and what its Athena runs on. */
export interface Announcement {
  readonly pid: number;
  readonly endpoint: string;
  readonly athena: 'duckdb' | 'trino';
}

/** The file with the announcement. */
const ANNOUNCEMENT = 'cloud.json';

/**
 * Takes a state folder for this process. The lock is SQLite's own lock on a file, which the system lifts when the
 * process ends however it ends, so a killed cloud leaves nothing stale. Throws `StateDirInUseError`
 * or `StateFormatError`.
 */
export function takeStateDir(path: string): StateDir {
  const dir = resolve(path);
  mkdirSync(dir, { recursive: true });
  const lock = new DatabaseSync(join(dir, 'lock.sqlite'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    const running = readAnnouncement(dir);
    throw new StateDirInUseError(dir, running?.pid, running?.endpoint);
  }
  const format = readJson<{ format: number }>(join(dir, 'format.json'))?.format;
  if (format !== undefined && format !== STATE_FORMAT) {
    lock.close();
    throw new StateFormatError(dir, format);
  }
  writeAtomically(join(dir, 'format.json'), JSON.stringify({ format: STATE_FORMAT }));
  rmSync(join(dir, ANNOUNCEMENT), { force: true });
  return {
    path: dir,
    readClockOffset: () => readJson<{ offsetMs: number }>(join(dir, 'clock.json'))?.offsetMs ?? 0,
    writeClockOffset: (offsetMs) => writeAtomically(join(dir, 'clock.json'), JSON.stringify({ offsetMs })),
    announce: (cloud) =>
      writeAtomically(join(dir, ANNOUNCEMENT), JSON.stringify({ pid: process.pid, ...cloud })),
    release() {
      rmSync(join(dir, ANNOUNCEMENT), { force: true });
      lock.close();
    },
  };
}

/** Where the cloud of a state folder was last announced; its process may have been killed since. */
export const readAnnouncement = (dir: string) => readJson<Announcement>(join(resolve(dir), ANNOUNCEMENT));

/** A reader sees the old file or the new one, whenever the process is killed. */
export function writeAtomically(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function readJson<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text) as T;
}
