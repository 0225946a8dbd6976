/** Multipart uploads: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { BodySource } from '../blobs.ts';
import { type ChecksumAlgorithm, createHasher } from '../checksums.ts';
import { badDigest, invalidArgument, noSuchUpload } from '../failures.ts';
import type { ObjectMeta } from '../objectIndex.ts';
import { putCurrent, requireBucket, requireKey, type S3 } from '../state.ts';
import { type CopySourceInput, copySource } from './copyObject.ts';
import {
  algorithmOf,
  type ChecksumInput,
  checksumMembers,
  checkWriteConditions,
  type MetaInput,
  metaOf,
  verifyDigests,
  versionOf,
} from './putObject.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;
const MOST_PARTS = 10_000;

type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

interface UploadDetail {
  readonly meta: ObjectMeta;
  readonly algorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

interface Upload extends UploadDetail {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
}

interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly blob: string;
  readonly modifiedMs: number;
  readonly checksum?: string;
}

interface UploadInput {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

export function createMultipartUpload(
  s3: S3,
  input: MetaInput & {
    readonly Bucket: string;
    readonly Key: string;
    readonly ChecksumAlgorithm?: ChecksumAlgorithm;
    readonly ChecksumType?: ChecksumType;
  },
) {
  const bucket = requireBucket(s3, input.Bucket);
  const key = requireKey(input.Key);
  const id = randomBytes(48).toString('base64url');
  const algorithm = algorithmOf({ ChecksumAlgorithm: input.ChecksumAlgorithm });
  const checksumType = algorithm && (input.ChecksumType ?? defaultType(algorithm));
  const detail: UploadDetail = { meta: metaOf(input), algorithm, checksumType };
  s3.index
    .sql('INSERT INTO uploads VALUES (?,?,?,?,?)')
    .run(id, bucket.name, key, s3.context.clock.now(), JSON.stringify(detail));
  return {
    Bucket: bucket.name,
    Key: key,
    UploadId: id,
    ...(algorithm ? { ChecksumAlgorithm: algorithm, ChecksumType: checksumType } : {}),
  };
}

const defaultType = (algorithm: ChecksumAlgorithm): ChecksumType =>
  algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';

function requireUpload(s3: S3, input: UploadInput): Upload {
  const bucket = requireBucket(s3, input.Bucket);
  const row = s3.index
    .sql('SELECT id, bucket, key, detail FROM uploads WHERE id = ? AND bucket = ? AND key = ?')
    .get(input.UploadId, bucket.name, input.Key);
  if (!row) throw noSuchUpload(input.UploadId);
  return {
    id: row.id as string,
    bucket: bucket.name,
    key: row.key as string,
    ...(JSON.parse(row.detail as string) as UploadDetail),
  };
}

const partsOf = (s3: S3, upload: string): Part[] =>
  s3.index
    .sql(
      'SELECT number, size, etag, blob, modified_ms AS modifiedMs, checksum FROM parts WHERE upload = ? ORDER BY number',
    )
    .all(upload)
    .map((row) => ({ ...row, checksum: row.checksum ?? undefined }) as unknown as Part);

export async function uploadPart(
  s3: S3,
  input: UploadInput & ChecksumInput & { readonly PartNumber: number; readonly Body?: BodySource },
) {
  const upload = requireUpload(s3, input);
  const part = await storePart(s3, upload, input.PartNumber, input.Body ?? Buffer.alloc(0), input);
  return {
    ETag: `"${part.etag}"`,
    ...(part.checksum ? { [`Checksum${upload.algorithm}`]: part.checksum } : {}),
  };
}

export async function uploadPartCopy(
  s3: S3,
  input: UploadInput & CopySourceInput & { readonly PartNumber: number; readonly CopySourceRange?: string },
) {
  const upload = requireUpload(s3, input);
  const source = copySource(s3, input);
  const range = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange ?? `bytes=0-${source.size - 1}`);
  if (!range || Number(range[2]) >= source.size)
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${source.size}`,
      'x-amz-copy-source-range',
      input.CopySourceRange,
    );
  const bytes = createReadStream(s3.blobs.path(source.blob), {
    start: Number(range[1]),
    end: Number(range[2]),
  });
  const part = await storePart(s3, upload, input.PartNumber, bytes, {});
  return {
    CopyPartResult: { ETag: `"${part.etag}"`, LastModified: Math.floor(part.modifiedMs / 1000) },
  };
}

async function storePart(
  s3: S3,
  upload: Upload,
  number: number,
  body: BodySource,
  sent: ChecksumInput,
): Promise<Part> {
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS)
    throw invalidArgument(
      `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`,
      'partNumber',
      number,
    );
  const algorithm = algorithmOf(sent) ?? upload.algorithm;
  const written = await s3.blobs.write(body, upload.key, algorithm);
  let replaced: Part | undefined;
  const part: Part = {
    number,
    size: written.size,
    etag: written.md5,
    blob: written.name,
    modifiedMs: s3.context.clock.now(),
    checksum: algorithm === upload.algorithm ? written.checksum : undefined,
  };
  try {
    verifyDigests(sent, algorithm, written);
    s3.index.transaction(() => {
      requireUpload(s3, { Bucket: upload.bucket, Key: upload.key, UploadId: upload.id });
      replaced = partsOf(s3, upload.id).find((known) => known.number === number);
      s3.index
        .sql('INSERT OR REPLACE INTO parts VALUES (?,?,?,?,?,?,?)')
        .run(upload.id, number, part.size, part.etag, part.blob, part.modifiedMs, part.checksum ?? null);
    });
  } catch (error) {
    s3.blobs.remove(written.name);
    throw error;
  }
  if (replaced) s3.blobs.remove(replaced.blob);
  return part;
}

interface CompleteInput extends UploadInput, ChecksumInput {
  readonly MultipartUpload?: { readonly Parts?: ReadonlyArray<{ PartNumber: number; ETag: string }> };
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  /** What the whole object should measure, in bytes. */
  readonly MpuObjectSize?: number | string;
}

