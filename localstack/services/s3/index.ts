/** S3: buckets and objects over plain files, with AWS's conditions, checksums, versions, uploads, notifications and lifecycle. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Action, CloudContext, Service } from '../../core/service.ts';
import * as buckets from './actions/buckets.ts';
import { copyObject } from './actions/copyObject.ts';
import { deleteObject, deleteObjects } from './actions/deleteObject.ts';
import { getObject, headObject } from './actions/getObject.ts';
import { listObjects, listObjectsV2 } from './actions/listObjects.ts';
import { listObjectVersions } from './actions/listObjectVersions.ts';
import { listMultipartUploads, listParts } from './actions/listUploads.ts';
import * as uploads from './actions/multipartUpload.ts';
import { putObject } from './actions/putObject.ts';
import { createBlobs } from './blobs.ts';
import { violation } from './failures.ts';
import { inputs } from './inputs.ts';
import { applyLifecycle } from './lifecycle.ts';
import { createNotifications } from './notifications.ts';
import { bucketPolicyResource, bucketResource } from './resources.ts';
import { answerRest } from './rest/rest.ts';
import type { S3 } from './state.ts';
import { openObjectIndex } from './store.ts';

const DAY_MS = 86_400_000;

// biome-ignore lint/suspicious/noExplicitAny: each action narrows its own input.
type S3Action = (s3: S3, input: any) => unknown;

const ACTIONS: Readonly<Record<string, S3Action>> = {
  AbortMultipartUpload: uploads.abortMultipartUpload,
  CompleteMultipartUpload: uploads.completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: uploads.createMultipartUpload,
  DeleteBucket: buckets.deleteBucket,
  DeleteBucketLifecycle: buckets.deleteBucketLifecycle,
  DeleteBucketPolicy: buckets.deleteBucketPolicy,
  DeleteObject: deleteObject,
  DeleteObjectTagging: buckets.deleteObjectTagging,
  DeleteObjects: deleteObjects,
  GetBucketLifecycleConfiguration: buckets.getBucketLifecycleConfiguration,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketNotificationConfiguration: buckets.getBucketNotificationConfiguration,
  GetBucketPolicy: buckets.getBucketPolicy,
  GetBucketTagging: buckets.getBucketTagging,
  GetBucketVersioning: buckets.getBucketVersioning,
  GetObject: getObject,
  GetObjectTagging: buckets.getObjectTagging,
  HeadBucket: buckets.headBucket,
  HeadObject: headObject,
  ListBuckets: buckets.listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjectVersions: listObjectVersions,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutBucketLifecycleConfiguration: buckets.putBucketLifecycleConfiguration,
  PutBucketNotificationConfiguration: buckets.putBucketNotificationConfiguration,
  PutBucketPolicy: buckets.putBucketPolicy,
  PutBucketTagging: buckets.putBucketTagging,
  PutBucketVersioning: buckets.putBucketVersioning,
  PutObject: putObject,
  PutObjectTagging: buckets.putObjectTagging,
  UploadPart: uploads.uploadPart,
  UploadPartCopy: uploads.uploadPartCopy,
};

export function createS3(context: CloudContext): Service {
  const folder = join(context.stateDir, 's3');
  mkdirSync(folder, { recursive: true });
  const index = openObjectIndex(join(folder, 'index.sqlite'));
  const blobs = createBlobs(folder, context.log);
  const owned = index.blobNames();
  blobs.sweep((name) => owned.has(name));
  const notifications = createNotifications(context, index);
  const s3: S3 = { context, index, blobs, notifications };
  const signing = { clock: context.clock, startedAtMs: Date.now() };
  let cancelLifecycle = () => {};

  /** Rules take effect at midnight in UTC, as AWS rounds them. */
  function sweepDaily(): void {
    applyLifecycle(s3);
    cancelLifecycle = context.clock.after(DAY_MS - (context.clock.now() % DAY_MS), sweepDaily);
  }

  return {
    name: 's3',
    actions: Object.fromEntries(
      Object.entries(ACTIONS).map(([name, run]): [string, Action] => [name, (input) => run(s3, input)]),
    ),
    inputs,
    violated: violation,
    async handle(request, invoke, call) {
      const response = await answerRest(request, invoke, { accountId: call.accountId, signing });
      return { ...response, headers: { 'x-amz-request-id': call.requestId, ...response.headers } };
    },
    resources: { 'AWS::S3::Bucket': bucketResource(s3), 'AWS::S3::BucketPolicy': bucketPolicyResource(s3) },
    async start() {
      notifications.deliver();
      sweepDaily();
    },
    check: () => blobs.checkRead(),
    async stop() {
      cancelLifecycle();
      await notifications.stop();
      index.close();
    },
  };
}
