/** Functions are invoked: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CallContext } from '../../../core/service.ts';
import { LARGEST_SYNC_PAYLOAD } from '../invoker.ts';
import { functionOf, type Lambda } from '../state.ts';

/** 1 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_ASYNC_PAYLOAD = 1024 * 1024;

/**
 * Input of Invoke in process. `Payload` is JSON text, as bytes or text; base64, as AWS's JSON protocols write blobs,
 * is taken as well. The answer's `Payload` is a `Buffer` of JSON text.
 */
interface InvokeInput {
  readonly FunctionName: string;
  readonly InvocationType?: 'RequestResponse' | 'Event' | 'DryRun';
  readonly LogType?: 'None' | 'Tail';
  readonly Qualifier?: string;
  readonly Payload?: Uint8Array | string;
}

function payloadOf(input: InvokeInput): Buffer {
  const { Payload = '', InvocationType = 'RequestResponse' } = input;
  let bytes = typeof Payload === 'string' ? Buffer.from(Payload) : Buffer.from(Payload);
  if (bytes.length === 0) bytes = Buffer.from('{}');
  const limit = InvocationType === 'Event' ? LARGEST_ASYNC_PAYLOAD : LARGEST_SYNC_PAYLOAD;
  if (bytes.length > limit) {
    throw new AwsError(
      'RequestEntityTooLargeException',
      `${bytes.length} byte payload is too large for the ${InvocationType} invocation type (limit ${limit} bytes)`,
      { status: 413, fields: { Type: 'User' } },
    );
  }
  if (typeof Payload === 'string' && !isJson(Payload)) {
    const decoded = Buffer.from(Payload, 'base64');
    if (isJson(decoded.toString('utf8'))) bytes = decoded;
  }
  return bytes;
}

async function invoke(lambda: Lambda, input: InvokeInput, call: CallContext) {
  const fn = functionOf(lambda, input);
  const payload = payloadOf(input);
  if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
  const fromMapping = call.principal.service === 'lambda.amazonaws.com';
  if (!fromMapping && !isJson(payload.toString('utf8'))) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${payload.toString('utf8').slice(0, 80)}`,
      { fields: { Type: 'User' } },
    );
  }
  if (input.InvocationType === 'Event') {
    lambda.asyncEvents.accept(fn, payload, call.requestId);
    return { StatusCode: 202, Payload: Buffer.alloc(0) };
  }
  const invocation = await lambda.invoker.invoke(fn, payload, call.requestId);
  return {
    StatusCode: 200,
    ExecutedVersion: '$LATEST',
    FunctionError: invocation.functionError,
    Payload: invocation.payload,
    LogResult: input.LogType === 'Tail' ? Buffer.from(invocation.logTail).toString('base64') : undefined,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const invokeActions = (lambda: Lambda): Record<string, Action> => ({
  Invoke: (input: InvokeInput, call) => invoke(lambda, input, call),
  /** In process only: whether nothing runs or waits, and what each mapping still has to do. For progress displays. */
  async _Idle() {
    const status = await lambda.mappings.status();
    const inFlight = lambda.invoker.inFlight();
    const events = lambda.asyncEvents.pending();
    return {
      idle: inFlight === 0 && events === 0 && status.every(({ idle }) => idle),
      inFlight,
      asyncEvents: events,
      mappings: status,
    };
  },
});