export async function completeMultipartUpload(s3: S3, input: CompleteInput) {
  const upload = requireUpload(s3, input);
  if (input.IfNoneMatch !== undefined && input.IfNoneMatch !== '*')
    throw new NotEmulatedError(
      's3',
      `If-None-Match of ${input.IfNoneMatch} (only * can be used with an upload)`,
    );
  const stored = partsOf(s3, upload.id);
  const parts = chosenParts(input, stored);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== size)
    throw new AwsError(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    );
  const etag = createHash('md5');
  for (const part of parts) etag.update(part.etag, 'hex');
  const written = await s3.blobs.write(
    concatenation(parts.map((part) => s3.blobs.path(part.blob))),
    upload.key,
    upload.checksumType === 'FULL_OBJECT' ? upload.algorithm : undefined,
  );
  const checksum = checksumOf(upload, parts, written.checksum);
  const bucket = requireBucket(s3, input.Bucket);
  try {
    const sent = checksum && input[`Checksum${checksum.algorithm}`];
    if (sent !== undefined && sent !== checksum?.value) throw badDigest(String(upload.algorithm));
  } catch (error) {
    s3.blobs.remove(written.name);
    throw error;
  }
  const row = putCurrent(
    s3,
    bucket.name,
    {
      key: upload.key,
      blob: written.name,
      size: written.size,
      etag: `${etag.digest('hex')}-${parts.length}`,
      meta: { ...upload.meta, checksum },
    },
    'ObjectCreated:CompleteMultipartUpload',
    (current) => {
      requireUpload(s3, input);
      checkWriteConditions(input, upload.key, current);
      forget(s3, upload.id);
    },
  );
  for (const part of stored) s3.blobs.remove(part.blob);
  return {
    Location: `${s3.context.endpoint()}/${bucket.name}/${upload.key}`,
    Bucket: bucket.name,
    Key: upload.key,
    ETag: `"${row.etag}"`,
    ...checksumMembers(checksum),
    ...versionOf(row),
  };
}

