/** Runs Task states: the resources' names, how their parameters and answers look, and how their errors are named. */
import { isInternal } from '../../core/dispatcher.ts';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, Principal } from '../../core/service.ts';
import { StateFailure } from './asl/failure.ts';
import { dataLimitCause, MAX_PAYLOAD_BYTES, StoppedError, type TaskCall } from './asl/interpreter.ts';
import { isObject, type Json, type JsonObject } from './asl/json.ts';
import { waitForAthena } from './athenaTask.ts';
import { waitForGlue } from './glueTask.ts';
import { pascalCased, wireCased } from './memberCase.ts';
import { waitForExecution } from './nestedTask.ts';

export type RecordEvent = (type: string, details?: Readonly<Record<string, unknown>>) => void;

export interface TaskRunner {
  /** Throws for a resource that this cloud cannot call. */
  check(resource: string): void;
  /** Calls it as `principal`. Throws `StateFailure`. */
  run(call: TaskCall, principal: Principal, record: RecordEvent): Promise<Json>;
}

/** One way to call a service: what the history calls it, what the errors are called, and the call. */
interface Integration {
  readonly resourceType: string;
  readonly resource: string;
  /** `DynamoDB` and `AmazonDynamoDBException`, as AWS's SDK for Java names the service in errors. */
  readonly errors: ErrorNames;
  call(parameters: JsonObject, principal: Principal, signal: AbortSignal): Promise<Json>;
}

interface ErrorNames {
  readonly prefix: string;
  readonly generic: string;
  /** The service in an error's cause. */
  readonly service: string;
  readonly style: 'optimized' | 'sdk';
}

/** Errors that the services' models do not declare come under the SDK's generic name. */
const UNDECLARED = [
  'ValidationException',
  'AccessDeniedException',
  'AccessDenied',
  'ThrottlingException',
  'SerializationException',
  'NotImplementedException',
  'InternalFailure',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidParameterValue',
];

