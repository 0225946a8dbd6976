/** A service's state on disk: one SQLite file that a kill of the process at any moment leaves whole, and that is checked when it is opened. */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { DamagedStateError } from './damage.ts';
import { openSlotFile, type SlotFile } from './slotFile.ts';
import { fileSum, readStateFile, writeStateFile } from './stateFile.ts';
import { checkWriteAheadLog } from './writeAheadLog.ts';

/** The log is folded into the database when it has grown to this, or to a quarter of the database if that is more. */
const LARGEST_LOG_BYTES = 8 * 1024 * 1024;
const LOOK_MS = 1000;

/** Primary codes of https://www.sqlite.org/rescode.html: of errors by a damaged file, a reader at work, a full disk. */
const DAMAGE_CODES = [10 /* IOERR */, 11 /* CORRUPT */, 26 /* NOTADB */];
const IN_USE_CODES = [5 /* BUSY */, 6 /* LOCKED */];
const FULL_CODES = [13 /* FULL */];

const isOneOf = (codes: readonly number[], error: unknown): boolean => {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && codes.includes(errcode & 0xff);
};

/**
 * The log's index is in this process's memory only, where nobody else can change it. The log is folded in by `fold` only, so
 * that the checksum follows every change of the file, and nothing is in it before it is committed, so that its length is
 * the mark. A new file is empty while it is given the mode: the disk need not be waited for.
 */
const MODES =
  'PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ' +
  'PRAGMA wal_autocheckpoint = 0; PRAGMA cache_spill = OFF;';

const open = new Set<StateDatabase>();

/**
 * Opens the file, and makes its folder where it is missing. In WAL mode with `synchronous = NORMAL` a commit survives
 * the process; only a loss of power may take the last ones (https://sqlite.org/pragma.html#pragma_synchronous).
 *
 * Between two folds of the log the database file does not change, and its checksum is in `<path>.sum`; the log has
 * checksums of its own, and how far it was committed is in `<path>.committed`. So whatever is missing or changed is found
 * here. @throws DamagedStateError
 */
export function openDatabase(path: string): StateDatabase {
  mkdirSync(dirname(path), { recursive: true });
  const mark = openSlotFile(markPath(path), 1);
  let known: boolean;
  try {
    known = checkFiles(path, mark.values?.[0]);
  } catch (error) {
    mark.close();
    throw error;
  }
  const database = new StateDatabase(path, mark);
  try {
    database.prepareState(known);
  } catch (error) {
    database.abandon();
    throw error;
  }
  return database;
}

/** The databases that are open under a folder. */
export const databasesUnder = (folder: string): StateDatabase[] =>
  [...open].filter(({ path }) => path.startsWith(resolve(folder) + sep));

/** What the database file was after its log was last folded in. */
interface Sum {
  readonly size: number;
  readonly crc32: number;
}

const sumPath = (path: string) => `${path}.sum`;
const markPath = (path: string) => `${path}.committed`;

/** Gives false when the checksum is not known, as after a kill in the middle of a fold. */
function checkFiles(path: string, committed: number | undefined): boolean {
  const sum = readSum(path);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const logSize = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0 && (sum || logSize > 0))
    throw new DamagedStateError(path, existsSync(path) ? 'it is empty' : 'it is missing');
  if (sum) checkSum(path, sum);
  checkWriteAheadLog(path, committed);
  return sum !== undefined || size === 0;
}

function readSum(path: string): Sum | undefined {
  try {
    return readStateFile<Sum>(sumPath(path));
  } catch (error) {
    // What it says of the database is not known; the database itself is looked through instead.
    if (error instanceof DamagedStateError) return undefined;
    throw error;
  }
}

function checkSum(path: string, sum: Sum): void {
  const found = sumOf(path);
  if (found.size !== sum.size || found.crc32 !== sum.crc32)
    throw new DamagedStateError(path, 'its checksum does not match its content');
}

const sumOf = (path: string): Sum => ({ size: statSync(path).size, crc32: fileSum(path) });

/** A database whose errors name its file, and that keeps its file's checksum. */
export class StateDatabase extends DatabaseSync {
  readonly path: string;
  /** The first damage that was met. */
  damage: DamagedStateError | undefined;
  /** When and how large the file was when its checksum was last right. */
  #seen = '';
  #begin: StatementSync | undefined;
  #commit: StatementSync | undefined;
  readonly #timer: NodeJS.Timeout;
  /** Bytes of the log up to the end of the last commit. */
  readonly #mark: SlotFile;
  #committed = 0;
  /** Some of a commit may be in the log, and what it left there is not one. */
  #isLogUnsure = false;

  constructor(path: string, mark: SlotFile) {
    super(path);
    this.path = resolve(path);
    this.#mark = mark;
    this.#timer = setInterval(() => this.#foldIfLarge(), LOOK_MS);
    this.#timer.unref();
    open.add(this);
  }

