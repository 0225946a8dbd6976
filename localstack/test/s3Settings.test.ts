/** Settings that S3 must not pass over: tags, places of notifications, pages, conditions, checksums, the shape of documents. */
import assert from 'node:assert/strict';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, test } from 'vitest';
import { localCloud, type TestCloud } from './support/localCloud.ts';

let cloud: TestCloud;
let s3: S3Client;
let buckets = 0;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  cloud = await localCloud({ onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) });
  s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
});

afterAll(async () => {
  s3.destroy();
  for (const cleanup of cleanups) await cleanup();
});

async function newBucket(): Promise<string> {
  const Bucket = `settings-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const put = (Bucket: string, Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'data', ...more }));

/** Sends a document as it is, without a client in between. */
const document = async (method: string, path: string, body: string) => {
  const response = await fetch(`${cloud.endpoint}/${path}`, { method, body });
  const text = await response.text();
  return { status: response.status, code: /<Code>(.*)<\/Code>/.exec(text)?.[1], text };
};

// LocalStack's recorded answers test_create_bucket_with_tags and its siblings (2026-02-23).
test('the tags that a bucket is made with are kept, and are a reason not to make it again', async () => {
  const create = (Bucket: string, Tags: { Key: string; Value: string }[]) =>
    s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { Tags } }));
  const Bucket = 'settings-tagged';

  await create(Bucket, [{ Key: 'tag1', Value: 'value1' }]);
  const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));

  assert.deepEqual(TagSet, [{ Key: 'tag1', Value: 'value1' }]);
  await assert.rejects(create(Bucket, [{ Key: 'tag1', Value: 'value1' }]), {
    name: 'BucketAlreadyOwnedByYou',
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await assert.rejects(create('settings-reserved', [{ Key: 'aws:tag', Value: 'x' }]), {
    name: 'InvalidTag',
    message: /^User-defined tag keys can't start with "aws:"/,
  });
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [] } }));
  await assert.rejects(s3.send(new GetBucketTaggingCommand({ Bucket })), { name: 'NoSuchTagSet' });
});

// LocalStack's recorded answers test_tagging_validation (2026-02-23).
test('tags that S3 does not take are refused in its words', async () => {
  const Bucket = await newBucket();
  await put(Bucket, 'k');
  const ofBucket = (...TagSet: { Key: string; Value: string }[]) =>
    s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  const ofObject = (...TagSet: { Key: string; Value: string }[]) =>
    s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));
  const one = { Key: 'Key1', Value: 'Val1' };

  await assert.rejects(ofBucket(one, one), { message: 'Cannot provide multiple Tags with the same key' });
  await assert.rejects(ofBucket({ Key: 'Key1,Key2', Value: '' }), {
    message: 'The TagKey you have provided is invalid',
  });
  await assert.rejects(ofBucket({ Key: 'Key1', Value: 'Val1,Val2' }), {
    message: 'The TagValue you have provided is invalid',
  });
  await assert.rejects(ofBucket({ Key: 'aws:prefixed', Value: '' }), {
    message: 'System tags cannot be added/updated by requester',
  });
  await assert.rejects(ofObject({ Key: 'aws:prefixed', Value: '' }), {
    message: 'Your TagKey cannot be prefixed with aws:',
  });
  await assert.rejects(put(Bucket, 'k', { Tagging: 'key1=val1&key1=val2' }), {
    name: 'InvalidArgument',
    message: /shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates/,
  });
});

// LocalStack's recorded answers test_different_location_constraint and its siblings (2026-02-23).
test('a bucket for another region says so everywhere, and a region that is none is refused', async () => {
  const Bucket = 'settings-elsewhere';
  const create = (LocationConstraint: string) =>
    s3.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: LocationConstraint as never },
      }),
    );

  await create('eu-west-1');
  const location = await s3.send(new GetBucketLocationCommand({ Bucket }));
  const head = await s3.send(new HeadBucketCommand({ Bucket }));
  const there = await s3.send(new ListBucketsCommand({ BucketRegion: 'eu-west-1' }));

  assert.equal(location.LocationConstraint, 'eu-west-1');
  assert.equal(head.BucketRegion, 'eu-west-1');
  assert.deepEqual(
    there.Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion]),
    [[Bucket, 'eu-west-1']],
  );
  await assert.rejects(create('foo'), {
    name: 'InvalidLocationConstraint',
    message: 'The specified location-constraint is not valid',
  });
  await assert.rejects(s3.send(new ListBucketsCommand({ BucketRegion: 'eu-east-1' })), {
    message: 'Argument value eu-east-1 is not a valid AWS Region',
  });
});

// LocalStack's recorded answers test_multiple_invalid_sqs_arns and test_invalid_lambda_arn (2025-01-21).
test('notifications to what does not exist are refused, each destination by name, unless that is not to be checked', async () => {
  const Bucket = await newBucket();
  const { QueueUrl } = await cloud.call('sqs', 'CreateQueue', { QueueName: 'here' });
  const queue = (name: string) => ({
    QueueArn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
    Events: ['s3:ObjectCreated:*' as const],
  });
  const configure = (NotificationConfiguration: object, more: object = {}) =>
    s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, ...more }));
  const get = async () =>
    (await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).QueueConfigurations?.map(
      ({ QueueArn }) => QueueArn,
    );

  await assert.rejects(configure({ QueueConfigurations: [queue('here'), queue('gone'), queue('never')] }), {
    name: 'InvalidArgument',
    message: 'Unable to validate the following destination configurations',
    ArgumentName1: queue('gone').QueueArn,
    ArgumentValue1: 'The destination queue does not exist',
    ArgumentName2: queue('never').QueueArn,
  });
  const lambda = 'arn:aws:lambda:us-east-1:000000000000:function:none';
  await assert.rejects(
    configure({
      LambdaFunctionConfigurations: [{ LambdaFunctionArn: lambda, Events: ['s3:ObjectCreated:*'] }],
    }),
    { ArgumentName1: `${lambda}, null`, ArgumentValue1: `Not authorized to invoke function [${lambda}]` },
  );
  const topic = 'arn:aws:sns:us-east-1:000000000000:none';
  await assert.rejects(
    configure({ TopicConfigurations: [{ TopicArn: topic, Events: ['s3:ObjectCreated:*'] }] }),
    { ArgumentName1: topic, ArgumentValue1: 'The destination topic does not exist' },
  );
  const otherRegion = 'arn:aws:sqs:eu-west-1:000000000000:here';
  await assert.rejects(
    configure({ QueueConfigurations: [{ QueueArn: otherRegion, Events: ['s3:ObjectCreated:*'] }] }),
    { ArgumentName1: otherRegion },
  );

  assert.equal(await get(), undefined);
  await configure({ QueueConfigurations: [queue('here')] });
  assert.deepEqual(await get(), [queue('here').QueueArn]);
  await configure({ QueueConfigurations: [queue('gone')] }, { SkipDestinationValidation: true });
  assert.deepEqual(await get(), [queue('gone').QueueArn]);
  await cloud.call('sqs', 'DeleteQueue', { QueueUrl });
});

test('a queue and a topic get a test message when they become destinations, unless destinations are not validated', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
  const Bucket = await newBucket();
  const { QueueUrl } = await cloud.call('sqs', 'CreateQueue', { QueueName: 'tested' });
  const QueueConfigurations = [
    { QueueArn: 'arn:aws:sqs:us-east-1:000000000000:tested', Events: ['s3:ObjectCreated:*' as const] },
  ];
  const received = async () =>
    ((await cloud.call('sqs', 'ReceiveMessage', { QueueUrl, WaitTimeSeconds: 1 })).Messages ?? []).map(
      ({ Body }: { Body: string }) => JSON.parse(Body),
    );
  const configure = (more: object = {}) =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations },
        ...more,
      }),
    );

  await configure({ SkipDestinationValidation: true });
  const unvalidated = await cloud.call('sqs', 'GetQueueAttributes', {
    QueueUrl,
    AttributeNames: ['ApproximateNumberOfMessages'],
  });
  await configure();
  const [message, ...others] = await received();

  assert.equal(unvalidated.Attributes.ApproximateNumberOfMessages, '0');
  assert.deepEqual(others, []);
  assert.deepEqual([message.Service, message.Event, message.Bucket], ['Amazon S3', 's3:TestEvent', Bucket]);
  assert.deepEqual(Object.keys(message), ['Service', 'Event', 'Time', 'Bucket', 'RequestId', 'HostId']);
  await cloud.call('sqs', 'DeleteQueue', { QueueUrl });
});

test('a bucket that sends its events to EventBridge sends all of them, without a test message', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
  const Bucket = await newBucket();
  const { QueueUrl } = await cloud.call('sqs', 'CreateQueue', { QueueName: 'bus' });
  await cloud.call('events', 'PutRule', {
    Name: 'objects',
    EventPattern: JSON.stringify({ source: ['aws.s3'], detail: { bucket: { name: [Bucket] } } }),
  });
  await cloud.call('events', 'PutTargets', {
    Rule: 'objects',
    Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:000000000000:bus' }],
  });
  const received = async () => {
    const { Messages = [] } = await cloud.call('sqs', 'ReceiveMessage', { QueueUrl, WaitTimeSeconds: 5 });
    for (const { ReceiptHandle } of Messages)
      await cloud.call('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle });
    return Messages.map(({ Body }: { Body: string }) => JSON.parse(Body));
  };

  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  );
  await put(Bucket, 'a b', {});
  const [created, ...others] = await received();
  await cloud.call('s3', 'DeleteObject', { Bucket, Key: 'a b' });
  const [deleted] = await received();

  assert.deepEqual(others, []);
  assert.deepEqual(
    [created['detail-type'], created.resources],
    ['Object Created', [`arn:aws:s3:::${Bucket}`]],
  );
  assert.deepEqual([created.detail.object.key, created.detail.reason], ['a b', 'PutObject']);
  assert.deepEqual(
    [deleted['detail-type'], deleted.detail['deletion-type']],
    ['Object Deleted', 'Permanently Deleted'],
  );
  await cloud.call('events', 'RemoveTargets', { Rule: 'objects', Ids: ['q'] });
  await cloud.call('events', 'DeleteRule', { Name: 'objects' });
  await cloud.call('sqs', 'DeleteQueue', { QueueUrl });
});

test('events that are not reported are refused by name, those that S3 does not know as S3 does', async () => {
  const Bucket = await newBucket();
  const configure = (event: string, rule = 'prefix') =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              QueueArn: 'arn:aws:sqs:us-east-1:000000000000:q',
              Events: [event as never],
              Filter: { Key: { FilterRules: [{ Name: rule as never, Value: 'x' }] } },
            },
          ],
        },
      }),
    );

  await assert.rejects(configure('s3:ObjectTagging:Put'), {
    name: 'NotImplementedException',
    message: /s3:ObjectTagging:Put/,
  });
  await assert.rejects(configure('s3:Nothing'), { name: 'InvalidArgument', ArgumentValue: 's3:Nothing' });
  await assert.rejects(configure('s3:ObjectCreated:*', 'infix'), {
    message: 'filter rule name must be either prefix or suffix',
  });
});

test('an answer that an object has not changed says what the object is', async () => {
  const Bucket = await newBucket();
  const { ETag } = await put(Bucket, 'k', { CacheControl: 'max-age=60' });
  const ask = (headers: Record<string, string>, method = 'GET') =>
    fetch(`${cloud.endpoint}/${Bucket}/k`, { method, headers });

  const answers = [
    await ask({ 'if-none-match': ETag! }),
    await ask({ 'if-none-match': ETag! }, 'HEAD'),
    await ask({ 'if-modified-since': new Date().toUTCString() }),
  ];

  for (const { status, headers } of answers) {
    assert.equal(status, 304);
    assert.equal(headers.get('etag'), ETag);
    assert.equal(headers.get('cache-control'), 'max-age=60');
    assert.ok(Date.parse(headers.get('last-modified') ?? '') > 0);
    assert.ok(headers.get('x-amz-request-id'));
  }
});

test('buckets are listed by prefix and in pages', async () => {
  for (const name of ['a', 'b', 'c']) await s3.send(new CreateBucketCommand({ Bucket: `paged-${name}` }));
  const names: (string | undefined)[][] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      new ListBucketsCommand({ Prefix: 'paged-', MaxBuckets: 2, ContinuationToken }),
    );
    names.push((page.Buckets ?? []).map(({ Name }) => Name));
    ContinuationToken = page.ContinuationToken;
  } while (ContinuationToken);

  assert.deepEqual(names, [['paged-a', 'paged-b'], ['paged-c']]);
  await assert.rejects(s3.send(new ListBucketsCommand({ MaxBuckets: 0 })), { name: 'InvalidArgument' });
});

// LocalStack's recorded answers of TestS3ListMultipartUploads (2026-02-21).
test('open uploads are listed in pages, behind markers and a delimiter', async () => {
  const Bucket = await newBucket();
  const begin = async (Key: string) =>
    (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId;
  await begin('dir/x');
  await begin('dir/y');
  const ids = { b: await begin('b'), a: [await begin('a'), await begin('a')] };
  const list = (input: Partial<ListMultipartUploadsCommandInput>) =>
    s3.send(new ListMultipartUploadsCommand({ Bucket, ...input }));
  const keysOf = ({ Uploads = [] }: Awaited<ReturnType<typeof list>>) => Uploads.map(({ Key }) => Key);

  const all = await list({});
  const first = await list({ MaxUploads: 1 });
  const second = await list({
    MaxUploads: 1,
    KeyMarker: first.NextKeyMarker,
    UploadIdMarker: first.NextUploadIdMarker,
  });
  const afterKey = await list({ KeyMarker: 'a' });
  const rolled = await list({ Delimiter: '/' });

  assert.deepEqual(keysOf(all), ['a', 'a', 'b', 'dir/x', 'dir/y']);
  assert.deepEqual([all.IsTruncated, all.MaxUploads, all.NextKeyMarker], [false, 1000, 'dir/y']);
  assert.deepEqual([keysOf(first), first.IsTruncated], [['a'], true]);
  assert.deepEqual(new Set([first, second].map(({ Uploads }) => Uploads?.[0]?.UploadId)), new Set(ids.a));
  assert.deepEqual(keysOf(afterKey), ['b', 'dir/x', 'dir/y']);
  assert.deepEqual([keysOf(rolled), rolled.CommonPrefixes], [['a', 'a', 'b'], [{ Prefix: 'dir/' }]]);
  await assert.rejects(list({ KeyMarker: 'a', UploadIdMarker: ids.b }), {
    name: 'InvalidArgument',
    message: 'Invalid uploadId marker',
  });
});

// LocalStack's recorded answer test_list_parts_pagination (2026-02-21).
test('parts are listed in pages', async () => {
  const Bucket = await newBucket();
  const upload = { Bucket, Key: 'k' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
  for (const PartNumber of [1, 2])
    await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber, Body: 'data' }));
  const list = async (more: object) => {
    const page = await s3.send(new ListPartsCommand({ ...upload, UploadId, ...more }));
    return [page.Parts?.map((part) => part.PartNumber) ?? [], page.IsTruncated, page.NextPartNumberMarker];
  };

  assert.deepEqual(await list({}), [[1, 2], false, '2']);
  assert.deepEqual(await list({ MaxParts: 1 }), [[1], true, '1']);
  assert.deepEqual(await list({ MaxParts: 1, PartNumberMarker: '1' }), [[2], false, '2']);
  assert.deepEqual(await list({ MaxParts: 1, PartNumberMarker: '10' }), [[], false, '0']);
  await assert.rejects(list({ PartNumberMarker: 'x' }), { name: 'InvalidArgument' });
});

// LocalStack's recorded answers test_list_objects_versions_markers and …_with_prefix_only_and_pagination (2026-02-21).
test('versions are counted one by one, and a page may end between those of one key', async () => {
  const Bucket = await newBucket();
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const versions: (string | undefined)[] = [];
  for (const Key of ['a', 'a', 'a', 'b']) versions.push((await put(Bucket, Key)).VersionId);
  const { VersionId: marker } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
  const [oldest, , newest, ofB] = versions;
  const list = (input: Partial<ListObjectVersionsCommandInput>) =>
    s3.send(new ListObjectVersionsCommand({ Bucket, ...input }));
  const idsOf = ({ Versions = [], DeleteMarkers = [] }: Awaited<ReturnType<typeof list>>) => [
    ...Versions.map(({ VersionId }) => VersionId),
    ...DeleteMarkers.map(({ VersionId }) => VersionId),
  ];

  const first = await list({ MaxKeys: 2 });
  const second = await list({
    MaxKeys: 2,
    KeyMarker: first.NextKeyMarker,
    VersionIdMarker: first.NextVersionIdMarker,
  });
  const third = await list({
    MaxKeys: 2,
    KeyMarker: second.NextKeyMarker,
    VersionIdMarker: second.NextVersionIdMarker,
  });
  const afterKey = await list({ KeyMarker: 'a' });

  assert.deepEqual(idsOf(first), [newest, versions[1]]);
  assert.deepEqual(
    [first.IsTruncated, first.NextKeyMarker, first.NextVersionIdMarker],
    [true, 'a', versions[1]],
  );
  assert.deepEqual([idsOf(second), second.IsTruncated], [[oldest, marker], true]);
  assert.deepEqual([idsOf(third), third.IsTruncated], [[ofB], false]);
  assert.deepEqual(idsOf(afterKey), [ofB, marker]);
  await assert.rejects(list({ VersionIdMarker: newest }), {
    message: 'A version-id marker cannot be specified without a key marker.',
  });
});

// LocalStack's recorded answer test_copy_object_precondition_write_validation (2026-02-21).
test('conditions that S3 does not take of a write are refused, of copies and uploads too', async () => {
  const Bucket = await newBucket();
  await put(Bucket, 'k');
  const copy = (more: object) =>
    s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k`, ...more }));

  await assert.rejects(copy({ IfNoneMatch: 'etag' }), { name: 'NotImplemented', Header: 'If-None-Match' });
  await assert.rejects(copy({ IfMatch: '*' }), { name: 'NotImplemented', Header: 'If-Match' });
  await assert.rejects(put(Bucket, 'k', { IfMatch: 'a', IfNoneMatch: '*' }), {
    name: 'NotImplemented',
    Header: 'If-Match,If-None-Match',
  });
});

