/** Buckets of the lake: encrypted, TLS only, shut to the public, with their accesses logged. */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Names } from '../model/layout.ts';
import type { BucketQueue } from './queues.ts';

export const ABANDONED_UPLOADS: LifecycleRule = {
  id: 'abandoned-uploads',
  abortIncompleteMultipartUploadAfter: Duration.days(1),
};

export const expire = (id: string, days: number, prefix?: string): LifecycleRule => ({
  id,
  expiration: Duration.days(days),
  ...(prefix && { prefix }),
});

export const hardened = {
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
} as const;

export interface LoggedBucketProps {
  readonly names: Names;
  readonly key: IKey;
  readonly bucketName: string;
  /** Prefix of its access logs. */
  readonly logPrefix: string;
  readonly lifecycleRules: readonly LifecycleRule[];
  readonly removalPolicy: RemovalPolicy;
  /** Whether what is overwritten or deleted is kept for a week. @default false */
  readonly versioned?: boolean;
}

/** What was overwritten or deleted goes after a week, and so does a mark of a deletion that hides nothing. */
const FORMER_VERSIONS: LifecycleRule = {
  id: 'former-versions',
  noncurrentVersionExpiration: Duration.days(7),
  expiredObjectDeleteMarker: true,
};

/** A bucket whose accesses are logged in the lake's bucket of logs, which lets every bucket of the account write there. */
export function loggedBucket(scope: Construct, id: string, props: LoggedBucketProps): CfnBucket {
  const bucket = new Bucket(scope, id, {
    bucketName: props.bucketName,
    encryption: BucketEncryption.KMS,
    encryptionKey: props.key,
    bucketKeyEnabled: true,
    versioned: props.versioned ?? false,
    lifecycleRules: [
      ABANDONED_UPLOADS,
      ...(props.versioned ? [FORMER_VERSIONS] : []),
      ...props.lifecycleRules,
    ],
    ...hardened,
    removalPolicy: props.removalPolicy,
  }).node.defaultChild as CfnBucket;
  bucket.loggingConfiguration = {
    destinationBucketName: props.names.bucket('logs'),
    logFilePrefix: `${props.logPrefix}/`,
  };
  return bucket;
}

/** Sends every event of the bucket to EventBridge, which unlike a queue or topic gets no test message from S3. */
export function notifyEventBridge(bucket: CfnBucket): void {
  bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
}

/**
 * Tells the queue of every new object under the prefix. Through the bucket's own property: the L2's way would add a
 * Lambda of CDK's. S3 tests the permission when the queue is configured, so the queue's policy comes first.
 */
export function notify(bucket: CfnBucket, prefix: string, { queue, policy }: BucketQueue): void {
  bucket.notificationConfiguration = {
    queueConfigurations: [
      {
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      },
    ],
  };
  bucket.addResourceDependency(policy);
}
