/** CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
import { AwsError } from '../../../core/errors.ts';
import type { ChecksumAlgorithm } from '../checksums.ts';
import { invalidArgument, preconditionFailed } from '../failures.ts';
import { putCurrent, requireBucket, requireKey, type S3 } from '../state.ts';
import type { ObjectMeta, ObjectRow } from '../store.ts';
import { checkBytes, checkReadConditions, requireObject } from './getObject.ts';
import {
  algorithmOf,
  checkConditionsGiven,
  checksumMembers,
  checkWriteConditions,
  type MetaInput,
  metaOf,
  versionOf,
} from './putObject.ts';

export interface CopySourceInput {
  /** `bucket/key` or `/bucket/key`, percent-encoded, with `?versionId=…` at most. */
  readonly CopySource: string;
  readonly CopySourceIfMatch?: string;
  readonly CopySourceIfNoneMatch?: string;
  /** Epoch seconds. */
  readonly CopySourceIfModifiedSince?: number;
  /** Epoch seconds. */
  readonly CopySourceIfUnmodifiedSince?: number;
}

interface CopyObjectInput extends CopySourceInput, MetaInput {
  readonly Bucket: string;
  readonly Key: string;
  readonly MetadataDirective?: 'COPY' | 'REPLACE';
  readonly TaggingDirective?: 'COPY' | 'REPLACE';
  readonly ChecksumAlgorithm?: ChecksumAlgorithm;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

export async function copyObject(s3: S3, input: CopyObjectInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const key = requireKey(input.Key);
  checkConditionsGiven(input);
  const source = copySource(s3, input);
  const replaces = input.MetadataDirective === 'REPLACE';
  const onItself = source.bucket === bucket.name && source.key === key;
  if (onItself && !replaces && input.StorageClass === undefined && !addressIn(input.CopySource).version)
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's " +
        'metadata, storage class, website redirect location or encryption attributes.',
    );
  const asked = metaOf(input);
  const base = replaces ? asked : { ...source.meta, storageClass: asked.storageClass };
  const tags = input.TaggingDirective === 'REPLACE' ? asked.tags : source.meta.tags;
  const algorithm = algorithmOf({ ChecksumAlgorithm: input.ChecksumAlgorithm });
  const blob = s3.blobs.duplicate(source.blob, key);
  const { etag, checksum } = await digestsOfCopy(s3, source, blob, algorithm);
  const row = putCurrent(
    s3,
    bucket.name,
    { key, blob, size: source.size, etag, meta: { ...base, tags, checksum } },
    'ObjectCreated:Copy',
    (current) => checkWriteConditions(input, key, current),
  );
  return {
    CopyObjectResult: {
      ETag: `"${row.etag}"`,
      LastModified: Math.floor(row.modifiedMs / 1000),
      ...checksumMembers(row.meta.checksum),
    },
    ...(source.version === 'null' ? {} : { CopySourceVersionId: source.version }),
    ...versionOf(row),
  };
}

/**
 * A copy is one object, in however many parts its source was sent: its ETag is the MD5 of its bytes, its checksum that of
 * the whole. Source: LocalStack's recorded answers test_multipart_copy_object_etag, test_s3_copy_object_with_checksum and
 * test_complete_multipart_parts_checksum_composite (2026-02-21).
 */
async function digestsOfCopy(
  s3: S3,
  source: ObjectRow,
  blob: string,
  asked: ChecksumAlgorithm | undefined,
): Promise<{ etag: string; checksum: ObjectMeta['checksum'] }> {
  const known = source.meta.checksum;
  const algorithm = asked ?? known?.algorithm;
  if (!source.etag.includes('-') && algorithm === known?.algorithm)
    return { etag: source.etag, checksum: known };
  try {
    const { md5, checksum } = await s3.blobs.digest(blob, algorithm);
    return {
      etag: md5,
      checksum: algorithm && { algorithm, value: checksum as string, type: 'FULL_OBJECT' },
    };
  } catch (error) {
    s3.blobs.remove(blob);
    throw error;
  }
}

/** The object that is copied, its conditions met; every condition that fails is a 412, as AWS records it. */
export function copySource(s3: S3, input: CopySourceInput): ObjectRow {
  const source = sourceObject(s3, addressIn(input.CopySource));
  try {
    checkReadConditions(
      {
        IfMatch: input.CopySourceIfMatch,
        IfNoneMatch: input.CopySourceIfNoneMatch,
        IfModifiedSince: input.CopySourceIfModifiedSince,
        IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
      },
      source,
      s3.context.clock.now(),
    );
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const condition =
      (error.fields.Condition as string | undefined) ??
      (input.CopySourceIfNoneMatch === undefined ? 'If-Modified-Since' : 'If-None-Match');
    throw preconditionFailed(`x-amz-copy-source-${condition}`);
  }
  checkBytes(s3, source);
  return source;
}

/** Source of the words: LocalStack's recorded answer test_s3_copy_object_wrong_format (2026-02-21). */
function addressIn(copySource: string): { bucket: string; key: string; version: string | undefined } {
  const [, bucket, key, version] = /^\/?([^/]+)\/(.+?)(?:\?versionId=([^&]+))?$/s.exec(copySource) ?? [];
  if (bucket === undefined || key === undefined)
    throw invalidArgument('Invalid copy source object key', 'x-amz-copy-source', 'x-amz-copy-source');
  try {
    return {
      bucket: decodeURIComponent(bucket),
      key: decodeURIComponent(key),
      version: version && decodeURIComponent(version),
    };
  } catch {
    throw invalidArgument('Invalid copy source encoding.', 'x-amz-copy-source', 'x-amz-copy-source');
  }
}

/** Source of the refusal: LocalStack's recorded answer test_s3_copy_object_src_not_exists (2023-10-26). */
function sourceObject(s3: S3, { bucket, key, version }: ReturnType<typeof addressIn>): ObjectRow {
  try {
    return requireObject(s3, requireBucket(s3, bucket), key, version);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'MethodNotAllowed') throw error;
    throw new AwsError(
      'InvalidRequest',
      'The source of a copy request may not specifically refer to a delete marker by version id.',
      { cause: error },
    );
  }
}
