/**
 * Lends statements their connections: to the DuckDB in this process, whose functions in JavaScript are stand-ins, and to
 * function processes, which have the functions. No function ever runs on the thread that serves requests.
 */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { registerStandIns, type StandIns } from '../../core/scalarFunctions.ts';
import type { ColumnInfo } from '../../sql/index.ts';
import { JAVASCRIPT_FUNCTIONS, openDatabase } from './duckdb.ts';
import { type FunctionProcess, startFunctionProcess } from './functions/process.ts';
import { rowsOf } from './results/rows.ts';
import { QueryCancelled } from './session.ts';
import { NeedsFunctionProcess, type StatementConnection } from './statementConnection.ts';

export interface Engine {
  /** Waits while as many statements run as may. @throws QueryCancelled when it is aborted meanwhile */
  borrow(signal: AbortSignal): Promise<Lent>;
  close(): void;
}

/** What one statement has until it gives it back. */
export interface Lent {
  /** Fails with NeedsFunctionProcess what needs a function in JavaScript. */
  readonly here: StatementConnection;
  /** A function process for this statement only. */
  functionProcess(): Promise<StatementConnection>;
  giveBack(): void;
}

export interface EngineOptions {
  /** How long a function in JavaScript may work on one batch of rows, at most 2048. @default 60 seconds */
  readonly functionDeadlineMs?: number | undefined;
}

/** Queries that run at the same time; further ones wait in the queue, as Athena's do. */
const concurrentQueries = 4;

/** DuckDB looks for an interrupt between batches of rows. A statement that has not ended by then is left behind. */
const interruptGraceMs = 1000;

/** Function processes that are kept for the next statement that needs one. */
const keptProcesses = 1;

let hasKeptBlocks = false;

/**
 * What is freed is kept for the next block: to get it back from the system each time takes a tenth of a large query. DuckDB
 * reserves as much address space for it as the machine has memory, and two of them in one process keep it from starting
 * others (ENOMEM); so only a process's first database has it.
 */
function keptBlocks(): Record<string, string> {
  if (hasKeptBlocks) return {};
  hasKeptBlocks = true;
  return { block_allocator_memory: '512MB' };
}

/** Makes an engine whose scratch files are in `<stateDir>/athena/scratch/`. */
export async function openEngine(stateDir: string, options: EngineOptions = {}): Promise<Engine> {
  const scratch = join(stateDir, 'athena', 'scratch');
  let opened = 0;
  const open = (settings = {}) => openSharedDatabase(stateDir, join(scratch, `engine-${++opened}`), settings);
  let database = open(keptBlocks());
  await database;
  const processes = functionProcesses(stateDir, scratch, options.functionDeadlineMs ?? 60_000);
  const turns = createTurns(concurrentQueries);

  return {
    async borrow(signal) {
      await turns.take(signal);
      const used = database;
      const connection = await (await used).connect();
      let borrowed: FunctionProcess | undefined;
      return {
        here: connection,
        async functionProcess() {
          borrowed = await processes.take();
          return borrowed.connection;
        },
        giveBack() {
          if (borrowed) processes.giveBack(borrowed);
          // What is left behind may keep its database's threads busy for hours: the others get another database.
          if (connection.isLeft() && database === used) {
            database = open();
            used.then(({ close }) => close());
          }
          connection.giveBack();
          turns.giveBack();
        },
      };
    },
    close() {
      processes.close();
      database.then(({ close }) => close());
    },
  };
}