  /** Sets the modes; a database whose checksum is not known is looked through, and given one. */
  prepareState(isKnown: boolean): void {
    this.#named(() => super.exec(MODES));
    if (!isKnown) this.lookThrough();
    if (!isKnown || !existsSync(sumPath(this.path))) writeStateFile(sumPath(this.path), sumOf(this.path));
    this.#seen = this.#look();
    // The log of a killed process may end in a part of a commit.
    this.#isLogUnsure = this.#logBytes() > 0;
    if (this.#isLogUnsure) this.#fold();
  }

  /** @throws DamagedStateError when a page or a row cannot be read */
  lookThrough(): void {
    const found = this.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (found !== 'ok') throw this.#note(new DamagedStateError(this.path, String(found)));
  }

  /** @throws DamagedStateError when the files are not what was written to them since they were opened */
  check(): void {
    if (this.damage) throw this.damage;
    try {
      if (this.#look() !== this.#seen) {
        const sum = readSum(this.path);
        if (sum) checkSum(this.path, sum);
        this.#seen = this.#look();
      }
      checkWriteAheadLog(this.path, this.#committed);
    } catch (error) {
      throw error instanceof DamagedStateError ? this.#note(error) : error;
    }
  }

  override exec(sql: string): void {
    this.#named(() => super.exec(sql));
    this.#noteCommit();
  }

  override prepare(sql: string): StatementSync {
    const statement = this.#named(() => super.prepare(sql));
    const { run, get, all, iterate } = statement;
    const onlyReads = /^\s*SELECT\b/i.test(sql);
    const named =
      <T>(method: (...values: SQLInputValue[]) => T) =>
      (...values: SQLInputValue[]) => {
        const result = this.#named(() => method.apply(statement, values));
        if (!onlyReads) this.#noteCommit();
        return result;
      };
    return Object.assign(statement, {
      run: named(run),
      get: named(get),
      all: named(all),
      iterate: (...values: SQLInputValue[]) =>
        this.#rows(() => iterate.apply(statement, values as Parameters<typeof iterate>)),
    });
  }

  /** Runs changes as one: all of them are seen after a kill, or none. */
  transaction<T>(work: () => T): T {
    this.#begin ??= this.prepare('BEGIN IMMEDIATE');
    this.#commit ??= this.prepare('COMMIT');
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      // Some errors have ended the transaction already.
      if (this.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /** Folds the log in, so that the next start has the checksum of all there is. */
  override close(): void {
    clearInterval(this.#timer);
    open.delete(this);
    try {
      if (!this.damage && this.#logBytes() > 0) this.#fold();
    } finally {
      super.close();
      this.#mark.close();
    }
  }

  /** Closes what could not be opened in good order. */
  abandon(): void {
    clearInterval(this.#timer);
    open.delete(this);
    super.close();
    this.#mark.close();
  }

  /** What was committed is the mark before anybody learns of it. */
  #noteCommit(): void {
    if (this.isTransaction) return;
    if (this.#isLogUnsure) {
      this.#fold();
      return;
    }
    const bytes = this.#logBytes();
    if (bytes === this.#committed) return;
    this.#committed = bytes;
    this.#mark.write([bytes]);
  }

  #foldIfLarge(): void {
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (this.damage || this.#logBytes() < Math.max(LARGEST_LOG_BYTES, size / 4)) return;
    try {
      this.#fold();
    } catch (error) {
      // Kept, and thrown by the next check.
      if (!(error instanceof DamagedStateError)) throw error;
    }
  }

  /** Without a checksum and a mark, for as long as it takes: a kill in the middle leaves none that is wrong. */
  #fold(): void {
    if (!this.#isLogUnsure) this.check();
    rmSync(sumPath(this.path), { force: true });
    this.#mark.write([0]);
    if (!this.#checkpoint()) {
      // A reader is at work; the next look tries again.
      if (!this.#isLogUnsure) this.#mark.write([this.#committed]);
      return;
    }
    this.#committed = 0;
    this.#isLogUnsure = false;
    writeStateFile(sumPath(this.path), sumOf(this.path));
    this.#seen = this.#look();
  }

  /** False when a reader is at work. */
  #checkpoint(): boolean {
    try {
      const statement = super.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
      return this.#named(() => statement.get())?.busy === 0;
    } catch (error) {
      if (isOneOf(IN_USE_CODES, error)) return false;
      throw error;
    }
  }

  #logBytes = () => statSync(`${this.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;

  #look(): string {
    const found = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (!found) throw new DamagedStateError(this.path, 'it is missing');
    return `${found.size} ${found.mtimeNs}`;
  }

  *#rows<T>(begin: () => NodeJS.Iterator<T>): Generator<T, undefined, unknown> {
    const rows = this.#named(begin);
    try {
      for (;;) {
        const { done, value } = this.#named(() => rows.next());
        if (done) return undefined;
        yield value as T;
      }
    } finally {
      // Who stops reading early lets go of the database.
      rows.return?.();
    }
  }

  #note(error: DamagedStateError): DamagedStateError {
    this.damage ??= error;
    return error;
  }

  #named<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (isOneOf(FULL_CODES, error)) this.#isLogUnsure = true;
      if (!isOneOf(DAMAGE_CODES, error)) throw error;
      const said = `SQLite says "${(error as Error).message}"`;
      throw this.#note(new DamagedStateError(this.path, said, { cause: error }));
    }
  }
}
