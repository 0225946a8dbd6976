/** The object store over any S3 endpoint: LocalStack's, MiniStack's or AWS's own. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { AwsError } from './errors.ts';
import { DELETE_BATCH, type ObjectStore, unquoted } from './objectStore.ts';
import { isAsKept, keepSum } from './stateFile.ts';

export interface RemoteObjectStoreOptions {
  /** The endpoint of any S3, e.g. `http://127.0.0.1:4566`; absent for AWS's own. */
  readonly endpoint?: string;
  readonly region: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Downloads are kept here by ETag. @default a new folder for temporary files */
  readonly cacheDir?: string;
}

/** Over any S3 endpoint: what engines read is downloaded once an ETag. `close` removes a cache that this made. */
export function remoteObjectStore(options: RemoteObjectStoreOptions): ObjectStore & { close(): void } {
  const client = new S3Client({
    endpoint: options.endpoint,
    region: options.region,
    credentials: options.credentials,
    forcePathStyle: options.endpoint !== undefined,
  });
  const ownCache = options.cacheDir === undefined;
  const cacheDir = options.cacheDir ?? mkdtempSync(join(tmpdir(), 'headwaters-objects-'));
  const unfinished = join(cacheDir, 'tmp');
  let tempCount = 0;
  const tempFile = (suffix: string) => {
    // Made when it is needed: a state folder is taken before anything is put into it.
    if (tempCount === 0) mkdirSync(unfinished, { recursive: true });
    return join(unfinished, `${process.pid}-${tempCount++}${suffix}`);
  };

  const read = async (bucket: string, key: string, etag?: string): Promise<Buffer> => {
    const { Body } = await client
      .send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }))
      .catch(asAwsError);
    return Buffer.from(await (Body as NonNullable<typeof Body>).transformToByteArray());
  };

  return {
    tempFile,
    get: (bucket, key) => read(bucket, key),
    async *list(bucket, prefix) {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
      try {
        for await (const page of pages)
          for (const item of page.Contents ?? [])
            yield {
              key: item.Key as string,
              size: item.Size ?? 0,
              etag: unquoted(item.ETag),
              lastModified: item.LastModified as Date,
            };
      } catch (error) {
        asAwsError(error);
      }
    },
    async put(bucket, key, body, putOptions = {}) {
      const { ETag } = await client
        .send(
          new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: putOptions.ifNoneMatch }),
        )
        .catch(asAwsError);
      return { etag: unquoted(ETag) };
    },
    async putFile(bucket, key, path) {
      const { ETag } = await client
        .send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: createReadStream(path),
            ContentLength: statSync(path).size,
          }),
        )
        .catch(asAwsError);
      rmSync(path);
      return { etag: unquoted(ETag) };
    },
    async delete(bucket, keys) {
      for (let start = 0; start < keys.length; start += DELETE_BATCH) {
        const Objects = keys.slice(start, start + DELETE_BATCH).map((Key) => ({ Key }));
        const { Errors } = await client
          .send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }))
          .catch(asAwsError);
        if (Errors?.[0]) throw new AwsError(String(Errors[0].Code), `${Errors[0].Key}: ${Errors[0].Message}`);
      }
    },
    async localPath(bucket, key) {
      const { ETag } = await client
        .send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
        .catch(asAwsError);
      const suffix = /(\.[a-z0-9]{1,10}){1,2}$/i.exec(key)?.[0] ?? '';
      const name = createHash('sha256')
        .update(`${bucket}/${key}/${unquoted(ETag)}`)
        .digest('hex');
      const path = join(cacheDir, `${name}${suffix}`);
      if (!isAsKept(path)) {
        const partial = tempFile(suffix);
        writeFileSync(partial, await read(bucket, key, ETag));
        keepSum(partial, path);
        renameSync(partial, path);
      }
      return path;
    },
    close() {
      client.destroy();
      if (ownCache) rmSync(cacheDir, { recursive: true, force: true });
    },
  };
}

/** The SDK's errors as this cloud's own; `NotFound`, which HEAD gives because it has no body, is `NoSuchKey`. */
function asAwsError(error: unknown): never {
  throw awsErrorOf(error);
}

/** The error of another endpoint as one of this cloud's. */
export function awsErrorOf(error: unknown): AwsError {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  return new AwsError(name === 'NotFound' ? 'NoSuchKey' : name, message, {
    status: $metadata?.httpStatusCode ?? 500,
    cause: error,
  });
}
