/** Copies of objects and of parts of them: the source stays as it was, and what S3 refuses is refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
  type UploadPartCopyCommandInput,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, test } from 'vitest';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const MIB = 1024 * 1024;
const Bucket = 'copies';

const cleanups: (() => unknown)[] = [];
let cloud: TestCloud;
let s3: S3Client;

beforeAll(async () => {
  cloud = await localCloud({ onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) });
  s3 = new S3Client({ ...cloud.client, forcePathStyle: true, maxAttempts: 1 });
  cleanups.unshift(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

async function bytesOf(Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) as Uint8Array);
}

const upload = async (Key: string) =>
  (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId as string;

const copyPart = (input: Partial<UploadPartCopyCommandInput>) =>
  s3.send(
    new UploadPartCopyCommand({
      Bucket,
      Key: 'copy',
      PartNumber: 1,
      CopySource: `${Bucket}/source`,
      UploadId: '',
      ...input,
    }),
  );

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('it succeeded'),
    (error) => ({ code: error.name, message: error.message, status: error.$metadata?.httpStatusCode }),
  );

const md5 = (bytes: Uint8Array) => `"${createHash('md5').update(bytes).digest('hex')}"`;

const pattern = (size: number) =>
  Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    .toString('latin1')
    .repeat(size / 256);

test('a large object is copied by ranges, part after part, and its source stays', async () => {
  const bytes = Buffer.from(pattern(11 * MIB), 'latin1');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: bytes }));
  const UploadId = await upload('copy');
  const ranges = [
    [0, 5 * MIB - 1],
    [5 * MIB, 10 * MIB - 1],
    [10 * MIB, bytes.length - 1],
  ] as const;

  const parts = await Promise.all(
    ranges.map(([first, last], index) =>
      copyPart({ UploadId, PartNumber: index + 1, CopySourceRange: `bytes=${first}-${last}` }),
    ),
  );
  const Parts = parts.map(({ CopyPartResult }, index) => ({
    PartNumber: index + 1,
    ETag: CopyPartResult?.ETag,
  }));
  const listed = await s3.send(new ListPartsCommand({ Bucket, Key: 'copy', UploadId }));
  await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key: 'copy', UploadId, MultipartUpload: { Parts } }),
  );

  assert.deepEqual(
    listed.Parts?.map(({ Size, ETag }) => [Size, ETag]),
    ranges.map(([first, last]) => [last - first + 1, md5(bytes.subarray(first, last + 1))]),
  );
  assert.ok(bytes.equals(await bytesOf('copy')));
  assert.ok(bytes.equals(await bytesOf('source')));
});

test('a part is copied whole without a range, of an empty object as well, with the upload’s checksum', async () => {
  // LocalStack's recorded answers test_upload_part_copy_no_copy_source_range and test_multipart_upload_part_copy_checksum.
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'this is a part' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key: 'copy', ChecksumAlgorithm: 'CRC32C' }),
  );
  const other = await upload('copy of nothing');

  const part = await copyPart({ UploadId });
  const nothing = await copyPart({
    UploadId: other,
    Key: 'copy of nothing',
    CopySource: `${Bucket}/empty`,
  });

  assert.equal(part.CopyPartResult?.ETag, '"11df95d595559285eb2b042124e74f09"');
  assert.equal(part.CopyPartResult?.ChecksumCRC32C, 'iqJrOQ==');
  assert.equal(nothing.CopyPartResult?.ETag, md5(Buffer.alloc(0)));
  assert.equal((await bytesOf('source')).toString(), 'this is a part');
});

test('a range of a copied part that is not first to last within the source is refused in S3’s words', async () => {
  // LocalStack's recorded answer test_upload_part_copy_range (2026-02-21), of a source of ten bytes.
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }));
  const UploadId = await upload('copy');
  const form =
    'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy';
  const wrongForms = ['0-8', 'bytes=1-0', 'bytes=-1-', 'bytes=0--1', 'bytes=0-1,3-4,7-9'];
  const open = ['bytes=-', 'bytes=-0', 'bytes=1-', 'bytes=-2', 'bytes=-15'];
  const refusal = (CopySourceRange: string) => failure(copyPart({ UploadId, CopySourceRange }));

  const taken = await copyPart({ UploadId, CopySourceRange: 'bytes=0-8' });
  const refused = await Promise.all([...wrongForms, ...open].map(refusal));
  const beyond = await refusal('bytes=0-100');
  const outside = await refusal('bytes=100-200');

  assert.equal(taken.CopyPartResult?.ETag, '"22975d8a5ed1b91445f6c55ac121505b"');
  assert.deepEqual(
    refused,
    [...wrongForms, ...open].map(() => ({ code: 'InvalidArgument', message: form, status: 400 })),
  );
  assert.deepEqual(beyond, {
    code: 'InvalidArgument',
    message: 'Range specified is not valid for source object of size: 10',
    status: 400,
  });
  assert.deepEqual(outside, {
    code: 'InvalidRequest',
    message: 'The specified copy range is invalid for the source object size',
    status: 400,
  });
  assert.equal((await bytesOf('source')).toString(), '0123456789');
});

test('conditions on a copied part’s source hold or fail with 412', async () => {
  // LocalStack's recorded answers test_upload_part_copy_with_… (2026-02-21).
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }));
  const UploadId = await upload('copy');
  const past = new Date(Date.now() - 86_400_000);
  const soon = new Date(Date.now() + 86_400_000);
  const conditionOf = async (input: Partial<UploadPartCopyCommandInput>) =>
    copyPart({ UploadId, ...input }).then(
      () => 'copied',
      (error) => [error.name, error.Condition],
    );

  const found = [
    await conditionOf({ CopySourceIfMatch: ETag }),
    await conditionOf({ CopySourceIfNoneMatch: '"other"' }),
    await conditionOf({ CopySourceIfModifiedSince: past }),
    await conditionOf({ CopySourceIfModifiedSince: soon }),
    await conditionOf({ CopySourceIfUnmodifiedSince: soon }),
    await conditionOf({ CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past }),
    await conditionOf({ CopySourceIfMatch: '"other"' }),
    await conditionOf({ CopySourceIfNoneMatch: ETag }),
    await conditionOf({ CopySourceIfUnmodifiedSince: past }),
    await conditionOf({ CopySourceIfNoneMatch: ETag, CopySourceIfUnmodifiedSince: past }),
  ];

  const failed = (condition: string) => ['PreconditionFailed', `x-amz-copy-source-${condition}`];
  assert.deepEqual(found, [
    ...Array(6).fill('copied'),
    failed('If-Match'),
    failed('If-None-Match'),
    failed('If-Unmodified-Since'),
    failed('If-Unmodified-Since'),
  ]);
});

test('a copy outlives the source, and a source overwritten while it is read is copied as it was', async () => {
  const first = Buffer.alloc(6 * MIB, 'a');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: first }));
  const UploadId = await upload('copy');

  const copying = cloud.call('s3', 'UploadPartCopy', {
    Bucket,
    Key: 'copy',
    UploadId,
    PartNumber: 1,
    CopySource: `${Bucket}/source`,
  });
  await cloud.call('s3', 'PutObject', { Bucket, Key: 'source', Body: Buffer.from('other') });
  const { CopyPartResult } = await copying;
  await copyPart({ UploadId, PartNumber: 2 });
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'source' }));
  await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: 'copy',
      UploadId,
      MultipartUpload: {
        Parts: [
          { PartNumber: 1, ETag: CopyPartResult.ETag },
          { PartNumber: 2, ETag: md5(Buffer.from('other')) },
        ],
      },
    }),
  );

  assert.ok(Buffer.concat([first, Buffer.from('other')]).equals(await bytesOf('copy')));
});

test('a copy is one object, however many parts its source has: ETag and checksum are of the whole', async () => {
  // LocalStack's recorded answers test_multipart_copy_object_etag and test_s3_copy_object_with_checksum (2026-02-21).
  const UploadId = await upload('source');
  const { ETag } = await s3.send(
    new UploadPartCommand({ Bucket, Key: 'source', UploadId, PartNumber: 1, Body: '{"key": "value"}' }),
  );
  const source = await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: 'source',
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
    }),
  );

  const copy = await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'copy',
      CopySource: `${Bucket}/source`,
      ChecksumAlgorithm: 'SHA256',
    }),
  );

  assert.match(source.ETag ?? '', /-1"$/);
  assert.equal(copy.CopyObjectResult?.ETag, '"88bac95f31528d13a072c05f2a1cf371"');
  assert.equal(copy.CopyObjectResult?.ChecksumSHA256, 'lyTB4g5uPk1/V+0l+dTvsAblCFkNUoyQ2ll/andcE+U=');
  assert.equal(copy.CopyObjectResult?.ChecksumType, 'FULL_OBJECT');
});

test('a source that is not there, is a delete marker or is not named as S3 names it is refused', async () => {
  // LocalStack's recorded answers test_s3_copy_object_src_not_exists and test_s3_copy_object_wrong_format.
  const versioned = 'copies-of-versions';
  await s3.send(new CreateBucketCommand({ Bucket: versioned }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await s3.send(new PutObjectCommand({ Bucket: versioned, Key: 'gone', Body: '' }));
  const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'gone' }));
  const copyOf = (CopySource: string) =>
    failure(s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource })));

  const codes = [
    await copyOf('no-such-bucket/k'),
    await copyOf(`${Bucket}/none`),
    await copyOf(`${versioned}/gone`),
    await copyOf(`${versioned}/gone?versionId=${VersionId}`),
    await copyOf('onlyonepart'),
    await copyOf(`${Bucket}/%zz`),
  ];

  assert.deepEqual(
    codes.map(({ code, status }) => [code, status]),
    [
      ['NoSuchBucket', 404],
      ['NoSuchKey', 404],
      ['NoSuchKey', 404],
      ['InvalidRequest', 400],
      ['InvalidArgument', 400],
      ['InvalidArgument', 400],
    ],
  );
  assert.match(codes[3]?.message ?? '', /delete marker by version id/);
  assert.equal(codes[4]?.message, 'Invalid copy source object key');
});

test('an upload that is aborted while it is completed is not there any more, and the cloud goes on', async () => {
  const UploadId = await upload('large');
  const Body = Buffer.alloc(6 * MIB);
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const PartNumber of [1, 2, 3])
    Parts.push({
      PartNumber,
      ETag: (await s3.send(new UploadPartCommand({ Bucket, Key: 'large', UploadId, PartNumber, Body }))).ETag,
    });

  const completing = cloud.call('s3', 'CompleteMultipartUpload', {
    Bucket,
    Key: 'large',
    UploadId,
    MultipartUpload: { Parts },
  });
  await cloud.call('s3', 'AbortMultipartUpload', { Bucket, Key: 'large', UploadId });

  await assert.rejects(completing, { code: 'NoSuchUpload' });
});

test('a body that only looks like a file of this machine is not one', async () => {
  const forged = cloud.call('s3', 'PutObject', {
    Bucket,
    Key: 'forged',
    Body: { path: import.meta.filename },
  });

  await assert.rejects(forged);
  await assert.rejects(cloud.call('s3', 'GetObject', { Bucket, Key: 'forged' }), { code: 'NoSuchKey' });
});