interface Optimized {
  readonly service: string;
  readonly errors: Omit<ErrorNames, 'style'>;
  /** Resource action → the service's action. */
  readonly actions: Readonly<Record<string, string>>;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
const OPTIMIZED: Readonly<Record<string, Optimized>> = {
  lambda: {
    service: 'lambda',
    errors: { prefix: 'Lambda', generic: 'AWSLambdaException', service: 'AWSLambda' },
    actions: { invoke: 'Invoke' },
  },
  athena: {
    service: 'athena',
    errors: { prefix: 'Athena', generic: 'AmazonAthenaException', service: 'AmazonAthena' },
    actions: {
      startQueryExecution: 'StartQueryExecution',
      'startQueryExecution.sync': 'StartQueryExecution',
      stopQueryExecution: 'StopQueryExecution',
      getQueryExecution: 'GetQueryExecution',
      getQueryResults: 'GetQueryResults',
    },
  },
  dynamodb: {
    service: 'dynamodb',
    errors: { prefix: 'DynamoDB', generic: 'AmazonDynamoDBException', service: 'AmazonDynamoDBv2' },
    actions: { getItem: 'GetItem', putItem: 'PutItem', updateItem: 'UpdateItem', deleteItem: 'DeleteItem' },
  },
  glue: {
    service: 'glue',
    errors: { prefix: 'Glue', generic: 'AWSGlueException', service: 'AWSGlue' },
    actions: { startJobRun: 'StartJobRun', 'startJobRun.sync': 'StartJobRun' },
  },
  sns: {
    service: 'sns',
    errors: { prefix: 'SNS', generic: 'AmazonSNSException', service: 'AmazonSNS' },
    actions: { publish: 'Publish' },
  },
  sqs: {
    service: 'sqs',
    errors: { prefix: 'SQS', generic: 'AmazonSQSException', service: 'AmazonSQS' },
    actions: { sendMessage: 'SendMessage' },
  },
  events: {
    service: 'events',
    errors: { prefix: 'EventBridge', generic: 'AmazonEventBridgeException', service: 'AmazonEventBridge' },
    actions: { putEvents: 'PutEvents' },
  },
  states: {
    service: 'stepfunctions',
    errors: { prefix: 'StepFunctions', generic: 'AWSStepFunctionsException', service: 'AWSStepFunctions' },
    actions: {
      startExecution: 'StartExecution',
      'startExecution.sync': 'StartExecution',
      'startExecution.sync:2': 'StartExecution',
    },
  },
};

/** The SDK services of `aws-sdk:<name>:<action>` and what the SDK for Java 2 calls them. */
const SDK_SERVICES: Readonly<Record<string, { readonly service: string; readonly label: string }>> = {
  athena: { service: 'athena', label: 'Athena' },
  cloudwatch: { service: 'cloudwatch', label: 'CloudWatch' },
  dynamodb: { service: 'dynamodb', label: 'DynamoDb' },
  eventbridge: { service: 'events', label: 'EventBridge' },
  glue: { service: 'glue', label: 'Glue' },
  kinesis: { service: 'kinesis', label: 'Kinesis' },
  kms: { service: 'kms', label: 'Kms' },
  s3: { service: 's3', label: 'S3' },
  sfn: { service: 'stepfunctions', label: 'Sfn' },
  sns: { service: 'sns', label: 'Sns' },
  sqs: { service: 'sqs', label: 'Sqs' },
};

const notEmulated = (what: string) => new NotEmulatedError('Step Functions', what);
const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

async function startExecution(
  context: CloudContext,
  parameters: JsonObject,
  principal: Principal,
  signal: AbortSignal,
  action: string,
): Promise<Json> {
  const { Input: input, ...rest } = parameters;
  const started = await context.call(
    'stepfunctions',
    'StartExecution',
    wireCased({
      ...rest,
      ...(input !== undefined && { Input: typeof input === 'string' ? input : JSON.stringify(input) }),
    }),
    principal,
  );
  if (action === 'startExecution') return pascalCased(started);
  return waitForExecution(context, started.executionArn, principal, signal, action.endsWith(':2'));
}

async function plainCall(
  context: CloudContext,
  service: string,
  action: string,
  parameters: JsonObject,
  principal: Principal,
): Promise<Json> {
  // SQS and SNS bodies that are objects are sent as their JSON text.
  const texts = Object.fromEntries(
    ['Message', 'MessageBody']
      .filter((name) => isObject(parameters[name]))
      .map((name) => [name, JSON.stringify(parameters[name])]),
  );
  return pascalCased(await context.call(service, action, { ...parameters, ...texts }, principal));
}

export function createTaskRunner(context: CloudContext): TaskRunner {
  function integrationOf(resource: string): Integration | 'lambda-function' {
    const [, , service, , , ...rest] = resource.split(':');
    if (service === 'lambda' && rest[0] === 'function') return 'lambda-function';
    if (service !== 'states' || rest.length < 2) throw notEmulated(`the resource ${resource}`);
    const [kind, ...action] = rest as [string, ...string[]];
    if (action.join(':').endsWith('.waitForTaskToken')) throw notEmulated(`callbacks (${resource})`);
    return kind === 'aws-sdk'
      ? sdkIntegration(resource, action)
      : optimizedIntegration(resource, kind, action.join(':'));
  }

  function optimizedIntegration(resource: string, kind: string, action: string): Integration {
    const optimized = OPTIMIZED[kind];
    const wireAction = optimized?.actions[action];
    if (!optimized || !wireAction) throw notEmulated(`the resource ${resource}`);
    return {
      resourceType: kind,
      resource: action,
      errors: { ...optimized.errors, style: 'optimized' },
      call: (parameters, principal, signal) => {
        if (kind === 'lambda') return invokeService(context, parameters, principal);
        if (action === 'startQueryExecution.sync')
          return waitForAthena(context, parameters, principal, signal);
        if (action === 'startJobRun.sync') return waitForGlue(context, parameters, principal, signal);
        if (kind === 'states') {
          return startExecution(context, parameters, principal, signal, action);
        }
        return plainCall(context, optimized.service, wireAction, parameters, principal);
      },
    };
  }

  function sdkIntegration(resource: string, [name, action]: readonly string[]): Integration {
    const known = SDK_SERVICES[name ?? ''];
    if (!known || !action || action.includes('.')) throw notEmulated(`the resource ${resource}`);
    const wireAction = capitalised(action);
    const service = context.services().find((candidate) => candidate.name === known.service);
    if (!service || isInternal(wireAction) || !Object.hasOwn(service.actions, wireAction))
      throw notEmulated(`the resource ${resource}`);
    const isCamel = known.service === 'stepfunctions';
    return {
      resourceType: `aws-sdk:${name}`,
      resource: action,
      errors: {
        prefix: known.label,
        generic: `${known.label}Exception`,
        service: known.label,
        style: 'sdk',
      },
      call: async (parameters, principal) =>
        pascalCased(
          await context.call(
            known.service,
            wireAction,
            isCamel ? wireCased(parameters) : parameters,
            principal,
          ),
          'iso',
        ),
    };
  }

  return {
    check(resource) {
      integrationOf(resource);
    },
    async run(call, principal, record) {
      const integration = integrationOf(call.resource);
      if (integration === 'lambda-function') return runFunction(context, call, principal, record);
      return runIntegration(context, integration, call, principal, record);
    },
  };
}

/** Runs `work` until it ends, the state's time is up (`States.Timeout`) or the execution is stopped. */
async function withinTime<T>(
  context: CloudContext,
  call: TaskCall,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const signal = AbortSignal.any([call.signal, ended.signal]);
  let cancel = () => {};
  let stop = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new StoppedError());
    call.signal.addEventListener('abort', stop, { once: true });
    if (call.timeoutSeconds !== undefined) {
      cancel = context.clock.after(call.timeoutSeconds * 1000, () =>
        reject(new StateFailure('States.Timeout')),
      );
    }
  });
  const working = work(signal);
  // Whoever loses the race has been asked to stop; its late rejection is not news.
  working.catch(() => {});
  try {
    if (call.signal.aborted) throw new StoppedError();
    return await Promise.race([working, interrupted]);
  } finally {
    cancel();
    call.signal.removeEventListener('abort', stop);
    ended.abort();
  }
}

