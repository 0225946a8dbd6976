/** A cloud's folder on disk: one cloud at a time, its address for the command line, its clock's offset. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DamagedStateError } from './damage.ts';
import { readStateFile, writeAtomically, writeStateFile } from './stateFile.ts';

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
const STATE_FORMAT = 2;

class StateFormatError extends Error {
  override readonly name = 'StateFormatError';
  constructor(path: string, found: number) {
    super(
      `The state folder ${path} has format ${found}, this version reads format ${STATE_FORMAT}. ` +
        'Use the version that made it, name another folder, or remove it and load its data again.',
    );
  }
}

/** https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/** Where a cloud runs, and what its Athena runs on. */
export interface Announcement {
  readonly pid: number;
  readonly endpoint: string;
  readonly athena: 'duckdb' | 'trino';
}

const ANNOUNCEMENT = 'cloud.json';
const CLOCK = 'clock.json';
const FORMAT = 'format.json';

/**
 * Takes a state folder for this process. The lock is SQLite's own lock on a file, which the system lifts when the
 * process ends however it ends, so a killed cloud leaves nothing stale. Throws `StateDirInUseError`, `StateFormatError`
 * or `DamagedStateError`.
 */
export function takeStateDir(path: string): StateDir {
  const dir = resolve(path);
  mkdirSync(dir, { recursive: true });
  const lock = takeLock(dir);
  try {
    checkFormat(dir);
  } catch (error) {
    lock.close();
    throw error;
  }
  rmSync(join(dir, ANNOUNCEMENT), { force: true });
  return {
    path: dir,
    readClockOffset: () => readStateFile<{ offsetMs: number }>(join(dir, CLOCK))?.offsetMs ?? 0,
    writeClockOffset: (offsetMs) => writeStateFile(join(dir, CLOCK), { offsetMs }),
    announce: (cloud) => writeStateFile(join(dir, ANNOUNCEMENT), { pid: process.pid, ...cloud }),
    release() {
      rmSync(join(dir, ANNOUNCEMENT), { force: true });
      lock.close();
    },
  };
}

function takeLock(dir: string): DatabaseSync {
  const path = join(dir, 'lock.sqlite');
  const lock = new DatabaseSync(path);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    const { errcode } = error as { errcode?: number };
    if (errcode === SQLITE_BUSY) {
      const running = readAnnouncement(dir);
      throw new StateDirInUseError(dir, running?.pid, running?.endpoint);
    }
    if (errcode !== SQLITE_NOTADB) throw error;
  }
  // Nobody holds it, and it never holds anything.
  truncateSync(path);
  return takeLock(dir);
}

/** A folder that holds state says its format and its clock; a new one is given both. */
function checkFormat(dir: string): void {
  const [format, clock] = [join(dir, FORMAT), join(dir, CLOCK)];
  const known = readFormat(format);
  if (known !== undefined && known !== STATE_FORMAT) throw new StateFormatError(dir, known);
  if (known === undefined && readdirSync(dir, { withFileTypes: true }).some((entry) => entry.isDirectory()))
    throw new DamagedStateError(format, 'it is missing and the folder holds state');
  if (!readStateFile(clock)) {
    if (known !== undefined) throw new DamagedStateError(clock, 'it is missing');
    writeStateFile(clock, { offsetMs: 0 });
  }
  if (known === undefined) writeAtomically(format, JSON.stringify({ format: STATE_FORMAT }));
}

/** Plain JSON in every format, so that each version can name the format of another. */
function readFormat(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { format } = JSON.parse(readFileSync(path, 'utf8')) as { format: unknown };
    if (Number.isInteger(format)) return format as number;
  } catch (cause) {
    throw new DamagedStateError(path, 'it is not JSON', { cause });
  }
  throw new DamagedStateError(path, 'it names no format');
}

/** Where the cloud of a state folder was last announced; its process may have been killed since. */
export function readAnnouncement(dir: string): Announcement | undefined {
  try {
    return readStateFile<Announcement>(join(resolve(dir), ANNOUNCEMENT));
  } catch (error) {
    // It is written again by the next cloud; a damaged one leads nowhere.
    if (error instanceof DamagedStateError) return undefined;
    throw error;
  }
}
