/** S3 over HTTP: finds the action that a request means, its input, and the answer's headers and XML. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import { type FileBody, type HttpRequest, type HttpResponse, readBody } from '../../core/http.ts';
import { escapeXml, parseXml, XML_HEADER, type XmlNode } from '../../core/protocols/xml.ts';
import type { Invoke } from '../../core/service.ts';
import { checkAcl } from './actions/buckets.ts';
import { decodeAwsChunked } from './awsChunked.ts';
import type { BodySource } from './blobs.ts';
import { CHECKSUM_ALGORITHMS } from './checksums.ts';
import * as xmlShapes from './xmlShapes.ts';

type Members = Record<string, unknown>;

export async function answerRest(
  request: HttpRequest,
  invoke: Invoke,
  accountId: string,
): Promise<HttpResponse> {
  const { bucket, key } = addressOf(request);
  refuseUnknownHeaders(request);
  checkPresigned(request);
  const owner = request.headers['x-amz-expected-bucket-owner'];
  if (owner !== undefined && owner !== accountId)
    throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
  if (bucket === undefined) return answerService(request, invoke);
  if (key === undefined) return answerBucket(request, invoke, bucket);
  return answerObject(request, invoke, bucket, key);
}

/** `bucket.s3.…` and `bucket.localhost` name the bucket in the host; every other host has it first in the path. */
function addressOf(request: HttpRequest): { bucket?: string; key?: string } {
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

/** Parameters of a bucket's address that choose another action than listing; those not here are refused by name. */
const BUCKET_SUBRESOURCES: Record<string, Record<string, (call: BucketCall) => Promise<HttpResponse>>> = {
  location: {
    GET: async (call) =>
      xml('LocationConstraint', (await call.run('GetBucketLocation')).LocationConstraint ?? ''),
  },
  versioning: {
    GET: async (call) => xml('VersioningConfiguration', await call.run('GetBucketVersioning')),
    PUT: async (call) =>
      done(
        await call.run('PutBucketVersioning', {
          VersioningConfiguration: xmlShapes.versioning(await call.xml()),
        }),
      ),
  },
  policy: {
    GET: async (call) => json((await call.run('GetBucketPolicy')).Policy as string),
    PUT: async (call) =>
      done(await call.run('PutBucketPolicy', { Policy: (await call.body()).toString('utf8') }), 204),
    DELETE: async (call) => done(await call.run('DeleteBucketPolicy'), 204),
  },
  notification: {
    GET: async (call) =>
      xml(
        'NotificationConfiguration',
        xmlShapes.notificationXml(await call.run('GetBucketNotificationConfiguration')),
      ),
    PUT: async (call) =>
      done(
        await call.run('PutBucketNotificationConfiguration', {
          NotificationConfiguration: xmlShapes.notification(await call.xml()),
        }),
      ),
  },
  lifecycle: {
    GET: async (call) =>
      xml(
        'LifecycleConfiguration',
        xmlShapes.lifecycleXml(await call.run('GetBucketLifecycleConfiguration')),
      ),
    PUT: async (call) =>
      done(
        await call.run('PutBucketLifecycleConfiguration', {
          LifecycleConfiguration: xmlShapes.lifecycle(await call.xml()),
        }),
      ),
    DELETE: async (call) => done(await call.run('DeleteBucketLifecycle'), 204),
  },
  tagging: {
    GET: async (call) => xml('Tagging', xmlShapes.taggingXml(await call.run('GetBucketTagging'))),
    PUT: async (call) =>
      done(await call.run('PutBucketTagging', { Tagging: xmlShapes.tagging(await call.xml()) }), 204),
  },
  versions: {
    GET: async (call) =>
      xml(
        'ListVersionsResult',
        xmlShapes.listing(await call.run('ListObjectVersions', listInput(call.request))),
      ),
  },
  uploads: {
    GET: async (call) =>
      xml(
        'ListMultipartUploadsResult',
        xmlShapes.listing(await call.run('ListMultipartUploads', listInput(call.request))),
      ),
  },
  delete: {
    POST: async (call) =>
      xml(
        'DeleteResult',
        xmlShapes.listing(await call.run('DeleteObjects', { Delete: xmlShapes.deletion(await call.xml()) })),
      ),
  },
};

/** Query parameters that do not choose an action. */
const PLAIN_PARAMETERS = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'marker',
  'continuation-token',
  'start-after',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'version-id-marker',
  'versionId',
  'uploadId',
  'partNumber',
  'x-id',
  'max-parts',
  'part-number-marker',
  'max-uploads',
  'upload-id-marker',
  'response-content-type',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-cache-control',
  'response-expires',
]);

