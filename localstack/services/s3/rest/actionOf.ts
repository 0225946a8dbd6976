/** Finds the bucket, the object and the action that a request of S3 means. */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { HttpRequest } from '../../../core/http.ts';
import { invalidArgument } from '../failures.ts';
import { SIGNATURE_PARAMETERS } from '../presigned.ts';
import { PLAIN_PARAMETERS } from './places.ts';

export interface Address {
  readonly bucket?: string;
  readonly key?: string;
}

/** `bucket.s3.…` and `bucket.localhost` name the bucket in the host; every other host has it first in the path. */
export function addressOf(request: HttpRequest): Address {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  const inHost = /^(.+?)\.(?:s3[.-].*|localhost)$/.exec(host)?.[1];
  const path = request.path.replace(/^\/+/, '');
  if (inHost !== undefined && !/^s3[.-]?/.test(inHost))
    return { bucket: inHost, key: path === '' ? undefined : decodePath(request.path.slice(1)) };
  const slash = path.indexOf('/');
  if (path === '') return {};
  if (slash < 0) return { bucket: decodePath(path) };
  const key = path.slice(slash + 1);
  return { bucket: decodePath(path.slice(0, slash)), key: key === '' ? undefined : decodePath(key) };
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AwsError('InvalidURI', `Couldn't parse the specified URI: ${text}`, { cause });
  }
}

type ByMethod = Readonly<Record<string, string>>;

/** Actions by the parameter that chooses them and the method; without a parameter, under the empty name. */
const OF_BUCKETS: Readonly<Record<string, ByMethod>> = {
  '': { PUT: 'CreateBucket', HEAD: 'HeadBucket', DELETE: 'DeleteBucket', GET: 'ListObjects' },
  location: { GET: 'GetBucketLocation' },
  versioning: { GET: 'GetBucketVersioning', PUT: 'PutBucketVersioning' },
  policy: { GET: 'GetBucketPolicy', PUT: 'PutBucketPolicy', DELETE: 'DeleteBucketPolicy' },
  notification: {
    GET: 'GetBucketNotificationConfiguration',
    PUT: 'PutBucketNotificationConfiguration',
  },
  lifecycle: {
    GET: 'GetBucketLifecycleConfiguration',
    PUT: 'PutBucketLifecycleConfiguration',
    DELETE: 'DeleteBucketLifecycle',
  },
  tagging: { GET: 'GetBucketTagging', PUT: 'PutBucketTagging' },
  versions: { GET: 'ListObjectVersions' },
  uploads: { GET: 'ListMultipartUploads' },
  delete: { POST: 'DeleteObjects' },
};

const OF_OBJECTS: Readonly<Record<string, ByMethod>> = {
  '': { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' },
  tagging: { GET: 'GetObjectTagging', PUT: 'PutObjectTagging', DELETE: 'DeleteObjectTagging' },
  uploads: { POST: 'CreateMultipartUpload' },
};

const OF_UPLOADS: ByMethod = {
  PUT: 'UploadPart',
  DELETE: 'AbortMultipartUpload',
  GET: 'ListParts',
  POST: 'CompleteMultipartUpload',
};

/** The same, where the request says that its bytes are another object's. */
const COPYING: ByMethod = { PutObject: 'CopyObject', UploadPart: 'UploadPartCopy' };

/** Throws `NotEmulatedError` for an action that is not here, by its method and parameter. */
export function actionOf(request: HttpRequest, { bucket, key }: Address): string {
  const { method } = request;
  if (bucket === undefined) {
    if (method === 'GET') return 'ListBuckets';
    throw new NotEmulatedError('s3', `${method} of the service itself`);
  }
  const chosen = subresourceOf(request);
  if (key === undefined) return version(request, found(OF_BUCKETS[chosen ?? ''], method, 'a bucket', chosen));
  const inUpload = chosen === undefined && request.query.has('uploadId') && OF_UPLOADS[method];
  const action = inUpload || found(OF_OBJECTS[chosen ?? ''], method, 'an object', chosen);
  return (request.headers['x-amz-copy-source'] !== undefined && COPYING[action]) || action;
}

function found(
  actions: ByMethod | undefined,
  method: string,
  what: string,
  chosen: string | undefined,
): string {
  const action = actions?.[method];
  if (action !== undefined) return action;
  throw new NotEmulatedError(
    's3',
    chosen === undefined ? `${method} of ${what}` : `${method} of ${what}'s ?${chosen}`,
  );
}

/** The listing has a second version. */
function version({ query }: HttpRequest, action: string): string {
  const version = query.get('list-type');
  if (action !== 'ListObjects' || version === null) return action;
  if (version === '2') return 'ListObjectsV2';
  throw invalidArgument('Invalid List Type specified in Request', 'list-type', version);
}

/** The first parameter that chooses an action, known or not. */
function subresourceOf(request: HttpRequest): string | undefined {
  for (const name of request.query.keys())
    if (
      !PLAIN_PARAMETERS.has(name) &&
      !SIGNATURE_PARAMETERS.has(name) &&
      !/^(x-amz-|content-(type|md5)$)/i.test(name)
    )
      return name;
  return undefined;
}