function chosenParts(input: CompleteInput, stored: readonly Part[]): Part[] {
  const listed = input.MultipartUpload?.Parts ?? [];
  if (listed.length === 0) throw new AwsError('InvalidRequest', 'You must specify at least one part');
  if (listed.some(({ PartNumber }, index) => index > 0 && PartNumber <= (listed[index - 1]?.PartNumber ?? 0)))
    throw new AwsError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
      { fields: { UploadId: input.UploadId } },
    );
  return listed.map(({ PartNumber, ETag }, index) => {
    const part = stored.find(({ number }) => number === PartNumber);
    if (!part || part.etag !== ETag.replaceAll('"', ''))
      throw new AwsError(
        'InvalidPart',
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { fields: { UploadId: input.UploadId, PartNumber, ETag: ETag.replaceAll('"', '') } },
      );
    if (part.size < SMALLEST_PART_BYTES && index < listed.length - 1)
      throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        fields: { ProposedSize: part.size, MinSizeAllowed: SMALLEST_PART_BYTES, PartNumber, ETag: part.etag },
      });
    return part;
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumOf(
  upload: Upload,
  parts: readonly Part[],
  whole: string | undefined,
): ObjectMeta['checksum'] {
  const { algorithm, checksumType: type } = upload;
  if (!algorithm || !type) return undefined;
  if (type === 'FULL_OBJECT') return { algorithm, type, value: whole as string };
  const hasher = createHasher(algorithm);
  for (const part of parts) hasher.update(Buffer.from(part.checksum ?? '', 'base64'));
  return { algorithm, type, value: `${hasher.digest()}-${parts.length}` };
}

async function* concatenation(paths: readonly string[]): AsyncIterable<Buffer> {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 1024 * 1024 });
}

function forget(s3: S3, upload: string): void {
  s3.index.sql('DELETE FROM parts WHERE upload = ?').run(upload);
  s3.index.sql('DELETE FROM uploads WHERE id = ?').run(upload);
}

export function abortMultipartUpload(s3: S3, input: UploadInput) {
  const upload = requireUpload(s3, input);
  const parts = partsOf(s3, upload.id);
  s3.index.transaction(() => forget(s3, upload.id));
  for (const part of parts) s3.blobs.remove(part.blob);
  return {};
}

export function listParts(s3: S3, input: UploadInput) {
  const upload = requireUpload(s3, input);
  return {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    StorageClass: upload.meta.storageClass ?? 'STANDARD',
    MaxParts: MOST_PARTS,
    IsTruncated: false,
    Parts: partsOf(s3, upload.id).map((part) => ({
      PartNumber: part.number,
      LastModified: Math.floor(part.modifiedMs / 1000),
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...(part.checksum ? { [`Checksum${upload.algorithm}`]: part.checksum } : {}),
    })),
  };
}

export function listMultipartUploads(s3: S3, input: { readonly Bucket: string; readonly Prefix?: string }) {
  const bucket = requireBucket(s3, input.Bucket);
  const rows = s3.index
    .sql('SELECT id, key, created_ms FROM uploads WHERE bucket = ? ORDER BY key, created_ms')
    .all(bucket.name)
    .filter((row) => (row.key as string).startsWith(input.Prefix ?? ''));
  return {
    Bucket: bucket.name,
    Prefix: input.Prefix ?? '',
    MaxUploads: rows.length,
    IsTruncated: false,
    Uploads: rows.map((row) => ({
      UploadId: row.id,
      Key: row.key,
      Initiated: Math.floor((row.created_ms as number) / 1000),
      StorageClass: 'STANDARD',
    })),
  };
}

/** Uploads that were begun before `beforeMs` and are still open. */
export const staleUploads = (s3: S3, bucket: string, prefix: string, beforeMs: number): UploadInput[] =>
  s3.index
    .sql('SELECT id, key FROM uploads WHERE bucket = ? AND created_ms < ?')
    .all(bucket, beforeMs)
    .filter((row) => (row.key as string).startsWith(prefix))
    .map((row) => ({ Bucket: bucket, Key: row.key as string, UploadId: row.id as string }));