interface BucketCall {
  readonly request: HttpRequest;
  // biome-ignore lint/suspicious/noExplicitAny: each action's output has its own shape.
  run(action: string, more?: Members): Promise<any>;
  body(): Promise<Buffer>;
  xml(): Promise<XmlNode>;
}

async function answerService(request: HttpRequest, invoke: Invoke): Promise<HttpResponse> {
  if (request.method !== 'GET') throw new NotEmulatedError('s3', `${request.method} of the service itself`);
  return xml('ListAllMyBucketsResult', xmlShapes.bucketList(await invoke('ListBuckets', {})));
}

async function answerBucket(request: HttpRequest, invoke: Invoke, bucket: string): Promise<HttpResponse> {
  const call: BucketCall = {
    request,
    run: (action, more = {}) => invoke(action, { Bucket: bucket, ...more }),
    body: async () => (await bodyOf(request)).bytes(),
    xml: async () => parseXml((await call.body()).toString('utf8')),
  };
  const subresource = subresourceOf(request);
  if (subresource !== undefined) {
    const handler = BUCKET_SUBRESOURCES[subresource]?.[request.method];
    if (!handler) throw new NotEmulatedError('s3', `${request.method} of a bucket's ?${subresource}`);
    return handler(call);
  }
  switch (request.method) {
    case 'PUT': {
      checkAcl(request.headers['x-amz-acl']);
      const { Location } = await call.run('CreateBucket');
      return { status: 200, headers: { location: Location as string } };
    }
    case 'HEAD': {
      const { BucketRegion } = await call.run('HeadBucket');
      return { status: 200, headers: { 'x-amz-bucket-region': BucketRegion as string } };
    }
    case 'DELETE':
      return done(await call.run('DeleteBucket'), 204);
    case 'GET': {
      const action = request.query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
      return xml('ListBucketResult', xmlShapes.listing(await call.run(action, listInput(request))));
    }
    default:
      throw new NotEmulatedError('s3', `${request.method} of a bucket`);
  }
}

const listInput = ({ query }: HttpRequest): Members => ({
  Prefix: query.get('prefix') ?? undefined,
  Delimiter: query.get('delimiter') ?? undefined,
  MaxKeys: query.has('max-keys') ? Number(query.get('max-keys')) : undefined,
  Marker: query.get('marker') ?? undefined,
  KeyMarker: query.get('key-marker') ?? undefined,
  ContinuationToken: query.get('continuation-token') ?? undefined,
  StartAfter: query.get('start-after') ?? undefined,
  EncodingType: query.get('encoding-type') ?? undefined,
  FetchOwner: query.get('fetch-owner') === 'true',
});

function subresourceOf(request: HttpRequest): string | undefined {
  for (const name of request.query.keys())
    if (!PLAIN_PARAMETERS.has(name) && !/^x-amz-/i.test(name)) return name;
  return undefined;
}

/** Header and member of what an upload says about its object. */
const META_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['content-type', 'ContentType'],
  ['cache-control', 'CacheControl'],
  ['content-disposition', 'ContentDisposition'],
  ['content-language', 'ContentLanguage'],
  ['expires', 'Expires'],
  ['x-amz-storage-class', 'StorageClass'],
  ['x-amz-tagging', 'Tagging'],
];

const CONDITION_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['if-match', 'IfMatch'],
  ['if-none-match', 'IfNoneMatch'],
];

const COPY_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['x-amz-copy-source', 'CopySource'],
  ['x-amz-copy-source-if-match', 'CopySourceIfMatch'],
  ['x-amz-copy-source-if-none-match', 'CopySourceIfNoneMatch'],
  ['x-amz-copy-source-range', 'CopySourceRange'],
  ['x-amz-metadata-directive', 'MetadataDirective'],
  ['x-amz-tagging-directive', 'TaggingDirective'],
];

const CHECKSUM_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['content-md5', 'ContentMD5'],
  ['x-amz-checksum-type', 'ChecksumType'],
  ...CHECKSUM_ALGORITHMS.map((name) => [`x-amz-checksum-${name.toLowerCase()}`, `Checksum${name}`] as const),
];

/** What the sender of a multipart upload expects the whole to measure. */
const OBJECT_SIZE_HEADER = ['x-amz-mp-object-size', 'MpuObjectSize'] as const;

