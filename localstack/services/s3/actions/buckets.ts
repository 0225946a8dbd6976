/** Buckets and what is configured of them: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import { invalidArgument } from '../failures.ts';
import { checkLifecycleConfiguration, type LifecycleConfiguration } from '../lifecycle.ts';
import { checkNotificationConfiguration, type NotificationConfiguration } from '../notifications.ts';
import type { BucketRow } from '../objectIndex.ts';
import { requireBucket, requireKey, type S3 } from '../state.ts';
import { requireObject } from './getObject.ts';
import { checkTags, versionOf } from './putObject.ts';

interface BucketInput {
  readonly Bucket: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function checkBucketName(name: unknown): string {
  if (
    typeof name !== 'string' ||
    !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) ||
    name.includes('..') ||
    /^\d+\.\d+\.\d+\.\d+$/.test(name)
  )
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', {
      fields: { BucketName: name },
    });
  return name;
}

/** Creating one's own bucket again succeeds and changes nothing, as it does in us-east-1. */
export function createBucket(s3: S3, input: BucketInput) {
  const name = checkBucketName(input.Bucket);
  if (!s3.index.bucket(name)) s3.index.putBucket({ name, createdMs: s3.context.clock.now(), config: {} });
  return { Location: `/${name}` };
}

export function deleteBucket(s3: S3, input: BucketInput) {
  const bucket = requireBucket(s3, input.Bucket);
  if (!s3.index.isEmpty(bucket.name))
    throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
      status: 409,
      fields: { BucketName: bucket.name },
    });
  s3.index.deleteBucket(bucket.name);
  return {};
}

export const listBuckets = (s3: S3) => ({
  Owner: { ID: s3.context.accountId },
  Buckets: s3.index.buckets().map((bucket) => ({
    Name: bucket.name,
    CreationDate: Math.floor(bucket.createdMs / 1000),
  })),
});

export function headBucket(s3: S3, input: BucketInput) {
  requireBucket(s3, input.Bucket);
  return { BucketRegion: s3.context.region, AccessPointAlias: false };
}

/** us-east-1 is told by an empty location. */
export function getBucketLocation(s3: S3, input: BucketInput) {
  requireBucket(s3, input.Bucket);
  return s3.context.region === 'us-east-1' ? {} : { LocationConstraint: s3.context.region };
}

export function configure(s3: S3, bucket: BucketRow, name: string, value: unknown): void {
  const { [name]: _, ...others } = bucket.config;
  s3.index.putBucket({ ...bucket, config: value === undefined ? others : { ...others, [name]: value } });
}

const notConfigured = (code: string, message: string, bucket: BucketRow) =>
  new AwsError(code, message, { status: 404, fields: { BucketName: bucket.name } });

export function putBucketVersioning(
  s3: S3,
  input: BucketInput & { VersioningConfiguration: { Status?: string; MFADelete?: string } },
) {
  const bucket = requireBucket(s3, input.Bucket);
  configure(s3, bucket, 'versioning', checkVersioning(input.VersioningConfiguration));
  return {};
}

export function checkVersioning(configuration: { Status?: string; MFADelete?: string }) {
  const { Status: status, MFADelete: mfaDelete } = configuration;
  if (mfaDelete !== undefined && mfaDelete !== 'Disabled') throw new NotEmulatedError('s3', 'MFA delete');
  if (status !== 'Enabled' && status !== 'Suspended')
    throw new AwsError(
      'IllegalVersioningConfigurationException',
      `The versioning status is ${status}; it must be Enabled or Suspended.`,
    );
  return { Status: status };
}

export const getBucketVersioning = (s3: S3, input: BucketInput) =>
  (requireBucket(s3, input.Bucket).config.versioning as object | undefined) ?? {};

export function putBucketPolicy(s3: S3, input: BucketInput & { Policy: string }) {
  const bucket = requireBucket(s3, input.Bucket);
  try {
    JSON.parse(input.Policy);
  } catch (cause) {
    throw new AwsError('MalformedPolicy', 'This policy contains invalid Json', { cause });
  }
  configure(s3, bucket, 'policy', input.Policy);
  return {};
}

