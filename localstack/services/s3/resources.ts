/** AWS::S3::Bucket and AWS::S3::BucketPolicy as CloudFormation deploys them. */
import { createHash } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import { inputCheck } from '../../core/inputs/check.ts';
import type { ResourceProvider } from '../../core/service.ts';
import {
  checkBucketName,
  checkVersioning,
  configure,
  createBucket,
  deleteBucket,
  testDestinations,
} from './actions/buckets.ts';
import { violation } from './failures.ts';
import { inputs } from './inputs.ts';
import { checkLifecycleConfiguration, type LifecycleConfiguration, type LifecycleRule } from './lifecycle.ts';
import {
  assertDestinations,
  checkNotificationConfiguration,
  type NotificationConfiguration,
} from './notificationConfiguration.ts';
import { requireBucket, type S3 } from './state.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template's properties are open by nature; each is narrowed where it is used.
type Properties = any;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html */
export const bucketResource = (s3: S3): ResourceProvider => ({
  properties: [
    'BucketName',
    'VersioningConfiguration',
    'LifecycleConfiguration',
    'NotificationConfiguration',
  ],
  notEmulated: [
    'AccessControl',
    'BucketEncryption',
    'CorsConfiguration',
    'IntelligentTieringConfigurations',
    'InventoryConfigurations',
    'LoggingConfiguration',
    'MetricsConfigurations',
    'OwnershipControls',
    'PublicAccessBlockConfiguration',
    'Tags',
  ],
  nameProperty: 'BucketName',
  replacedBy: ['BucketName'],
  exists: ({ BucketName }) => BucketName !== undefined && s3.index.bucket(String(BucketName)) !== undefined,
  async deploy({ stackName, logicalId, properties, physicalId, previous }) {
    const name = checkBucketName(properties.BucketName ?? physicalId ?? generatedName(stackName, logicalId));
    createBucket(s3, { Bucket: name });
    const set = (configuration: string, value: unknown) =>
      configure(s3, requireBucket(s3, name), configuration, value);
    set(
      'versioning',
      properties.VersioningConfiguration && checkVersioning(properties.VersioningConfiguration),
    );
    set('lifecycle', properties.LifecycleConfiguration && lifecycleOf(properties.LifecycleConfiguration));
    const notification =
      properties.NotificationConfiguration && notificationOf(properties.NotificationConfiguration);
    if (notification) await assertDestinations(s3.context, notification);
    set('notification', notification);
    const before = JSON.stringify(previous?.NotificationConfiguration);
    if (JSON.stringify(properties.NotificationConfiguration) !== before) testDestinations(s3, name);
    return {
      physicalId: name,
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${s3.context.region}.amazonaws.com`,
        DualStackDomainName: `${name}.s3.dualstack.${s3.context.region}.amazonaws.com`,
      },
    };
  },
  async remove(physicalId) {
    try {
      deleteBucket(s3, { Bucket: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'NoSuchBucket')) throw error;
    }
  },
});

export const bucketPolicyResource = (s3: S3): ResourceProvider => ({
  properties: ['Bucket', 'PolicyDocument'],
  replacedBy: ['Bucket'],
  async deploy({ properties }) {
    const bucket = requireBucket(s3, properties.Bucket);
    configure(s3, bucket, 'policy', JSON.stringify(properties.PolicyDocument));
    return { physicalId: bucket.name, attributes: {} };
  },
  async remove(physicalId) {
    const bucket = s3.index.bucket(physicalId);
    if (bucket) configure(s3, bucket, 'policy', undefined);
  },
});

/** CloudFormation's own scheme, `<stack>-<logical id>-<random>`, in lower case; the random part follows from the names here. */
function generatedName(stackName: string, logicalId: string): string {
  const suffix = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 12);
  return `${`${stackName}-${logicalId}`.toLowerCase().slice(0, 50)}-${suffix}`;
}

/** CloudFormation's spelling of a rule, which differs from the API's. */
function lifecycleOf(configuration: Properties): LifecycleConfiguration {
  const rules: LifecycleConfiguration = {
    Rules: configuration.Rules.map((rule: Properties): LifecycleRule => {
      const {
        Id,
        Prefix,
        Status,
        ExpirationInDays,
        ExpirationDate,
        ExpiredObjectDeleteMarker,
        NoncurrentVersionExpiration,
        NoncurrentVersionExpirationInDays,
        AbortIncompleteMultipartUpload,
        Transition,
        Transitions,
        TagFilters,
        ObjectSizeGreaterThan,
        ObjectSizeLessThan,
        ...others
      } = rule;
      const unknown = Object.keys(others)[0];
      if (unknown) throw new NotEmulatedError('s3', `the lifecycle setting ${unknown}`);
      const date = (value: unknown) => (value === undefined ? undefined : Date.parse(String(value)) / 1000);
      const size = (value: unknown) => (value === undefined ? undefined : Number(value));
      return withoutAbsent({
        ID: Id,
        Status,
        Filter: {
          And: {
            Prefix,
            ObjectSizeGreaterThan: size(ObjectSizeGreaterThan),
            ObjectSizeLessThan: size(ObjectSizeLessThan),
            Tags: TagFilters,
          },
        },
        Expiration:
          (ExpirationInDays ?? ExpirationDate ?? ExpiredObjectDeleteMarker)
            ? withoutAbsent({ Days: ExpirationInDays, Date: date(ExpirationDate), ExpiredObjectDeleteMarker })
            : undefined,
        NoncurrentVersionExpiration:
          NoncurrentVersionExpiration ??
          (NoncurrentVersionExpirationInDays && { NoncurrentDays: NoncurrentVersionExpirationInDays }),
        AbortIncompleteMultipartUpload,
        Transitions: [...(Transition ? [Transition] : []), ...(Transitions ?? [])].map((transition) =>
          withoutAbsent({
            Days: transition.TransitionInDays,
            Date: date(transition.TransitionDate),
            StorageClass: transition.StorageClass,
          }),
        ),
      });
    }),
  };
  check('PutBucketLifecycleConfiguration', { LifecycleConfiguration: rules });
  return checkLifecycleConfiguration(rules);
}

/** Judges a configuration as the action would that sets it. */
function check(action: string, input: Record<string, unknown>): void {
  const { Bucket: _, ...members } = inputs[action] ?? {};
  inputCheck({ name: 's3', violated: violation }, action, members)(input);
}

/** CloudFormation names one event a configuration, and its filter's rules one level less deep. */
function notificationOf(configuration: Properties): NotificationConfiguration {
  const destinations = (list: Properties[] | undefined, from: string, to: string) =>
    list?.map((entry) => ({
      [to]: entry[from],
      Events: [entry.Event],
      Filter: entry.Filter && { Key: { FilterRules: entry.Filter.S3Key.Rules } },
    })) as never;
  const notification: NotificationConfiguration = {
    LambdaFunctionConfigurations: destinations(
      configuration.LambdaConfigurations,
      'Function',
      'LambdaFunctionArn',
    ),
    QueueConfigurations: destinations(configuration.QueueConfigurations, 'Queue', 'QueueArn'),
    TopicConfigurations: destinations(configuration.TopicConfigurations, 'Topic', 'TopicArn'),
    ...(String(configuration.EventBridgeConfiguration?.EventBridgeEnabled ?? false) === 'true' && {
      EventBridgeConfiguration: {},
    }),
  };
  check('PutBucketNotificationConfiguration', { NotificationConfiguration: notification });
  return checkNotificationConfiguration(notification);
}

const withoutAbsent = <T extends object>(shape: T): T =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as T;
