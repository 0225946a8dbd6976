/**
 * A function process: a DuckDB whose functions run in JavaScript here, on the statements that this process is sent. It may be
 * killed at any time. It ends with the cloud, even while a function runs.
 */
import { Worker } from 'node:worker_threads';
import { registerScalarFunctions } from '../../../core/scalarFunctions.ts';
import { JAVASCRIPT_FUNCTIONS, openDatabase } from '../duckdb.ts';
import type { Cell } from '../results/csv.ts';
import { rowsOf } from '../results/rows.ts';
import type { Answer, Request, Settings, Value } from './messages.ts';

const settings: Settings = JSON.parse(process.argv[2]!);

/** The number of calls so far, and which function works now: 0 for none. The watchdog reads it. */
const calls = new Int32Array(new SharedArrayBuffer(8));
const watchdog = new Worker(new URL('./watchdog.ts', import.meta.url), {
  workerData: {
    calls,
    names: JAVASCRIPT_FUNCTIONS.map(({ name }) => name),
    deadlineMs: settings.deadlineMs,
  },
});
watchdog.unref();

// A Ctrl-C in the terminal is for the cloud, which ends this process when it has stopped its queries.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

const { connection } = await openDatabase(settings.stateDir, settings.scratch, (first) =>
  registerScalarFunctions(first, JAVASCRIPT_FUNCTIONS, {
    began(index) {
      Atomics.add(calls, 0, 1);
      Atomics.store(calls, 1, index + 1);
    },
    ended() {
      Atomics.store(calls, 1, 0);
    },
  }),
);

let query: AsyncGenerator<Cell[][]> | undefined;

async function nextRows(): Promise<Cell[][] | undefined> {
  const { value, done } = await query!.next();
  return done ? undefined : value;
}

async function answerTo(request: Request): Promise<Value> {
  switch (request.kind) {
    case 'run':
      await connection.run(request.sql);
      return undefined;
    case 'read': {
      const reader = await connection.runAndReadAll(request.sql);
      return {
        values: reader.getRowsJS(),
        objects: reader.getRowObjectsJS(),
        json: reader.getRowObjectsJson(),
      };
    }
    case 'prepare': {
      const prepared = await connection.prepare(request.sql);
      const { columnCount } = prepared;
      prepared.destroySync();
      return columnCount;
    }
    case 'query':
      query = rowsOf(connection, request.sql, request.columns);
      return nextRows();
    case 'more':
      return nextRows();
  }
}

process.on('message', async (request: Request) => {
  const { number } = request;
  let answer: Answer;
  try {
    answer = { number, value: await answerTo(request) };
  } catch (cause) {
    answer = { number, error: cause instanceof Error ? cause.message : String(cause) };
  }
  process.send!(answer);
});
process.send!('ready');