export function getBucketPolicy(s3: S3, input: BucketInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const policy = bucket.config.policy as string | undefined;
  if (policy === undefined)
    throw notConfigured('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket);
  return { Policy: policy };
}

export function deleteBucketPolicy(s3: S3, input: BucketInput) {
  configure(s3, requireBucket(s3, input.Bucket), 'policy', undefined);
  return {};
}

export function putBucketNotificationConfiguration(
  s3: S3,
  input: BucketInput & { NotificationConfiguration: NotificationConfiguration },
) {
  const bucket = requireBucket(s3, input.Bucket);
  configure(s3, bucket, 'notification', checkNotificationConfiguration(input.NotificationConfiguration));
  return {};
}

export const getBucketNotificationConfiguration = (s3: S3, input: BucketInput) =>
  (requireBucket(s3, input.Bucket).config.notification as object | undefined) ?? {};

export function putBucketLifecycleConfiguration(
  s3: S3,
  input: BucketInput & { LifecycleConfiguration: LifecycleConfiguration },
) {
  const bucket = requireBucket(s3, input.Bucket);
  configure(s3, bucket, 'lifecycle', checkLifecycleConfiguration(input.LifecycleConfiguration));
  return {};
}

export function getBucketLifecycleConfiguration(s3: S3, input: BucketInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const lifecycle = bucket.config.lifecycle as LifecycleConfiguration | undefined;
  if (!lifecycle)
    throw notConfigured('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', bucket);
  return lifecycle;
}

export function deleteBucketLifecycle(s3: S3, input: BucketInput) {
  configure(s3, requireBucket(s3, input.Bucket), 'lifecycle', undefined);
  return {};
}

interface TagSet {
  readonly TagSet: ReadonlyArray<{ Key: string; Value: string }>;
}

export function putBucketTagging(s3: S3, input: BucketInput & { Tagging: TagSet }) {
  configure(s3, requireBucket(s3, input.Bucket), 'tagging', input.Tagging);
  return {};
}

export function getBucketTagging(s3: S3, input: BucketInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const tagging = bucket.config.tagging as TagSet | undefined;
  if (!tagging) throw notConfigured('NoSuchTagSet', 'The TagSet does not exist', bucket);
  return tagging;
}

interface ObjectInput extends BucketInput {
  readonly Key: string;
  readonly VersionId?: string;
}

export function putObjectTagging(s3: S3, input: ObjectInput & { Tagging: TagSet }) {
  const row = requireObject(s3, requireBucket(s3, input.Bucket), requireKey(input.Key), input.VersionId);
  const tags: Record<string, string> = {};
  for (const { Key, Value } of input.Tagging.TagSet) {
    if (Key in tags)
      throw new AwsError('InvalidTag', 'Cannot provide multiple Tags with the same key', {
        fields: { TagKey: Key },
      });
    tags[Key] = Value;
  }
  checkTags(tags);
  return retag(s3, row, tags);
}

export function deleteObjectTagging(s3: S3, input: ObjectInput) {
  return retag(
    s3,
    requireObject(s3, requireBucket(s3, input.Bucket), requireKey(input.Key), input.VersionId),
    undefined,
  );
}

function retag(s3: S3, row: ReturnType<typeof requireObject>, tags: Record<string, string> | undefined) {
  const tagged = { ...row, meta: { ...row.meta, tags } };
  const isCurrent = s3.index.object(row.bucket, row.key)?.seq === row.seq;
  if (isCurrent) s3.index.putObject(tagged);
  else s3.index.putVersion(tagged);
  return versionOf(row);
}

export function getObjectTagging(s3: S3, input: ObjectInput) {
  const row = requireObject(s3, requireBucket(s3, input.Bucket), requireKey(input.Key), input.VersionId);
  return {
    TagSet: Object.entries(row.meta.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    ...versionOf(row),
  };
}

/** Only what needs no access control list is accepted: ACLs are off in every bucket of today's AWS. */
export function checkAcl(acl: string | undefined): void {
  if (acl === undefined || acl === 'private' || acl === 'bucket-owner-full-control') return;
  if (acl === 'log-delivery-write') throw new NotEmulatedError('s3', 'the ACL log-delivery-write');
  throw invalidArgument('The bucket does not allow ACLs', 'x-amz-acl', acl);
}
