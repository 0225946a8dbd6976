/** Checks of a request's bytes before S3 takes them: the signed digest, the length, the document's own digests. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, test } from 'vitest';
import { localCloud, type TestCloud } from './support/localCloud.ts';
import { sendHttp1, sendHttp2 } from './support/rawHttp.ts';

const Bucket = 'bodies';
const cleanups: (() => unknown)[] = [];
let cloud: TestCloud;
let port: number;

beforeAll(async () => {
  cloud = await localCloud({ onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) });
  port = Number(new URL(cloud.endpoint).port);
  await cloud.call('s3', 'CreateBucket', { Bucket });
});

afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

const sha256 = (bytes: string) => createHash('sha256').update(bytes).digest('hex');
const WRONG = sha256('something else');
/** Above what is held in memory, so that it streams to disk. */
const LARGE = 'x'.repeat(1_500_000);

const ask = (method: string, target: string, headers: Record<string, string>, body = '', send = sendHttp1) =>
  send(port, {
    method,
    target,
    headers: Object.entries({ host: `127.0.0.1:${port}`, ...headers }),
    body,
  });

const code = (body: string) => /<Code>([^<]*)/.exec(body)?.[1];
const keys = async () =>
  ((await cloud.call('s3', 'ListObjectsV2', { Bucket })).Contents ?? []).map(
    ({ Key }: { Key: string }) => Key,
  );

test('bytes of another digest than was signed are refused and change nothing, held in memory or streamed', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
  await cloud.call('s3', 'PutObject', { Bucket, Key: 'kept', Body: Buffer.from('kept') });
  const { UploadId } = await cloud.call('s3', 'CreateMultipartUpload', { Bucket, Key: 'parts' });
  const wrong = { 'x-amz-content-sha256': WRONG };
  const deletion = '<Delete><Object><Key>kept</Key></Object></Delete>';

  const refused = [
    await ask('PUT', `/${Bucket}/small`, wrong, 'small'),
    await ask('PUT', `/${Bucket}/small`, wrong, 'small', sendHttp2),
    await ask('PUT', `/${Bucket}/large`, wrong, LARGE),
    await ask('PUT', `/${Bucket}/parts?partNumber=1&uploadId=${UploadId}`, wrong, LARGE),
    await ask('POST', `/${Bucket}?delete`, wrong, deletion),
    await ask('PUT', `/${Bucket}?versioning`, wrong, '<VersioningConfiguration/>'),
    await ask('PUT', `/${Bucket}/kept?tagging`, wrong, '<Tagging><TagSet/></Tagging>'),
    await ask('DELETE', `/${Bucket}/kept`, wrong),
    await ask('GET', `/${Bucket}/kept`, wrong),
    await ask('PUT', `/${Bucket}/empty`, wrong),
  ];

  for (const { status, body } of refused)
    assert.deepEqual([status, code(body)], [400, 'XAmzContentSHA256Mismatch']);
  assert.match(
    refused[0]?.body ?? '',
    new RegExp(
      `<ClientComputedContentSHA256>${WRONG}</ClientComputedContentSHA256><S3ComputedContentSHA256>${sha256('small')}<`,
    ),
  );
  assert.deepEqual(await keys(), ['kept']);
  assert.deepEqual((await cloud.call('s3', 'ListParts', { Bucket, Key: 'parts', UploadId })).Parts, []);
});

test('the signed digest may be right, left out or be said to be unsigned; anything else is refused', async () => {
  const put = (value: string, body = 'right') =>
    ask('PUT', `/${Bucket}/digest`, { 'x-amz-content-sha256': value }, body);

  const taken = [
    await put(sha256('right')),
    await put(sha256(LARGE), LARGE),
    await put(sha256(''), ''),
    await put('UNSIGNED-PAYLOAD'),
    await ask('PUT', `/${Bucket}/digest`, {}, 'right'),
  ];
  const odd = await put('whatever');

  assert.deepEqual(
    taken.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  assert.deepEqual([odd.status, code(odd.body)], [400, 'InvalidArgument']);
  assert.match(odd.body, /must be UNSIGNED-PAYLOAD, STREAMING-.* or a valid sha256 value/);
});

test('a body in signed chunks is taken without its framing, and needs its decoded length', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
  const signature = '0'.repeat(64);
  const chunks = `5;chunk-signature=${signature}\r\nhello\r\n0;chunk-signature=${signature}\r\n\r\n`;
  const headers = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' };

  const taken = await ask(
    'PUT',
    `/${Bucket}/chunks`,
    { ...headers, 'x-amz-decoded-content-length': '5' },
    chunks,
  );
  const withoutLength = await ask('PUT', `/${Bucket}/no-length`, headers, chunks);
  const wrongLength = await ask(
    'PUT',
    `/${Bucket}/no-length`,
    { ...headers, 'x-amz-decoded-content-length': '6' },
    chunks,
  );

  assert.equal(taken.status, 200);
  assert.equal((await cloud.call('s3', 'GetObject', { Bucket, Key: 'chunks' })).Body.toString(), 'hello');
  assert.deepEqual([withoutLength.status, code(withoutLength.body)], [411, 'MissingContentLength']);
  assert.deepEqual([wrongLength.status, code(wrongLength.body)], [400, 'IncompleteBody']);
  assert.ok(!(await keys()).includes('no-length'));
});

test('a document whose MD5 or checksum is another is not acted upon', async () => {
  await cloud.call('s3', 'PutObject', { Bucket, Key: 'spared', Body: Buffer.from('x') });
  const deletion = '<Delete><Object><Key>spared</Key></Object></Delete>';
  const other = createHash('md5').update('other').digest('base64');

  const byMd5 = await ask('POST', `/${Bucket}?delete`, { 'content-md5': other }, deletion);
  const byChecksum = await ask('POST', `/${Bucket}?delete`, { 'x-amz-checksum-crc32': 'AAAAAA==' }, deletion);

  assert.deepEqual([code(byMd5.body), code(byChecksum.body)], ['BadDigest', 'BadDigest']);
  assert.ok((await keys()).includes('spared'));
});
