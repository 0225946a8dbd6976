/** Presigned URLs as AWS's signers, boto3, the AWS CLI and s3fs make them: taken while they last, refused as S3 does. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, test, vi } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const Bucket = 'signed';
const clock = manualClock();
const cleanups: (() => unknown)[] = [];
let cloud: TestCloud;

beforeAll(async () => {
  // Signers date by the machine's clock, which stands still here as the cloud's does.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 6, 1) });
  cloud = await localCloud(
    { onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) },
    { clock },
  );
  await cloud.call('s3', 'CreateBucket', { Bucket });
  await cloud.call('s3', 'PutObject', { Bucket, Key: 'a b/ü.txt', Body: Buffer.from('x,y') });
});

afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
  vi.useRealTimers();
});

const PATH = `/${Bucket}/a%20b/%C3%BC.txt`;

/** As `SignatureV4.presign` of AWS's SDKs signs it: headers that begin with `x-amz-` move to the URL. */
async function signedV4(
  method: string,
  path: string,
  options: {
    headers?: Record<string, string>;
    query?: Record<string, string>;
    expiresIn?: number;
    at?: Date;
  } = {},
): Promise<string> {
  class Sha256 {
    readonly #hash;
    constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
      this.#hash = secret ? createHmac('sha256', secret as Uint8Array) : createHash('sha256');
    }
    update(bytes: Uint8Array) {
      this.#hash.update(bytes);
    }
    async digest() {
      return this.#hash.digest();
    }
  }
  const { hostname, port, host } = new URL(cloud.endpoint);
  const signer = new SignatureV4({
    service: 's3',
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const { query = {} } = await signer.presign(
    {
      method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path,
      query: options.query ?? {},
      headers: { host, ...options.headers },
    },
    { expiresIn: options.expiresIn ?? 60, ...(options.at && { signingDate: options.at }) },
  );
  return `${cloud.endpoint}${path}?${new URLSearchParams(query as Record<string, string>)}`;
}

/** The URL that boto3 and the AWS CLI make by default for an endpoint of one's own (botocore 1.43, HmacV1QueryAuth). */
function signedV2(path: string, query: Record<string, string> = {}, expiresIn = 60): string {
  const parameters = new URLSearchParams({
    ...query,
    AWSAccessKeyId: 'test',
    Signature: 'xBlf21x8lM62xF3chJu9PfJqPjs=',
    Expires: String(Math.floor(Date.now() / 1000) + expiresIn),
  });
  return `${cloud.endpoint}${path}?${parameters}`;
}

async function answer(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const body = await response.text();
  const tag = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body,
    code: tag('Code'),
    message: tag('Message')?.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>'),
    tag,
  };
}

test('a URL of either version reads an object, and may name the answer’s headers', async () => {
  const query = { 'response-content-type': 'text/csv' };

  const answers = [await answer(await signedV4('GET', PATH, { query })), await answer(signedV2(PATH, query))];

  for (const { status, type, body } of answers)
    assert.deepEqual([status, type, body], [200, 'text/csv', 'x,y']);
});

test('headers that a signer moved to the URL are taken from there', async () => {
  // LocalStack's recorded answers test_put_url_metadata_with_sig_s3 and test_presigned_url_v4_x_amz_in_qs (2026-02-21):
  // boto3 does so with version 2, AWS's SDK for JavaScript with version 4, a checksum of no body included.
  const byV4 = await signedV4('PUT', `/${Bucket}/v4`, {
    headers: { 'x-amz-meta-foo': 'bar', 'x-amz-checksum-crc32': 'AAAAAA==' },
  });
  const byV2 = signedV2(`/${Bucket}/v2`, { 'content-type': 'text/x', 'x-amz-meta-foo': 'bar' });

  const put = [
    await answer(byV4, { method: 'PUT', body: Buffer.from('123456') }),
    await answer(byV2, { method: 'PUT', body: Buffer.from('123456') }),
  ];
  const heads = await Promise.all(['v4', 'v2'].map((Key) => cloud.call('s3', 'HeadObject', { Bucket, Key })));

  assert.match(byV4, /x-amz-meta-foo=bar&x-amz-checksum-crc32=/);
  assert.deepEqual(
    put.map(({ status }) => status),
    [200, 200],
  );
  assert.deepEqual(
    heads.map(({ Metadata, ContentLength }) => [Metadata, ContentLength]),
    [
      [{ foo: 'bar' }, 6],
      [{ foo: 'bar' }, 6],
    ],
  );
  assert.equal(heads[1].ContentType, 'text/x');
});

