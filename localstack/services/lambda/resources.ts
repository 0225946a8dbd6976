/** CloudFormation's Lambda types. */
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Provider } from '../cloudformation/support.ts';
import { defaultEventInvoke } from './asyncEvents.ts';
import { codeFolder, isCodeWhole } from './code.ts';
import type { CodeSettings, Functions } from './functions.ts';
import type { Mappings } from './mappings/index.ts';
import {
  type FunctionSettings,
  functionName,
  functionRecord,
  type MappingSettings,
  mappingRecord,
} from './settings.ts';
import type { LambdaStore } from './store.ts';

export const lambdaResources = (
  context: CloudContext,
  store: LambdaStore,
  functions: Functions,
  mappings: Mappings,
): Record<string, Provider> => ({
  'AWS::Lambda::Function': functionType(context, store, functions),
  'AWS::Lambda::Permission': permissionType(store, functions),
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfigType(store, functions),
  'AWS::Lambda::EventSourceMapping': eventSourceMappingType(context, store, functions, mappings),
});

const functionType = (context: CloudContext, store: LambdaStore, functions: Functions): Provider => ({
  properties: [
    'Architectures',
    'Code',
    'DeadLetterConfig',
    'Description',
    'Environment',
    'FunctionName',
    'Handler',
    'LoggingConfig',
    'MemorySize',
    'PackageType',
    'ReservedConcurrentExecutions',
    'Role',
    'Runtime',
    'Timeout',
  ],
  notEmulated: ['EphemeralStorage', 'KmsKeyArn', 'RecursiveLoop', 'RuntimeManagementConfig', 'TracingConfig'],
  nameProperty: 'FunctionName',
  replacedBy: ['FunctionName', 'PackageType'],
  async deploy(request) {
    const { properties, physicalId } = request;
    const name: string = properties.FunctionName ?? physicalId ?? physicalName(request, 64);
    const code = await functions.codeOfTemplate(properties.Code as CodeSettings, request.asset);
    const settings = { ...properties, FunctionName: name } as FunctionSettings;
    const fn = functionRecord(context, settings, code, store.fn(name));
    await functions.save(fn);
    return { physicalId: name, attributes: { Arn: fn.arn } };
  },
  isWhole(name) {
    const fn = store.fn(name);
    return fn !== undefined && isCodeWhole(codeFolder(context.stateDir, fn.codeSha256));
  },
  remove: (name) => functions.remove(name),
});

const permissionType = (store: LambdaStore, functions: Functions): Provider => ({
  limits: ['enforcement of resource policies: statements are kept, every principal may invoke'],
  properties: ['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
  replacedBy: ['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
  async deploy(request) {
    const { properties } = request;
    const fn = functions.require(properties.FunctionName);
    const id = request.physicalId ?? physicalName(request, 100);
    const source = {
      ...(properties.SourceAccount && {
        StringEquals: { 'AWS:SourceAccount': properties.SourceAccount },
      }),
      ...(properties.SourceArn && { ArnLike: { 'AWS:SourceArn': properties.SourceArn } }),
    };
    const statement = {
      Sid: id,
      Effect: 'Allow',
      Principal: { Service: properties.Principal },
      Action: properties.Action,
      Resource: fn.arn,
      ...(Object.keys(source).length > 0 && { Condition: source }),
    };
    store.saveFunction({ ...fn, permissions: { ...fn.permissions, [id]: statement } });
    return { physicalId: id, attributes: {} };
  },
  async remove(id, properties) {
    const fn = store.fn(functionName(String(properties.FunctionName)));
    if (!fn) return;
    const { [id]: _dropped, ...permissions } = fn.permissions;
    store.saveFunction({ ...fn, permissions });
  },
});

const eventInvokeConfigType = (store: LambdaStore, functions: Functions): Provider => ({
  properties: [
    'DestinationConfig',
    'FunctionName',
    'MaximumEventAgeInSeconds',
    'MaximumRetryAttempts',
    'Qualifier',
  ],
  replacedBy: ['FunctionName', 'Qualifier'],
  async deploy({ properties }) {
    if (properties.Qualifier !== '$LATEST') {
      throw new NotEmulatedError('Lambda', `the version or alias ${properties.Qualifier}`);
    }
    const fn = functions.require(properties.FunctionName);
    const { maximumRetryAttempts, maximumEventAgeSeconds } = defaultEventInvoke;
    store.saveFunction({
      ...fn,
      eventInvoke: {
        maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? maximumRetryAttempts),
        maximumEventAgeSeconds: Number(properties.MaximumEventAgeInSeconds ?? maximumEventAgeSeconds),
        destinations: properties.DestinationConfig ?? {},
      },
    });
    return { physicalId: `${fn.arn}:$LATEST`, attributes: {} };
  },
  async remove(_id, properties) {
    const fn = store.fn(functionName(String(properties.FunctionName)));
    if (fn) store.saveFunction({ ...fn, eventInvoke: undefined });
  },
});

const eventSourceMappingType = (
  context: CloudContext,
  store: LambdaStore,
  functions: Functions,
  mappings: Mappings,
): Provider => ({
  properties: [
    'BatchSize',
    'BisectBatchOnFunctionError',
    'DestinationConfig',
    'Enabled',
    'EventSourceArn',
    'FilterCriteria',
    'FunctionName',
    'FunctionResponseTypes',
    'MaximumBatchingWindowInSeconds',
    'MaximumRecordAgeInSeconds',
    'MaximumRetryAttempts',
    'ParallelizationFactor',
    'ScalingConfig',
    'StartingPosition',
    'StartingPositionTimestamp',
    'TumblingWindowInSeconds',
  ],
  replacedBy: ['EventSourceArn', 'StartingPosition', 'StartingPositionTimestamp'],
  async deploy({ properties, physicalId }) {
    const settings = properties as MappingSettings;
    const before = physicalId ? store.mapping(physicalId) : undefined;
    if (before) {
      const { uuid, createdAtMs, lastProcessingResult } = before;
      const fresh = mappingRecord(context, settings);
      await functions.saveMapping({ ...fresh, uuid, createdAtMs, lastProcessingResult });
      return { physicalId: uuid, attributes: { Id: uuid } };
    }
    const { uuid } = await functions.createMapping(settings);
    return { physicalId: uuid, attributes: { Id: uuid } };
  },
  remove: (uuid) => mappings.end(uuid),
});
