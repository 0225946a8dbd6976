/** The lake's objects: listing a folder, and looking into one, as far as a person wants to read it. */
import { gunzipSync } from 'node:zlib';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type { LakeContext } from './context.ts';
import { type ParquetFooter, parquetFooter } from './parquetFooter.ts';

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

/** A part of the lake's bucket, as much of it as is the study's. */
export interface LakePartTotals {
  /** `bronze`, `runs`, … */
  readonly part: string;
  readonly prefix: string;
  readonly objects: number;
  readonly bytes: number;
}

/** Every part that holds something, by name. */
export async function lakeParts({ target }: LakeContext, study: string): Promise<LakePartTotals[]> {
  const { s3 } = target.clients;
  const Bucket = target.names.bucket('lake');
  const { CommonPrefixes = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  const totals = await Promise.all(
    CommonPrefixes.map(async ({ Prefix }) => {
      const part = Prefix!.slice(0, -1);
      // The quarantine keeps its tables one folder deeper.
      const prefixes = [
        `${part}/study=${study}/`,
        ...(part === 'quarantine' ? [`${part}/tables/study=${study}/`] : []),
      ];
      let objects = 0;
      let bytes = 0;
      for (const prefix of prefixes)
        for await (const { Contents = [] } of paginateListObjectsV2(
          { client: s3 },
          { Bucket, Prefix: prefix },
        )) {
          objects += Contents.length;
          bytes += Contents.reduce((sum, { Size = 0 }) => sum + Size, 0);
        }
      return { part, prefix: prefixes[0]!, objects, bytes };
    }),
  );
  return totals.filter(({ objects }) => objects > 0);
}

export type ObjectPreview = {
  readonly key: string;
  readonly bytes: number;
} & (
  | {
      readonly kind: 'text';
      /** After unpacking. */
      readonly unpackedBytes: number;
      /** Around the line that was asked for. */
      readonly lines: readonly PreviewLine[];
      /** Lines in all. */
      readonly lineCount: number;
    }
  | { readonly kind: 'parquet'; readonly footer: ParquetFooter; readonly readBytes: number }
  | { readonly kind: 'binary'; readonly unpackedBytes: number }
);

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
const MOST_LINES = 100;
const LINES_BEFORE = 5;
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

/**
 * Lines of a text around one of them, the columns of a Parquet file by its footer; anything else says that it is binary.
 * @param line from 1; beyond the last one it is the last
 */
export async function previewObject(
  lake: LakeContext,
  study: string,
  purpose: BrowsableBucket,
  key: string,
  line = 1,
): Promise<ObjectPreview> {
  if (key.endsWith('.parquet')) return previewParquet(lake, study, purpose, key);
  const { packed, body } = await readUnpacked(lake, study, purpose, key);
  if (body.subarray(0, 1024).includes(0))
    return { key, bytes: packed, kind: 'binary', unpackedBytes: body.length };
  const lines = [...linesOf(body)];
  const from = Math.max(0, Math.min(line, lines.length) - 1 - LINES_BEFORE);
  return {
    key,
    bytes: packed,
    kind: 'text',
    unpackedBytes: body.length,
    lines: lines
      .slice(from, from + MOST_LINES)
      .map((one) => ({ ...one, text: body.toString('utf8', one.start, one.end) })),
    lineCount: lines.length,
  };
}

async function previewParquet(
  { target }: LakeContext,
  study: string,
  purpose: BrowsableBucket,
  key: string,
): Promise<ObjectPreview> {
  const { s3 } = target.clients;
  const object = { Bucket: bucketName(target, study, purpose), Key: key };
  const { ContentLength = 0 } = await s3.send(new HeadObjectCommand(object)).catch((error: Error) => {
    // HEAD has no body to name the error in.
    throw error.name === 'NotFound' ? Object.assign(error, { name: 'NoSuchKey' }) : error;
  });
  let readBytes = 0;
  const footer = await parquetFooter({
    byteLength: ContentLength,
    async slice(start, end = ContentLength) {
      const { Body } = await s3.send(new GetObjectCommand({ ...object, Range: `bytes=${start}-${end - 1}` }));
      const bytes = await Body!.transformToByteArray();
      readBytes += bytes.length;
      return Uint8Array.from(bytes).buffer;
    },
  });
  return { key, bytes: ContentLength, kind: 'parquet', footer, readBytes };
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
