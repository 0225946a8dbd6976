/** Takes a lake down: its stacks first, what they retain only on a second yes. */
import {
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { DeleteTableCommand, DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteDatabaseCommand } from '@aws-sdk/client-glue';
import { DeleteStreamCommand } from '@aws-sdk/client-kinesis';
import { ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DeleteBucketCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { deployedStacks } from './deploy.ts';
import { RunFailedError } from './errors.ts';
import { type Leftover, leftovers, versionsIn } from './leftovers.ts';
import { pause, step, type WorkOptions } from './progress.ts';
import type { Target } from './targets/target.ts';
import { count, counted } from './text.ts';

export interface TeardownInput {
  /** Deletes what the stacks retain, too. */
  readonly deleteData: boolean;
  /** Lifts the protection that stacks and tables of the profile large have; without it they are refused. */
  readonly liftProtection: boolean;
}

export interface Teardown {
  readonly deleted: readonly Leftover[];
  /** What is there afterwards; a key is gone a week later. */
  readonly left: readonly Leftover[];
}

/** Days in which the deletion of a key can be cancelled, AWS's shortest. */
const KEY_DAYS = 7;

/**
 * Deletes the stacks, and with `deleteData` what holds data. Doing it again goes on where it ended.
 * Throws `RunFailedError` for a protected stack, and for what AWS does not delete, with AWS's reason.
 */
export async function teardown(
  target: Target,
  input: TeardownInput,
  options: WorkOptions = {},
): Promise<Teardown> {
  const before = await leftovers(target, options);
  await checkProtection(target, input);
  const [working, holding, shared] = inOrder(target, before);
  await deleteStacks(target, working, options);
  // Nobody writes any more; a bucket that its stack would delete must be empty by then.
  if (input.deleteData) await emptyBuckets(target, options);
  await deleteStacks(target, holding, options);
  await deleteStacks(target, shared, options);
  if (input.deleteData) await deleteRetained(target, input, options);
  const left = await leftovers(target, options);
  const isLeft = (one: Leftover) => left.some(({ kind, name }) => kind === one.kind && name === one.name);
  return { deleted: before.filter((one) => !isLeft(one)), left };
}

/** Stacks that work, those that hold a study's data, and the lake's own, on which the others depend. */
function inOrder({ names }: Target, found: readonly Leftover[]): readonly [string[], string[], string[]] {
  const stacks = found.filter(({ kind }) => kind === 'stack').map(({ name }) => name);
  const lake = names.stack('lake');
  const holds = (name: string) => name.endsWith('Data');
  return [
    stacks.filter((name) => name !== lake && !holds(name)),
    stacks.filter(holds),
    stacks.filter((name) => name === lake),
  ];
}

async function checkProtection(target: Target, { liftProtection }: TeardownInput): Promise<void> {
  const { cloudFormation } = target.clients;
  for (const { name } of await deployedStacks(target)) {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    if (!Stacks[0]?.EnableTerminationProtection) continue;
    if (!liftProtection)
      throw new RunFailedError(
        `The stack ${name} is protected from deletion, and nothing was deleted. --lift-protection lifts it for every stack and table of the lake.`,
      );
    await cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
    );
  }
}

async function deleteStacks(target: Target, names: readonly string[], options: WorkOptions): Promise<void> {
  if (names.length === 0) return;
  await step(options, `Deleting ${counted(names.length, 'stack')}`, async (at) => {
    for (const StackName of names)
      await target.clients.cloudFormation.send(new DeleteStackCommand({ StackName }));
    for (const [index, name] of names.entries()) {
      await untilDeleted(target, name, options.signal);
      at(`${name}, ${index + 1} of ${names.length}`);
    }
  });
}

async function untilDeleted({ clients }: Target, StackName: string, signal?: AbortSignal): Promise<void> {
  for (let waitMs = 20; ; waitMs = Math.min(5000, waitMs * 1.5)) {
    const stack = await clients.cloudFormation.send(new DescribeStacksCommand({ StackName })).then(
      ({ Stacks }) => Stacks?.[0],
      (error: Error) => {
        if (error.name === 'ValidationError') return undefined;
        throw error;
      },
    );
    if (!stack || stack.StackStatus === 'DELETE_COMPLETE') return;
    if (stack.StackStatus !== 'DELETE_IN_PROGRESS')
      throw new RunFailedError(
        `The stack ${StackName} was not deleted (${stack.StackStatus}): ${stack.StackStatusReason ?? 'CloudFormation gives no reason'}. Its events say more; run the same command again once that is fixed.`,
      );
    await pause(waitMs, signal);
  }
}

async function emptyBuckets(target: Target, options: WorkOptions): Promise<void> {
  const buckets = (await leftovers(target, options)).filter(({ kind }) => kind === 'bucket');
  if (buckets.length === 0) return;
  await step(options, `Emptying ${counted(buckets.length, 'bucket')}`, async (at) => {
    for (const { name } of buckets) await emptyBucket(target, name, options.signal, at);
  });
}

async function emptyBucket(
  target: Target,
  Bucket: string,
  signal: AbortSignal | undefined,
  at: (detail: string) => void = () => {},
): Promise<void> {
  let deleted = 0;
  for await (const page of versionsIn(target, Bucket)) {
    signal?.throwIfAborted();
    if (page.length === 0) continue;
    const Objects = page.map(({ Key, VersionId }) => ({ Key, VersionId }));
    const { Errors = [] } = await target.clients.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    const [failure] = Errors;
    if (failure)
      throw new RunFailedError(
        `s3://${Bucket}/${failure.Key} was not deleted: ${failure.Code} ${failure.Message ?? ''}`,
      );
    deleted += page.length;
    at(`${Bucket}: ${count(deleted)} objects and versions`);
  }
}

async function deleteRetained(target: Target, input: TeardownInput, options: WorkOptions): Promise<void> {
  const retained = (await leftovers(target, options)).filter(({ kind }) => kind !== 'stack');
  if (retained.length === 0) return;
  await step(options, 'Deleting what the stacks retained', async (at) => {
    for (const [index, one] of retained.entries()) {
      options.signal?.throwIfAborted();
      at(`${one.kind} ${one.name}, ${index + 1} of ${retained.length}`);
      await deleteOne(target, one, input, options.signal);
    }
  });
}

async function deleteOne(
  target: Target,
  { kind, name }: Leftover,
  { liftProtection }: TeardownInput,
  signal?: AbortSignal,
): Promise<void> {
  const { clients } = target;
  switch (kind) {
    case 'bucket':
      // Access logs come late: what came since is deleted right before.
      await emptyBucket(target, name, signal);
      await clients.s3.send(new DeleteBucketCommand({ Bucket: name }));
      return;
    case 'table':
      await unprotect(target, name, liftProtection);
      await clients.dynamodb.send(new DeleteTableCommand({ TableName: name }));
      return;
    case 'stream':
      await clients.kinesis.send(
        new DeleteStreamCommand({ StreamName: name, EnforceConsumerDeletion: true }),
      );
      return;
    case 'database':
      await clients.glue.send(new DeleteDatabaseCommand({ Name: name }));
      return;
    case 'key':
      await clients.kms.send(new ScheduleKeyDeletionCommand({ KeyId: name, PendingWindowInDays: KEY_DAYS }));
      return;
    case 'stack':
      throw new Error(`The stack ${name} is deleted by CloudFormation.`);
  }
}

async function unprotect({ clients }: Target, TableName: string, lift: boolean): Promise<void> {
  const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName }));
  if (!Table?.DeletionProtectionEnabled) return;
  if (!lift)
    throw new RunFailedError(
      `The table ${TableName} is protected from deletion; --lift-protection lifts it.`,
    );
  await clients.dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
}
