/** One execution environment of LocalStack's Lambda: takes invocations over HTTP, runs the handler, posts the answer back. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const {
  _HANDLER: handlerName = '',
  AWS_LAMBDA_FUNCTION_TIMEOUT = '3',
  HEADWATERS_INVOKE_PORT,
  LAMBDA_TASK_ROOT = '.',
  LOCALSTACK_RUNTIME_ENDPOINT: endpoint,
  LOCALSTACK_RUNTIME_ID: id,
} = process.env;

const post = (path, body) =>
  fetch(`${endpoint}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? '' : JSON.stringify(body),
  });

/** What a function writes during an invocation, which LocalStack keeps as its log. */
let written = [];
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => {
    written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    return write(chunk, ...rest);
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
const described = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

async function loadHandler() {
  const at = handlerName.lastIndexOf('.');
  const file = ['.mjs', '.js', '.cjs']
    .map((suffix) => join(LAMBDA_TASK_ROOT, `${handlerName.slice(0, at)}${suffix}`))
    .find(existsSync);
  if (!file) throw new Error(`There is no module for the handler '${handlerName}' in ${LAMBDA_TASK_ROOT}.`);
  const module = await import(pathToFileURL(file).href);
  const handler = module[handlerName.slice(at + 1)] ?? module.default?.[handlerName.slice(at + 1)];
  if (typeof handler !== 'function') throw new Error(`${handlerName} is not a function.`);
  return handler;
}

const timeoutMs = Number(AWS_LAMBDA_FUNCTION_TIMEOUT) * 1000;

function contextOf({ 'invoke-id': awsRequestId, 'invoked-function-arn': invokedFunctionArn }) {
  const deadlineMs = Date.now() + timeoutMs;
  return {
    awsRequestId,
    invokedFunctionArn,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function run(handler, invocation) {
  const { 'invoke-id': requestId, 'trace-id': traceId, payload } = invocation;
  process.env._X_AMZN_TRACE_ID = traceId;
  written = [];
  const startedAt = performance.now();
  const { promise: late, reject } = Promise.withResolvers();
  const timer = setTimeout(() => {
    const text = `${new Date().toISOString()} ${requestId} Task timed out after ${AWS_LAMBDA_FUNCTION_TIMEOUT}.00 seconds`;
    reject(Object.assign(new Error(text), { name: 'Sandbox.Timedout' }));
  }, timeoutMs);
  const [kind, answer] = await Promise.race([handler(JSON.parse(payload), contextOf(invocation)), late]).then(
    (result) => ['response', result ?? null],
    (error) => ['error', described(error)],
  );
  clearTimeout(timer);
  const milliseconds = (performance.now() - startedAt).toFixed(2);
  const logs = `START RequestId: ${requestId}\n${written.join('')}END RequestId: ${requestId}\nREPORT RequestId: ${requestId}\tDuration: ${milliseconds} ms\n`;
  await post(`invocations/${requestId}/logs`, { logs });
  await post(`invocations/${requestId}/${kind}`, answer);
  // What is late goes on in the background; as on AWS, the environment ends with it.
  if (answer?.errorType === 'Sandbox.Timedout') process.exit(1);
}

try {
  const handler = await loadHandler();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const invocation = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      // LocalStack sends what was not acknowledged again, and a handler may end the process at once.
      response.end(() => {
        // LocalStack waits for the answer; whoever cannot post it ends, and LocalStack hears of that.
        run(handler, invocation).catch((error) => {
          process.stderr.write(`${error.stack}\n`);
          process.exit(1);
        });
      });
    });
  });
  server.listen(Number(HEADWATERS_INVOKE_PORT), '127.0.0.1', () => void post(`status/${id}/ready`));
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  await post(`status/${id}/error`, described(error));
  process.exit(1);
}
