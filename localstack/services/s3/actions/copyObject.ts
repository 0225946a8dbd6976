/** CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
import { AwsError } from '../../../core/errors.ts';
import { invalidArgument, preconditionFailed } from '../failures.ts';
import type { ObjectRow } from '../objectIndex.ts';
import { putCurrent, requireBucket, requireKey, type S3 } from '../state.ts';
import { checkReadConditions, requireObject } from './getObject.ts';
import { checksumMembers, checkWriteConditions, type MetaInput, metaOf, versionOf } from './putObject.ts';

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
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

export function copyObject(s3: S3, input: CopyObjectInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const key = requireKey(input.Key);
  const source = copySource(s3, input);
  const replaces = input.MetadataDirective === 'REPLACE';
  const onItself = source.bucket === bucket.name && source.key === key;
  if (onItself && !replaces && input.StorageClass === undefined && source.version === 'null')
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's " +
        'metadata, storage class, website redirect location or encryption attributes.',
    );
  const asked = metaOf(input);
  const base = replaces ? asked : { ...source.meta, storageClass: asked.storageClass };
  const row = putCurrent(
    s3,
    bucket.name,
    {
      key,
      blob: s3.blobs.duplicate(source.blob, key),
      size: source.size,
      etag: source.etag,
      meta: {
        ...base,
        tags: input.TaggingDirective === 'REPLACE' ? asked.tags : source.meta.tags,
        checksum: source.meta.checksum,
      },
    },
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

/** The object that is copied, its conditions met; every condition that fails is a 412, as AWS records it. */
export function copySource(s3: S3, input: CopySourceInput): ObjectRow {
  const match = /^\/?([^/]+)\/(.+?)(?:\?versionId=([^&]+))?$/s.exec(input.CopySource);
  if (!match)
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      input.CopySource,
    );
  const source = requireObject(
    s3,
    requireBucket(s3, decodeURIComponent(match[1] as string)),
    decodeURIComponent(match[2] as string),
    match[3] === undefined ? undefined : decodeURIComponent(match[3]),
  );
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
  return source;
}