test('an object is deleted in a batch only as the version that is meant', async () => {
  const Bucket = await newBucket();
  const { ETag } = await put(Bucket, 'k');
  const remove = async (etag: string) =>
    s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'k', ETag: etag }] } }));

  const refused = await remove('"another"');
  const done = await remove(ETag!);

  assert.deepEqual(
    refused.Errors?.map(({ Key, Code }) => [Key, Code]),
    [['k', 'PreconditionFailed']],
  );
  assert.deepEqual(done.Deleted, [{ Key: 'k' }]);
});

// LocalStack's recorded answers of TestS3MultipartUploadChecksum (2026-02-21).
test('checksums of parts are compared when an upload is completed', async () => {
  const Bucket = await newBucket();
  const upload = { Bucket, Key: 'k' };
  const begin = (more: object) => s3.send(new CreateMultipartUploadCommand({ ...upload, ...more }));
  const { UploadId } = await begin({ ChecksumAlgorithm: 'SHA256' });
  const part = await s3.send(
    new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'data', ChecksumAlgorithm: 'SHA256' }),
  );
  const complete = (checksum: object, more: object = {}) =>
    s3.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag, ...checksum }] },
        ...more,
      }),
    );

  await assert.rejects(complete({}), {
    name: 'InvalidRequest',
    message:
      'The upload was created using a sha256 checksum. The complete request must include the checksum for each part. ' +
      'It was missing for part 1 in the request.',
  });
  await assert.rejects(complete({ ChecksumSHA256: 'b'.repeat(44) }), { name: 'InvalidPart' });
  await assert.rejects(complete({ ChecksumSHA1: 'x' }), {
    name: 'BadDigest',
    message: 'The sha1 you specified for part 1 did not match what we received.',
  });
  await assert.rejects(complete({ ChecksumSHA256: part.ChecksumSHA256 }, { ChecksumType: 'FULL_OBJECT' }), {
    message:
      'The upload was created using the COMPOSITE checksum mode. The complete request must use the same checksum mode.',
  });
  await assert.rejects(
    s3.send(
      new UploadPartCommand({ ...upload, UploadId, PartNumber: 2, Body: 'x', ChecksumAlgorithm: 'CRC32' }),
    ),
    {
      message: 'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32',
    },
  );
  await assert.rejects(begin({ ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }), {
    message: 'The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.',
  });
  await assert.rejects(begin({ ChecksumType: 'COMPOSITE' }), {
    message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
  });
  assert.match((await complete({ ChecksumSHA256: part.ChecksumSHA256 })).ChecksumSHA256 ?? '', /-1$/);
});

