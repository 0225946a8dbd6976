/** Functions and mappings for the API and CloudFormation alike: look them up, install code, save, start over. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, DeployRequest } from '../../core/service.ts';
import { type InstalledCode, installFrom, installSource, installZip } from './code.ts';
import type { Invoker } from './invoker.ts';
import type { Mappings } from './mappings/index.ts';
import { dynamoSource, kinesisSource } from './mappings/source.ts';
import { functionArn, functionName, type MappingSettings, mappingRecord } from './settings.ts';
import type { LambdaStore } from './store.ts';
import type { FunctionRecord, MappingRecord } from './types.ts';

export interface CodeSettings {
  /** Bytes of a zip as base64 over the API; source text in a template. */
  ZipFile?: string;
  S3Bucket?: string;
  S3Key?: string;
  S3ObjectVersion?: string;
  ImageUri?: string;
}

export interface Functions {
  /** Throws `ResourceNotFoundException`. */
  require(nameOrArn: string): FunctionRecord;
  codeOfTemplate(settings: CodeSettings, asset: DeployRequest['asset']): Promise<InstalledCode>;
  codeOfApi(settings: CodeSettings): Promise<InstalledCode>;
  save(fn: FunctionRecord): Promise<void>;
  /** Removes a function and its mappings. */
  remove(name: string): Promise<void>;
  createMapping(settings: MappingSettings): Promise<MappingRecord>;
  requireMapping(uuid: string): MappingRecord;
  saveMapping(mapping: MappingRecord): Promise<void>;
}

export function createFunctions(
  context: CloudContext,
  store: LambdaStore,
  invoker: Invoker,
  mappings: Mappings,
): Functions {
  const notFound = (message: string) =>
    new AwsError('ResourceNotFoundException', message, { status: 404, fields: { Type: 'User' } });

  async function fromBucket({
    S3Bucket,
    S3Key,
    S3ObjectVersion,
    ImageUri,
  }: CodeSettings): Promise<InstalledCode> {
    if (ImageUri) throw new NotEmulatedError('Lambda', 'functions from container images');
    const object = { Bucket: S3Bucket, Key: S3Key, VersionId: S3ObjectVersion };
    const { Body } = await context.call('s3', 'GetObject', object).catch((cause: AwsError) => {
      const message = `Error occurred while GetObject. S3 Error Code: ${cause.code}. S3 Error Message: ${cause.message}`;
      throw new AwsError('InvalidParameterValueException', message, { cause });
    });
    return installZip(Body, context.stateDir);
  }

  function require(nameOrArn: string): FunctionRecord {
    const name = functionName(nameOrArn);
    const fn = store.fn(name);
    if (!fn) throw notFound(`Function not found: ${functionArn(context, name)}`);
    return fn;
  }

  async function checkSource(mapping: MappingRecord, fn: FunctionRecord) {
    if (mapping.source === 'sqs') return;
    const source = (mapping.source === 'kinesis' ? kinesisSource : dynamoSource)(context, mapping, fn);
    try {
      await source.shards();
    } catch (cause) {
      if (!(cause instanceof AwsError) || cause.code !== 'ResourceNotFoundException') throw cause;
      const message = `Stream not found: ${mapping.sourceArn}`;
      throw new AwsError('InvalidParameterValueException', message, { cause, fields: { Type: 'User' } });
    }
  }

  return {
    require,
    async codeOfTemplate(settings, asset) {
      if (settings.ZipFile !== undefined) return installSource(settings.ZipFile, context.stateDir);
      const path = asset(settings.S3Bucket ?? '', settings.S3Key ?? '');
      return path === undefined ? fromBucket(settings) : installFrom(path, context.stateDir);
    },
    codeOfApi: async (settings) =>
      settings.ZipFile === undefined
        ? fromBucket(settings)
        : installZip(Buffer.from(settings.ZipFile, 'base64'), context.stateDir),
    async save(fn) {
      const before = store.fn(fn.name);
      store.saveFunction(fn);
      if (before && before.revisionId !== fn.revisionId) invoker.retire(fn.name);
      if (before?.roleArn === fn.roleArn) return;
      // Mappings read with the function's role, and wait for a function that is not there yet.
      for (const mapping of store.mappings().filter(({ functionName: of }) => of === fn.name)) {
        await mappings.restart(mapping.uuid);
      }
    },
    async remove(name) {
      store.dropFunction(name);
      invoker.retire(name);
      for (const mapping of store.mappings().filter(({ functionName: of }) => of === name)) {
        await mappings.end(mapping.uuid);
      }
    },
    async createMapping(settings) {
      const mapping = mappingRecord(context, settings);
      const fn = require(mapping.functionName);
      const twin = store
        .mappings()
        .find((each) => each.sourceArn === mapping.sourceArn && each.functionName === mapping.functionName);
      if (twin) {
        throw new AwsError(
          'ResourceConflictException',
          `An event source mapping with event source arn (" ${mapping.sourceArn} ") and function (" ${mapping.functionName} ") already exists. Please update or delete the existing mapping with UUID ${twin.uuid}`,
          { status: 409, fields: { Type: 'User' } },
        );
      }
      await checkSource(mapping, fn);
      store.saveMapping(mapping);
      await mappings.restart(mapping.uuid);
      return mapping;
    },
    requireMapping(uuid) {
      const mapping = store.mapping(uuid);
      if (!mapping) throw notFound('The resource you requested does not exist.');
      return mapping;
    },
    async saveMapping(mapping) {
      store.saveMapping(mapping);
      await mappings.restart(mapping.uuid);
    },
  };
}