async function runIntegration(
  context: CloudContext,
  integration: Integration,
  call: TaskCall,
  principal: Principal,
  record: RecordEvent,
): Promise<Json> {
  const { resourceType, resource } = integration;
  const subject = { resourceType, resource };
  record('TaskScheduled', {
    taskScheduledEventDetails: {
      ...subject,
      region: context.region,
      parameters: JSON.stringify(call.parameters),
      ...(call.timeoutSeconds !== undefined && { timeoutInSeconds: call.timeoutSeconds }),
    },
  });
  record('TaskStarted', { taskStartedEventDetails: subject });
  try {
    const parameters = isObject(call.parameters) ? call.parameters : {};
    const result = await withinTime(context, call, (signal) =>
      integration.call(parameters, principal, signal),
    );
    if (Buffer.byteLength(JSON.stringify(result)) > MAX_PAYLOAD_BYTES) {
      throw new StateFailure('States.DataLimitExceeded', dataLimitCause(call.resource));
    }
    record('TaskSucceeded', {
      taskSucceededEventDetails: {
        ...subject,
        output: JSON.stringify(result),
        outputDetails: { truncated: false },
      },
    });
    return result;
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    const failure = error instanceof StateFailure ? error : serviceFailure(error, integration.errors);
    const isTimeout = failure.error === 'States.Timeout';
    record(isTimeout ? 'TaskTimedOut' : 'TaskFailed', {
      [isTimeout ? 'taskTimedOutEventDetails' : 'taskFailedEventDetails']: {
        ...subject,
        error: failure.error,
        ...(failure.detail !== undefined && { cause: failure.detail }),
      },
    });
    throw failure;
  }
}

