/** AWS Lambda: functions in warm processes of this machine, invoked by callers, by events and by streams. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Action, CallContext, CloudContext, Service } from '../../core/service.ts';
import { createAsyncEvents } from './asyncEvents.ts';
import { eventInvokeConfiguration, functionConfiguration, mappingConfiguration } from './describe.ts';
import { createDestinations } from './destinations.ts';
import { createFunctions } from './functions.ts';
import { createInvoker, LARGEST_SYNC_PAYLOAD } from './invoker.ts';
import { createMappings } from './mappings/index.ts';
import { lambdaResources } from './resources.ts';
import { routes } from './routes.ts';
import { functionName, functionRecord, mappingRecord } from './settings.ts';
import { openLambdaStore } from './store.ts';

/** 1 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_ASYNC_PAYLOAD = 1024 * 1024;

/**
 * Input of Invoke in process. `Payload` is JSON text, as bytes or text; base64, as AWS's JSON protocols write blobs,
 * is taken as well. The answer's `Payload` is a `Buffer` of JSON text.
 */
interface InvokeInput {
  FunctionName: string;
  InvocationType?: 'RequestResponse' | 'Event' | 'DryRun';
  LogType?: 'None' | 'Tail';
  ClientContext?: string;
  Qualifier?: string;
  Payload?: Uint8Array | string;
}

