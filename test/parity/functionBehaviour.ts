/** What becomes of a function that fails: it is answered as AWS answers it, and its environment serves the next invocation. */
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import type { Behaviour, Clients } from './endpointBehaviour.ts';
import { ACCOUNT, zippedSource } from './endpointDeployment.ts';
import { FAILURES } from './endpointShortcomings.ts';

const FunctionName = 'endpoint-behaviour-failures';
const POLL_MS = 200;

// A process that takes its time to end must not be given the next invocation meanwhile.
const SOURCE = `
process.on('exit', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500));
exports.handler = async ({ what }) => {
  if (what === 'throw') throw new RangeError('too far');
  if (what === 'hang') await new Promise((done) => setTimeout(done, 60_000));
  if (what === 'exit') process.exit(3);
  return { what };
};`;

export const FAILING_FUNCTION: Behaviour = {
  name: FAILURES,
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html',
  check: failAndWorkAgain,
};

async function failAndWorkAgain({ lambda }: Clients, patience: number): Promise<void> {
  await createFunction(lambda, patience);
  const found = [];
  for (const what of ['answer', 'throw', 'hang', 'exit', 'answer']) found.push(await invoke(lambda, what));
  const expected = ['{"what":"answer"}', 'RangeError: too far', /timed out/i, /exit/i, '{"what":"answer"}'];
  for (const [index, want] of expected.entries())
    if (typeof want === 'string' ? found[index] !== want : !want.test(found[index]!))
      throw new Error(`The answers are ${found.join(' | ')}; expected is ${expected.join(' | ')}`);
}

async function createFunction(lambda: LambdaClient, patience: number): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT.accountId}:role/endpoint-behaviour`,
      Timeout: 2,
      Code: { ZipFile: zippedSource('index.js', SOURCE) },
    }),
  );
  for (const end = Date.now() + patience; ; ) {
    const { State, StateReason } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (State === 'Active') return;
    if (State === 'Failed' || Date.now() > end) throw new Error(StateReason ?? `The function is ${State}`);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

/** The answer's text, or `<errorType>: <errorMessage>` of a function's error. */
async function invoke(lambda: LambdaClient, what: string): Promise<string> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify({ what }) }),
  );
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (!FunctionError) return JSON.stringify(JSON.parse(text));
  const { errorType, errorMessage } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
  return `${errorType}: ${errorMessage}`;
}
