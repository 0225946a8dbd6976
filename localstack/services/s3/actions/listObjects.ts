/** ListObjectsV2 and ListObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
import { invalidArgument } from '../failures.ts';
import { requireBucket, type S3 } from '../state.ts';
import type { KeyRange, ObjectRow } from '../store.ts';

export interface ListInput {
  readonly Bucket: string;
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly MaxKeys?: number;
  readonly EncodingType?: string;
}

const MOST_KEYS = 1000;

/** How many a page has at most: what was asked for, and never more than S3 gives. */
export const limitOf = (asked: number | undefined): number => Math.min(asked ?? MOST_KEYS, MOST_KEYS);

interface Page {
  readonly rows: readonly ObjectRow[];
  readonly prefixes: readonly string[];
  /** The last key or common prefix of the page, when there is more after it. */
  readonly next?: string;
}

/**
 * One page of keys and common prefixes in order, together at most `limit`. A common prefix counts once; the keys
 * behind it are skipped, not read.
 */
export function page(
  read: (range: KeyRange) => ObjectRow[],
  { prefix, delimiter, after, limit }: { prefix: string; delimiter?: string; after?: string; limit: number },
): Page {
  const rows: ObjectRow[] = [];
  const prefixes: string[] = [];
  if (limit === 0) return { rows, prefixes };
  const commonPrefix = (key: string): string | undefined => {
    if (!delimiter) return undefined;
    const end = key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  };
  let last: string | undefined;
  let position: Pick<KeyRange, 'after' | 'afterPrefix'> =
    after !== undefined && commonPrefix(after) === after ? { afterPrefix: after } : { after };
  for (;;) {
    const batch = read({ prefix, ...position, limit: limit - rows.length - prefixes.length + 1 });
    let skip: string | undefined;
    for (const row of batch) {
      const common = commonPrefix(row.key);
      if (common !== undefined && after?.startsWith(common)) {
        skip = common;
        break;
      }
      if (rows.length + prefixes.length === limit) return { rows, prefixes, next: last };
      if (common === undefined) {
        rows.push(row);
        last = row.key;
        position = { after: row.key };
      } else {
        prefixes.push(common);
        last = common;
        skip = common;
        break;
      }
    }
    if (skip === undefined) return { rows, prefixes };
    position = { afterPrefix: skip };
  }
}

/** How names are written: `EncodingType` is `url` or absent. */
export const encoder = (type: string | undefined) => (text: string) =>
  type === undefined ? text : encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/');

export const content = (row: ObjectRow, encode: (text: string) => string) => ({
  Key: encode(row.key),
  LastModified: Math.floor(row.modifiedMs / 1000),
  ETag: `"${row.etag}"`,
  ...(row.meta.checksum
    ? { ChecksumAlgorithm: [row.meta.checksum.algorithm], ChecksumType: row.meta.checksum.type }
    : {}),
  Size: row.size,
  StorageClass: row.meta.storageClass ?? 'STANDARD',
});

export function listObjectsV2(
  s3: S3,
  input: ListInput & {
    readonly ContinuationToken?: string;
    readonly StartAfter?: string;
    readonly FetchOwner?: boolean;
  },
) {
  const bucket = requireBucket(s3, input.Bucket);
  const encode = encoder(input.EncodingType);
  const limit = limitOf(input.MaxKeys);
  if (input.ContinuationToken === '')
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', '');
  const { rows, prefixes, next } = page((range) => s3.index.objects(bucket.name, range), {
    prefix: input.Prefix ?? '',
    delimiter: input.Delimiter,
    after: input.ContinuationToken
      ? Buffer.from(input.ContinuationToken, 'base64').toString('utf8')
      : input.StartAfter,
    limit,
  });
  const owner = { Owner: { ID: s3.context.accountId } };
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    MaxKeys: limit,
    KeyCount: rows.length + prefixes.length,
    IsTruncated: next !== undefined,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(input.ContinuationToken ? { ContinuationToken: input.ContinuationToken } : {}),
    ...(input.StartAfter ? { StartAfter: encode(input.StartAfter) } : {}),
    ...(next === undefined ? {} : { NextContinuationToken: Buffer.from(next).toString('base64') }),
    Contents: rows.map((row) => ({ ...content(row, encode), ...(input.FetchOwner ? owner : {}) })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

export function listObjects(s3: S3, input: ListInput & { readonly Marker?: string }) {
  const bucket = requireBucket(s3, input.Bucket);
  const encode = encoder(input.EncodingType);
  const limit = limitOf(input.MaxKeys);
  const { rows, prefixes, next } = page((range) => s3.index.objects(bucket.name, range), {
    prefix: input.Prefix ?? '',
    delimiter: input.Delimiter,
    after: input.Marker || undefined,
    limit,
  });
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    Marker: encode(input.Marker ?? ''),
    MaxKeys: limit,
    IsTruncated: next !== undefined,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(next !== undefined && input.Delimiter ? { NextMarker: encode(next) } : {}),
    Contents: rows.map((row) => ({ ...content(row, encode), Owner: { ID: s3.context.accountId } })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}
