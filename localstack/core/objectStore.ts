/** Objects as engines see them, so that Athena and Iceberg work alike over the embedded S3 and next to any other one. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError } from './errors.ts';
import { FileToMove } from './fileToMove.ts';
import type { FileBody } from './http.ts';
import type { CloudContext } from './service.ts';

export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

/** Failures are `AwsError`s with S3's codes: `NoSuchKey`, `NoSuchBucket`, `PreconditionFailed`. */
export interface ObjectStore {
  /** In the order of the keys' UTF-8 bytes. */
  list(bucket: string, prefix: string): AsyncIterable<StoredObject>;
  get(bucket: string, key: string): Promise<Buffer>;
  put(bucket: string, key: string, body: Buffer, options?: { ifNoneMatch?: '*' }): Promise<{ etag: string }>;
  /** Moves a finished local file in; it is gone from `path` afterwards. */
  putFile(bucket: string, key: string, path: string): Promise<{ etag: string }>;
  delete(bucket: string, keys: readonly string[]): Promise<void>;
  /** A local file with the object's bytes, to be read only and soon: a deleted object's file goes with it. */
  localPath(bucket: string, key: string): Promise<string>;
  /** A path for a new file that `putFile` can take without copying. */
  tempFile(suffix: string): string;
}

/** How many keys one DeleteObjects takes. */
export const DELETE_BATCH = 1000;

export const unquoted = (etag: unknown) => String(etag).replaceAll('"', '');

/** Over this cloud's own S3: no bytes are copied, a local path is the object's own file. */
export function embeddedObjectStore(context: CloudContext): ObjectStore {
  const call = (action: string, input: object) =>
    context.call('s3', action, input, { service: 'athena.amazonaws.com' });
  let tempFolder: string | undefined;
  let tempCount = 0;
  return {
    async *list(bucket, prefix) {
      let token: string | undefined;
      do {
        const page = await call('ListObjectsV2', {
          Bucket: bucket,
          Prefix: prefix,
          ContinuationToken: token,
        });
        for (const item of page.Contents)
          yield {
            key: item.Key,
            size: item.Size,
            etag: unquoted(item.ETag),
            lastModified: new Date(item.LastModified * 1000),
          };
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },
    get: async (bucket, key) => (await call('GetObject', { Bucket: bucket, Key: key })).Body,
    async put(bucket, key, body, options = {}) {
      const result = await call('PutObject', {
        Bucket: bucket,
        Key: key,
        Body: body,
        IfNoneMatch: options.ifNoneMatch,
      });
      return { etag: unquoted(result.ETag) };
    },
    async putFile(bucket, key, path) {
      const result = await call('PutObject', { Bucket: bucket, Key: key, Body: new FileToMove(path) });
      return { etag: unquoted(result.ETag) };
    },
    async delete(bucket, keys) {
      for (let start = 0; start < keys.length; start += DELETE_BATCH) {
        const Objects = keys.slice(start, start + DELETE_BATCH).map((Key) => ({ Key }));
        const { Errors } = await call('DeleteObjects', { Bucket: bucket, Delete: { Objects, Quiet: true } });
        if (Errors?.[0]) throw new AwsError(Errors[0].Code, `${Errors[0].Key}: ${Errors[0].Message}`);
      }
    },
    async localPath(bucket, key) {
      const { Body } = await call('GetObject', { Bucket: bucket, Key: key, BodyAsFile: true });
      return (Body as FileBody).path;
    },
    tempFile(suffix) {
      tempFolder ??= makeTempFolder(context.stateDir);
      return join(tempFolder, `${tempCount++}${suffix}`);
    },
  };
}

/** Emptied by the S3 service when it starts, as everything under its `tmp` is. */
function makeTempFolder(stateDir: string): string {
  const parent = join(stateDir, 's3', 'tmp');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'engine-'));
}