/** Gives so many turns at a time, in the order in which they are asked for. */
function createTurns(most: number) {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    async take(signal: AbortSignal): Promise<void> {
      if (signal.aborted) throw cancelled();
      if (taken < most) {
        taken++;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const ready = () => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = () => {
          waiting.splice(waiting.indexOf(ready), 1);
          reject(cancelled());
        };
        waiting.push(ready);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
    giveBack() {
      const next = waiting.shift();
      if (next) next();
      else taken--;
    },
  };
}

function functionProcesses(stateDir: string, scratch: string, deadlineMs: number) {
  const idle: FunctionProcess[] = [];
  let started = 0;
  let closed = false;
  return {
    async take(): Promise<FunctionProcess> {
      for (let kept = idle.pop(); kept; kept = idle.pop()) if (kept.alive()) return kept;
      return startFunctionProcess({ stateDir, scratch: join(scratch, `functions-${++started}`), deadlineMs });
    },
    giveBack(process: FunctionProcess) {
      if (process.alive() && !closed && idle.length < keptProcesses) idle.push(process);
      else process.kill();
    },
    close() {
      closed = true;
      for (const process of idle) process.kill();
    },
  };
}

interface SharedDatabase {
  connect(): Promise<SharedConnection>;
  /** Statements that have a connection go on with it. */
  close(): void;
}

interface SharedConnection extends StatementConnection {
  /** Whether a stop could not end what DuckDB did for the statement. */
  isLeft(): boolean;
  giveBack(): void;
}

/** A DuckDB in this process that statements share, each with a connection of its own. */
async function openSharedDatabase(
  stateDir: string,
  scratch: string,
  settings: Readonly<Record<string, string>>,
): Promise<SharedDatabase> {
  let standIns: StandIns | undefined;
  const register = (connection: DuckDBConnection) => {
    standIns = registerStandIns(connection, JAVASCRIPT_FUNCTIONS);
  };
  const { instance, connection: first } = await openDatabase(stateDir, scratch, register, settings);
  standIns!.refuse();
  const idle: DuckDBConnection[] = [first];
  let closed = false;
  return {
    async connect() {
      const duck = idle.pop() ?? (await instance.connect());
      return sharedConnection(duck, standIns!, (wasStopped) => {
        // A statement that was stopped has not dropped its temporary tables.
        if (wasStopped || closed) duck.closeSync();
        else idle.push(duck);
      });
    },
    close() {
      closed = true;
      for (const connection of idle) connection.closeSync();
      instance.closeSync();
    },
  };
}

/** @param release is called when the statement has given the connection back and DuckDB does nothing more for it */
function sharedConnection(
  duck: DuckDBConnection,
  standIns: StandIns,
  release: (wasStopped: boolean) => void,
): SharedConnection {
  const { connectionId } = duck.clientContext;
  let working = 0;
  let stopped = false;
  let isLeft = false;
  let givenBack = false;
  let leave = () => {};
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => {
      isLeft = true;
      reject(cancelled());
    };
  });
  left.catch(() => {});

  async function ask<T>(call: () => Promise<T>): Promise<T> {
    if (stopped) throw cancelled();
    working++;
    const answer = call().finally(() => {
      working--;
      if (givenBack && working === 0) release(stopped);
    });
    const [end] = await Promise.allSettled([Promise.race([answer, left])]);
    // TRY may have hidden the failure of a stand-in, and a stop may have come too late for DuckDB.
    if (standIns.taken(connectionId)) throw needsProcess();
    if (stopped) throw cancelled();
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  }

  return {
    run: (sql) => ask(() => duck.run(sql)),
    runAndReadAll: (sql) => ask(() => duck.runAndReadAll(sql)),
    prepare: (sql) => ask(() => duck.prepare(sql)),
    rows: (sql: string, columns: readonly ColumnInfo[]) => rowsOf(duck, sql, columns, ask),
    stop() {
      stopped = true;
      duck.interrupt();
      setTimeout(() => working > 0 && leave(), interruptGraceMs).unref();
    },
    isLeft: () => isLeft,
    giveBack() {
      givenBack = true;
      if (working === 0) release(stopped);
    },
  };
}

const cancelled = () => new QueryCancelled('Query was cancelled by its caller.');
const needsProcess = () => new NeedsFunctionProcess('The statement needs a function in JavaScript.');