/**
 * Headers that need nothing done: they belong to the signature, name keys (keys are not emulated), offer what a
 * server may decline (`x-amz-te`), or ask how far the restore of archived objects is, of which there are none
 * (`x-amz-optional-object-attributes`).
 */
const QUIET_HEADERS = new Set([
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'x-amz-user-agent',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-checksum-algorithm',
  'x-amz-checksum-mode',
  'x-amz-expected-bucket-owner',
  'x-amz-source-expected-bucket-owner',
  'x-amz-request-payer',
  'x-amz-acl',
  'x-amz-api-version',
  'x-amz-te',
  'x-amz-optional-object-attributes',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-unmodified-since',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
  'x-amz-bucket-object-lock-enabled',
  ...[...META_HEADERS, ...COPY_HEADERS, ...CHECKSUM_HEADERS, OBJECT_SIZE_HEADER].map(([header]) => header),
]);

function refuseUnknownHeaders(request: HttpRequest): void {
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith('x-amz-') || name.startsWith('x-amz-meta-') || QUIET_HEADERS.has(name)) continue;
    throw new NotEmulatedError('s3', `the header ${name}: ${value}`);
  }
  if (request.headers['x-amz-bucket-object-lock-enabled'] === 'true')
    throw new NotEmulatedError('s3', 'object lock');
}

/**
 * A presigned URL has a lifetime, measured on the clock of the machine that signed it: every signer is on this one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
function checkPresigned({ query }: HttpRequest): void {
  if (query.has('AWSAccessKeyId'))
    throw new AwsError(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  const signedAt = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  const seconds = query.get('X-Amz-Expires');
  if (!signedAt || seconds === null) return;
  const [year, month, day, hour, minute, second] = signedAt.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const expiresMs = Date.UTC(year, month - 1, day, hour, minute, second) + Number(seconds) * 1000;
  if (Date.now() > expiresMs)
    throw new AwsError('AccessDenied', 'Request has expired', {
      status: 403,
      fields: { 'X-Amz-Expires': seconds, Expires: new Date(expiresMs).toISOString() },
    });
}

const pick = (request: HttpRequest, names: ReadonlyArray<readonly [string, string]>): Members =>
  Object.fromEntries(
    names.flatMap(([header, member]) =>
      request.headers[header] === undefined ? [] : [[member, request.headers[header]]],
    ),
  );

const epochSeconds = (request: HttpRequest, header: string, member: string): Members => {
  const value = Date.parse(request.headers[header] ?? '');
  return Number.isNaN(value) ? {} : { [member]: value / 1000 };
};

function metaInput(request: HttpRequest): Members {
  checkAcl(request.headers['x-amz-acl']);
  const encodings = (request.headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  return {
    ...pick(request, META_HEADERS),
    ContentEncoding: encodings.length > 0 ? encodings.join(',') : undefined,
    Metadata: Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => name.startsWith('x-amz-meta-'))
        .map(([name, value]) => [
          name.slice('x-amz-meta-'.length),
          Buffer.from(value, 'latin1').toString('utf8'),
        ]),
    ),
  };
}

/** Bodies up to this size are held in memory, which is faster; larger ones stream to disk. */
const LARGEST_BUFFERED_BODY = 1024 * 1024;

interface IncomingBody {
  readonly source: BodySource;
  readonly trailers: Readonly<Record<string, string>>;
  bytes(): Promise<Buffer>;
}

async function bodyOf(request: HttpRequest): Promise<IncomingBody> {
  const chunked =
    request.headers['x-amz-content-sha256']?.startsWith('STREAMING-') ||
    request.headers['content-encoding']?.includes('aws-chunked');
  const raw = request.body as AsyncIterable<Buffer>;
  const { bytes, trailers } = chunked ? decodeAwsChunked(raw) : { bytes: raw, trailers: {} };
  const length = Number(
    request.headers['x-amz-decoded-content-length'] ?? request.headers['content-length'] ?? Number.NaN,
  );
  const whole = async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    const buffer = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    checkLength(buffer.length, length);
    return buffer;
  };
  if (length <= LARGEST_BUFFERED_BODY) {
    const buffer = chunked ? await whole() : await readBody(request.body);
    checkLength(buffer.length, length);
    return { source: buffer, trailers, bytes: async () => buffer };
  }
  return { source: counted(bytes, length), trailers, bytes: whole };
}

async function* counted(bytes: AsyncIterable<Buffer>, expected: number): AsyncIterable<Buffer> {
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    yield chunk;
  }
  checkLength(length, expected);
}

