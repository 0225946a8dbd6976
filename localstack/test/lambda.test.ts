/** The local Lambda through AWS's SDK client: invocations, their failures, logs and metrics; expectations name their source. */
import assert from 'node:assert/strict';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { eventually, type TestFunctions, testFunctions } from './support/functions.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const clock = manualClock();
let cloud: TestCloud;
let functions: TestFunctions;
const endings: (() => Promise<void>)[] = [];

beforeAll(async () => {
  cloud = await localCloud(
    { onTestFinished: (end) => void endings.push(end as () => Promise<void>) },
    { clock },
  );
  functions = testFunctions(cloud);
});

afterAll(async () => {
  for (const end of endings) await end();
});

async function invoke(FunctionName: string, event: unknown = {}, more: Partial<InvokeCommandInput> = {}) {
  const answer = await functions.lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString('utf8');
  return {
    status: answer.StatusCode,
    error: answer.FunctionError,
    payload: text === '' ? undefined : JSON.parse(text),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8'),
  };
}

const logLines = async (name: string) => {
  const logs = new CloudWatchLogsClient(cloud.client);
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }),
  );
  return events.map(({ message }) => message as string);
};

describe('a function', () => {
  test('answers with what its handler returns, and knows its surroundings', async () => {
    await functions.create(
      'surroundings',
      `return { event, name: context.functionName, arn: context.invokedFunctionArn, memory: context.memoryLimitInMB,
         left: context.getRemainingTimeInMillis(), env: process.env };`,
      { Timeout: 7, MemorySize: 256 },
    );

    const { status, error, payload } = await invoke('surroundings', { a: [1, 'ü'] });

    assert.deepEqual([status, error], [200, undefined]);
    assert.deepEqual(payload.event, { a: [1, 'ü'] });
    assert.equal(payload.arn, 'arn:aws:lambda:us-east-1:000000000000:function:surroundings');
    assert.equal(payload.memory, '256');
    assert.ok(payload.left > 0 && payload.left <= 7000);
    assert.equal(payload.env.AWS_ENDPOINT_URL, cloud.endpoint);
    assert.equal(payload.env.AWS_REGION, 'us-east-1');
    assert.equal(payload.env.PWD, undefined);
    const principal = cloud.context.principals.resolve(payload.env.AWS_ACCESS_KEY_ID);
    assert.equal(principal.roleArn, 'arn:aws:iam::000000000000:role/test');
  });

  test('stays warm between requests', async () => {
    await functions.create(
      'warm',
      'globalThis.calls = (globalThis.calls ?? 0) + 1; return globalThis.calls;',
    );

    const answers = [await invoke('warm'), await invoke('warm'), await invoke('warm')];

    assert.deepEqual(
      answers.map(({ payload }) => payload),
      [1, 2, 3],
    );
  });

  test("lives on the cloud's clock, wherever that was moved", async () => {
    await functions.create(
      'dated',
      'return [Date.now(), new Date().getUTCFullYear(), new Date(0).toISOString()];',
    );

    const { payload } = await invoke('dated');

    assert.ok(Math.abs(payload[0] - clock.now()) < 5000);
    assert.equal(payload[1], 2026);
    assert.equal(payload[2], '1970-01-01T00:00:00.000Z');
  });

  test('that changes its code answers with the new one', async () => {
    await functions.create('changing', 'return "old";');
    const before = await invoke('changing');

    const source = 'export const handler = async () => "new";';
    const ZipFile = zipSync({ 'index.mjs': strToU8(source) });
    await functions.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'changing', ZipFile }));

    assert.equal(before.payload, 'old');
    assert.equal((await invoke('changing')).payload, 'new');
  });

  test("finds the SDK that AWS's runtime brings along", async () => {
    await functions.create('sdk', "return typeof require('@aws-sdk/client-s3').S3Client;");

    assert.equal((await invoke('sdk')).payload, 'function');
  });

  test('is refused by name on a runtime that this machine is not', async () => {
    await assert.rejects(
      functions.create('python', '', { Runtime: 'python3.13' }),
      /Runtime python3\.13 \(it may be nodejs24\.x\)/,
    );
  });

  test("that does not exist is not found, in AWS's words", async () => {
    // LocalStack's recorded answer, test_lambda_api: "Function not found: arn:…:function:<name>"
    await assert.rejects(functions.lambda.send(new GetFunctionCommand({ FunctionName: 'nobody' })), {
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody',
    });
  });
});

