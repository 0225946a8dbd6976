/** One warm process of a function: started once, given one request at a time, killed when it is late. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { frameReader, type InvokeHeader, type ProcessHeader, writeFrame } from './runtime/frames.ts';
import type { FunctionRecord } from './types.ts';

const entry = fileURLToPath(new URL('./runtime/main.ts', import.meta.url));

/** What a request came to in its process. */
export interface Outcome {
  readonly failed: boolean;
  readonly payload: Buffer;
  /** Output of the function, whole lines. */
  readonly output: string;
  readonly durationMs: number;
  readonly maxMemoryMb: number;
  /** The first request of a process also bears its start. */
  readonly initDurationMs?: number;
  readonly timedOut: boolean;
}

export interface Instance {
  readonly logStream: string;
  /** False once the process has gone: it takes no more requests. */
  alive(): boolean;
  /** Most that the process has held so far, by its requests' reports. */
  readonly maxMemoryMb: number;
  run(request: Omit<InvokeHeader, 'deadlineMs'>, payload: Buffer): Promise<Outcome>;
  kill(): void;
}

export interface InstanceOptions {
  readonly fn: FunctionRecord;
  /** Where its code is. */
  readonly codeFolder: string;
  readonly logStream: string;
  /** Variables next to the function's own: region, credentials, endpoint. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder of this process, for its temporary files; removed when the process ends. */
  readonly scratch: string;
  /** Compiled code is kept here between processes. */
  readonly compileCache: string;
}

/** Node's heap gets the memory setting less what the process needs next to it. */
const HEAP_SHARE = 0.9;
/** How long a process may take to load its function. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_LIMIT_MS = 10_000;

function spawnProcess(options: InstanceOptions): ChildProcess {
  const { fn, codeFolder, scratch } = options;
  mkdirSync(scratch, { recursive: true });
  return spawn(
    process.execPath,
    [`--max-old-space-size=${Math.floor(fn.memoryMb * HEAP_SHARE)}`, '--enable-source-maps', entry],
    {
      cwd: codeFolder,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        LANG: 'en_US.UTF-8',
        TZ: 'UTC',
        TMPDIR: scratch,
        NODE_COMPILE_CACHE: options.compileCache,
        ...options.environment,
        ...fn.environment,
        LAMBDA_TASK_ROOT: codeFolder,
        _HANDLER: fn.handler,
        AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_FORMAT: fn.logFormat,
        AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
        AWS_LAMBDA_LOG_STREAM_NAME: options.logStream,
      },
    },
  );
}

interface Problem {
  readonly errorType: string;
  readonly message: string;
}

const exitProblem = (reason: string): Problem => ({
  errorType: 'Runtime.ExitError',
  message: `Runtime exited ${reason}`,
});

const timeoutProblem = (fn: FunctionRecord): Problem => ({
  errorType: 'Sandbox.Timedout',
  message: `Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`,
});

const errorPayload = (requestId: string, { errorType, message }: Problem) =>
  Buffer.from(JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` }));

export function startInstance(options: InstanceOptions): Instance {
  const { fn, scratch } = options;
  const startedAt = performance.now();
  const child = spawnProcess(options);
  const pipe = child.stdio[3] as Socket;

  let alive = true;
  let mostMemoryMb = 0;
  let output = '';
  let initDurationMs: number | undefined;
  let initError: Buffer | undefined;
  let lateBy: number | undefined;
  let current:
    | { requestId: string; startedAt: number; timer: NodeJS.Timeout; settle: (outcome: Outcome) => void }
    | undefined;

  const { promise: ready, resolve: markReady } = Promise.withResolvers<void>();

  function finish(failed: boolean, payload: Buffer, maxMemoryMb: number) {
    mostMemoryMb = Math.max(mostMemoryMb, maxMemoryMb);
    if (!current) return;
    const { settle, timer, startedAt: began } = current;
    clearTimeout(timer);
    current = undefined;
    settle({
      failed,
      payload,
      output,
      durationMs: lateBy ?? performance.now() - began,
      maxMemoryMb,
      initDurationMs,
      timedOut: lateBy !== undefined,
    });
    output = '';
    initDurationMs = undefined;
  }

  const onFrame = (header: ProcessHeader, body: Buffer) => {
    if (header.kind === 'log') output += body.toString('utf8');
    else if (header.kind === 'result') finish(header.failed, Buffer.from(body), header.maxMemoryMb);
    else {
      if (header.kind === 'initError') initError = Buffer.from(body);
      initDurationMs = performance.now() - startedAt;
      markReady();
    }
  };
  pipe.on('data', frameReader<ProcessHeader>(onFrame));
  // The process may die while it is written to; its end is reported by 'close'.
  pipe.on('error', () => {});
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });

  function answerForTheDead(reason: string) {
    if (!current) return;
    const problem = lateBy === undefined ? exitProblem(reason) : timeoutProblem(fn);
    finish(true, initError ?? errorPayload(current.requestId, problem), 0);
  }

  const ended = (reason: string) => {
    if (!alive) return;
    alive = false;
    rmSync(scratch, { recursive: true, force: true });
    markReady();
    answerForTheDead(reason);
  };
  child.on('close', (code, signal) => ended(exitReason(code, signal)));
  child.on('error', (error) => ended(`with error: ${error.message}`));

  return {
    logStream: options.logStream,
    alive: () => alive,
    get maxMemoryMb() {
      return mostMemoryMb;
    },
    async run(request, payload) {
      const timeoutMs = fn.timeoutSeconds * 1000;
      const killAfter = (limitMs: number) =>
        setTimeout(() => {
          lateBy = timeoutMs;
          child.kill('SIGKILL');
        }, limitMs);
      const initTimer = killAfter(Math.max(timeoutMs, INIT_LIMIT_MS));
      await ready;
      clearTimeout(initTimer);
      return new Promise<Outcome>((settle) => {
        current = {
          requestId: request.requestId,
          startedAt: performance.now(),
          timer: killAfter(timeoutMs),
          settle,
        };
        if (!alive) answerForTheDead('before it was ready');
        else if (initError) finish(true, initError, 0);
        else {
          const header: InvokeHeader = { ...request, deadlineMs: Date.now() + timeoutMs };
          writeFrame((bytes) => void pipe.write(bytes), header, payload);
        }
      });
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
  return code === 0 ? 'without providing a reason' : `with error: exit status ${code}`;
}

/** Log streams are named by day, version and environment. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html */
export const logStreamName = (nowMs: number, id: string) =>
  `${new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${id}`;

export const scratchFolder = (stateDir: string, id: string) => join(stateDir, 'lambda', 'scratch', id);
