/** The lake's objects: listing a folder, and looking into one, as far as a person wants to read it. */
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { LakeContext } from './context.ts';

/** Buckets that hold what a study's data becomes; each study has a landing bucket of its own. */
export type BrowsableBucket = 'lake' | 'landing' | 'athena' | 'failures';

const bucketName = ({ names }: LakeContext['target'], study: string, bucket: BrowsableBucket) =>
  bucket === 'landing' ? names.landingBucket(study) : names.bucket(bucket);

export interface ObjectEntry {
  readonly key: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly writtenAt: string;
}

export interface ObjectListing {
  readonly bucket: string;
  readonly prefix: string;
  /** Prefixes below this one. */
  readonly folders: readonly string[];
  readonly objects: readonly ObjectEntry[];
  /** Token of the next page of 1,000; absent after the last one. */
  readonly next?: string;
}

export interface ListingOptions {
  /** `next` of the page before. */
  readonly token?: string | undefined;
  /** Objects of all folders below the prefix, and no folders. @default false */
  readonly recursive?: boolean;
}

export async function listObjects(
  { target }: LakeContext,
  study: string,
  purpose: BrowsableBucket,
  prefix: string,
  { token, recursive }: ListingOptions = {},
): Promise<ObjectListing> {
  const bucket = bucketName(target, study, purpose);
  const {
    Contents = [],
    CommonPrefixes = [],
    NextContinuationToken,
  } = await target.clients.s3.send(
    new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ...(!recursive && { Delimiter: '/' }),
      ...(token && { ContinuationToken: token }),
    }),
  );
  return {
    bucket,
    prefix,
    folders: CommonPrefixes.map(({ Prefix }) => Prefix!),
    objects: Contents.filter(({ Key }) => Key !== prefix).map(({ Key, Size, LastModified }) => ({
      key: Key!,
      bytes: Size ?? 0,
      writtenAt: LastModified!.toISOString(),
    })),
    ...(NextContinuationToken && { next: NextContinuationToken }),
  };
}

export interface ObjectPreview {
  readonly key: string;
  readonly bytes: number;
  /** Of the text after unpacking. */
  readonly unpackedBytes: number;
  readonly kind: 'text' | 'binary';
  readonly lines: readonly PreviewLine[];
  /** Lines in all. */
  readonly lineCount: number;
}

export interface PreviewLine {
  /** From 1. */
  readonly line: number;
  /** Byte range in the unpacked object, the end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Larger objects are not unpacked for a look. */
const LARGEST = 64 * 1024 * 1024;
const MOST_LINES = 200;
const LINE_FEED = 10;

/** The object's bytes, unpacked when it is gzip. Throws `NoSuchKey`, and `RangeError` for one of more than 64 MiB. */
async function readUnpacked(
  { target }: LakeContext,
  study: string,
  purpose: BrowsableBucket,
  key: string,
): Promise<{ readonly packed: number; readonly body: Buffer }> {
  const { Body, ContentLength = 0 } = await target.clients.s3.send(
    new GetObjectCommand({ Bucket: bucketName(target, study, purpose), Key: key }),
  );
  if (ContentLength > LARGEST)
    throw new RangeError(`${key} has ${ContentLength} bytes; objects of at most ${LARGEST} can be shown.`);
  const bytes = Buffer.from(await Body!.transformToByteArray());
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return { packed: bytes.length, body: isGzip ? gunzipSync(bytes, { maxOutputLength: 4 * LARGEST }) : bytes };
}

/** The first lines of an object; binary ones say that they are. */
export async function previewObject(
  lake: LakeContext,
  study: string,
  purpose: BrowsableBucket,
  key: string,
): Promise<ObjectPreview> {
  const { packed, body } = await readUnpacked(lake, study, purpose, key);
  const isBinary = body.subarray(0, 1024).includes(0);
  const lines = isBinary ? [] : [...linesOf(body)];
  return {
    key,
    bytes: packed,
    unpackedBytes: body.length,
    kind: isBinary ? 'binary' : 'text',
    lines: lines
      .slice(0, MOST_LINES)
      .map((line) => ({ ...line, text: body.toString('utf8', line.start, line.end) })),
    lineCount: lines.length,
  };
}

function* linesOf(body: Buffer): Generator<Omit<PreviewLine, 'text'>> {
  let start = 0;
  for (let line = 1; start < body.length; line++) {
    const found = body.indexOf(LINE_FEED, start);
    const end = found < 0 ? body.length : found;
    yield { line, start, end };
    start = end + 1;
  }
}

export interface FoundRecord extends PreviewLine {
  /** Of the whole object. */
  readonly unpackedBytes: number;
  /** Sequence number of the record on the line before. */
  readonly before?: string;
}

/** Where a record is in its bronze object: the line and its byte range; undefined when the object does not hold it. */
export async function findRecord(
  lake: LakeContext,
  study: string,
  key: string,
  { shard, sequenceNumber }: { readonly shard: string; readonly sequenceNumber: string },
): Promise<FoundRecord | undefined> {
  const { body } = await readUnpacked(lake, study, 'lake', key);
  let last: string | undefined;
  for (const line of linesOf(body)) {
    const text = body.toString('utf8', line.start, line.end);
    const former = last;
    last = text;
    if (!text.includes(sequenceNumber)) continue;
    const record = JSON.parse(text) as { shard?: string; sequence_number?: string };
    if (record.shard !== shard || record.sequence_number !== sequenceNumber) continue;
    const before = former && (JSON.parse(former) as typeof record).sequence_number;
    return { ...line, text, unpackedBytes: body.length, ...(before && { before }) };
  }
  return undefined;
}
