/** DeleteObject and DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
import { AwsError } from '../../../core/errors.ts';
import { deleteCurrent, deleteVersion, requireBucket, requireKey, type S3 } from '../state.ts';
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
  const deleted =
    input.VersionId === undefined
      ? deleteCurrent(s3, bucket, key, 'ObjectRemoved', (current) =>
          checkWriteConditions(input, key, current),
        )
      : deleteVersion(s3, bucket, key, input.VersionId);
  return {
    ...(deleted.versionId === undefined ? {} : { VersionId: deleted.versionId }),
    ...(deleted.deleteMarker ? { DeleteMarker: true } : {}),
  };
}

const MOST_KEYS = 1000;

interface DeleteObjectsInput {
  readonly Bucket: string;
  readonly Delete: {
    readonly Objects: ReadonlyArray<{ Key: string; VersionId?: string }>;
    readonly Quiet?: boolean;
  };
}

export function deleteObjects(s3: S3, input: DeleteObjectsInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const { Objects: objects, Quiet: quiet } = input.Delete;
  if (objects.length === 0 || objects.length > MOST_KEYS)
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema: ' +
        `it names ${objects.length} objects; 1 to ${MOST_KEYS} are allowed`,
    );
  const Deleted: unknown[] = [];
  const Errors: unknown[] = [];
  for (const { Key, VersionId } of objects) {
    try {
      const { DeleteMarker, VersionId: made } = deleteObject(s3, { Bucket: bucket.name, Key, VersionId });
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
