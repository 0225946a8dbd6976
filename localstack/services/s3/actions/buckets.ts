/** Buckets and what is configured of them: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import { invalidArgument, malformedXml } from '../failures.ts';
import { inputs } from '../inputs.ts';
import { checkLifecycleConfiguration, type LifecycleConfiguration } from '../lifecycle.ts';
import {
  assertDestinations,
  checkNotificationConfiguration,
  type NotificationConfiguration,
} from '../notificationConfiguration.ts';
import { requireBucket, requireKey, type S3 } from '../state.ts';
import type { BucketRow } from '../store.ts';
import { checkTags, type Tag, type TagSet } from '../tags.ts';
import { requireObject } from './getObject.ts';
import { versionOf } from './putObject.ts';

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

interface CreateBucketInput extends BucketInput {
  readonly ACL?: string;
  readonly CreateBucketConfiguration?: {
    readonly LocationConstraint?: string;
    readonly Tags?: readonly Tag[];
  };
}

/**
 * Creating one's own bucket again succeeds and changes nothing, as it does in us-east-1; elsewhere, or with tags, it is an error.
 * Source: LocalStack's recorded answers test_create_bucket_with_existing_name and
 * test_create_bucket_with_tags_us_east_1_idempotency (2026-02-23).
 */
export function createBucket(s3: S3, input: CreateBucketInput) {
  const name = checkBucketName(input.Bucket);
  if (input.ACL !== undefined && input.ACL !== 'private')
    throw new AwsError(
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  const { LocationConstraint: location, Tags: tags = [] } = input.CreateBucketConfiguration ?? {};
  checkTags(tags, 'new bucket');
  const known = s3.index.bucket(name);
  if (known && (tags.length > 0 || location !== undefined || known.config.location !== undefined))
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { status: 409, fields: { BucketName: name } },
    );
  const config = {
    ...(location !== undefined && { location }),
    ...(tags.length > 0 && { tagging: { TagSet: tags } }),
  };
  if (!known) s3.index.putBucket({ name, createdMs: s3.context.clock.now(), config });
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

const LOCATIONS = inputs.CreateBucket?.CreateBucketConfiguration?.members?.LocationConstraint?.values ?? [];

/** The region of a bucket: that of its cloud, unless it was made for another. */
const regionOf = (s3: S3, { config }: BucketRow): string =>
  config.location === 'EU' ? 'eu-west-1' : ((config.location as string | undefined) ?? s3.context.region);

interface ListBucketsInput {
  readonly MaxBuckets?: number;
  readonly ContinuationToken?: string;
  readonly Prefix?: string;
  readonly BucketRegion?: string;
}

/** Regions are in the answer when the request has any parameter. */
export function listBuckets(s3: S3, input: ListBucketsInput) {
  const { MaxBuckets: most, ContinuationToken: token, Prefix: prefix = '', BucketRegion: region } = input;
  if (region !== undefined && region !== 'us-east-1' && !LOCATIONS.includes(region))
    throw invalidArgument(`Argument value ${region} is not a valid AWS Region`, 'bucket-region', region);
  const after = token ? Buffer.from(token, 'base64url').toString() : '';
  const wanted = s3.index
    .buckets()
    .filter(({ name }) => name > after && name.startsWith(prefix))
    .filter((bucket) => region === undefined || regionOf(s3, bucket) === region);
  const page = wanted.slice(0, most);
  const isAsked = Object.values(input).some((value) => value !== undefined);
  return {
    Owner: { ID: s3.context.accountId },
    Buckets: page.map((bucket) => ({
      Name: bucket.name,
      CreationDate: Math.floor(bucket.createdMs / 1000),
      ...(isAsked && { BucketRegion: regionOf(s3, bucket), BucketArn: `arn:aws:s3:::${bucket.name}` }),
    })),
    ...(page.length < wanted.length && {
      ContinuationToken: Buffer.from(page.at(-1)?.name ?? '').toString('base64url'),
    }),
    ...(input.Prefix !== undefined && { Prefix: prefix }),
  };
}

export function headBucket(s3: S3, input: BucketInput) {
  return { BucketRegion: regionOf(s3, requireBucket(s3, input.Bucket)), AccessPointAlias: false };
}

/** us-east-1 is an empty location. */
export function getBucketLocation(s3: S3, input: BucketInput) {
  const { location } = requireBucket(s3, input.Bucket).config;
  if (location !== undefined) return { LocationConstraint: location };
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
  if (status === undefined)
    throw new AwsError('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
  if (mfaDelete === 'Enabled') throw new NotEmulatedError('s3', 'MFA delete');
  if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml(`the status is ${status}`);
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

export async function putBucketNotificationConfiguration(
  s3: S3,
  input: BucketInput & {
    NotificationConfiguration: NotificationConfiguration;
    SkipDestinationValidation?: boolean;
  },
) {
  requireBucket(s3, input.Bucket);
  const configuration = checkNotificationConfiguration(input.NotificationConfiguration);
  if (!input.SkipDestinationValidation) await assertDestinations(s3.context, configuration);
  configure(s3, requireBucket(s3, input.Bucket), 'notification', configuration);
  if (!input.SkipDestinationValidation) testDestinations(s3, input.Bucket);
  return {};
}

/** Sends each queue and topic of the bucket's configuration S3's test message. */
export function testDestinations(s3: S3, bucket: string): void {
  s3.notifications.keepTest(requireBucket(s3, bucket));
  s3.notifications.deliver();
}

export const getBucketNotificationConfiguration = (s3: S3, input: BucketInput) =>
  (requireBucket(s3, input.Bucket).config.notification as object | undefined) ?? {};

/** How AWS treats small objects; where none are archived, both ways are one. */
const SMALL_OBJECTS = 'all_storage_classes_128K';

export function putBucketLifecycleConfiguration(
  s3: S3,
  input: BucketInput & {
    LifecycleConfiguration: LifecycleConfiguration;
    TransitionDefaultMinimumObjectSize?: string;
  },
) {
  const bucket = requireBucket(s3, input.Bucket);
  if (input.LifecycleConfiguration === undefined) throw malformedXml('there is no configuration');
  const smallObjects = input.TransitionDefaultMinimumObjectSize ?? SMALL_OBJECTS;
  configure(s3, bucket, 'lifecycle', {
    ...checkLifecycleConfiguration(input.LifecycleConfiguration),
    TransitionDefaultMinimumObjectSize: smallObjects,
  });
  return { TransitionDefaultMinimumObjectSize: smallObjects };
}

export function getBucketLifecycleConfiguration(s3: S3, input: BucketInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const lifecycle = bucket.config.lifecycle as LifecycleConfiguration | undefined;
  if (!lifecycle)
    throw notConfigured('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', bucket);
  return { TransitionDefaultMinimumObjectSize: SMALL_OBJECTS, ...lifecycle };
}

export function deleteBucketLifecycle(s3: S3, input: BucketInput) {
  configure(s3, requireBucket(s3, input.Bucket), 'lifecycle', undefined);
  return {};
}

/** No tags are none: then there is no set of them either. */
export function putBucketTagging(s3: S3, input: BucketInput & { Tagging: TagSet }) {
  const bucket = requireBucket(s3, input.Bucket);
  checkTags(input.Tagging.TagSet, 'bucket');
  configure(s3, bucket, 'tagging', input.Tagging.TagSet.length > 0 ? input.Tagging : undefined);
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
  const { TagSet: tags } = input.Tagging;
  checkTags(tags, 'object');
  return retag(s3, row, Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])));
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
