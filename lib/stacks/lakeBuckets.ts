/** The five buckets: encrypted, TLS only, shut to the public, and with every prefix ageing as its content deserves. */
import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { BucketPurpose } from '../constructs/names.ts';
import { pascalCase } from '../constructs/names.ts';
import type { BucketQueue } from '../constructs/queues.ts';
import { removalOfData, type Settings } from '../constructs/settings.ts';

export interface LakeBucketsProps {
  readonly settings: Settings;
  readonly key: IKey;
}

const ABANDONED_UPLOADS: LifecycleRule = {
  id: 'abandoned-uploads',
  abortIncompleteMultipartUploadAfter: Duration.days(1),
};

const expire = (id: string, days: number, prefix?: string): LifecycleRule => ({
  id,
  expiration: Duration.days(days),
  ...(prefix && { prefix }),
});

export class LakeBuckets extends Construct {
  readonly #buckets: Readonly<Record<'landing' | 'failures', CfnBucket>>;

  constructor(scope: Construct, id: string, { settings, key }: LakeBucketsProps) {
    super(scope, id);
    const { names, profile } = settings;

    const logs = new Bucket(this, 'Logs', {
      bucketName: names.bucket('logs'),
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [ABANDONED_UPLOADS, expire('access-logs', 90)],
      ...hardened,
      removalPolicy: removalOfData(settings),
    });
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The bucket that receives the access logs; logging its own deliveries would never end.',
    });

    const encrypted = (
      purpose: BucketPurpose,
      lifecycleRules: LifecycleRule[],
      removalPolicy: RemovalPolicy,
    ) =>
      new Bucket(this, pascalCase(purpose), {
        bucketName: names.bucket(purpose),
        encryption: BucketEncryption.KMS,
        encryptionKey: key,
        bucketKeyEnabled: true,
        serverAccessLogsBucket: logs,
        serverAccessLogsPrefix: `${purpose}/`,
        lifecycleRules: [ABANDONED_UPLOADS, ...lifecycleRules],
        ...hardened,
        removalPolicy,
      });

    encrypted(
      'lake',
      [
        {
          id: 'bronze-cools',
          prefix: 'bronze/',
          transitions: [
            {
              storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
              transitionAfter: Duration.days(profile.bronzeCoolsAfterDays),
            },
          ],
        },
        expire('stage-is-unpublished', 3, 'stage/'),
        expire('runs', 90, 'runs/'),
      ],
      removalOfData(settings),
    );
    encrypted('athena', [expire('results', 7)], removalOfData(settings));
    const failures = encrypted('failures', [expire('failed-batches', 30)], removalOfData(settings));
    const landing = encrypted('landing', [expire('loaded-files', 90)], removalOfData(settings));
    this.#buckets = {
      landing: landing.node.defaultChild as CfnBucket,
      failures: failures.node.defaultChild as CfnBucket,
    };
  }

  /**
   * Tells the queue of every new object below the prefix. Through the bucket's own property: the L2's way would add a
   * Lambda of CDK's. S3 tests the permission when it is told of the queue, so the queue's policy comes first.
   */
  notify(purpose: 'landing' | 'failures', prefix: string, { queue, policy }: BucketQueue): void {
    const bucket = this.#buckets[purpose];
    const before = (bucket.notificationConfiguration ?? {}) as CfnBucket.NotificationConfigurationProperty;
    bucket.notificationConfiguration = {
      queueConfigurations: [
        ...((before.queueConfigurations ?? []) as CfnBucket.QueueConfigurationProperty[]),
        {
          event: 's3:ObjectCreated:*',
          queue: queue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
        },
      ],
    };
    bucket.addResourceDependency(policy);
  }
}

const hardened = {
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
} as const;
