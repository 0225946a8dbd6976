/** Functions are created, described, changed and deleted: https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import { pageOf } from '../../../core/paging.ts';
import type { Action } from '../../../core/service.ts';
import { codeFolder } from '../code.ts';
import { functionConfiguration } from '../describe.ts';
import type { CodeSettings } from '../functions.ts';
import { type FunctionSettings, functionRecord } from '../settings.ts';
import { type FunctionInput, functionOf, type Lambda, notFound } from '../state.ts';
import type { FunctionRecord } from '../types.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
const MOST_FUNCTIONS = 50;

export interface Paging {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export const invalidMarker = (marker: string) =>
  new AwsError('InvalidParameterValueException', `Invalid Marker: ${marker}`, { fields: { Type: 'User' } });

interface CodeInput extends CodeSettings {
  readonly FunctionName: string;
  readonly RevisionId?: string;
  readonly DryRun?: boolean;
  readonly Architectures?: readonly string[];
}

type ConfigurationInput = Partial<FunctionSettings> & FunctionInput & { readonly RevisionId?: string };

/** A caller may say which revision it means to change. */
function checkRevision(fn: FunctionRecord, wanted: string | undefined): void {
  if (wanted === undefined || wanted === fn.revisionId) return;
  throw new AwsError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    { status: 412, fields: { Type: 'User' } },
  );
}

async function create(
  { context, store, functions }: Lambda,
  input: FunctionSettings & { Code: CodeSettings },
) {
  if (store.fn(input.FunctionName)) {
    throw new AwsError('ResourceConflictException', `Function already exist: ${input.FunctionName}`, {
      status: 409,
      fields: { Type: 'User' },
    });
  }
  const fn = functionRecord(context, input, await functions.codeOfApi(input.Code));
  await functions.save(fn);
  return functionConfiguration(fn);
}

async function updateCode(lambda: Lambda, input: CodeInput) {
  const fn = functionOf(lambda, input);
  checkRevision(fn, input.RevisionId);
  const code = await lambda.functions.codeOfApi(input);
  const changed = {
    ...fn,
    architecture: input.Architectures?.[0] ?? fn.architecture,
    codeSha256: code.sha256,
    codeSize: code.size,
    lastModifiedMs: lambda.context.clock.now(),
    revisionId: randomUUID(),
  };
  if (!input.DryRun) await lambda.functions.save(changed);
  return functionConfiguration(changed);
}

async function updateConfiguration(lambda: Lambda, input: ConfigurationInput) {
  const fn = functionOf(lambda, input);
  checkRevision(fn, input.RevisionId);
  const settings = {
    FunctionName: fn.name,
    Role: input.Role ?? fn.roleArn,
    Runtime: input.Runtime ?? fn.runtime,
    Handler: input.Handler ?? fn.handler,
    Description: input.Description ?? fn.description,
    Architectures: [fn.architecture],
    Environment: input.Environment ?? { Variables: fn.environment },
    Timeout: input.Timeout ?? fn.timeoutSeconds,
    MemorySize: input.MemorySize ?? fn.memoryMb,
    LoggingConfig: { LogGroup: fn.logGroup, LogFormat: fn.logFormat, ...input.LoggingConfig },
    DeadLetterConfig: input.DeadLetterConfig ?? { TargetArn: fn.deadLetterArn },
    ReservedConcurrentExecutions: fn.reservedConcurrency,
  };
  const code = { sha256: fn.codeSha256, size: fn.codeSize };
  const changed = functionRecord(lambda.context, settings, code, fn);
  await lambda.functions.save(changed);
  return functionConfiguration(changed);
}

function list({ store }: Lambda, { Marker, MaxItems }: Paging) {
  const { items, next } = pageOf(store.functions(), {
    keyOf: ({ name }) => name,
    limit: Math.min(MaxItems ?? MOST_FUNCTIONS, MOST_FUNCTIONS),
    token: Marker,
    invalidToken: invalidMarker,
  });
  return { Functions: items.map(functionConfiguration), NextMarker: next };
}

function get(lambda: Lambda, input: FunctionInput) {
  const fn = functionOf(lambda, input);
  return {
    Configuration: functionConfiguration(fn),
    Code: { RepositoryType: 'S3', Location: `file://${codeFolder(lambda.context.stateDir, fn.codeSha256)}` },
    ...(fn.reservedConcurrency !== undefined && {
      Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency },
    }),
  };
}

function policy(lambda: Lambda, input: FunctionInput) {
  const fn = functionOf(lambda, input);
  const statements = Object.values(fn.permissions);
  if (statements.length === 0) throw notFound('The resource you requested does not exist.');
  return {
    Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements }),
    RevisionId: fn.revisionId,
  };
}

export const functionActions = (lambda: Lambda): Record<string, Action> => ({
  CreateFunction: (input) => create(lambda, input),
  UpdateFunctionCode: (input: CodeInput) => updateCode(lambda, input),
  UpdateFunctionConfiguration: (input: ConfigurationInput) => updateConfiguration(lambda, input),
  async DeleteFunction(input: FunctionInput) {
    await lambda.functions.remove(functionOf(lambda, input).name);
  },
  GetFunction: (input: FunctionInput) => get(lambda, input),
  GetFunctionConfiguration: (input: FunctionInput) => functionConfiguration(functionOf(lambda, input)),
  ListFunctions: (input: Paging) => list(lambda, input),
  GetPolicy: (input: FunctionInput) => policy(lambda, input),
});
