/** Runs a function once: concurrency, a warm process, time limit, logs, metrics. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DamagedStateError } from '../../core/damage.ts';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { checkCode, codeFolder } from './code.ts';
import { type Instance, logStreamName, type Outcome, scratchFolder, startInstance } from './instance.ts';
import { logTail, requestLog } from './logFormat.ts';
import { createPool, type Pool } from './pool.ts';
import type { FunctionRecord, Invocation } from './types.ts';

/** 6 MB, and 100 bytes more for an answer. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const LARGEST_SYNC_PAYLOAD = 6 * 1024 * 1024;
const LARGEST_RESPONSE = LARGEST_SYNC_PAYLOAD + 100;
/** What an account may run at once on AWS before it asks for more. */
const ACCOUNT_CONCURRENCY = 1000;

export interface Invoker {
  /**
   * Runs `fn` with an event as JSON text. A function that fails is an `Invocation` with `functionError`; an
   * invocation that could not begin throws `TooManyRequestsException`.
   */
  invoke(fn: FunctionRecord, payload: Buffer, requestId?: string): Promise<Invocation>;
  /** Lets the processes of an old version of a function, or of a removed one, go. */
  retire(functionName: string): void;
  /** Requests that run or wait for a process now. */
  inFlight(): number;
  /** Kills all processes; resolves when the requests that they had are accounted for. */
  stop(): Promise<void>;
}

/** @throws DamagedStateError when the code on disk is not whole */
function startProcess(context: CloudContext, fn: FunctionRecord): Instance {
  const folder = codeFolder(context.stateDir, fn.codeSha256);
  try {
    checkCode(folder);
  } catch (error) {
    // Who asked tries again and again: the damage is there for whoever waits for the end of it.
    if (error instanceof DamagedStateError) context.noteDamage(error);
    throw error;
  }
  const credentials = context.principals.issue({ roleArn: fn.roleArn, sessionName: fn.name });
  const id = randomUUID().replaceAll('-', '');
  return startInstance({
    fn,
    codeFolder: folder,
    logStream: logStreamName(context.clock.now(), id),
    scratch: scratchFolder(context.stateDir, id),
    compileCache: join(context.stateDir, 'lambda', 'compile-cache'),
    environment: {
      AWS_REGION: context.region,
      AWS_DEFAULT_REGION: context.region,
      AWS_ACCESS_KEY_ID: credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: credentials.SessionToken,
      AWS_ENDPOINT_URL: context.endpoint(),
    },
  });
}

const tooManyRequests = (fn: FunctionRecord) =>
  new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
    status: 429,
    fields: {
      Reason:
        fn.reservedConcurrency === undefined
          ? 'ConcurrentInvocationLimitExceeded'
          : 'ReservedFunctionConcurrentInvocationLimitExceeded',
      Type: 'User',
    },
  });

function withinLimit(outcome: Outcome): Outcome {
  if (outcome.payload.length <= LARGEST_RESPONSE) return outcome;
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${LARGEST_RESPONSE} bytes).`;
  const problem = { errorMessage, errorType: 'Function.ResponseSizeTooLarge' };
  return { ...outcome, failed: true, payload: Buffer.from(JSON.stringify(problem)) };
}

const count = (metric: string, value: number, unit = 'Count') => ({
  MetricName: metric,
  Value: value,
  Unit: unit,
});

async function record(context: CloudContext, fn: FunctionRecord, data: ReturnType<typeof count>[]) {
  const Dimensions = [{ Name: 'FunctionName', Value: fn.name }];
  const Timestamp = context.clock.now() / 1000;
  await context.call('cloudwatch', '_Record', {
    Namespace: 'AWS/Lambda',
    MetricData: data.map((datum) => ({ ...datum, Dimensions, Timestamp })),
  });
}

/** Metering, metrics and log lines of a request that has ended; gives the lines. */
async function report(
  context: CloudContext,
  fn: FunctionRecord,
  requestId: string,
  outcome: Outcome,
  logStream: string,
  atOnce: number,
) {
  const now = context.clock.now();
  const lines = requestLog(fn, requestId, outcome, now);
  const billedSeconds = Math.ceil(outcome.durationMs + (outcome.initDurationMs ?? 0)) / 1000;
  context.meter.add('lambda', 'Invoke', 'gb-seconds', (billedSeconds * fn.memoryMb) / 1024);
  await Promise.all([
    record(context, fn, [
      count('Invocations', 1),
      count('Errors', outcome.failed ? 1 : 0),
      count('Throttles', 0),
      count('Duration', outcome.durationMs, 'Milliseconds'),
      count('ConcurrentExecutions', atOnce),
    ]),
    context.call('logs', '_Append', {
      logGroupName: fn.logGroup,
      logStreamName: logStream,
      logEvents: lines.map((message) => ({ timestamp: now, message })),
    }),
  ]);
  return lines;
}

export function createInvoker(context: CloudContext): Invoker {
  const pools = new Map<string, { revisionId: string; pool: Pool }>();
  const running = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let stopped = false;

  function poolOf(fn: FunctionRecord): Pool {
    const known = pools.get(fn.name);
    if (known?.revisionId === fn.revisionId) return known.pool;
    known?.pool.retire();
    const pool = createPool(() => startProcess(context, fn));
    pools.set(fn.name, { revisionId: fn.revisionId, pool });
    return pool;
  }

  async function admit(fn: FunctionRecord) {
    const now = running.get(fn.name) ?? 0;
    const limited = fn.reservedConcurrency ?? (context.quotas === 'aws' ? ACCOUNT_CONCURRENCY : undefined);
    if (limited !== undefined && now >= limited) {
      await record(context, fn, [count('Throttles', 1)]);
      throw tooManyRequests(fn);
    }
    running.set(fn.name, now + 1);
    return now + 1;
  }

  async function run(fn: FunctionRecord, payload: Buffer, requestId: string): Promise<Invocation> {
    const atOnce = await admit(fn);
    try {
      const pool = poolOf(fn);
      const instance = await pool.acquire();
      let outcome: Outcome;
      try {
        const traceId = `Root=1-${Math.floor(context.clock.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
        const clockOffsetMs = context.clock.now() - Date.now();
        const request = { requestId, functionArn: fn.arn, traceId, clockOffsetMs };
        outcome = withinLimit(await instance.run(request, payload));
      } finally {
        pool.release(instance);
      }
      const lines = await report(context, fn, requestId, outcome, instance.logStream, atOnce);
      return {
        requestId,
        payload: outcome.payload,
        functionError: outcome.failed ? 'Unhandled' : undefined,
        logTail: logTail(lines),
      };
    } finally {
      running.set(fn.name, (running.get(fn.name) ?? 1) - 1);
    }
  }

  return {
    async invoke(fn, payload, requestId = randomUUID()) {
      if (stopped) {
        throw new AwsError('ServiceException', 'The local cloud is stopping.', { status: 500 });
      }
      const invocation = run(fn, payload, requestId);
      const ended = invocation.then(
        () => {},
        () => {},
      );
      underWay.add(ended);
      void ended.then(() => underWay.delete(ended));
      return invocation;
    },
    retire(functionName) {
      pools.get(functionName)?.pool.retire();
      pools.delete(functionName);
    },
    inFlight: () => [...running.values()].reduce((sum, each) => sum + each, 0),
    async stop() {
      stopped = true;
      for (const { pool } of pools.values()) pool.kill();
      await Promise.all(underWay);
    },
  };
}
