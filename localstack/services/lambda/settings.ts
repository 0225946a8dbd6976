/** Settings of functions and mappings as the API and CloudFormation write them, checked and turned into records. */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { InstalledCode } from './code.ts';
import type { FunctionRecord, MappingRecord, MappingSource } from './types.ts';

/** The runtime that this machine's Node.js is; another would run on the wrong version. */
const RUNTIME = 'nodejs24.x';

const invalid = (message: string) => new AwsError('InvalidParameterValueException', message);

function number(value: unknown, name: string, least: number, most: number, absent: number): number {
  if (value === undefined || value === null) return absent;
  const given = Number(value);
  if (!Number.isInteger(given) || given < least || given > most) {
    throw invalid(`${name} is ${value}; it may be a whole number from ${least} to ${most}.`);
  }
  return given;
}

const truth = (value: unknown) => value === true || value === 'true';

/** Refuses settings that ask for what is not emulated; an absent or neutral value passes. */
function refuse(what: string, value: unknown) {
  const empty = value === undefined || value === null || value === 0 || value === false || value === 'false';
  if (empty || (typeof value === 'object' && Object.keys(value as object).length === 0)) return;
  throw new NotEmulatedError('Lambda', what);
}

/** Members as in CreateFunction and AWS::Lambda::Function. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export interface FunctionSettings {
  FunctionName: string;
  Description?: string;
  Role: string;
  Runtime?: string;
  Handler?: string;
  PackageType?: string;
  Architectures?: string[];
  Environment?: { Variables?: Record<string, string> };
  Timeout?: number | string;
  MemorySize?: number | string;
  LoggingConfig?: { LogGroup?: string; LogFormat?: string };
  DeadLetterConfig?: { TargetArn?: string };
  ReservedConcurrentExecutions?: number | string;
}

export function functionRecord(
  context: CloudContext,
  settings: FunctionSettings,
  code: InstalledCode,
  before?: FunctionRecord,
): FunctionRecord {
  const { Runtime: runtime, Handler: handler } = settings;
  if (settings.PackageType && settings.PackageType !== 'Zip')
    refuse(`PackageType ${settings.PackageType}`, true);
  if (runtime !== RUNTIME) throw new NotEmulatedError('Lambda', `the runtime ${runtime}; it runs ${RUNTIME}`);
  if (!handler) throw invalid('A function needs a Handler, such as index.handler.');
  const variables = settings.Environment?.Variables ?? {};
  const reserved = Object.keys(variables).filter((name) => reservedVariables.includes(name));
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  return {
    name: settings.FunctionName,
    arn: functionArn(context, settings.FunctionName),
    description: settings.Description ?? '',
    roleArn: settings.Role,
    runtime,
    handler,
    architecture: settings.Architectures?.[0] ?? 'x86_64',
    codeSha256: code.sha256,
    codeSize: code.size,
    environment: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
    timeoutSeconds: number(settings.Timeout, 'Timeout', 1, 900, 3),
    memoryMb: number(settings.MemorySize, 'MemorySize', 128, 10_240, 128),
    logGroup: settings.LoggingConfig?.LogGroup ?? `/aws/lambda/${settings.FunctionName}`,
    logFormat: settings.LoggingConfig?.LogFormat === 'JSON' ? 'JSON' : 'Text',
    reservedConcurrency:
      settings.ReservedConcurrentExecutions === undefined
        ? undefined
        : number(settings.ReservedConcurrentExecutions, 'ReservedConcurrentExecutions', 0, 1000, 0),
    deadLetterArn: settings.DeadLetterConfig?.TargetArn || undefined,
    eventInvoke: before?.eventInvoke,
    permissions: before?.permissions ?? {},
    lastModifiedMs: context.clock.now(),
    revisionId: randomUUID(),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const reservedVariables = [
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
];

export const functionArn = (context: CloudContext, name: string) =>
  `arn:aws:lambda:${context.region}:${context.accountId}:function:${name}`;

/** The name in a function's name, ARN or partial ARN; a qualifier other than `$LATEST` is refused. */
export function functionName(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  const at = parts.indexOf('function');
  const [name, qualifier] = at < 0 ? parts : parts.slice(at + 1);
  if (qualifier !== undefined && qualifier !== '$LATEST') {
    throw new NotEmulatedError('Lambda', `the version or alias ${qualifier}`);
  }
  return name ?? '';
}

