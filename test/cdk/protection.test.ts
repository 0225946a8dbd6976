/** Protection of a deployment: names after a failed deploy, data after a deletion, deletions themselves. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { test } from 'vitest';
import { readSettings } from '../../lib/stacks/app.ts';
import { synthesise } from './synthesised.ts';

const small = synthesise({ studies: 'amazon' });
const large = synthesise({ studies: 'amazon', profile: 'large' });

test('What a failed first deploy made goes with it, so that the next deploy finds its names free', () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
  const policies = [
    'AWS::S3::Bucket',
    'AWS::DynamoDB::Table',
    'AWS::Glue::Database',
    'AWS::Glue::Table',
    'AWS::KMS::Key',
    'AWS::Kinesis::Stream',
  ]
    .flatMap(small.all)
    .map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy].join());

  assert.deepEqual([...new Set(policies)], ['RetainExceptOnCreate,Retain']);
});

test('A workgroup is deleted with its history of queries, which would otherwise block the deletion', () => {
  const groups = small.all('AWS::Athena::WorkGroup');

  assert.equal(groups.length, 3);
  for (const { Properties } of groups) assert.equal(Properties.RecursiveDeleteOption, true);
});

test('The lake’s bucket keeps what was overwritten or deleted for a week', () => {
  const lake = small
    .all('AWS::S3::Bucket')
    .find(({ Properties }) => JSON.stringify(Properties.BucketName).includes('-lake-'));

  assert.equal(lake?.Properties.VersioningConfiguration.Status, 'Enabled');
  assert.deepEqual(
    lake?.Properties.LifecycleConfiguration.Rules.find(({ Id }: { Id: string }) => Id === 'former-versions'),
    {
      ExpiredObjectDeleteMarker: true,
      Id: 'former-versions',
      NoncurrentVersionExpiration: { NoncurrentDays: 7 },
      Status: 'Enabled',
    },
  );
});

test('In the profile large, stacks and tables are protected from deletion; in small they are not', () => {
  const protectionOf = ({ folder }: typeof small) =>
    Object.values(
      JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')).artifacts as Record<
        string,
        { type: string; properties?: { terminationProtection?: boolean } }
      >,
    )
      .filter(({ type }) => type === 'aws:cloudformation:stack')
      .map(({ properties }) => properties?.terminationProtection ?? false);
  const tablesOf = (of: typeof small) =>
    of.all('AWS::DynamoDB::Table').map(({ Properties }) => Properties.DeletionProtectionEnabled);

  assert.deepEqual([...new Set(protectionOf(large))], [true]);
  assert.deepEqual([...new Set(tablesOf(large))], [true]);
  assert.deepEqual([...new Set(protectionOf(small))], [false]);
  assert.deepEqual([...new Set(tablesOf(small))], [false]);
});

test('Batches given up on reach their queue through EventBridge, which sends no test message that nobody takes', () => {
  const failures = small
    .all('AWS::S3::Bucket')
    .find(({ Properties }) => JSON.stringify(Properties.BucketName).includes('-failures-'));
  const [rule] = small.all('AWS::Events::Rule');

  assert.deepEqual(failures?.Properties.NotificationConfiguration, {
    EventBridgeConfiguration: { EventBridgeEnabled: true },
  });
  assert.deepEqual(rule?.Properties.EventPattern.detail.object, { key: [{ prefix: 'aws/lambda/' }] });
  assert.match(JSON.stringify(rule?.Properties.Targets), /FailedBatches/);
});

test('alarmEmail subscribes an address to the notifications; without it nobody is', () => {
  const [subscription] = synthesise({ studies: 'amazon', alarmEmail: 'data@example.com' }).all(
    'AWS::SNS::Subscription',
  );

  assert.deepEqual(
    [subscription?.Properties.Protocol, subscription?.Properties.Endpoint],
    ['email', 'data@example.com'],
  );
  assert.deepEqual(small.all('AWS::SNS::Subscription'), []);
  assert.throws(
    () => readSettings(new App({ context: { alarmEmail: 'nobody' } })),
    /alarmEmail=nobody .*data@example\.com/,
  );
});

test('Schedules that were made in one minute do not start in one: each draws its start from a window', () => {
  const windows = small
    .all('AWS::Scheduler::Schedule')
    .map(({ Properties }) => Properties.FlexibleTimeWindow);

  assert.equal(windows.length, 3);
  for (const { Mode, MaximumWindowInMinutes } of windows) {
    assert.equal(Mode, 'FLEXIBLE');
    assert.ok(MaximumWindowInMinutes >= 30);
  }
});
