/** Functions and mappings as the API shows them. */
import type { CloudContext } from '../../core/service.ts';
import { defaultEventInvoke } from './asyncEvents.ts';
import { functionArn } from './settings.ts';
import type { FunctionRecord, MappingRecord } from './types.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
export const functionConfiguration = (fn: FunctionRecord) => ({
  FunctionName: fn.name,
  FunctionArn: fn.arn,
  Runtime: fn.runtime,
  Role: fn.roleArn,
  Handler: fn.handler,
  CodeSize: fn.codeSize,
  CodeSha256: fn.codeSha256,
  Description: fn.description,
  Timeout: fn.timeoutSeconds,
  MemorySize: fn.memoryMb,
  LastModified: new Date(fn.lastModifiedMs).toISOString().replace('Z', '+0000'),
  Version: '$LATEST',
  Environment: { Variables: fn.environment },
  ...(fn.deadLetterArn && { DeadLetterConfig: { TargetArn: fn.deadLetterArn } }),
  TracingConfig: { Mode: 'PassThrough' },
  RevisionId: fn.revisionId,
  State: 'Active',
  LastUpdateStatus: 'Successful',
  PackageType: 'Zip',
  Architectures: [fn.architecture],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
  LoggingConfig: { LogFormat: fn.logFormat, LogGroup: fn.logGroup },
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
export function mappingConfiguration(context: CloudContext, mapping: MappingRecord, state?: string) {
  const shared = {
    UUID: mapping.uuid,
    EventSourceMappingArn: `arn:aws:lambda:${context.region}:${context.accountId}:event-source-mapping:${mapping.uuid}`,
    EventSourceArn: mapping.sourceArn,
    FunctionArn: functionArn(context, mapping.functionName),
    FunctionResponseTypes: mapping.reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.batchingWindowSeconds,
    LastModified: mapping.lastModifiedMs / 1000,
    State: state ?? (mapping.enabled ? 'Enabled' : 'Disabled'),
  };
  if (mapping.source === 'sqs') {
    return {
      ...shared,
      StateTransitionReason: 'USER_INITIATED',
      ...(mapping.maximumConcurrency && {
        ScalingConfig: { MaximumConcurrency: mapping.maximumConcurrency },
      }),
    };
  }
  return {
    ...shared,
    StateTransitionReason: 'User action',
    LastProcessingResult: mapping.lastProcessingResult,
    StartingPosition: mapping.startingPosition,
    StartingPositionTimestamp: mapping.startingPositionTimestamp,
    ParallelizationFactor: mapping.parallelizationFactor,
    BisectBatchOnFunctionError: mapping.bisectOnError,
    MaximumRetryAttempts: mapping.maximumRetryAttempts,
    MaximumRecordAgeInSeconds: mapping.maximumRecordAgeSeconds,
    DestinationConfig: { OnFailure: mapping.onFailureArn ? { Destination: mapping.onFailureArn } : {} },
    TumblingWindowInSeconds: mapping.tumblingWindowSeconds,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html */
export function eventInvokeConfiguration(fn: FunctionRecord) {
  const { maximumRetryAttempts, maximumEventAgeSeconds, destinations } = fn.eventInvoke ?? defaultEventInvoke;
  return {
    LastModified: fn.lastModifiedMs / 1000,
    FunctionArn: `${fn.arn}:$LATEST`,
    MaximumRetryAttempts: maximumRetryAttempts,
    MaximumEventAgeInSeconds: maximumEventAgeSeconds,
    DestinationConfig: { OnSuccess: destinations.OnSuccess ?? {}, OnFailure: destinations.OnFailure ?? {} },
  };
}
