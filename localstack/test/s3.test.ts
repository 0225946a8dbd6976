/** The local S3 through AWS's own, unmodified SDK client; each expectation names where it comes from. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud.ts';
import { manualClock } from '../core/clock.ts';

const clock = manualClock();
let stateDir: string;
let cloud: Cloud;
let s3: S3Client;
let buckets = 0;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'headwaters-s3-'));
  cloud = await startCloud({ stateDir, port: 0, clock, allowHosts: ['s3.us-east-1.amazonaws.com'] });
  s3 = client(cloud);
});

afterAll(async () => {
  s3.destroy();
  await cloud.stop();
  await rm(stateDir, { recursive: true });
});

const client = (of: Cloud, forcePathStyle = true) =>
  new S3Client({
    endpoint: of.endpoint,
    region: 'us-east-1',
    forcePathStyle,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

async function newBucket(): Promise<string> {
  const Bucket = `bucket-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('it succeeded'),
    (error) => ({ name: error.name, status: error.$metadata?.httpStatusCode, condition: error.Condition }),
  );

const textOf = async (Bucket: string, Key: string, more: object = {}) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

test('an object comes back with its bytes, type, metadata and the MD5 as its ETag', async () => {
  const Bucket = await newBucket();
  const Key = 'olá mundo/ä+b c.txt';

  const put = await s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: 'hello world',
      ContentType: 'text/plain',
      Metadata: { Owner: 'me' },
    }),
  );
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));

  assert.equal(put.ETag, '"5eb63bbbe01eeed093cb22bb8f5acdc3"');
  assert.equal(await got.Body?.transformToString(), 'hello world');
  assert.equal(got.ContentType, 'text/plain');
  assert.equal(got.ContentLength, 11);
  assert.deepEqual(got.Metadata, { owner: 'me' });
  // The SDK sends CRC32 by default; the value is zlib's.
  assert.equal(got.ChecksumCRC32, 'DUoRhQ==');
});

test('a body that is streamed in is stored without its chunk framing, and its trailing checksum is kept', async () => {
  const Bucket = await newBucket();
  const bytes = Buffer.alloc(3 * 1024 * 1024, 'headwaters');

  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'streamed',
      Body: Readable.from([bytes]),
      ContentLength: bytes.length,
    }),
  );
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'streamed' }));

  assert.deepEqual(Buffer.from(await got.Body!.transformToByteArray()), bytes);
  assert.ok(got.ChecksumCRC32);
});

test('every checksum algorithm is verified: a wrong value is refused and stores nothing', async () => {
  // Check values of "123456789" from the CRC catalogue (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME); hashes from sha*sum.
  const right = {
    ChecksumCRC32: Buffer.from('cbf43926', 'hex').toString('base64'),
    ChecksumCRC32C: Buffer.from('e3069283', 'hex').toString('base64'),
    ChecksumCRC64NVME: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
    ChecksumSHA1: Buffer.from('f7c3bc1d808e04732adf679965ccc34ca7ae3441', 'hex').toString('base64'),
    ChecksumSHA256: Buffer.from(
      '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
      'hex',
    ).toString('base64'),
    ContentMD5: Buffer.from('25f9e794323b453885f5181f1b624d0b', 'hex').toString('base64'),
  };
  const Bucket = await newBucket();

  for (const [member, value] of Object.entries(right)) {
    const wrong = Buffer.from(value, 'base64').fill(1).toString('base64');
    await s3.send(new PutObjectCommand({ Bucket, Key: member, Body: '123456789', [member]: value }));
    const refused = await failure(
      s3.send(new PutObjectCommand({ Bucket, Key: `${member}-wrong`, Body: '123456789', [member]: wrong })),
    );

    assert.equal(refused.name, 'BadDigest', member);
  }
  const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    Object.keys(right).sort(),
  );
});

test('ranges and conditions answer as RFC 9110 and S3 say', async () => {
  const Bucket = await newBucket();
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '0123456789' }));

  const middle = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=2-4' }));

  assert.equal(await middle.Body?.transformToString(), '234');
  assert.equal(middle.ContentRange, 'bytes 2-4/10');
  assert.equal(middle.$metadata.httpStatusCode, 206);
  assert.equal(await textOf(Bucket, 'k', { Range: 'bytes=-3' }), '789');
  assert.equal(await textOf(Bucket, 'k', { Range: 'bytes=8-' }), '89');
  assert.equal(await textOf(Bucket, 'k', { IfMatch: ETag }), '0123456789');
  assert.equal((await failure(textOf(Bucket, 'k', { Range: 'bytes=10-' }))).status, 416);
  assert.equal((await failure(textOf(Bucket, 'k', { IfNoneMatch: ETag }))).status, 304);
  assert.equal((await failure(textOf(Bucket, 'k', { IfMatch: '"other"' }))).status, 412);
  assert.equal((await failure(textOf(Bucket, 'missing'))).name, 'NoSuchKey');
  assert.equal((await failure(textOf('no-such-bucket', 'k'))).name, 'NoSuchBucket');
});

test('of two writers with If-None-Match: * one wins, and If-Match replaces only what was read', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  const Bucket = await newBucket();
  const write = (Body: string) =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'lock', Body, IfNoneMatch: '*' }));

  const outcomes = await Promise.allSettled([write('first'), write('second')]);
  const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'lock' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'lock', Body: 'third', IfMatch: ETag }));
  const stale = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'lock', Body: 'fourth', IfMatch: ETag })),
  );

  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.deepEqual(stale, { name: 'PreconditionFailed', status: 412, condition: 'If-Match' });
  assert.equal(await textOf(Bucket, 'lock'), 'third');
});

test('keys are listed in the order of their UTF-8 bytes, and pages join without gap or repetition', async () => {
  // In UTF-16, U+FF5E sorts after the surrogates of U+1F600; in UTF-8, before them.
  const Bucket = await newBucket();
  const keys = ['a', 'a/1', 'a/2', 'a0', 'b/x/1', 'b/y', 'é', '～', '😀'];
  for (const Key of keys.toReversed()) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));

  const seen: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken }));
    seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);

  assert.deepEqual(seen, keys);
  // Asked for by Trino's S3 client; only archived objects have one.
  const OptionalObjectAttributes = ['RestoreStatus' as const];
  const after = await s3.send(
    new ListObjectsV2Command({ Bucket, StartAfter: 'a/2', MaxKeys: 1, OptionalObjectAttributes }),
  );
  assert.equal(after.Contents?.[0]?.RestoreStatus, undefined);
  assert.deepEqual([after.Contents?.[0]?.Key, after.IsTruncated, after.KeyCount], ['a0', true, 1]);
});

test('a delimiter rolls keys up into common prefixes, each counted once and never split over pages', async () => {
  // LocalStack's recorded answer test_list_objects_v2_with_prefix_and_delimiter (2025-01-21): keys, prefixes and KeyCount.
  const Bucket = await newBucket();
  for (const Key of ['test/bar/foo/123', 'test/foo/bar/123', 'test/foo/bar/456'])
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

  const all = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'test/', Delimiter: '/' }));
  const first = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'test/', Delimiter: '/', MaxKeys: 1 }),
  );
  const second = await s3.send(
    new ListObjectsV2Command({
      Bucket,
      Prefix: 'test/',
      Delimiter: '/',
      MaxKeys: 1,
      ContinuationToken: first.NextContinuationToken,
    }),
  );

  assert.deepEqual(all.CommonPrefixes, [{ Prefix: 'test/bar/' }, { Prefix: 'test/foo/' }]);
  assert.deepEqual([all.KeyCount, all.IsTruncated], [2, false]);
  assert.deepEqual([first.CommonPrefixes, first.IsTruncated], [[{ Prefix: 'test/bar/' }], true]);
  assert.deepEqual([second.CommonPrefixes, second.IsTruncated], [[{ Prefix: 'test/foo/' }], false]);
});

test('the first version of the listing has markers, and names in URL encoding when asked', async () => {
  // LocalStack's recorded answer test_list_objects_next_marker (2025-01-21): NextMarker only with a delimiter.
  const Bucket = await newBucket();
  for (const Key of ['a b', 'c', 'd']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

  const one = await s3.send(
    new ListObjectsCommand({ Bucket, MaxKeys: 1, Delimiter: '/', EncodingType: 'url' }),
  );
  const rest = await s3.send(new ListObjectsCommand({ Bucket, Marker: 'a b' }));

  assert.deepEqual([one.Contents?.[0]?.Key, one.NextMarker, one.IsTruncated], ['a+b', 'a+b', true]);
  assert.deepEqual(
    rest.Contents?.map(({ Key }) => Key),
    ['c', 'd'],
  );
  assert.equal(rest.NextMarker, undefined);
});

test('deleting is idempotent, one by one and in bulk; a bucket goes only when it is empty', async () => {
  const Bucket = await newBucket();
  for (const Key of ['a', 'b', 'c']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

  const notEmpty = await failure(s3.send(new DeleteBucketCommand({ Bucket })));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  const bulk = await s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b' }, { Key: 'c' }, { Key: 'gone' }] } }),
  );
  await s3.send(new DeleteBucketCommand({ Bucket }));

  assert.deepEqual([notEmpty.name, notEmpty.status], ['BucketNotEmpty', 409]);
  assert.deepEqual(
    bulk.Deleted?.map(({ Key }) => Key),
    ['b', 'c', 'gone'],
  );
  assert.equal((await failure(s3.send(new GetBucketLocationCommand({ Bucket })))).name, 'NoSuchBucket');
});

test('a copy keeps metadata or replaces it, and its conditions fail with 412', async () => {
  // LocalStack's recorded answer test_s3_copy_object_preconditions (2025-11-12).
  const Bucket = await newBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a b', Body: 'data', Metadata: { x: '1' } }));
  const CopySource = `${Bucket}/a%20b`;

  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'kept', CopySource }));
  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'new',
      CopySource,
      MetadataDirective: 'REPLACE',
      Metadata: { y: '2' },
    }),
  );
  const refused = await failure(
    s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'no',
        CopySource,
        CopySourceIfNoneMatch: copied.CopyObjectResult?.ETag,
      }),
    ),
  );
  const onItself = await failure(s3.send(new CopyObjectCommand({ Bucket, Key: 'a b', CopySource })));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a b' }));

  assert.equal(copied.CopyObjectResult?.ETag, '"8d777f385d3dfec8815d20f7496026dc"');
  assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'kept' }))).Metadata, { x: '1' });
  assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'new' }))).Metadata, { y: '2' });
  assert.deepEqual(refused, {
    name: 'PreconditionFailed',
    status: 412,
    condition: 'x-amz-copy-source-If-None-Match',
  });
  assert.equal(onItself.name, 'InvalidRequest');
  assert.equal(await textOf(Bucket, 'kept'), 'data');
});

test('parts become one object whose ETag is the MD5 of their MD5s', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  const Bucket = await newBucket();
  const Key = 'large';
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'x/y' }));
  const first = Buffer.alloc(5 * 1024 * 1024, 'a');
  const upload = async (PartNumber: number, Body: Buffer) =>
    (await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))).ETag;
  const Parts = [
    { PartNumber: 1, ETag: await upload(1, first) },
    { PartNumber: 2, ETag: await upload(2, Buffer.from('end')) },
  ];

  const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  const wrongOrder = await failure(
    s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: Parts.toReversed() },
      }),
    ),
  );
  const done = await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));

  assert.deepEqual(
    listed.Parts?.map(({ Size }) => Size),
    [first.length, 3],
  );
  assert.equal(wrongOrder.name, 'InvalidPartOrder');
  assert.match(done.ETag ?? '', /^"[0-9a-f]{32}-2"$/);
  assert.equal(got.ContentType, 'x/y');
  assert.deepEqual(
    Buffer.from(await got.Body!.transformToByteArray()),
    Buffer.concat([first, Buffer.from('end')]),
  );
  assert.equal(
    (await failure(s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })))).name,
    'NoSuchUpload',
  );
});

test('a versioned bucket keeps what was overwritten and deleted, until its versions go', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
  const Bucket = await newBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'zero' }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const one = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'one' }));

  const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));

  assert.equal(deleted.DeleteMarker, true);
  assert.equal((await failure(textOf(Bucket, 'k'))).name, 'NoSuchKey');
  assert.equal(await textOf(Bucket, 'k', { VersionId: one.VersionId }), 'one');
  assert.equal(await textOf(Bucket, 'k', { VersionId: 'null' }), 'zero');
  assert.deepEqual(
    listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    [
      [one.VersionId, false],
      ['null', false],
    ],
  );
  assert.deepEqual(
    listed.DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    [[deleted.VersionId, true]],
  );
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: deleted.VersionId }));
  assert.equal(await textOf(Bucket, 'k'), 'one');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: one.VersionId }));
  assert.equal(await textOf(Bucket, 'k'), 'zero');
});

test('tags are kept with an object', async () => {
  const Bucket = await newBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'a=1&b=two%20words' }));

  const first = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }));
  await s3.send(
    new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: [{ Key: 'c', Value: '3' }] } }),
  );
  const second = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }));

  assert.deepEqual(first.TagSet, [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: 'two words' },
  ]);
  assert.deepEqual(second.TagSet, [{ Key: 'c', Value: '3' }]);
});

test('lifecycle rules expire objects at the midnight after their days, by the clock', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html: rounded to the next midnight UTC.
  const Bucket = await newBucket();
  const Rules = [
    { ID: 'stage', Status: 'Enabled' as const, Filter: { Prefix: 'stage/' }, Expiration: { Days: 1 } },
  ];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  await clock.advance(3600_000);
  for (const Key of ['stage/a', 'kept']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const keys = async () =>
    (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key);

  await clock.advance(24 * 3600_000);
  const afterADay = await keys();
  await clock.advance(24 * 3600_000);
  const afterTwo = await keys();

  assert.deepEqual(afterADay, ['kept', 'stage/a']);
  assert.deepEqual(afterTwo, ['kept']);
  assert.deepEqual((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules, Rules);
});

test('the bucket may be in the host name', async () => {
  const Bucket = await newBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'in the host' }));
  const { port } = new URL(cloud.endpoint);
  const read = (host: string, path: string) =>
    new Promise<string>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) =>
        resolve(text(answer)),
      );
      sent.on('error', reject).end();
    });

  for (const host of [
    `${Bucket}.s3.localhost:${port}`,
    `${Bucket}.localhost:${port}`,
    `${Bucket}.s3.us-east-1.amazonaws.com`,
  ])
    assert.equal(await read(host, '/a/b'), 'in the host', host);
  assert.equal(await read(`s3.localhost:${port}`, `/${Bucket}/a/b`), 'in the host');
});

test('buckets are listed with the time they were made', async () => {
  const Bucket = await newBucket();

  const { Buckets } = await s3.send(new ListBucketsCommand({}));

  assert.equal(Buckets?.find(({ Name }) => Name === Bucket)?.CreationDate?.getTime(), clock.now());
});

test('a transition changes the class of objects of 128 KiB and more', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
  const Bucket = await newBucket();
  const Rules = [
    {
      Status: 'Enabled' as const,
      Filter: { Prefix: '' },
      Transitions: [{ Days: 90, StorageClass: 'GLACIER_IR' as const }],
    },
  ];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  for (const [Key, size] of [
    ['large', 128 * 1024],
    ['small', 1000],
  ] as const)
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size) }));

  await clock.advance(91 * 24 * 3600_000);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));

  assert.deepEqual(
    Contents?.map(({ Key, StorageClass }) => [Key, StorageClass]),
    [
      ['large', 'GLACIER_IR'],
      ['small', 'STANDARD'],
    ],
  );
});

test('a deployed bucket has its versioning, lifecycle and notifications, and a second deploy changes them', async () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
  const provider = cloud.context.services().find(({ name }) => name === 's3')?.resources?.['AWS::S3::Bucket'];
  const deploy = (properties: object) =>
    provider!.deploy({ stackName: 'Lake', logicalId: 'Bucket', properties, asset: () => undefined });
  const BucketName = 'deployed-bucket';
  await cloud.call('sqs', 'CreateQueue', { QueueName: 'landed' });

  const { physicalId, attributes } = await deploy({
    BucketName,
    VersioningConfiguration: { Status: 'Enabled' },
    LifecycleConfiguration: {
      Rules: [{ Id: 'stage', Status: 'Enabled', Prefix: 'stage/', ExpirationInDays: 3 }],
    },
    NotificationConfiguration: {
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'in/' }] } },
          Queue: 'arn:aws:sqs:us-east-1:000000000000:landed',
        },
      ],
    },
  });
  const get = async (action: string) => cloud.call('s3', action, { Bucket: BucketName });
  const { Rules } = await get('GetBucketLifecycleConfiguration');
  const { QueueConfigurations } = await get('GetBucketNotificationConfiguration');
  const versioning = await get('GetBucketVersioning');
  await deploy({ BucketName });

  assert.equal(physicalId, BucketName);
  assert.equal(attributes.Arn, 'arn:aws:s3:::deployed-bucket');
  assert.deepEqual(versioning, { Status: 'Enabled' });
  assert.deepEqual(
    [Rules[0].ID, Rules[0].Filter.And.Prefix, Rules[0].Expiration],
    ['stage', 'stage/', { Days: 3 }],
  );
  assert.deepEqual(QueueConfigurations[0].Events, ['s3:ObjectCreated:*']);
  assert.deepEqual(QueueConfigurations[0].Filter.Key.FilterRules, [{ Name: 'prefix', Value: 'in/' }]);
  assert.deepEqual(await get('GetBucketNotificationConfiguration'), {});
  await assert.rejects(
    deploy({ BucketName, LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ObjectLock: true }] } }),
    /the lifecycle setting ObjectLock/,
  );
});

test('what is not done here is refused by name', async () => {
  const Bucket = await newBucket();

  const acl = await fetch(`${cloud.endpoint}/${Bucket}?acl`);
  const lock = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ObjectLockLegalHoldStatus: 'ON' })),
  );
  const glacier = await failure(
    s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', StorageClass: 'DEEP_ARCHIVE' })),
  );

  assert.equal(acl.status, 501);
  assert.match(await acl.text(), /\?acl/);
  assert.equal(lock.name, 'NotImplementedException');
  assert.equal(glacier.name, 'NotImplementedException');
});
