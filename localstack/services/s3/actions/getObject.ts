/** GetObject and HeadObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
import { readFileSync } from 'node:fs';
import { AwsError } from '../../../core/errors.ts';
import type { FileBody } from '../../../core/http.ts';
import { noSuchKey, preconditionFailed } from '../failures.ts';
import { requireBucket, requireKey, type S3 } from '../state.ts';
import type { BucketRow, ObjectRow } from '../store.ts';
import { checksumMembers, versionOf } from './putObject.ts';

interface GetObjectInput {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
  readonly Range?: string;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  /** Epoch seconds. */
  readonly IfModifiedSince?: number;
  /** Epoch seconds. */
  readonly IfUnmodifiedSince?: number;
  readonly ChecksumMode?: string;
  /** Gives `Body` as a part of a local file instead of a Buffer; for callers on this machine. */
  readonly BodyAsFile?: boolean;
}

/** `Body` is a Buffer, or a `FileBody` when `BodyAsFile` is set. */
export function getObject(
  s3: S3,
  input: GetObjectInput,
): Record<string, unknown> & { Body: Buffer | FileBody } {
  const { row, head, range } = describe(s3, input);
  checkBytes(s3, row);
  const path = s3.blobs.path(row.blob);
  const body =
    row.size === 0 && input.BodyAsFile !== true
      ? Buffer.alloc(0)
      : input.BodyAsFile
        ? { path, start: range.start, end: range.end }
        : readFileSync(path).subarray(range.start, range.end + 1);
  return { ...head, Body: body };
}

/** @throws DamagedStateError when the object's file does not hold what was stored */
export const checkBytes = (s3: S3, row: ObjectRow): void =>
  s3.blobs.check(row.blob, row.size, `s3://${row.bucket}/${row.key}`);

export const headObject = (s3: S3, input: GetObjectInput) => describe(s3, input).head;

interface Range {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

function describe(s3: S3, input: GetObjectInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const row = requireObject(s3, bucket, requireKey(input.Key), input.VersionId);
  checkReadConditions(input, row, s3.context.clock.now());
  const asked = input.Range === undefined ? undefined : parseRange(input.Range, row.size);
  const range = asked ?? { start: 0, end: row.size - 1 };
  const { meta } = row;
  const head = {
    AcceptRanges: 'bytes',
    LastModified: Math.floor(row.modifiedMs / 1000),
    ContentLength: range.end - range.start + 1,
    ETag: `"${row.etag}"`,
    ContentType: meta.contentType,
    CacheControl: meta.cacheControl,
    ContentDisposition: meta.contentDisposition,
    ContentEncoding: meta.contentEncoding,
    ContentLanguage: meta.contentLanguage,
    Expires: meta.expires,
    StorageClass: meta.storageClass,
    Metadata: meta.metadata ?? {},
    TagCount: meta.tags && Object.keys(meta.tags).length,
    ...(asked ? { ContentRange: `bytes ${asked.start}-${asked.end}/${row.size}` } : {}),
    ...(input.ChecksumMode === 'ENABLED' && !asked ? checksumMembers(meta.checksum) : {}),
    ...versionOf(row),
  };
  return { row, head, range };
}

/** The current object or the version asked for; `NoSuchKey`, `NoSuchVersion` or `MethodNotAllowed` for a delete marker. */
export function requireObject(s3: S3, bucket: BucketRow, key: string, version?: string): ObjectRow {
  const current = s3.index.object(bucket.name, key);
  if (version === undefined) {
    if (!current) throw noSuchKey(key);
    return current;
  }
  const row = current?.version === version ? current : s3.index.version(bucket.name, key, version);
  if (!row)
    throw new AwsError('NoSuchVersion', 'The specified version does not exist.', {
      status: 404,
      fields: { Key: key, VersionId: version },
    });
  if (row.deleteMarker)
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      status: 405,
      fields: { Method: 'GET', ResourceType: 'DeleteMarker' },
    });
  return row;
}

/** RFC 9110, 13.2.2 gives the order; S3 follows it, and ignores an If-Modified-Since that is in the future. */
export function checkReadConditions(
  input: Pick<GetObjectInput, 'IfMatch' | 'IfNoneMatch' | 'IfModifiedSince' | 'IfUnmodifiedSince'>,
  row: ObjectRow,
  nowMs: number,
): void {
  const modified = Math.floor(row.modifiedMs / 1000);
  const matches = (condition: string) =>
    condition.split(',').some((part) => ['*', row.etag].includes(part.trim().replaceAll('"', '')));
  if (input.IfMatch !== undefined) {
    if (!matches(input.IfMatch)) throw preconditionFailed('If-Match');
  } else if (input.IfUnmodifiedSince !== undefined && modified > input.IfUnmodifiedSince)
    throw preconditionFailed('If-Unmodified-Since');
  const notModified = () =>
    new AwsError('NotModified', 'Not Modified', {
      status: 304,
      fields: {
        ETag: `"${row.etag}"`,
        LastModified: modified,
        CacheControl: row.meta.cacheControl,
        Expires: row.meta.expires,
        ...versionOf(row),
      },
    });
  if (input.IfNoneMatch !== undefined) {
    if (matches(input.IfNoneMatch)) throw notModified();
  } else if (
    input.IfModifiedSince !== undefined &&
    modified <= input.IfModifiedSince &&
    input.IfModifiedSince * 1000 <= nowMs
  )
    throw notModified();
}

/** One range of bytes; undefined (the whole object) when it is not one that S3 understands. */
function parseRange(text: string, size: number): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text.trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[1] !== '' && match[2] !== '' && Number(match[2]) < Number(match[1])) return undefined;
  if (start >= size || (match[1] === '' && match[2] === '0'))
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', {
      status: 416,
      fields: { RangeRequested: text, ActualObjectSize: size },
    });
  return { start, end };
}
