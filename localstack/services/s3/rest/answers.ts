/** Writes S3's answers over HTTP: the outputs of its actions as headers and XML. */
import type { FileBody, HttpRequest, HttpResponse } from '../../../core/http.ts';
import { escapeXml, XML_HEADER } from '../../../core/protocols/xml.ts';
import { CHECKSUM_ALGORITHMS } from '../checksums.ts';
import * as xmlOutput from './xmlOutput.ts';

// biome-ignore lint/suspicious/noExplicitAny: each action's output has its own shape.
type Output = any;

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

const done = (): HttpResponse => ({ status: 200 });
const noContent = (): HttpResponse => ({ status: 204 });
const listing = (root: string) => (output: Output) => xml(root, xmlOutput.listing(output));

/** Actions that are not here answer with an empty 200. */
export const ANSWERS: Readonly<Record<string, (output: Output, request: HttpRequest) => HttpResponse>> = {
  AbortMultipartUpload: noContent,
  CompleteMultipartUpload: ({ VersionId, ...body }) =>
    xml('CompleteMultipartUploadResult', body, VersionId ? { 'x-amz-version-id': VersionId } : {}),
  CopyObject: ({ CopyObjectResult, ...rest }) =>
    xml('CopyObjectResult', xmlOutput.dated(CopyObjectResult), objectHeaders(rest)),
  CreateBucket: ({ Location }) => ({ status: 200, headers: { location: Location } }),
  CreateMultipartUpload: ({ ChecksumAlgorithm, ChecksumType, ...body }) =>
    xml(
      'InitiateMultipartUploadResult',
      body,
      ChecksumAlgorithm
        ? { 'x-amz-checksum-algorithm': ChecksumAlgorithm, 'x-amz-checksum-type': ChecksumType }
        : {},
    ),
  DeleteBucket: noContent,
  DeleteBucketLifecycle: noContent,
  DeleteBucketPolicy: noContent,
  DeleteObject: (output) => ({ status: 204, headers: objectHeaders(output) }),
  DeleteObjectTagging: (output) => ({ status: 204, headers: objectHeaders(output) }),
  DeleteObjects: listing('DeleteResult'),
  GetBucketLifecycleConfiguration: ({ TransitionDefaultMinimumObjectSize, ...output }) =>
    xml('LifecycleConfiguration', xmlOutput.lifecycle(output), {
      'x-amz-transition-default-minimum-object-size': TransitionDefaultMinimumObjectSize,
    }),
  GetBucketLocation: ({ LocationConstraint }) => xml('LocationConstraint', LocationConstraint ?? ''),
  GetBucketNotificationConfiguration: (output) =>
    xml('NotificationConfiguration', xmlOutput.notification(output)),
  GetBucketPolicy: ({ Policy }) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Policy,
  }),
  GetBucketTagging: (output) => xml('Tagging', xmlOutput.tagging(output)),
  GetBucketVersioning: (output) => xml('VersioningConfiguration', output),
  GetObject: objectAnswer,
  GetObjectTagging: ({ VersionId, ...output }) =>
    xml('Tagging', xmlOutput.tagging(output), objectHeaders({ VersionId })),
  HeadBucket: ({ BucketRegion, AccessPointAlias }) => ({
    status: 200,
    headers: { 'x-amz-bucket-region': BucketRegion, 'x-amz-access-point-alias': String(AccessPointAlias) },
  }),
  HeadObject: objectAnswer,
  ListBuckets: (output) => xml('ListAllMyBucketsResult', xmlOutput.bucketList(output)),
  ListMultipartUploads: listing('ListMultipartUploadsResult'),
  ListObjectVersions: listing('ListVersionsResult'),
  ListObjects: listing('ListBucketResult'),
  ListObjectsV2: listing('ListBucketResult'),
  ListParts: ({ AbortDate: _, ...output }) => xml('ListPartsResult', xmlOutput.parts(output)),
  PutBucketLifecycleConfiguration: ({ TransitionDefaultMinimumObjectSize }) => ({
    status: 200,
    headers: { 'x-amz-transition-default-minimum-object-size': TransitionDefaultMinimumObjectSize },
  }),
  PutBucketNotificationConfiguration: done,
  PutBucketPolicy: noContent,
  PutBucketTagging: noContent,
  PutBucketVersioning: done,
  PutObject: (output) => ({ status: 200, headers: objectHeaders(output) }),
  PutObjectTagging: (output) => ({ status: 200, headers: objectHeaders(output) }),
  UploadPart: (output) => ({ status: 200, headers: objectHeaders(output) }),
  UploadPartCopy: ({ CopyPartResult, ...rest }) =>
    xml('CopyPartResult', xmlOutput.dated(CopyPartResult), objectHeaders(rest)),
};

function objectAnswer(output: Output, { query }: HttpRequest): HttpResponse {
  const headers = { ...objectHeaders(output), ...responseOverrides(query) };
  const status = output.ContentRange === undefined ? 200 : 206;
  const body = output.Body as FileBody | undefined;
  return body && body.end >= body.start
    ? { status, headers, body }
    : { status, headers: { ...headers, 'content-length': output.ContentLength } };
}

/** Member and header of what an answer says about an object. */
const OBJECT_HEADERS: ReadonlyArray<readonly [string, string]> = [
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

export function objectHeaders(output: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [member, header] of OBJECT_HEADERS)
    if (output[member] !== undefined) headers[header] = String(output[member]);
  if (output.LastModified !== undefined)
    headers['last-modified'] = new Date((output.LastModified as number) * 1000).toUTCString();
  for (const [name, value] of Object.entries((output.Metadata ?? {}) as Record<string, string>))
    headers[`x-amz-meta-${name}`] = Buffer.from(value, 'utf8').toString('latin1');
  return headers;
}

/** Headers of the answer that the request gives (`response-content-type=…`). */
function responseOverrides(query: URLSearchParams): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of query)
    if (name.startsWith('response-')) headers[name.slice('response-'.length)] = value;
  return headers;
}
