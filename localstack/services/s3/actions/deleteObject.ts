/** DeleteObject and DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
import { AwsError } from '../../../core/errors.ts';
import { deleteCurrent, deleteVersion, requireBucket, requireKey, type S3 } from '../state.ts';
import type { ObjectRow } from '../store.ts';
import { checkWriteConditions } from './putObject.ts';

interface DeleteObjectInput {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
  readonly IfMatch?: string;
}

/** Deleting what is not there succeeds, as on AWS. */
export function deleteObject(s3: S3, input: DeleteObjectInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const key = requireKey(input.Key);
  const check = (row: ObjectRow | undefined) => checkWriteConditions(input, key, row);
  const deleted =
    input.VersionId === undefined
      ? deleteCurrent(s3, bucket, key, 'ObjectRemoved', check)
      : deleteVersion(s3, bucket, key, input.VersionId, check);
  return {
    ...(deleted.versionId === undefined ? {} : { VersionId: deleted.versionId }),
    ...(deleted.deleteMarker ? { DeleteMarker: true } : {}),
  };
}

interface DeleteObjectsInput {
  readonly Bucket: string;
  readonly Delete: {
    readonly Objects: ReadonlyArray<{ Key: string; VersionId?: string; ETag?: string }>;
    readonly Quiet?: boolean;
  };
}

export function deleteObjects(s3: S3, input: DeleteObjectsInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const { Objects: objects, Quiet: quiet } = input.Delete;
  const Deleted: unknown[] = [];
  const Errors: unknown[] = [];
  for (const { Key, VersionId, ETag: IfMatch } of objects) {
    try {
      const { DeleteMarker, VersionId: made } = deleteObject(s3, {
        Bucket: bucket.name,
        Key,
        VersionId,
        IfMatch,
      });
      Deleted.push({
        Key,
        ...(VersionId === undefined ? {} : { VersionId }),
        ...(DeleteMarker ? { DeleteMarker, DeleteMarkerVersionId: made } : {}),
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return { ...(quiet ? {} : { Deleted }), ...(Errors.length > 0 ? { Errors } : {}) };
}