function checkLength(length: number, expected: number): void {
  if (!Number.isNaN(expected) && length !== expected)
    throw new AwsError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
      { fields: { NumberBytesExpected: expected, NumberBytesProvided: length } },
    );
}

async function uploadInput(request: HttpRequest): Promise<Members> {
  const body = await bodyOf(request);
  const announced = /x-amz-checksum-([a-z0-9]+)/i.exec(request.headers['x-amz-trailer'] ?? '')?.[1];
  return {
    ...pick(request, CHECKSUM_HEADERS),
    ChecksumAlgorithm: announced?.toUpperCase(),
    Trailers: announced === undefined ? undefined : body.trailers,
    Body: body.source,
  };
}

async function answerObject(
  request: HttpRequest,
  invoke: Invoke,
  bucket: string,
  key: string,
): Promise<HttpResponse> {
  const { query, method } = request;
  const uploadId = query.get('uploadId') ?? undefined;
  const address: Members = { Bucket: bucket, Key: key, VersionId: query.get('versionId') ?? undefined };
  const inUpload = { ...address, UploadId: uploadId };
  const subresource = subresourceOf(request);

  if (subresource === 'tagging') return answerObjectTagging(request, invoke, address);
  if (subresource === 'uploads' && method === 'POST') {
    const result = await invoke('CreateMultipartUpload', {
      ...address,
      ...metaInput(request),
      ...pick(request, [
        ['x-amz-checksum-algorithm', 'ChecksumAlgorithm'],
        ['x-amz-checksum-type', 'ChecksumType'],
      ]),
    });
    const { ChecksumAlgorithm, ChecksumType, ...body } = result;
    return xml('InitiateMultipartUploadResult', body, {
      ...(ChecksumAlgorithm
        ? { 'x-amz-checksum-algorithm': ChecksumAlgorithm, 'x-amz-checksum-type': ChecksumType }
        : {}),
    });
  }
  if (subresource !== undefined) throw new NotEmulatedError('s3', `${method} of an object's ?${subresource}`);

  if (uploadId !== undefined) {
    if (method === 'PUT') return answerPart(request, invoke, inUpload);
    if (method === 'DELETE') return done(await invoke('AbortMultipartUpload', inUpload), 204);
    if (method === 'GET') return xml('ListPartsResult', xmlShapes.parts(await invoke('ListParts', inUpload)));
    if (method === 'POST') {
      const result = await invoke('CompleteMultipartUpload', {
        ...inUpload,
        ...pick(request, [...CHECKSUM_HEADERS, ...CONDITION_HEADERS, OBJECT_SIZE_HEADER]),
        MultipartUpload: xmlShapes.completion(
          parseXml((await (await bodyOf(request)).bytes()).toString('utf8')),
        ),
      });
      const { VersionId, ...body } = result;
      return xml('CompleteMultipartUploadResult', body, VersionId ? { 'x-amz-version-id': VersionId } : {});
    }
  }
  switch (method) {
    case 'PUT': {
      if (request.headers['x-amz-copy-source'] !== undefined) return answerCopy(request, invoke, address);
      const result = await invoke('PutObject', {
        ...address,
        ...metaInput(request),
        ...pick(request, CONDITION_HEADERS),
        ...(await uploadInput(request)),
      });
      return { status: 200, headers: objectHeaders(result) };
    }
    case 'GET':
    case 'HEAD': {
      const input = {
        ...address,
        ...pick(request, [...CONDITION_HEADERS, ['range', 'Range'], ['x-amz-checksum-mode', 'ChecksumMode']]),
        ...epochSeconds(request, 'if-modified-since', 'IfModifiedSince'),
        ...epochSeconds(request, 'if-unmodified-since', 'IfUnmodifiedSince'),
        PartNumber: query.has('partNumber') ? Number(query.get('partNumber')) : undefined,
      };
      const result = await invoke(method === 'GET' ? 'GetObject' : 'HeadObject', {
        ...input,
        BodyAsFile: true,
      });
      const headers = { ...objectHeaders(result), ...responseOverrides(query) };
      const status = result.ContentRange === undefined ? 200 : 206;
      const body = result.Body as FileBody | undefined;
      return body && body.end >= body.start
        ? { status, headers, body }
        : { status, headers: { ...headers, 'content-length': result.ContentLength } };
    }
    case 'DELETE': {
      const result = await invoke('DeleteObject', { ...address, ...pick(request, CONDITION_HEADERS) });
      return { status: 204, headers: objectHeaders(result) };
    }
    default:
      throw new NotEmulatedError('s3', `${method} of an object`);
  }
}