test('a document with an element that S3 does not know, or a value that it does not have, is refused', async () => {
  const Bucket = await newBucket();
  const rule = (content: string) =>
    document(
      'PUT',
      `${Bucket}?lifecycle`,
      `<LifecycleConfiguration><Rule><Status>Enabled</Status>${content}</Rule></LifecycleConfiguration>`,
    );

  const answers = [
    await document(
      'PUT',
      `${Bucket}?versioning`,
      '<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>',
    ),
    await document(
      'PUT',
      `${Bucket}?versioning`,
      '<VersioningConfiguration><State>Enabled</State></VersioningConfiguration>',
    ),
    await document('POST', `${Bucket}?delete`, '<Delete><Quiet>true</Quiet></Delete>'),
    await rule('<Prefix>a</Prefix><Expiration><Days>soon</Days></Expiration>'),
    await rule('<Expiration><Days>1</Days></Expiration>'),
  ];
  const none = await document('PUT', `${Bucket}?versioning`, '<VersioningConfiguration/>');

  for (const { status, code } of answers) assert.deepEqual([status, code], [400, 'MalformedXML']);
  assert.equal(none.code, 'IllegalVersioningConfigurationException');
});

// LocalStack's recorded answers test_put_bucket_lifecycle_conf_exc and test_s3_transition_default_minimum_object_size (2026-02-21).
test('a lifecycle that contradicts itself or is not done here is refused; what small objects do is kept', async () => {
  const Bucket = await newBucket();
  const configure = (rule: object, more: object = {}) =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: '' }, ...rule }],
        },
        ...more,
      }),
    );

  await assert.rejects(configure({ Expiration: { Date: new Date('2026-01-01T12:00:00Z') } }), {
    name: 'InvalidArgument',
    message: "'Date' must be at midnight GMT",
  });
  await assert.rejects(configure({ Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }), {
    name: 'MalformedXML',
  });
  const tag = { Key: 'k', Value: 'v' };
  await assert.rejects(configure({ Filter: { And: { Tags: [tag, tag] } }, Expiration: { Days: 1 } }), {
    message: 'Duplicate Tag Keys are not allowed.',
  });
  await assert.rejects(
    configure({ NoncurrentVersionTransitions: [{ NoncurrentDays: 1, StorageClass: 'STANDARD_IA' }] }),
    { name: 'NotImplementedException', message: /NoncurrentVersionTransitions/ },
  );
  await assert.rejects(configure({ Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }), {
    name: 'NotImplementedException',
    message: /GLACIER/,
  });
  await configure(
    { Expiration: { Date: new Date('2026-01-01T00:00:00Z') } },
    { TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' },
  );
  const kept = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  assert.equal(kept.TransitionDefaultMinimumObjectSize, 'varies_by_storage_class');
  assert.deepEqual(kept.Rules?.[0]?.Expiration?.Date, new Date('2026-01-01T00:00:00Z'));
});