export function createLambda(context: CloudContext): Service {
  const store = openLambdaStore(context.stateDir);
  const invoker = createInvoker(context);
  const destinations = createDestinations(context);
  const asyncEvents = createAsyncEvents(context, store, invoker, destinations);
  const mappings = createMappings(context, store, invoker, destinations);
  const functions = createFunctions(context, store, invoker, mappings);

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

  const actions: Record<string, Action> = {
    async Invoke(input: InvokeInput, call: CallContext) {
      const fn = functions.require(input.FunctionName);
      if (input.Qualifier) functionName(`${fn.name}:${input.Qualifier}`);
      if (input.ClientContext) throw new NotEmulatedError('Lambda', 'ClientContext');
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
        asyncEvents.accept(fn, payload, call.requestId);
        return { StatusCode: 202, Payload: Buffer.alloc(0) };
      }
      const invocation = await invoker.invoke(fn, payload, call.requestId);
      return {
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        FunctionError: invocation.functionError,
        Payload: invocation.payload,
        LogResult: input.LogType === 'Tail' ? Buffer.from(invocation.logTail).toString('base64') : undefined,
      };
    },
    async CreateFunction(input) {
      if (store.fn(input.FunctionName)) {
        throw new AwsError('ResourceConflictException', `Function already exist: ${input.FunctionName}`, {
          status: 409,
          fields: { Type: 'User' },
        });
      }
      for (const part of ['Layers', 'VpcConfig', 'FileSystemConfigs', 'ImageConfig', 'SnapStart']) {
        if (input[part]?.length || Object.keys(input[part] ?? {}).length)
          throw new NotEmulatedError('Lambda', part);
      }
      const fn = functionRecord(context, input, await functions.codeOfApi(input.Code ?? {}));
      await functions.save(fn);
      return functionConfiguration(fn);
    },
    async UpdateFunctionCode(input) {
      const fn = functions.require(input.FunctionName);
      const code = await functions.codeOfApi(input);
      const changed = {
        ...fn,
        codeFolder: code.folder,
        codeSha256: code.sha256,
        codeSize: code.size,
        lastModifiedMs: context.clock.now(),
        revisionId: randomUUID(),
      };
      await functions.save(changed);
      return functionConfiguration(changed);
    },
    async UpdateFunctionConfiguration(input) {
      const fn = functions.require(input.FunctionName);
      const settings = {
        ...fn,
        FunctionName: fn.name,
        Role: input.Role ?? fn.roleArn,
        Runtime: input.Runtime ?? fn.runtime,
        Handler: input.Handler ?? fn.handler,
        Description: input.Description ?? fn.description,
        Architectures: [fn.architecture],
        Environment: input.Environment ?? { Variables: fn.environment },
        Timeout: input.Timeout ?? fn.timeoutSeconds,
        MemorySize: input.MemorySize ?? fn.memoryMb,
        LoggingConfig: input.LoggingConfig ?? { LogGroup: fn.logGroup, LogFormat: fn.logFormat },
        DeadLetterConfig: input.DeadLetterConfig ?? { TargetArn: fn.deadLetterArn },
        ReservedConcurrentExecutions: fn.reservedConcurrency,
      };
      const code = { folder: fn.codeFolder, sha256: fn.codeSha256, size: fn.codeSize };
      const changed = functionRecord(context, settings, code, fn);
      await functions.save(changed);
      return functionConfiguration(changed);
    },
    async DeleteFunction({ FunctionName }) {
      await functions.remove(functions.require(FunctionName).name);
    },
    GetFunction({ FunctionName }) {
      const fn = functions.require(FunctionName);
      return {
        Configuration: functionConfiguration(fn),
        Code: { RepositoryType: 'S3', Location: `file://${fn.codeFolder}` },
        ...(fn.reservedConcurrency !== undefined && {
          Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency },
        }),
      };
    },
    GetFunctionConfiguration: ({ FunctionName }) => functionConfiguration(functions.require(FunctionName)),
    ListFunctions: () => ({ Functions: store.functions().map(functionConfiguration) }),
    PutFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions }) {
      const fn = functions.require(FunctionName);
      store.saveFunction({ ...fn, reservedConcurrency: Number(ReservedConcurrentExecutions) });
      return { ReservedConcurrentExecutions: Number(ReservedConcurrentExecutions) };
    },
    GetFunctionConcurrency: ({ FunctionName }) => ({
      ReservedConcurrentExecutions: functions.require(FunctionName).reservedConcurrency,
    }),
    DeleteFunctionConcurrency({ FunctionName }) {
      const fn = functions.require(FunctionName);
      store.saveFunction({ ...fn, reservedConcurrency: undefined });
    },
    GetPolicy({ FunctionName }) {
      const fn = functions.require(FunctionName);
      const statements = Object.values(fn.permissions);
      if (statements.length === 0) {
        const message = 'The resource you requested does not exist.';
        throw new AwsError('ResourceNotFoundException', message, { status: 404, fields: { Type: 'User' } });
      }
      return {
        Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements }),
        RevisionId: fn.revisionId,
      };
    },
    PutFunctionEventInvokeConfig(input) {
      const fn = functions.require(input.FunctionName);
      const changed = {
        ...fn,
        eventInvoke: {
          maximumRetryAttempts: Number(input.MaximumRetryAttempts ?? 2),
          maximumEventAgeSeconds: Number(input.MaximumEventAgeInSeconds ?? 6 * 3600),
          destinations: input.DestinationConfig ?? {},
        },
      };
      store.saveFunction(changed);
      return eventInvokeConfiguration(changed);
    },
    GetFunctionEventInvokeConfig({ FunctionName }) {
      const fn = functions.require(FunctionName);
      if (!fn.eventInvoke) {
        const message = `The function ${fn.arn}:$LATEST doesn't have an EventInvokeConfig`;
        throw new AwsError('ResourceNotFoundException', message, { status: 404, fields: { Type: 'User' } });
      }
      return eventInvokeConfiguration(fn);
    },
    async CreateEventSourceMapping(input) {
      return mappingConfiguration(context, await functions.createMapping(input), 'Creating');
    },
    GetEventSourceMapping: ({ UUID }) => mappingConfiguration(context, functions.requireMapping(UUID)),
    ListEventSourceMappings: ({ FunctionName, EventSourceArn }) => ({
      EventSourceMappings: store
        .mappings()
        .filter((mapping) => !FunctionName || mapping.functionName === functionName(FunctionName))
        .filter((mapping) => !EventSourceArn || mapping.sourceArn === EventSourceArn)
        .map((mapping) => mappingConfiguration(context, mapping)),
    }),
    async UpdateEventSourceMapping(input) {
      const changed = mappingRecord(context, input, functions.requireMapping(input.UUID));
      await functions.saveMapping(changed);
      return mappingConfiguration(context, changed, 'Updating');
    },
    async DeleteEventSourceMapping({ UUID }) {
      const mapping = functions.requireMapping(UUID);
      await mappings.end(UUID);
      return mappingConfiguration(context, mapping, 'Deleting');
    },
    /** In process only: whether nothing runs or waits, and what each mapping still has to do. For progress displays. */
    async _Idle() {
      const status = await mappings.status();
      const inFlight = invoker.inFlight();
      const events = asyncEvents.pending();
      return {
        idle: inFlight === 0 && events === 0 && status.every(({ idle }) => idle),
        inFlight,
        asyncEvents: events,
        mappings: status,
      };
    },
  };

  return {
    name: 'lambda',
    actions,
    routes,
    resources: lambdaResources(context, store, functions, mappings),
    async start() {
      // Processes of a cloud that was killed have ended with it; their temporary files have not.
      rmSync(join(context.stateDir, 'lambda', 'scratch'), { recursive: true, force: true });
      asyncEvents.start();
      mappings.start();
    },
    async stop() {
      asyncEvents.stop();
      await Promise.all([mappings.stop(), invoker.stop()]);
      store.close();
    },
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