/** A service's error as the state sees it, e.g. `DynamoDB.ResourceNotFoundException`. */
function serviceFailure(error: unknown, names: ErrorNames): StateFailure {
  if (!(error instanceof AwsError)) throw error;
  const declared = UNDECLARED.includes(error.code)
    ? names.generic
    : error.code.endsWith('Exception')
      ? error.code
      : `${error.code}Exception`;
  const details =
    names.style === 'sdk'
      ? `Service: ${names.service}, Status Code: ${error.status}`
      : `Service: ${names.service}; Status Code: ${error.status}; Error Code: ${error.code}; Proxy: null`;
  return new StateFailure(`${names.prefix}.${declared}`, `${error.message} (${details})`, { cause: error });
}

interface Invocation {
  readonly payload: Json;
  readonly response: { readonly StatusCode: number; readonly ExecutedVersion?: string };
}

/** Invokes a function and waits; its own error becomes the state's, by the name that the function gave it. */
async function invoke(
  context: CloudContext,
  request: JsonObject,
  payload: Json | undefined,
  principal: Principal,
): Promise<Invocation> {
  const { Payload: answer, ...response } = await context.call(
    'lambda',
    'Invoke',
    {
      ...request,
      Payload: payload === undefined ? undefined : Buffer.from(JSON.stringify(payload)),
    },
    principal,
  );
  const text = (answer as Buffer).toString('utf8');
  if (response.FunctionError) {
    let error: Json = null;
    try {
      error = JSON.parse(text);
    } catch {
      // A function that died may leave no JSON; its text is the cause all the same.
    }
    const type = isObject(error) && typeof error.errorType === 'string' ? error.errorType : 'Lambda.Unknown';
    throw new StateFailure(type, text);
  }
  return { payload: text === '' ? null : JSON.parse(text), response };
}

/** `lambda:invoke`: the answer's payload is parsed, and is next to the status. */
async function invokeService(
  context: CloudContext,
  parameters: JsonObject,
  principal: Principal,
): Promise<Json> {
  const { Payload: payload, ...request } = parameters;
  const { payload: answer, response } = await invoke(context, request, payload, principal);
  return {
    ExecutedVersion: response.ExecutedVersion ?? '$LATEST',
    Payload: answer,
    StatusCode: response.StatusCode,
  };
}

/** A Task whose resource is the function's ARN: its input is the payload, its answer the result. */
async function runFunction(
  context: CloudContext,
  call: TaskCall,
  principal: Principal,
  record: RecordEvent,
): Promise<Json> {
  record('LambdaFunctionScheduled', {
    lambdaFunctionScheduledEventDetails: {
      resource: call.resource,
      input: JSON.stringify(call.parameters),
      inputDetails: { truncated: false },
      ...(call.timeoutSeconds !== undefined && { timeoutInSeconds: call.timeoutSeconds }),
    },
  });
  record('LambdaFunctionStarted');
  try {
    const { payload } = await withinTime(context, call, () =>
      invoke(context, { FunctionName: call.resource }, call.parameters, principal),
    );
    if (Buffer.byteLength(JSON.stringify(payload)) > MAX_PAYLOAD_BYTES) {
      throw new StateFailure('States.DataLimitExceeded', dataLimitCause(call.resource));
    }
    record('LambdaFunctionSucceeded', {
      lambdaFunctionSucceededEventDetails: {
        output: JSON.stringify(payload),
        outputDetails: { truncated: false },
      },
    });
    return payload;
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    const failure =
      error instanceof StateFailure
        ? error
        : serviceFailure(error, { ...OPTIMIZED.lambda!.errors, style: 'optimized' });
    const isTimeout = failure.error === 'States.Timeout';
    record(isTimeout ? 'LambdaFunctionTimedOut' : 'LambdaFunctionFailed', {
      [isTimeout ? 'lambdaFunctionTimedOutEventDetails' : 'lambdaFunctionFailedEventDetails']: {
        error: failure.error,
        ...(failure.detail !== undefined && { cause: failure.detail }),
      },
    });
    throw failure;
  }
}