test('settings of a request that are not done here are refused by name, and wrong ones in S3’s words', async () => {
  const Bucket = await newBucket();
  const refused = async (more: object) =>
    put(Bucket, 'k', more).then(
      () => assert.fail('it succeeded'),
      (error) => `${error.name}: ${error.message}`,
    );
  const get = async (query: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${cloud.endpoint}/${Bucket}${query}`, { headers });
    const text = await response.text();
    return `${/<Code>(.*)<\/Code>/.exec(text)?.[1]}: ${/<Message>(.*)<\/Message>/.exec(text)?.[1]}`;
  };

  assert.match(
    await refused({ WebsiteRedirectLocation: '/x' }),
    /^NotImplementedException: .*WebsiteRedirectLocation/,
  );
  assert.match(await refused({ GrantRead: 'id=x' }), /^NotImplementedException: .*GrantRead/);
  assert.match(await refused({ StorageClass: 'GLACIER' }), /^NotImplementedException: .*GLACIER/);
  assert.equal(
    await refused({ StorageClass: 'COLD' }),
    'InvalidStorageClass: The storage class you specified is not valid',
  );
  assert.equal(
    await refused({ ACL: 'public-read' }),
    'AccessControlListNotSupported: The bucket does not allow ACLs',
  );
  assert.match(await refused({ ACL: 'everyone' }), /^InvalidArgument/);
  assert.match(
    await refused({ ExpectedBucketOwner: 'abcd' }),
    /^InvalidBucketOwnerAWSAccountID: The value of the expected bucket owner parameter must be an AWS Account ID... \[abcd\]/,
  );
  assert.match(await get('/k?partNumber=1'), /^NotImplementedException: .*PartNumber/);
  assert.equal(
    await get('?max-keys=-1'),
    'InvalidArgument: Argument maxKeys must be an integer between 0 and 2147483647',
  );
  assert.match(await get('?max-keys=many'), /^InvalidArgument: Provided max-keys not an integer/);
  assert.match(await get('?encoding-type=html'), /^InvalidArgument: Invalid Encoding Method/);
  assert.match(await get('?list-type=3'), /^InvalidArgument: Invalid List Type/);
  assert.match(
    await get('', { 'x-amz-object-attributes': 'ETag' }),
    /^NotImplementedException: .*x-amz-object-attributes/,
  );
  await assert.rejects(
    s3.send(new CreateBucketCommand({ Bucket: 'settings-locked', ObjectLockEnabledForBucket: true })),
    { name: 'NotImplementedException', message: /ObjectLockEnabledForBucket/ },
  );
  await assert.rejects(
    s3.send(new CreateBucketCommand({ Bucket: 'settings-owned', ObjectOwnership: 'ObjectWriter' })),
    { name: 'NotImplementedException', message: /ObjectWriter/ },
  );
});

test('the checksum mode is taken in any case, as AWS’s SDK for C++ sends it', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'any-case' }));
  await s3.send(new PutObjectCommand({ Bucket: 'any-case', Key: 'k', Body: 'text' }));

  const answer = await fetch(`${cloud.endpoint}/any-case/k`, {
    headers: { 'x-amz-checksum-mode': 'enabled' },
  });

  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), 'text');
});
