/** ListMultipartUploads and ListParts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
import { between, invalidArgument, MOST } from '../failures.ts';
import { requireBucket, type S3 } from '../state.ts';
import { encoder, limitOf } from './listObjects.ts';
import { partsOf, requireUpload, type UploadInput } from './multipartUpload.ts';

/** The parts after a marker, at most so many; no marker is given back as 0, as AWS records it. */
export function listParts(
  s3: S3,
  input: UploadInput & { readonly MaxParts?: number; readonly PartNumberMarker?: string },
) {
  const upload = requireUpload(s3, input);
  const marker = Number(input.PartNumberMarker ?? 0);
  if (!Number.isInteger(marker) || marker < 0)
    throw between('part-number-marker', input.PartNumberMarker, 0, MOST);
  const limit = limitOf(input.MaxParts);
  const wanted = partsOf(s3, upload.id).filter(({ number }) => number > marker);
  const page = wanted.slice(0, limit);
  const owner = { ID: s3.context.accountId };
  return {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    Initiator: owner,
    Owner: owner,
    StorageClass: upload.meta.storageClass ?? 'STANDARD',
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: limit,
    IsTruncated: page.length < wanted.length,
    ...(upload.algorithm && { ChecksumAlgorithm: upload.algorithm, ChecksumType: upload.checksumType }),
    Parts: page.map((part) => ({
      PartNumber: part.number,
      LastModified: Math.floor(part.modifiedMs / 1000),
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...(part.checksum ? { [`Checksum${upload.algorithm}`]: part.checksum } : {}),
    })),
  };
}

interface ListUploadsInput {
  readonly Bucket: string;
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly EncodingType?: string;
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
  readonly MaxUploads?: number;
}

interface OpenUpload {
  readonly id: string;
  readonly key: string;
  readonly createdMs: number;
}

/**
 * Uploads by key, those of one key by their age; keys behind a delimiter as one prefix.
 * Source: LocalStack's recorded answers of TestS3ListMultipartUploads (2026-02-21).
 */
export function listMultipartUploads(s3: S3, input: ListUploadsInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const encode = encoder(input.EncodingType);
  const limit = limitOf(input.MaxUploads);
  const { Prefix: prefix = '', KeyMarker: keyMarker = '', Delimiter: delimiter } = input;
  const all = openUploads(s3, bucket.name);
  const wanted = after(all, keyMarker, keyMarker === '' ? undefined : input.UploadIdMarker).filter(
    ({ key }) => key.startsWith(prefix),
  );
  const prefixOf = (key: string): string | undefined => {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    return end < 0 ? undefined : key.slice(0, end + (delimiter as string).length);
  };
  const prefixes = new Set<string>();
  const uploads: OpenUpload[] = [];
  let isTruncated = false;
  for (const upload of wanted) {
    const common = prefixOf(upload.key);
    if (common !== undefined && (prefixes.has(common) || keyMarker.startsWith(common))) continue;
    if (uploads.length + prefixes.size === limit) {
      isTruncated = limit > 0;
      break;
    }
    if (common === undefined) uploads.push(upload);
    else prefixes.add(common);
  }
  const owner = { ID: s3.context.accountId };
  const last = uploads.at(-1);
  return {
    Bucket: bucket.name,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: keyMarker === '' ? '' : (input.UploadIdMarker ?? ''),
    NextKeyMarker: encode(last?.key ?? ''),
    NextUploadIdMarker: last?.id ?? '',
    MaxUploads: limit,
    IsTruncated: isTruncated,
    ...(prefix && { Prefix: encode(prefix) }),
    ...(delimiter && { Delimiter: encode(delimiter) }),
    ...(input.EncodingType && { EncodingType: input.EncodingType }),
    Uploads: uploads.map(({ id, key, createdMs }) => ({
      UploadId: id,
      Key: encode(key),
      Initiated: Math.floor(createdMs / 1000),
      Initiator: owner,
      Owner: owner,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: [...prefixes].map((common) => ({ Prefix: encode(common) })),
  };
}

const openUploads = (s3: S3, bucket: string): OpenUpload[] =>
  s3.index
    .sql('SELECT id, key, created_ms AS createdMs FROM uploads WHERE bucket = ? ORDER BY key, created_ms, id')
    .all(bucket) as unknown as OpenUpload[];

/**
 * What comes after the markers: after every upload of the key, or after the one of them that is named. One that has ended
 * since can't be passed over: then all that are left of its key come (again).
 */
function after(
  uploads: readonly OpenUpload[],
  keyMarker: string,
  idMarker: string | undefined,
): OpenUpload[] {
  const order = ({ key }: OpenUpload) => Buffer.compare(Buffer.from(key), Buffer.from(keyMarker));
  if (!idMarker) return uploads.filter((upload) => keyMarker === '' || order(upload) > 0);
  const marked = uploads.findIndex(({ id }) => id === idMarker);
  if (marked < 0) return uploads.filter((upload) => order(upload) >= 0);
  if (uploads[marked]?.key !== keyMarker)
    throw invalidArgument('Invalid uploadId marker', 'upload-id-marker', idMarker);
  return uploads.slice(marked + 1);
}
