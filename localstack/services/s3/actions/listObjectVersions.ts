/** ListObjectVersions: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
import { invalidArgument } from '../failures.ts';
import { requireBucket, type S3 } from '../state.ts';
import type { KeyRange, ObjectRow } from '../store.ts';
import { content, encoder, type ListInput, limitOf, page } from './listObjects.ts';

interface ListVersionsInput extends ListInput {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

/** A version, or a prefix that stands for many. */
type Entry =
  | { readonly name: string; readonly version: ObjectRow; readonly isLatest: boolean }
  | { readonly name: string; readonly version?: undefined };

/**
 * Every version of every key, newest first within a key; a page may end within one.
 * Source: LocalStack's recorded answers of TestS3ListObjectVersions (2026-02-21).
 */
export function listObjectVersions(s3: S3, input: ListVersionsInput) {
  const bucket = requireBucket(s3, input.Bucket);
  const encode = encoder(input.EncodingType);
  const limit = limitOf(input.MaxKeys);
  const { entries, next } = pageOfVersions(s3, bucket.name, input, limit);
  const owner = { ID: s3.context.accountId };
  const versions = entries.filter((entry) => entry.version !== undefined);
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    KeyMarker: encode(input.KeyMarker ?? ''),
    VersionIdMarker: input.VersionIdMarker ?? '',
    MaxKeys: limit,
    IsTruncated: next !== undefined,
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(next && { NextKeyMarker: encode(next.name), NextVersionIdMarker: next.version?.version }),
    Versions: versions
      .filter(({ version }) => !version.deleteMarker)
      .map(({ version, isLatest }) => ({
        ...content(version, encode),
        IsLatest: isLatest,
        VersionId: version.version,
        Owner: owner,
      })),
    DeleteMarkers: versions
      .filter(({ version }) => version.deleteMarker)
      .map(({ version, isLatest }) => ({
        Key: encode(version.key),
        LastModified: Math.floor(version.modifiedMs / 1000),
        IsLatest: isLatest,
        VersionId: version.version,
        Owner: owner,
      })),
    CommonPrefixes: entries
      .filter((entry) => entry.version === undefined)
      .map(({ name }) => ({ Prefix: encode(name) })),
  };
}

/** At most `limit` entries after the markers, and the last of them when there are more. */
function pageOfVersions(
  s3: S3,
  bucket: string,
  input: ListVersionsInput,
  limit: number,
): { readonly entries: readonly Entry[]; readonly next?: Entry } {
  if (limit === 0) return { entries: [] };
  const { Prefix: prefix = '', Delimiter: delimiter, KeyMarker: keyMarker } = input;
  const versionsOf = new Map<string, ObjectRow[]>();
  const { rows, prefixes, next } = page((range) => keysIn(s3, bucket, range, versionsOf), {
    prefix,
    delimiter,
    after: keyMarker || undefined,
    limit,
  });
  const all: Entry[] = [
    ...restOfKey(s3, bucket, input),
    ...[
      ...rows.flatMap((row) => entriesOf(versionsOf.get(row.key) ?? [])),
      ...prefixes.map((name): Entry => ({ name })),
    ].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
  ];
  const entries = all.slice(0, limit);
  const isCut = next !== undefined || entries.length < all.length;
  return { entries, next: isCut ? entries.at(-1) : undefined };
}

/** Keys of a range that have an object or versions, each with all that it has. */
function keysIn(s3: S3, bucket: string, range: KeyRange, versionsOf: Map<string, ObjectRow[]>): ObjectRow[] {
  const newest = new Map<string, ObjectRow>();
  for (const row of [
    ...s3.index.objects(bucket, range),
    ...s3.index.versions(bucket, { ...range, limit: Number.MAX_SAFE_INTEGER }),
  ]) {
    if (!newest.has(row.key)) newest.set(row.key, row);
    const known = versionsOf.get(row.key) ?? [];
    versionsOf.set(row.key, known);
    if (!known.some(({ seq }) => seq === row.seq)) known.push(row);
  }
  return [...newest.values()]
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    .slice(0, range.limit);
}

const entriesOf = (versions: readonly ObjectRow[]): Entry[] =>
  versions
    .toSorted((a, b) => b.seq - a.seq)
    .map((version, index) => ({ name: version.key, version, isLatest: index === 0 }));

/**
 * What a key has after the version that a page ended with. When that version is gone, nobody knows what came after it:
 * then all that are left come (again), so that a bucket can be emptied page by page.
 */
function restOfKey(s3: S3, bucket: string, input: ListVersionsInput): Entry[] {
  const { KeyMarker: key, VersionIdMarker: marker } = input;
  if (marker === undefined || marker === '') return [];
  if (!key)
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      marker,
    );
  const current = s3.index.object(bucket, key);
  const older = s3.index
    .versions(bucket, { prefix: key, limit: Number.MAX_SAFE_INTEGER })
    .filter((row) => row.key === key);
  const entries = entriesOf(current ? [current, ...older] : older);
  return entries.slice(entries.findIndex(({ version }) => version?.version === marker) + 1);
}