describe('a failing function', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
  test('gives the type, message and trace of its error', async () => {
    await functions.create('throwing', 'throw new RangeError("too far");');

    const { status, error, payload } = await invoke('throwing');

    assert.deepEqual([status, error], [200, 'Unhandled']);
    assert.equal(payload.errorType, 'RangeError');
    assert.equal(payload.errorMessage, 'too far');
    assert.equal(payload.trace[0], 'RangeError: too far');
  });

  test('that takes too long is killed', async () => {
    await functions.create(
      'slow',
      'if (event.slow) await new Promise(() => setInterval(() => {}, 1000)); return 1;',
      {
        Timeout: 1,
      },
    );

    const late = await invoke('slow', { slow: true }, { LogType: 'Tail' });

    // LocalStack's recorded answer, test_lambda.snapshot.json
    assert.equal(late.error, 'Unhandled');
    assert.equal(late.payload.errorType, 'Sandbox.Timedout');
    assert.match(
      late.payload.errorMessage,
      /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
    );
    assert.match(late.log, /Task timed out after 1\.00 seconds/);
    assert.equal((await invoke('slow')).payload, 1);
  });

  test('that ends its process is reported, and the next request has a new one', async () => {
    await functions.create('dying', 'if (event.die) process.kill(process.pid, "SIGKILL"); return "alive";');

    const dead = await invoke('dying', { die: true });

    assert.equal(dead.payload.errorType, 'Runtime.ExitError');
    assert.match(dead.payload.errorMessage, /Runtime exited with error: signal: killed$/);
    assert.equal((await invoke('dying')).payload, 'alive');
  });

  test('whose code cannot be loaded says what is missing', async () => {
    await functions.create('unloadable', '', {
      Code: { ZipFile: zipSync({ 'index.js': strToU8("require('not-there');") }) },
    });
    await functions.create('nameless', '', { Handler: 'index.other' });

    const [unloadable, nameless] = [await invoke('unloadable'), await invoke('nameless')];

    assert.equal(unloadable.payload.errorType, 'Runtime.ImportModuleError');
    assert.match(unloadable.payload.errorMessage, /Cannot find module 'not-there'/);
    assert.equal(nameless.payload.errorType, 'Runtime.HandlerNotFound');
  });

  test('with a rejection that nobody handles ends with that rejection', async () => {
    await functions.create(
      'rejecting',
      'Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 500));',
    );

    const { payload } = await invoke('rejecting');

    assert.equal(payload.errorType, 'Runtime.UnhandledPromiseRejection');
    assert.equal(payload.errorMessage, 'Error: lost');
  });
});

describe('limits', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  test('an event may have 6 MB, an asynchronous one 1 MB', async () => {
    await functions.create('weighing', 'return event.text.length;');
    const text = 'x'.repeat(6 * 1024 * 1024 - 11);

    const { payload } = await invoke('weighing', { text });

    assert.equal(payload, text.length);
    await assert.rejects(invoke('weighing', { text: `${text}x` }), {
      name: 'RequestEntityTooLargeException',
      message:
        '6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)',
    });
    await assert.rejects(
      invoke('weighing', { text: 'x'.repeat(1024 * 1024) }, { InvocationType: 'Event' }),
      /payload is too large for the Event invocation type \(limit 1048576 bytes\)/,
    );
  });

  test('an answer over 6 MB is an error', async () => {
    await functions.create('wordy', 'return "x".repeat(6 * 1024 * 1024 + 100);');

    const { payload } = await invoke('wordy');

    assert.equal(payload.errorType, 'Function.ResponseSizeTooLarge');
  });

  test('a function without concurrency left is throttled', async () => {
    await functions.create('reserved', 'return 1;');
    await functions.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'reserved', ReservedConcurrentExecutions: 0 }),
    );

    await assert.rejects(invoke('reserved'), {
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
  });

  test('requests at once run in processes of their own', async () => {
    await functions.create(
      'parallel',
      `note(process.pid);
       const begun = () => require('node:fs').readFileSync(process.env.NOTES, 'utf8').match(/\\n/g).length;
       while (begun() < 3) await new Promise((r) => setTimeout(r, 5));
       return process.pid;`,
      { Timeout: 300 },
    );
    const call = () => invoke('parallel');

    const answers = await Promise.all([call(), call(), call()]);

    assert.equal(new Set(answers.map(({ payload }) => payload)).size, 3);
  });
});

