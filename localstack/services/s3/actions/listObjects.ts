/** ListObjectsV2, ListObjects and ListObjectVersions: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
import { invalidArgument } from '../failures.ts';
import type { KeyRange, ObjectRow } from '../objectIndex.ts';
import { requireBucket, type S3 } from '../state.ts';

interface ListInput {
  readonly Bucket: string;
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly MaxKeys?: number;
  readonly EncodingType?: string;
}

const MOST_KEYS = 1000;

function limitOf(maxKeys: number | undefined): number {
  if (maxKeys === undefined) return MOST_KEYS;
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw invalidArgument('Argument maxKeys must be an integer between 0 and 2147483647', 'maxKeys', maxKeys);
  return Math.min(maxKeys, MOST_KEYS);
}

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
function page(
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

const encoder = (type: string | undefined) => {
  if (type === undefined) return (text: string) => text;
  if (type !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return (text: string) => encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/');
};

const content = (row: ObjectRow, encode: (text: string) => string) => ({
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

/** Every version of every key, newest first within a key. A page ends between keys, never within one. */
export function listObjectVersions(s3: S3, input: ListInput & { readonly KeyMarker?: string }) {
  const bucket = requireBucket(s3, input.Bucket);
  const encode = encoder(input.EncodingType);
  const limit = limitOf(input.MaxKeys);
  const versionsOf = new Map<string, ObjectRow[]>();
  const keysOf = (range: KeyRange): ObjectRow[] => {
    const newest = new Map<string, ObjectRow>();
    for (const row of [
      ...s3.index.objects(bucket.name, range),
      ...s3.index.versions(bucket.name, { ...range, limit: Number.MAX_SAFE_INTEGER }),
    ]) {
      if (!newest.has(row.key)) newest.set(row.key, row);
      const known = versionsOf.get(row.key) ?? [];
      versionsOf.set(row.key, known);
      if (!known.some(({ seq }) => seq === row.seq)) known.push(row);
    }
    return [...newest.values()]
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
      .slice(0, range.limit);
  };
  const { rows, prefixes, next } = page(keysOf, {
    prefix: input.Prefix ?? '',
    delimiter: input.Delimiter,
    after: input.KeyMarker || undefined,
    limit,
  });
  const all = rows.flatMap((row) =>
    (versionsOf.get(row.key) ?? [])
      .toSorted((a, b) => b.seq - a.seq)
      .map((version, index) => ({ version, IsLatest: index === 0 })),
  );
  const described = (row: ObjectRow) => ({ VersionId: row.version, Owner: { ID: s3.context.accountId } });
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    KeyMarker: encode(input.KeyMarker ?? ''),
    VersionIdMarker: '',
    MaxKeys: limit,
    IsTruncated: next !== undefined,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(next === undefined ? {} : { NextKeyMarker: encode(next) }),
    Versions: all
      .filter(({ version }) => !version.deleteMarker)
      .map(({ version, IsLatest }) => ({ ...content(version, encode), IsLatest, ...described(version) })),
    DeleteMarkers: all
      .filter(({ version }) => version.deleteMarker)
      .map(({ version, IsLatest }) => ({
        Key: encode(version.key),
        LastModified: Math.floor(version.modifiedMs / 1000),
        IsLatest,
        ...described(version),
      })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}
