/** The process that a function runs in: what AWS's Node.js runtime interface client is there, over a pipe on descriptor 3. */
import { existsSync } from 'node:fs';
import { createRequire, flushCompileCache, registerHooks } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { frameReader, type InvokeHeader, type ProcessHeader, writeFrame } from './frames.ts';

type Handler = (event: unknown, context: object) => unknown;

const pipe = new Socket({ fd: 3, readable: true, writable: true });
const send = (header: ProcessHeader, body?: Uint8Array) =>
  writeFrame((bytes) => void pipe.write(bytes), header, body);

const taskRoot = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
const jsonLogs = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
let requestId = '';
let clockOffsetMs = 0;

/** Errors of a function as AWS reports them. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
function describe(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (error instanceof Error || Object.prototype.toString.call(error) === '[object Error]') {
    const { name, message, stack = '' } = error as Error;
    return { errorType: name || 'Error', errorMessage: message, trace: stack.split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

/** A named failure of the runtime itself. */
class RuntimeError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** Output goes over the pipe, in order with the result, so that no line is left behind or given to the next request. */
function takeOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
      send({ kind: 'log' }, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') process.nextTick(callback as () => void);
      return true;
    }) as typeof stream.write;
  }
  const levels = [
    ['trace', 'TRACE'],
    ['debug', 'DEBUG'],
    ['log', 'INFO'],
    ['info', 'INFO'],
    ['warn', 'WARN'],
    ['error', 'ERROR'],
  ] as const;
  for (const [method, level] of levels) {
    console[method] = (...parts: unknown[]) => {
      process.stdout.write(`${logLine(level, parts)}\n`);
    };
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
function logLine(level: string, parts: unknown[]): string {
  const timestamp = new Date().toISOString();
  if (!jsonLogs) return `${timestamp}\t${requestId}\t${level}\t${format(...parts)}`;
  const message = parts.length === 1 && typeof parts[0] === 'object' ? parts[0] : format(...parts);
  return JSON.stringify({ timestamp, level, requestId, message });
}

/** The process's clock is the cloud's, so that a cloud that was moved ahead takes its functions along. */
function followCloudClock() {
  const machineNow = Date.now;
  Date.now = () => machineNow() + clockOffsetMs;
  globalThis.Date = new Proxy(Date, {
    construct: (target, parts, newTarget) =>
      Reflect.construct(target, parts.length === 0 ? [target.now()] : parts, newTarget),
    apply: (target) => new target(target.now()).toString(),
  });
}

/** AWS's runtime brings the SDK along; here a bundle that leaves it out finds the one next to the local cloud. */
function offerSdk() {
  const { resolve: requireResolve } = createRequire(import.meta.url);
  registerHooks({
    resolve(specifier, context, next) {
      if (!/^@(aws-sdk|smithy)\//.test(specifier)) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        const url = context.conditions?.includes('import')
          ? import.meta.resolve(specifier)
          : pathToFileURL(requireResolve(specifier)).href;
        return { url, shortCircuit: true };
      }
    },
  });
}

/** Finds `file.handler` in the task root. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html */
async function loadHandler(name: string): Promise<Handler> {
  const [, path, member] = /^(.*?)\.([^/]*)$/.exec(name) ?? [];
  if (!path || !member) {
    throw new RuntimeError('Runtime.MalformedHandlerName', `Bad handler: ${name} is not <file>.<export>`);
  }
  const file = ['.js', '.mjs', '.cjs'].map((end) => join(taskRoot, path + end)).find(existsSync);
  if (!file) throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${path}'`);
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new RuntimeError('Runtime.UserCodeSyntaxError', String(cause), { cause });
    }
    if ((cause as { code?: string }).code?.endsWith('MODULE_NOT_FOUND')) {
      throw new RuntimeError('Runtime.ImportModuleError', String(cause), { cause });
    }
    throw cause;
  }
  let found: unknown = module;
  for (const part of member.split('.')) {
    const holder = found as Record<string, unknown> | undefined;
    found = holder?.[part] ?? (holder?.default as Record<string, unknown> | undefined)?.[part];
  }
  if (typeof found !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (found.length >= 3) {
    throw new RuntimeError(
      'Runtime.CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. Return a promise instead.',
    );
  }
  return found as Handler;
}

function contextOf(header: InvokeHeader) {
  const { env } = process;
  const end = header.deadlineMs + clockOffsetMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: header.clientContext,
    invokedFunctionArn: header.functionArn,
    awsRequestId: header.requestId,
    getRemainingTimeInMillis: () => end - Date.now(),
  };
}

function answer(failed: boolean, value: unknown) {
  const maxMemoryMb = Math.ceil(process.resourceUsage().maxRSS / 1024);
  send({ kind: 'result', failed, maxMemoryMb }, Buffer.from(JSON.stringify(value) ?? 'null'));
}

function fail(error: unknown, label = 'Invoke Error') {
  const { trace, ...problem } = describe(error);
  console.error(`${label} \t${JSON.stringify({ ...problem, stack: trace })}`);
  answer(true, { ...problem, trace });
}

async function invoke(handler: Handler, header: InvokeHeader, body: Buffer) {
  requestId = header.requestId;
  clockOffsetMs = header.clockOffsetMs;
  process.env._X_AMZN_TRACE_ID = header.traceId;
  try {
    answer(false, await handler(JSON.parse(body.toString('utf8')), contextOf(header)));
  } catch (error) {
    fail(error);
  }
}

process.on('uncaughtException', (error) => {
  fail(error, 'Uncaught Exception');
  pipe.end(() => process.exit(129));
});
process.on('unhandledRejection', (reason) => {
  const cause = reason instanceof Error ? reason : new Error(String(reason));
  fail(
    new RuntimeError('Runtime.UnhandledPromiseRejection', String(cause), { cause }),
    'Unhandled Promise Rejection',
  );
  pipe.end(() => process.exit(128));
});
// Without its cloud a function's process has nothing to live for, whatever its handlers left running.
pipe.on('close', () => process.exit(0));
pipe.on('error', () => process.exit(0));

takeOutput();
followCloudClock();
offerSdk();
try {
  const handler = await loadHandler(process.env._HANDLER ?? '');
  pipe.on(
    'data',
    frameReader<InvokeHeader>((header, body) => void invoke(handler, header, body)),
  );
  send({ kind: 'ready' });
  // Node writes compiled code when a process ends on its own, which this one never does.
  setTimeout(flushCompileCache, 500).unref();
} catch (error) {
  const { trace, ...problem } = describe(error);
  console.error(`Uncaught Exception \t${JSON.stringify({ ...problem, stack: trace })}`);
  send({ kind: 'initError' }, Buffer.from(JSON.stringify({ ...problem, trace })));
  pipe.end(() => process.exit(1));
}