describe('what a request leaves behind', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
  test('its log, from start to report', async () => {
    await functions.create(
      'talking',
      'console.log("count %d", 3); console.error({ a: 1 }); process.stdout.write("raw\\n");',
    );

    const { log } = await invoke('talking', {}, { LogType: 'Tail' });

    const [start, info, error, raw, end, report] = log.split('\n');
    const id = /^START RequestId: ([0-9a-f-]{36}) Version: \$LATEST$/.exec(start as string)?.[1];
    assert.ok(id);
    assert.match(info as string, new RegExp(`^2026-01-01T00:[^\\t]*\\t${id}\\tINFO\\tcount 3$`));
    assert.match(error as string, new RegExp(`\\t${id}\\tERROR\\t\\{ a: 1 \\}$`));
    assert.equal(raw, 'raw');
    assert.equal(end, `END RequestId: ${id}`);
    assert.match(
      report as string,
      new RegExp(
        `^REPORT RequestId: ${id}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: 128 MB\\tMax Memory Used: \\d+ MB\\tInit Duration: [\\d.]+ ms\\t$`,
      ),
    );
    assert.equal((await logLines('talking')).length, 6);
  });

  test('JSON lines when the function asks for them', async () => {
    await functions.create('structured', 'console.warn("careful");', {
      LoggingConfig: { LogFormat: 'JSON' },
    });

    await invoke('structured');

    const lines = (await logLines('structured')).map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ type, level }) => type ?? level),
      ['platform.start', 'WARN', 'platform.report'],
    );
    assert.equal(lines[1].message, 'careful');
    assert.equal(lines[2].record.status, 'success');
  });

  test('metrics of its own and those embedded in its log', async () => {
    const directive = `{ Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [['door']], Metrics: [{ Name: 'taken', Unit: 'Count' }] }] }`;
    await functions.create(
      'measuring',
      `console.log(JSON.stringify({ _aws: ${directive}, door: 'stream', taken: event.taken })); if (event.fail) throw new Error('x');`,
    );

    await invoke('measuring', { taken: 4 });
    await invoke('measuring', { taken: 6, fail: true });

    const cloudWatch = new CloudWatchClient(cloud.client);
    const sum = async (Namespace: string, MetricName: string, Name: string, Value: string) => {
      const { Datapoints = [] } = await cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace,
          MetricName,
          Dimensions: [{ Name, Value }],
          StartTime: new Date(clock.now() - 3_600_000),
          EndTime: new Date(clock.now() + 3_600_000),
          Period: 86_400,
          Statistics: ['Sum'],
        }),
      );
      return Datapoints[0]?.Sum;
    };
    assert.equal(await sum('AWS/Lambda', 'Invocations', 'FunctionName', 'measuring'), 2);
    assert.equal(await sum('AWS/Lambda', 'Errors', 'FunctionName', 'measuring'), 1);
    assert.equal(await sum('Shop', 'taken', 'door', 'stream'), 10);
  });
});

describe('an asynchronous invocation', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
  test('is tried again after one and two minutes, then sent to its destination', async () => {
    const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'async-failures' }));
    await functions.create('unlucky', 'note(context.awsRequestId); throw new Error("no luck");');
    await functions.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'unlucky',
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::async-failures' } },
      }),
    );
    const tries = () => functions.notes('unlucky').length;
    const settled = async () => (await cloud.call('lambda', '_Idle', {})).inFlight === 0;

    const { status } = await invoke('unlucky', { order: 7 }, { InvocationType: 'Event' });

    assert.equal(status, 202);
    await eventually(async () => tries() === 1 && (await settled()));
    await clock.advance(59_000);
    assert.equal(tries(), 1);
    await clock.advance(1_000);
    await eventually(async () => tries() === 2 && (await settled()));
    await clock.advance(120_000);
    await eventually(async () => (await cloud.call('lambda', '_Idle', {})).asyncEvents === 0);
    assert.equal(new Set(functions.notes('unlucky')).size, 1);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'async-failures' }));
    assert.match(
      Contents[0]?.Key as string,
      /^aws\/lambda\/async\/unlucky\/2026\/01\/01\/2026-01-01T00\.\d\d\.\d\d-[0-9a-f-]{36}$/,
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'async-failures', Key: Contents[0]?.Key }));
    const record = JSON.parse((await Body?.transformToString()) as string);
    assert.deepEqual(record.requestPayload, { order: 7 });
    assert.equal(record.requestContext.condition, 'RetriesExhausted');
    assert.equal(record.requestContext.approximateInvokeCount, 3);
    assert.equal(record.responsePayload.errorMessage, 'no luck');
  });
});
