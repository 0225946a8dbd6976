/** Keys by every name that they may be asked for, over deploys and a restart. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { manualClock } from '../../core/clock.ts';
import type { CallContext, CloudContext } from '../../core/service.ts';
import { createKms } from './index.ts';

const call = {} as CallContext;

test('a deployed key is found by id, ARN, alias and alias ARN, and a deploy again keeps it', async () => {
  // https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html: the four forms of KeyId
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-kms-'));
  const context = {
    stateDir,
    clock: manualClock(),
    region: 'us-east-1',
    accountId: '000000000000',
  } as unknown as CloudContext;
  const deployment = { stackName: 'Lake', logicalId: 'Key', asset: () => undefined };
  const first = createKms(context);
  const deploy = (type: string, properties: object, physicalId?: string) =>
    first.resources![type]!.deploy({ ...deployment, properties, physicalId });

  const key = await deploy('AWS::KMS::Key', { Description: 'lake' });
  await deploy('AWS::KMS::Alias', { AliasName: 'alias/headwaters', TargetKeyId: key.attributes.Arn });
  const again = await deploy('AWS::KMS::Key', { Description: 'the lake' }, key.physicalId);
  await first.stop?.();
  const kms = createKms(context);

  assert.equal(again.physicalId, key.physicalId);
  for (const KeyId of [
    key.physicalId,
    key.attributes.Arn,
    'alias/headwaters',
    'arn:aws:kms:us-east-1:000000000000:alias/headwaters',
  ]) {
    const { KeyMetadata } = await kms.actions.DescribeKey!({ KeyId }, call);
    assert.deepEqual([KeyMetadata.Arn, KeyMetadata.Description], [key.attributes.Arn, 'the lake'], KeyId);
  }
  assert.throws(() => kms.actions.DescribeKey!({ KeyId: 'alias/none' }, call), { code: 'NotFoundException' });
  await assert.rejects(
    kms.resources!['AWS::KMS::Alias']!.deploy({
      ...deployment,
      properties: { AliasName: 'alias/aws/s3', TargetKeyId: key.physicalId },
    }),
    { code: 'InvalidAliasNameException' },
  );
  await kms.stop?.();
  await rm(stateDir, { recursive: true });
});

test('a key on its way to deletion says so, and is gone once its waiting period is over', async () => {
  // https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-kms-'));
  const clock = manualClock();
  const kms = createKms({
    stateDir,
    clock,
    region: 'us-east-1',
    accountId: '000000000000',
  } as unknown as CloudContext);
  const { physicalId: KeyId } = await kms.resources!['AWS::KMS::Key']!.deploy({
    stackName: 'Lake',
    logicalId: 'Key',
    properties: { Description: 'lake' },
    asset: () => undefined,
  });

  await kms.actions.ScheduleKeyDeletion!({ KeyId, PendingWindowInDays: 7 }, call);
  const waiting = await kms.actions.DescribeKey!({ KeyId }, call);
  await clock.advance(7 * 86_400_000);
  const { Keys } = await kms.actions.ListKeys!({}, call);

  assert.deepEqual([waiting.KeyMetadata.KeyState, waiting.KeyMetadata.Enabled], ['PendingDeletion', false]);
  assert.deepEqual(Keys, []);
  await kms.stop?.();
  await rm(stateDir, { recursive: true });
});
