/** A function process as this process sees it: started, asked, and killed when a statement is stopped or takes too long. */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueryFailure } from '../failures.ts';
import type { Cell } from '../results/csv.ts';
import { QueryCancelled } from '../session.ts';
import type { StatementConnection } from '../statementConnection.ts';
import type { Answer, Rows, Settings, Value, Work } from './messages.ts';

const entry = fileURLToPath(new URL('./main.ts', import.meta.url));

export interface FunctionProcess {
  readonly connection: StatementConnection;
  /** False once it was killed or has ended: it takes no more statements. */
  alive(): boolean;
  kill(): void;
}

/** What the SQL calls a function that is `hw_js_regexp_like` in DuckDB. */
const shownName = (alarm: string) => alarm.split('\n')[0]!.replace(/^hw_js_/, '');

const seconds = (ms: number) => `${ms / 1000} ${ms === 1000 ? 'second' : 'seconds'}`;

/** Resolves when the process can be asked. */
export async function startFunctionProcess(settings: Settings): Promise<FunctionProcess> {
  const child = fork(entry, [JSON.stringify(settings)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: join(settings.stateDir, 'athena', 'compile-cache'),
    },
  });
  const waiting = new Map<number, { resolve(value: Value): void; reject(cause: Error): void }>();
  let lastNumber = 0;
  let output = '';
  /** Why nothing can be asked any more. */
  let gone: Error | undefined;
  let ready = () => {};
  let failed = (_cause: Error) => {};
  const started = new Promise<void>((resolve, reject) => {
    ready = resolve;
    failed = reject;
  });

  const end = (cause: Error) => {
    gone ??= cause;
    child.kill('SIGKILL');
    failed(gone);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };
  child.on('message', (answer: Answer | 'ready') => {
    if (answer === 'ready') return ready();
    const asked = waiting.get(answer.number);
    waiting.delete(answer.number);
    if ('error' in answer) asked?.reject(new Error(answer.error));
    else asked?.resolve(answer.value);
  });
  child.on('error', end);
  child.on('close', (code, signal) => {
    end(
      new QueryFailure(
        'GENERIC_INTERNAL_ERROR',
        `The process that runs functions ended with ${signal ?? `code ${code}`}: ${output.trim()}`,
      ),
    );
    rmSync(settings.scratch, { recursive: true, force: true });
  });
  child.stderr!.on('data', (bytes) => {
    output = `${output}${bytes}`.slice(-2000);
  });
  const alarm = child.stdio[4] as Socket;
  alarm.on('data', (said) =>
    end(
      new QueryFailure(
        'EXCEEDED_TIME_LIMIT',
        `Query exceeded the local time limit of ${seconds(settings.deadlineMs)} for one call of a function: ${shownName(String(said))} was still working. A regular expression with nested repetitions can take this long; rewrite the pattern, or shorten the texts.`,
      ),
    ),
  );
  // The process may die while the pipe is open; its end is reported by 'close'.
  alarm.on('error', () => {});

  const ask = (work: Work) =>
    new Promise<Value>((resolve, reject) => {
      if (gone) return reject(gone);
      const number = ++lastNumber;
      waiting.set(number, { resolve, reject });
      child.send({ ...work, number });
    });

  await started;
  return {
    alive: () => gone === undefined,
    kill: () => end(new QueryCancelled('The process that runs functions was ended.')),
    connection: {
      run: (sql) => ask({ kind: 'run', sql }),
      async runAndReadAll(sql) {
        const { values, objects, json } = (await ask({ kind: 'read', sql })) as Rows;
        return { getRowsJS: () => values, getRowObjectsJS: () => objects, getRowObjectsJson: () => json };
      },
      async prepare(sql) {
        const columnCount = (await ask({ kind: 'prepare', sql })) as number;
        return { columnCount, destroySync() {} };
      },
      async *rows(sql, columns) {
        let rows = await ask({ kind: 'query', sql, columns });
        while (rows) {
          yield rows as Cell[][];
          rows = await ask({ kind: 'more' });
        }
      },
      stop: () => end(new QueryCancelled('Query was cancelled by its caller.')),
    },
  };
}
