/** The lake's own buckets, every prefix ageing as its content deserves. */
import { Aws, Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type CfnBucketPolicy,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ABANDONED_UPLOADS, expire, hardened, loggedBucket } from '../constructs/buckets.ts';
import { removalOfData, type Settings } from '../constructs/settings.ts';

export interface LakeBucketsProps {
  readonly settings: Settings;
  readonly key: IKey;
}

export class LakeBuckets extends Construct {
  readonly failures: CfnBucket;

  constructor(scope: Construct, id: string, { settings, key }: LakeBucketsProps) {
    super(scope, id);
    const { names, profile } = settings;
    const removalPolicy = removalOfData(settings);
    const logs = new Bucket(this, 'Logs', {
      bucketName: names.bucket('logs'),
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [ABANDONED_UPLOADS, expire('access-logs', 90)],
      ...hardened,
      removalPolicy,
    });
    logs.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BucketsOfThisAccountLog',
        principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [logs.arnForObjects('*')],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The bucket that receives the access logs; logging its own deliveries would never end.',
    });
    const common = { names, key, removalPolicy };
    const lake = loggedBucket(this, 'Lake', {
      ...common,
      bucketName: names.bucket('lake'),
      logPrefix: 'lake',
      versioned: true,
      lifecycleRules: [
        ...['bronze', 'delivered'].map((prefix) => ({
          id: `${prefix}-cools`,
          prefix: `${prefix}/`,
          transitions: [
            {
              storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
              transitionAfter: Duration.days(profile.bronzeCoolsAfterDays),
            },
          ],
        })),
        expire('stage-is-unpublished', 3, 'stage/'),
        expire('runs', 90, 'runs/'),
      ],
    });
    const athena = loggedBucket(this, 'Athena', {
      ...common,
      bucketName: names.bucket('athena'),
      logPrefix: 'athena',
      lifecycleRules: [expire('results', 7)],
    });
    this.failures = loggedBucket(this, 'Failures', {
      ...common,
      bucketName: names.bucket('failures'),
      logPrefix: 'failures',
      lifecycleRules: [expire('failed-batches', 30)],
    });
    const policy = logs.policy!.node.defaultChild as CfnBucketPolicy;
    for (const bucket of [lake, athena, this.failures]) bucket.addResourceDependency(policy);
  }
}