test('a URL lasts as long as it says on the cloud’s clock, and one that is signed later lasts again', async () => {
  // LocalStack's recorded answers test_s3_presigned_url_expired (2026-02-21).
  const urls = [await signedV4('GET', PATH), signedV2(PATH)];

  const before = await Promise.all(urls.map((url) => answer(url)));
  vi.setSystemTime(Date.now() + 1_000);
  await clock.advance(61_000);
  const after = await Promise.all(urls.map((url) => answer(url)));
  const later = await answer(await signedV4('GET', PATH, { at: new Date(Date.now() + 1_000) }));

  assert.deepEqual(
    before.map(({ status }) => status),
    [200, 200],
  );
  for (const { status, code, message, tag } of after) {
    assert.deepEqual([status, code, message], [403, 'AccessDenied', 'Request has expired']);
    assert.match(tag('Expires') ?? '', /^2026-01-01T00:01:00Z$/);
    assert.equal(tag('ServerTime'), '2026-01-01T00:01:01Z');
  }
  assert.equal(after[0]?.tag('X-Amz-Expires'), '60');
  assert.equal(later.status, 200);
});

test('a URL that is incomplete or malformed is refused in S3’s words', async () => {
  // LocalStack's recorded answers test_s3_put_presigned_url_missing_sig_param and test_presigned_double_encoded_credentials.
  const v4 = await signedV4('GET', PATH);
  const changed = (url: string, name: string, value: string | undefined) => {
    const found = new URL(url);
    if (value === undefined) found.searchParams.delete(name);
    else found.searchParams.set(name, value);
    return found.href;
  };
  const incomplete =
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.';
  const credential =
    'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".';
  const cases: readonly (readonly [string, number, string, string | RegExp])[] = [
    [changed(v4, 'X-Amz-Signature', undefined), 400, 'AuthorizationQueryParametersError', incomplete],
    [changed(v4, 'X-Amz-Expires', undefined), 400, 'AuthorizationQueryParametersError', incomplete],
    [changed(v4, 'X-Amz-Credential', 'test'), 400, 'AuthorizationQueryParametersError', credential],
    [
      changed(v4, 'X-Amz-Credential', 'test%2F20260101%2Fus-east-1%2Fs3%2Faws4_request'),
      400,
      'AuthorizationQueryParametersError',
      credential,
    ],
    [
      changed(v4, 'X-Amz-Credential', 'test/20200101/us-east-1/s3/aws4_request'),
      400,
      'AuthorizationQueryParametersError',
      /^Invalid credential date/,
    ],
    [changed(v4, 'X-Amz-Algorithm', 'AWS4'), 400, 'AuthorizationQueryParametersError', /only supports/],
    [changed(v4, 'X-Amz-Expires', 'x'), 400, 'AuthorizationQueryParametersError', /should be a number/],
    [changed(v4, 'X-Amz-Expires', '-1'), 400, 'AuthorizationQueryParametersError', /non-negative/],
    [changed(v4, 'X-Amz-Expires', '604801'), 400, 'AuthorizationQueryParametersError', /less than a week/],
    [changed(v4, 'X-Amz-Date', 'yesterday'), 400, 'AuthorizationQueryParametersError', /ISO8601/],
    [
      await signedV4('GET', PATH, { at: new Date(Date.now() + 3_600_000) }),
      403,
      'AccessDenied',
      'Request is not yet valid',
    ],
    [
      changed(signedV2(PATH), 'Signature', undefined),
      403,
      'AccessDenied',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    ],
    [changed(signedV2(PATH), 'Expires', 'soon'), 403, 'AccessDenied', /seconds since epoch/],
    [`${v4}&Signature=x`, 400, 'InvalidArgument', /^Only one auth mechanism allowed/],
  ];

  for (const [url, status, code, message] of cases) {
    const found = await answer(url);

    assert.deepEqual([found.status, found.code], [status, code], url);
    if (typeof message === 'string') assert.equal(found.message, message);
    else assert.match(found.message ?? '', message);
  }
});

test('a header that was not signed is refused, and a second signature too', async () => {
  // LocalStack's recorded answers test_put_url_metadata_with_sig_s3v4 and test_s3_ignored_special_headers (2026-02-21).
  const url = await signedV4('PUT', `/${Bucket}/unsigned`, { at: new Date(Date.now() + 1_000) });
  const put = (headers: Record<string, string>) =>
    answer(url, { method: 'PUT', body: Buffer.from('something'), headers });

  const wrong = await put({ 'x-amz-meta-wrong': 'wrong' });
  const ignored = await put({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' });
  const twice = await put({
    authorization:
      'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
  });

  assert.deepEqual(
    [wrong.status, wrong.code, wrong.tag('HeadersNotSigned')],
    [403, 'AccessDenied', 'x-amz-meta-wrong'],
  );
  assert.equal(ignored.status, 200);
  assert.deepEqual([twice.status, twice.code], [400, 'InvalidArgument']);
});

test('the older signature in a header names its caller as well', async () => {
  // botocore with signature_version 's3': https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
  const found = await answer(`${cloud.endpoint}${PATH}`, {
    headers: { authorization: 'AWS ASIAHWAAAAAAAAAAAAAA:c2lnbmF0dXJl' },
  });

  assert.deepEqual([found.status, found.code], [403, 'UnrecognizedClientException']);
});
