/** A study at a glance: the state that its last run left it in, and how much there is of everything. */
import { paginateGetTables } from '@aws-sdk/client-glue';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import { databaseOf, studyPrefix, zones } from '../lib/model/layout.ts';
import { type PublishedRun, publishedRunKey } from '../lib/model/run/lastRun.ts';
import { balanceKey, runPrefix } from '../lib/model/run/plan.ts';
import type { Reconciliation } from '../lib/model/run/reconciliation.ts';
import type { LakeContext } from './context.ts';

export type StudyState = 'balanced' | 'out-of-balance' | 'failed' | 'running' | 'not-run' | 'not-deployed';

export interface LastRun {
  readonly id: string;
  /** ISO 8601. */
  readonly endedAt: string;
  /** The run's books, as it closed them; absent when it broke before that. */
  readonly account?: Reconciliation;
}

export interface StudyOverview {
  readonly state: StudyState;
  readonly lastRun?: LastRun;
  /** Absent before the study is deployed. */
  readonly counts?: {
    /** Objects in bronze. */
    readonly objects: number;
    /** Tables and views in the study's databases; stages are left out. */
    readonly tables: number;
    readonly runs: number;
  };
}

export async function studyOverview(lake: LakeContext, study: string): Promise<StudyOverview> {
  const newest = await newestExecution(lake, study);
  if (newest === 'not-deployed') return { state: newest };
  const [runs, objects, tables] = await Promise.all([
    runIds(lake, study),
    countObjects(lake, studyPrefix('bronze', study)),
    countTables(lake, study),
  ]);
  const counts = { objects, tables, runs: runs.length };
  const id = runs.at(-1);
  const lastRun = id === undefined ? undefined : await readRun(lake, study, id);
  return { state: stateOf(newest, lastRun), counts, ...(lastRun && { lastRun }) };
}

type Execution = { readonly status: string } | undefined;

function stateOf(newest: Execution, lastRun: LastRun | undefined): StudyState {
  if (newest?.status === 'RUNNING') return 'running';
  if (!lastRun) return newest && newest.status !== 'SUCCEEDED' ? 'failed' : 'not-run';
  switch (lastRun.account?.verdict) {
    case 'Balanced':
      return newest && newest.status !== 'SUCCEEDED' ? 'failed' : 'balanced';
    case 'OutOfBalance':
      return 'out-of-balance';
    default:
      return 'failed';
  }
}

async function newestExecution({ target }: LakeContext, study: string): Promise<Execution | 'not-deployed'> {
  try {
    const { executions = [] } = await target.clients.stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn: target.names.pipelineArn(study), maxResults: 1 }),
    );
    return executions[0] && { status: executions[0].status! };
  } catch (error) {
    if (error instanceof StateMachineDoesNotExist) return 'not-deployed';
    throw error;
  }
}

/** Ids of the runs that took records, oldest first: they begin with the time of their start. */
export async function runIds({ target: { clients, names } }: LakeContext, study: string): Promise<string[]> {
  const ids: string[] = [];
  const listing = { Bucket: names.bucket('lake'), Prefix: studyPrefix('runs', study), Delimiter: '/' };
  for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client: clients.s3 }, listing))
    ids.push(...CommonPrefixes.map(({ Prefix }) => /run=([^/]+)\/$/.exec(Prefix!)![1]!));
  return ids.sort();
}

/** What a run left: its books and when it closed them, or when it began if it never did. */
export async function readRun(
  { target: { clients, names } }: LakeContext,
  study: string,
  id: string,
): Promise<LastRun> {
  const Bucket = names.bucket('lake');
  try {
    const { Body, LastModified } = await clients.s3.send(
      new GetObjectCommand({ Bucket, Key: balanceKey(study, id) }),
    );
    const account = JSON.parse(await Body!.transformToString()) as Reconciliation;
    return { id, endedAt: LastModified!.toISOString(), account };
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error;
    const { Contents = [] } = await clients.s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: runPrefix(study, id) }),
    );
    const newest = Math.max(0, ...Contents.map(({ LastModified }) => LastModified!.getTime()));
    return { id, endedAt: new Date(newest).toISOString() };
  }
}

/** The newest run that closed its books; undefined before the first. */
export async function publishedRun(
  { target: { clients, names } }: LakeContext,
  study: string,
): Promise<PublishedRun | undefined> {
  const request = { Bucket: names.bucket('lake'), Key: publishedRunKey(study) };
  try {
    const { Body } = await clients.s3.send(new GetObjectCommand(request));
    return JSON.parse(await Body!.transformToString()) as PublishedRun;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

async function countObjects({ target: { clients, names } }: LakeContext, prefix: string): Promise<number> {
  let count = 0;
  const listing = { Bucket: names.bucket('lake'), Prefix: prefix };
  for await (const { KeyCount = 0 } of paginateListObjectsV2({ client: clients.s3 }, listing))
    count += KeyCount;
  return count;
}

async function countTables({ target: { clients } }: LakeContext, study: string): Promise<number> {
  let count = 0;
  for (const zone of zones.filter((zone) => zone !== 'stage'))
    for await (const { TableList = [] } of paginateGetTables(
      { client: clients.glue },
      { DatabaseName: databaseOf(study, zone) },
    ))
      count += TableList.length;
  return count;
}
