/** PutObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
import { AwsError } from '../../../core/errors.ts';
import type { BodySource } from '../blobs.ts';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../checksums.ts';
import { badDigest, noSuchKey, preconditionFailed } from '../failures.ts';
import { putCurrent, requireBucket, requireKey, type S3 } from '../state.ts';
import type { ObjectMeta, ObjectRow } from '../store.ts';
import { parseTagging } from '../tags.ts';

/** Members that describe an object, as PutObject, CopyObject and CreateMultipartUpload take them. */
export interface MetaInput {
  readonly ACL?: string;
  readonly ContentType?: string;
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly Expires?: string;
  readonly Metadata?: Record<string, string>;
  readonly StorageClass?: string;
  /** `key=value&…`, percent-encoded. */
  readonly Tagging?: string;
}

/** What the sender says its bytes add up to. */
export interface ChecksumInput {
  readonly ChecksumAlgorithm?: ChecksumAlgorithm;
  readonly ChecksumCRC32?: string;
  readonly ChecksumCRC32C?: string;
  readonly ChecksumCRC64NVME?: string;
  readonly ChecksumSHA1?: string;
  readonly ChecksumSHA256?: string;
  /** Base64. */
  readonly ContentMD5?: string;
  /** Where the checksum follows the body: names in lower case (`x-amz-checksum-crc32`); read once the body was. */
  readonly Trailers?: Readonly<Record<string, string>>;
}

interface PutObjectInput extends MetaInput, ChecksumInput {
  readonly Bucket: string;
  readonly Key: string;
  /** A Buffer, chunks as they arrive, or a local file that is moved in. */
  readonly Body?: BodySource;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

export async function putObject(s3: S3, input: PutObjectInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const key = requireKey(input.Key);
  checkConditionsGiven(input);
  const meta = metaOf(input);
  const algorithm = algorithmOf(input);
  const written = await s3.blobs.write(input.Body ?? Buffer.alloc(0), key, algorithm);
  try {
    verifyDigests(input, algorithm, written);
  } catch (error) {
    s3.blobs.remove(written.name);
    throw error;
  }
  const row = putCurrent(
    s3,
    bucket.name,
    {
      key,
      blob: written.name,
      size: written.size,
      etag: written.md5,
      meta: algorithm
        ? { ...meta, checksum: { algorithm, value: written.checksum as string, type: 'FULL_OBJECT' } }
        : meta,
    },
    'ObjectCreated:Put',
    (current) => checkWriteConditions(input, key, current),
  );
  return { ETag: `"${row.etag}"`, ...versionOf(row), ...checksumMembers(row.meta.checksum) };
}

interface WriteConditions {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/**
 * Throws S3's `NotImplemented` for conditions that it does not take of a write.
 * Source: LocalStack's recorded answer test_copy_object_precondition_write_validation (2026-02-21).
 */
export function checkConditionsGiven({ IfMatch, IfNoneMatch }: WriteConditions): void {
  const refuse = (header: string, additionalMessage: string) =>
    new AwsError('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      status: 501,
      fields: { Header: header, additionalMessage },
    });
  const unfit = (header: string) =>
    refuse(header, `We don't accept the provided value of ${header} header for this API`);
  if (IfMatch !== undefined && IfNoneMatch !== undefined)
    throw refuse('If-Match,If-None-Match', 'Multiple conditional request headers present in the request');
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw unfit('If-None-Match');
  if (IfMatch === '*') throw unfit('If-Match');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function checkWriteConditions(
  input: WriteConditions,
  key: string,
  current: ObjectRow | undefined,
): void {
  if (input.IfNoneMatch === '*' && current) throw preconditionFailed('If-None-Match');
  if (input.IfMatch === undefined) return;
  if (!current) throw noSuchKey(key);
  if (input.IfMatch !== '*' && input.IfMatch.replaceAll('"', '') !== current.etag)
    throw preconditionFailed('If-Match');
}

const LARGEST_METADATA_BYTES = 2048;

/** What needs no access control list: they are off in every bucket of today's AWS. */
const WITHOUT_LISTS = ['private', 'bucket-owner-full-control'];

export function metaOf(input: MetaInput): ObjectMeta {
  const metadata = Object.fromEntries(
    Object.entries(input.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const bytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (bytes > LARGEST_METADATA_BYTES)
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      fields: { Size: bytes, MaxSizeAllowed: LARGEST_METADATA_BYTES },
    });
  if (input.ACL !== undefined && !WITHOUT_LISTS.includes(input.ACL))
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  return {
    contentType: input.ContentType ?? 'binary/octet-stream',
    cacheControl: input.CacheControl,
    contentDisposition: input.ContentDisposition,
    contentEncoding: input.ContentEncoding,
    contentLanguage: input.ContentLanguage,
    expires: input.Expires,
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    tags: input.Tagging ? parseTagging(input.Tagging) : undefined,
    storageClass: input.StorageClass === 'STANDARD' ? undefined : input.StorageClass,
  };
}

/** The algorithm whose checksum is computed while the bytes are written: the one that the sender gives or asks for. */
export function algorithmOf(input: ChecksumInput): ChecksumAlgorithm | undefined {
  const given = CHECKSUM_ALGORITHMS.find((algorithm) => input[`Checksum${algorithm}`] !== undefined);
  return given ?? input.ChecksumAlgorithm;
}

/** Throws `BadDigest` unless the bytes are those that the sender described. */
export function verifyDigests(
  input: ChecksumInput,
  algorithm: ChecksumAlgorithm | undefined,
  written: { readonly md5: string; readonly checksum?: string },
): void {
  if (input.ContentMD5 !== undefined) {
    const sent = Buffer.from(input.ContentMD5, 'base64');
    if (sent.length !== 16)
      throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.', {
        fields: { 'Content-MD5': input.ContentMD5 },
      });
    if (sent.toString('hex') !== written.md5)
      throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
        fields: {
          ExpectedDigest: input.ContentMD5,
          CalculatedDigest: Buffer.from(written.md5, 'hex').toString('base64'),
        },
      });
  }
  if (!algorithm) return;
  const sent = input[`Checksum${algorithm}`] ?? input.Trailers?.[`x-amz-checksum-${algorithm.toLowerCase()}`];
  if (sent === undefined && input.Trailers)
    throw new AwsError(
      'MalformedTrailerError',
      'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    );
  if (sent !== undefined && sent !== written.checksum) throw badDigest(algorithm);
}

export const checksumMembers = (checksum: ObjectMeta['checksum']) =>
  checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {};

/** A version is only named where a bucket has versions. */
export const versionOf = (row: ObjectRow) => (row.version === 'null' ? {} : { VersionId: row.version });
