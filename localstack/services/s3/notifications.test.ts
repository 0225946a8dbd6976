/** S3's notifications: which rule fits, what is sent, and that nothing is lost when the receiver is away. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { manualClock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { checkNotificationConfiguration } from './notificationConfiguration.ts';
import { createNotifications } from './notifications.ts';
import { type BucketRow, type ObjectRow, openObjectIndex } from './store.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:load';

const bucket: BucketRow = {
  name: 'landing',
  createdMs: 0,
  config: {
    notification: checkNotificationConfiguration({
      LambdaFunctionConfigurations: [
        {
          Id: 'csv',
          LambdaFunctionArn: FUNCTION,
          Events: ['s3:ObjectCreated:*'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'Prefix', Value: 'in/' },
                { Name: 'Suffix', Value: '.csv' },
              ],
            },
          },
        },
      ],
    }),
  },
};

const object = (key: string): ObjectRow => ({
  bucket: 'landing',
  key,
  version: 'null',
  seq: 255,
  size: 3,
  etag: 'abc',
  blob: 'b',
  modifiedMs: 0,
  deleteMarker: false,
  meta: { contentType: 'text/csv' },
});

function setUp(t: Pick<TestContext, 'onTestFinished'>, call: CloudContext['call']) {
  const clock = manualClock();
  const folder = mkdtempSync(join(tmpdir(), 'notifications-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const index = openObjectIndex(join(folder, 'index.sqlite'));
  const context = {
    clock,
    call,
    log() {},
    region: 'us-east-1',
    accountId: '000000000000',
  } as unknown as CloudContext;
  return { clock, index, notifications: createNotifications(context, index) };
}

test('only the event, prefix and suffix that a rule names are reported, in the shape that AWS sends', async (t) => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
  const calls: unknown[][] = [];
  const { index, notifications } = setUp(t, async (...call) => calls.push(call));

  for (const [key, event] of [
    ['in/a b.csv', 'ObjectCreated:Put'],
    ['in/a.json', 'ObjectCreated:Put'],
    ['out/a.csv', 'ObjectCreated:Put'],
    ['in/a.csv', 'ObjectRemoved:Delete'],
  ] as const)
    notifications.keep(bucket, object(key), event);
  notifications.deliver();
  await notifications.stop();

  assert.equal(calls.length, 1);
  const [service, action, input, principal] = calls[0] as [string, string, { Payload: Buffer }, unknown];
  assert.deepEqual([service, action, principal], ['lambda', 'Invoke', { service: 's3.amazonaws.com' }]);
  const record = JSON.parse(input.Payload.toString('utf8')).Records[0];
  assert.equal(record.eventSource, 'aws:s3');
  assert.equal(record.eventName, 'ObjectCreated:Put');
  assert.equal(record.eventTime, '2026-01-01T00:00:00.000Z');
  assert.equal(record.s3.configurationId, 'csv');
  assert.equal(record.s3.bucket.arn, 'arn:aws:s3:::landing');
  assert.deepEqual(record.s3.object, {
    key: 'in/a+b.csv',
    size: 3,
    eTag: 'abc',
    sequencer: '00000000000000FF',
  });
  index.close();
});

test('a notice that could not be delivered is kept and sent again, by the clock', async (t) => {
  let failures = 1;
  let delivered = 0;
  const { clock, index, notifications } = setUp(t, async () => {
    if (failures-- > 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 });
    delivered++;
  });
  notifications.keep(bucket, object('in/a.csv'), 'ObjectCreated:Put');

  notifications.deliver();
  await clock.advance(0);
  const before = { delivered, kept: index.sql('SELECT count(*) AS n FROM notices').get()?.n };
  await clock.advance(1000);

  assert.deepEqual(before, { delivered: 0, kept: 1 });
  assert.equal(delivered, 1);
  assert.equal(index.sql('SELECT count(*) AS n FROM notices').get()?.n, 0);
  await notifications.stop();
  index.close();
});

test('a destination that is none is refused in S3’s words', () => {
  // LocalStack's recorded answer test_invalid_lambda_arn (2023-08-05).
  assert.throws(
    () =>
      checkNotificationConfiguration({
        LambdaFunctionConfigurations: [
          { Id: 'x', LambdaFunctionArn: 'invalid-queue', Events: ['s3:ObjectCreated:*'] },
        ],
      }),
    { code: 'InvalidArgument', message: 'The ARN could not be parsed' },
  );
});
