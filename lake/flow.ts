/** How much the last run moved from source to mart, and by which parts: what the diagram of a study is drawn from. */
import { paginateDescribeStacks, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, HeadObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import type { BalanceSheet } from '../lib/model/run/balance.ts';
import { planKey, type RunPlan } from '../lib/model/run/plan.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import { type LastRun, readRun, runIds } from './overview.ts';
import { type LakeTable, listTables } from './tables.ts';

export interface FlowObject {
  readonly key: string;
  readonly stream: string;
  readonly records: number;
  readonly bytes: number;
  /** ISO 8601. */
  readonly writtenAt: string;
}

export interface Flow {
  readonly run: LastRun;
  readonly sheet?: BalanceSheet;
  readonly sources: readonly {
    readonly name: string;
    readonly ingestion: 'stream' | 'file';
    readonly records: number;
  }[];
  readonly objects: readonly FlowObject[];
  readonly tables: readonly LakeTable[];
  /** What reads what: names of models, and `bronze`. */
  readonly reads: readonly { readonly model: string; readonly from: readonly string[] }[];
  /** Live views that the study declares; their function reads the stream apart from the batches. */
  readonly liveViews: number;
  readonly stacks: number;
  readonly resources: number;
}

/** Undefined before the first run. */
export async function flow(lake: LakeContext, study: Study): Promise<Flow | undefined> {
  const id = (await runIds(lake, study.name)).at(-1);
  if (id === undefined) return undefined;
  const [run, plan, tables, deployed] = await Promise.all([
    readRun(lake, study.name, id),
    readPlan(lake, study.name, id),
    listTables(lake, study.name),
    countResources(lake, study.name),
  ]);
  const sheet = run.account?.sheet;
  return {
    run,
    ...(sheet && { sheet }),
    sources: study.sources.map(({ name, ingestion }) => ({
      name,
      ingestion: ingestion ?? 'stream',
      records: sheet?.lines.find(({ source }) => source === name)?.inBronze ?? 0,
    })),
    objects: await Promise.all((plan?.objects ?? []).map((object) => describeObject(lake, object))),
    tables,
    reads: study.models.map(({ name, dependsOn }) => ({ model: name, from: dependsOn })),
    liveViews: study.live.length,
    ...deployed,
  };
}

async function readPlan(
  { target: { clients, names } }: LakeContext,
  study: string,
  id: string,
): Promise<RunPlan | undefined> {
  try {
    const { Body } = await clients.s3.send(
      new GetObjectCommand({ Bucket: names.bucket('lake'), Key: planKey(study, id) }),
    );
    return JSON.parse(await Body!.transformToString()) as RunPlan;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

async function describeObject(
  { target: { clients, names } }: LakeContext,
  { path, stream, records }: RunPlan['objects'][number],
): Promise<FlowObject> {
  const Bucket = names.bucket('lake');
  const key = path.slice(`s3://${Bucket}/`.length);
  const { ContentLength = 0, LastModified } = await clients.s3.send(
    new HeadObjectCommand({ Bucket, Key: key }),
  );
  return { key, stream, records, bytes: ContentLength, writtenAt: LastModified!.toISOString() };
}

/** Stacks that the study's data runs through: its own, and those that all studies share. */
async function countResources(
  { target }: LakeContext,
  study: string,
): Promise<{ stacks: number; resources: number }> {
  const own = target.names.studyStack(study, '');
  const shared = ['lake', 'observability'].map((part) => target.names.stack(part));
  let stacks = 0;
  let resources = 0;
  for (const name of await stackNames(target)) {
    if (!name.startsWith(own) && !shared.includes(name)) continue;
    stacks++;
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client: target.clients.cloudFormation },
      { StackName: name },
    ))
      resources += StackResourceSummaries.length;
  }
  return { stacks, resources };
}

async function stackNames({ clients }: LakeContext['target']): Promise<string[]> {
  const found: string[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: clients.cloudFormation }, {}))
    found.push(...Stacks.map(({ StackName }) => StackName!));
  return found;
}
