/** Lists what is left of a lake in an account: its stacks, and what they retained when they were deleted, with what it costs a month. */
import {
  DescribeTableCommand,
  ListTablesCommand,
  type ListTablesCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { paginateGetDatabases } from '@aws-sdk/client-glue';
import { DescribeStreamSummaryCommand, paginateListStreams } from '@aws-sdk/client-kinesis';
import {
  ListBucketsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import { LAKE_OF_DATABASE } from '../lib/model/layout.ts';
import { deployedStacks } from './deploy.ts';
import { lakeKeys } from './keys.ts';
import { HOURS_A_MONTH, prices } from './prices.ts';
import type { WorkOptions } from './progress.ts';
import type { Target } from './targets/target.ts';
import { bytes, counted } from './text.ts';

export type LeftoverKind = 'stack' | 'bucket' | 'table' | 'stream' | 'database' | 'key';

export interface Leftover {
  readonly kind: LeftoverKind;
  /** By which AWS knows it: a key's is its id. */
  readonly name: string;
  /** What is in it, for people. */
  readonly holds: string;
  /** On its own, at list prices of us-east-1; a stack's resources are not counted as the stack's. */
  readonly dollarsAMonth: number;
}

/** Everything that carries the names of the target's lake and is not on its way to deletion, in the order in which it can be deleted. */
export async function leftovers(target: Target, options: WorkOptions = {}): Promise<Leftover[]> {
  const found = await Promise.all([
    stacksOf(target, options),
    bucketsOf(target, options),
    tablesOf(target),
    streamsOf(target),
    databasesOf(target),
    keysOf(target),
  ]);
  return found.flat();
}

const stacksOf = async (target: Target, options: WorkOptions): Promise<Leftover[]> =>
  (await deployedStacks(target, options)).map(({ name, status }) => ({
    kind: 'stack',
    name,
    holds: status,
    dollarsAMonth: 0,
  }));

/** A name begins with the prefix and a hyphen, which no prefix has, so that a longer prefix is another one. */
const isOf = ({ names }: Target, name: string) => name.startsWith(`${names.prefix}-`);

async function bucketsOf(target: Target, { signal }: WorkOptions): Promise<Leftover[]> {
  const { clients, names } = target;
  const place = names.bucket('lake').slice(`${names.prefix}-lake`.length);
  const { Buckets = [] } = await clients.s3.send(new ListBucketsCommand({}));
  const own = Buckets.map(({ Name }) => Name!).filter((name) => isOf(target, name) && name.endsWith(place));
  const found: Leftover[] = [];
  for (const name of own) {
    let objects = 0;
    let size = 0;
    for await (const page of versionsIn(target, name)) {
      signal?.throwIfAborted();
      objects += page.length;
      size += page.reduce((sum, { bytes: one }) => sum + one, 0);
    }
    const holds = `${counted(objects, 'object')}, ${bytes(size)}`;
    found.push({ kind: 'bucket', name, holds, dollarsAMonth: (size / 1e9) * prices.s3.gigabyteMonth });
  }
  return found;
}

export interface ObjectVersion {
  readonly Key: string;
  readonly VersionId?: string;
  readonly bytes: number;
}

/** Every version and delete marker of a bucket, in pages of at most 1,000. */
export async function* versionsIn({ clients }: Target, bucket: string): AsyncIterable<ObjectVersion[]> {
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next) {
    const page: ListObjectVersionsCommandOutput = await clients.s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, ...next }),
    );
    const named = ({ Key, VersionId }: { Key?: string; VersionId?: string }) => ({
      Key: Key!,
      ...(VersionId && { VersionId }),
    });
    yield [
      ...(page.Versions ?? []).map((version) => ({ ...named(version), bytes: version.Size ?? 0 })),
      ...(page.DeleteMarkers ?? []).map((marker) => ({ ...named(marker), bytes: 0 })),
    ];
    next = page.IsTruncated
      ? {
          KeyMarker: page.NextKeyMarker!,
          ...(page.NextVersionIdMarker && { VersionIdMarker: page.NextVersionIdMarker }),
        }
      : undefined;
  }
}

async function tablesOf(target: Target): Promise<Leftover[]> {
  const client = target.clients.dynamodb;
  const found: Leftover[] = [];
  for (const name of await tableNames(target)) {
    const described = await unlessGone(client.send(new DescribeTableCommand({ TableName: name })));
    const table = described?.Table;
    if (!table || table.TableStatus === 'DELETING') continue;
    const size = table.TableSizeBytes ?? 0;
    const each = prices.dynamodb.gigabyteMonth + prices.dynamodb.recoverableGigabyteMonth;
    found.push({
      kind: 'table',
      name,
      holds: `${counted(table.ItemCount ?? 0, 'item')}, ${bytes(size)}${table.DeletionProtectionEnabled ? ', protected from deletion' : ''}`,
      dollarsAMonth: (size / 1e9) * each,
    });
  }
  return found;
}

/** A table or stream that is deleted is listed for a while, and then it is not there to be described. */
const unlessGone = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: Error) => {
    if (error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  });

async function tableNames(target: Target): Promise<string[]> {
  const names: string[] = [];
  let from: string | undefined;
  do {
    const page: ListTablesCommandOutput = await target.clients.dynamodb.send(
      new ListTablesCommand(from === undefined ? {} : { ExclusiveStartTableName: from }),
    );
    names.push(...(page.TableNames ?? []).filter((name) => isOf(target, name)));
    from = page.LastEvaluatedTableName;
  } while (from !== undefined);
  return names;
}

async function streamsOf(target: Target): Promise<Leftover[]> {
  const client = target.clients.kinesis;
  const found: Leftover[] = [];
  for await (const { StreamNames = [] } of paginateListStreams({ client }, {}))
    for (const name of StreamNames.filter((one) => isOf(target, one))) {
      const described = await unlessGone(client.send(new DescribeStreamSummaryCommand({ StreamName: name })));
      const stream = described?.StreamDescriptionSummary;
      if (!stream || stream.StreamStatus === 'DELETING') continue;
      const shards = stream.OpenShardCount ?? 0;
      const onDemand = stream.StreamModeDetails?.StreamMode === 'ON_DEMAND';
      const hourly = onDemand ? prices.kinesis.onDemandStreamHour : shards * prices.kinesis.shardHour;
      found.push({
        kind: 'stream',
        name,
        holds: onDemand ? 'on demand' : counted(shards, 'shard'),
        dollarsAMonth: hourly * HOURS_A_MONTH,
      });
    }
  return found;
}

async function databasesOf({ clients, names }: Target): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for await (const { DatabaseList = [] } of paginateGetDatabases({ client: clients.glue }, {}))
    for (const { Name, Parameters } of DatabaseList)
      if (Parameters?.[LAKE_OF_DATABASE] === names.prefix)
        found.push({ kind: 'database', name: Name!, holds: 'tables of the catalog', dollarsAMonth: 0 });
  return found;
}

const keysOf = async (target: Target): Promise<Leftover[]> =>
  (await lakeKeys(target)).map((name) => ({
    kind: 'key',
    name,
    holds: 'opens the data of the lake',
    dollarsAMonth: prices.kms.keyMonth,
  }));