async function answerObjectTagging(
  request: HttpRequest,
  invoke: Invoke,
  address: Members,
): Promise<HttpResponse> {
  if (request.method === 'GET')
    return xml('Tagging', xmlShapes.taggingXml(await invoke('GetObjectTagging', address)));
  if (request.method === 'DELETE') return done(await invoke('DeleteObjectTagging', address), 204);
  if (request.method !== 'PUT') throw new NotEmulatedError('s3', `${request.method} of an object's ?tagging`);
  const body = (await (await bodyOf(request)).bytes()).toString('utf8');
  return done(await invoke('PutObjectTagging', { ...address, Tagging: xmlShapes.tagging(parseXml(body)) }));
}

async function answerPart(request: HttpRequest, invoke: Invoke, inUpload: Members): Promise<HttpResponse> {
  const input = { ...inUpload, PartNumber: Number(request.query.get('partNumber')) };
  if (request.headers['x-amz-copy-source'] !== undefined) {
    const { CopyPartResult } = await invoke('UploadPartCopy', { ...input, ...copyInput(request) });
    return xml('CopyPartResult', xmlShapes.dated(CopyPartResult));
  }
  const result = await invoke('UploadPart', { ...input, ...(await uploadInput(request)) });
  return { status: 200, headers: objectHeaders(result) };
}

const copyInput = (request: HttpRequest): Members => ({
  ...pick(request, COPY_HEADERS),
  ...epochSeconds(request, 'x-amz-copy-source-if-modified-since', 'CopySourceIfModifiedSince'),
  ...epochSeconds(request, 'x-amz-copy-source-if-unmodified-since', 'CopySourceIfUnmodifiedSince'),
});

async function answerCopy(request: HttpRequest, invoke: Invoke, address: Members): Promise<HttpResponse> {
  const { CopyObjectResult, ...rest } = await invoke('CopyObject', {
    ...address,
    ...metaInput(request),
    ...pick(request, CONDITION_HEADERS),
    ...copyInput(request),
  });
  return xml('CopyObjectResult', xmlShapes.dated(CopyObjectResult), objectHeaders(rest));
}

/** Member and header of what an answer says about an object. */
const ANSWER_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['AcceptRanges', 'accept-ranges'],
  ['ETag', 'etag'],
  ['ContentType', 'content-type'],
  ['CacheControl', 'cache-control'],
  ['ContentDisposition', 'content-disposition'],
  ['ContentEncoding', 'content-encoding'],
  ['ContentLanguage', 'content-language'],
  ['ContentRange', 'content-range'],
  ['Expires', 'expires'],
  ['StorageClass', 'x-amz-storage-class'],
  ['TagCount', 'x-amz-tagging-count'],
  ['VersionId', 'x-amz-version-id'],
  ['CopySourceVersionId', 'x-amz-copy-source-version-id'],
  ['DeleteMarker', 'x-amz-delete-marker'],
  ['ChecksumType', 'x-amz-checksum-type'],
  ...CHECKSUM_ALGORITHMS.map((name) => [`Checksum${name}`, `x-amz-checksum-${name.toLowerCase()}`] as const),
];

function objectHeaders(result: Members): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [member, header] of ANSWER_HEADERS)
    if (result[member] !== undefined) headers[header] = String(result[member]);
  if (result.LastModified !== undefined)
    headers['last-modified'] = new Date((result.LastModified as number) * 1000).toUTCString();
  for (const [name, value] of Object.entries((result.Metadata ?? {}) as Record<string, string>))
    headers[`x-amz-meta-${name}`] = Buffer.from(value, 'utf8').toString('latin1');
  return headers;
}

function responseOverrides(query: URLSearchParams): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of query)
    if (name.startsWith('response-')) headers[name.slice('response-'.length)] = value;
  return headers;
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const xml = (root: string, content: unknown, headers: Record<string, string> = {}): HttpResponse => ({
  status: 200,
  headers: { ...headers, 'content-type': 'application/xml' },
  body: `${XML_HEADER}<${root} xmlns="${NAMESPACE}">${xmlContent(content)}</${root}>`,
});

/** A list repeats its element's name: S3's lists are flat. */
function xmlContent(value: unknown): string {
  if (value === null || typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .flatMap(([name, child]) => (Array.isArray(child) ? child : [child]).map((item) => [name, item] as const))
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => `<${name}>${xmlContent(item)}</${name}>`)
    .join('');
}

const json = (body: string): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body,
});

const done = (_result: unknown, status = 200): HttpResponse => ({ status });