/** Members as in CreateEventSourceMapping. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export interface MappingSettings {
  EventSourceArn?: string;
  FunctionName?: string;
  Enabled?: boolean | string;
  BatchSize?: number | string;
  MaximumBatchingWindowInSeconds?: number | string;
  FunctionResponseTypes?: string[];
  StartingPosition?: MappingRecord['startingPosition'];
  StartingPositionTimestamp?: number | string;
  ParallelizationFactor?: number | string;
  BisectBatchOnFunctionError?: boolean | string;
  MaximumRetryAttempts?: number | string;
  MaximumRecordAgeInSeconds?: number | string;
  DestinationConfig?: { OnFailure?: { Destination?: string } };
  ScalingConfig?: { MaximumConcurrency?: number | string };
  TumblingWindowInSeconds?: number | string;
  FilterCriteria?: { Filters?: unknown[] };
}

const sources: Record<string, MappingSource> = { kinesis: 'kinesis', dynamodb: 'dynamodb', sqs: 'sqs' };

/** The record that new settings make of a mapping; what they leave out stays as it was. */
export function mappingRecord(
  context: CloudContext,
  settings: MappingSettings,
  before?: MappingRecord,
): MappingRecord {
  const sourceArn = before?.sourceArn ?? settings.EventSourceArn ?? '';
  const service = sourceArn.split(':')[2] ?? '';
  const source = sources[service];
  if (!source)
    throw new NotEmulatedError('Lambda', `event source mappings over ${sourceArn || 'no EventSourceArn'}`);
  refuse('FilterCriteria', settings.FilterCriteria?.Filters ?? []);
  const isStream = source !== 'sqs';
  const position = startingPosition(source, settings, before);
  const batchSize = number(
    settings.BatchSize,
    'BatchSize',
    1,
    10_000,
    before?.batchSize ?? (isStream ? 100 : 10),
  );
  const window = number(
    settings.MaximumBatchingWindowInSeconds,
    'MaximumBatchingWindowInSeconds',
    0,
    300,
    before?.batchingWindowSeconds ?? 0,
  );
  if (!isStream && batchSize > 10 && window < 1) {
    throw invalid(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
  }
  const parallelizationFactor = number(
    settings.ParallelizationFactor,
    'ParallelizationFactor',
    1,
    10,
    before?.parallelizationFactor ?? 1,
  );
  const tumblingWindowSeconds = number(
    settings.TumblingWindowInSeconds,
    'TumblingWindowInSeconds',
    0,
    900,
    before?.tumblingWindowSeconds ?? 0,
  );
  if (tumblingWindowSeconds > 0 && parallelizationFactor > 1) {
    refuse('TumblingWindowInSeconds together with a ParallelizationFactor', true);
  }
  const now = context.clock.now();
  const onFailure = settings.DestinationConfig?.OnFailure?.Destination;
  const concurrency = settings.ScalingConfig?.MaximumConcurrency;
  return {
    uuid: before?.uuid ?? randomUUID(),
    source,
    sourceArn,
    functionName: settings.FunctionName ? functionName(settings.FunctionName) : (before?.functionName ?? ''),
    enabled: settings.Enabled === undefined ? (before?.enabled ?? true) : truth(settings.Enabled),
    batchSize,
    batchingWindowSeconds: window,
    reportBatchItemFailures:
      settings.FunctionResponseTypes?.includes('ReportBatchItemFailures') ??
      before?.reportBatchItemFailures ??
      false,
    startingPosition: position,
    startingPositionTimestamp:
      before?.startingPositionTimestamp ??
      (settings.StartingPositionTimestamp === undefined
        ? undefined
        : Number(settings.StartingPositionTimestamp)),
    parallelizationFactor,
    tumblingWindowSeconds,
    bisectOnError:
      settings.BisectBatchOnFunctionError === undefined
        ? (before?.bisectOnError ?? false)
        : truth(settings.BisectBatchOnFunctionError),
    maximumRetryAttempts: number(
      settings.MaximumRetryAttempts,
      'MaximumRetryAttempts',
      -1,
      10_000,
      before?.maximumRetryAttempts ?? -1,
    ),
    maximumRecordAgeSeconds: recordAge(settings.MaximumRecordAgeInSeconds, before?.maximumRecordAgeSeconds),
    onFailureArn: settings.DestinationConfig === undefined ? before?.onFailureArn : onFailure || undefined,
    maximumConcurrency:
      concurrency === undefined
        ? before?.maximumConcurrency
        : number(concurrency, 'ScalingConfig.MaximumConcurrency', 2, 1000, 2),
    createdAtMs: before?.createdAtMs ?? now,
    lastModifiedMs: now,
    lastProcessingResult: before?.lastProcessingResult ?? 'No records processed',
  };
}

function startingPosition(
  source: MappingSource,
  settings: MappingSettings,
  before: MappingRecord | undefined,
): MappingRecord['startingPosition'] {
  const position = before?.startingPosition ?? settings.StartingPosition;
  if (source !== 'sqs' && !position)
    throw invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  if (position === 'AT_TIMESTAMP' && source === 'dynamodb') {
    throw invalid('Unsupported starting position for arn type: AT_TIMESTAMP');
  }
  return position;
}

/** -1 for no limit, else 60 seconds to a week. */
function recordAge(value: unknown, before = -1): number {
  const age = number(value, 'MaximumRecordAgeInSeconds', -1, 604_800, before);
  if (age !== -1 && age < 60) {
    throw invalid(`MaximumRecordAgeInSeconds is ${age}; it may be -1, or 60 to 604800.`);
  }
  return age;
}
