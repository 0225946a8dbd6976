/** Fills silver from bronze by the study's Spark job on Glue: what it would read and cost, and the job followed to its end. */
import {
  BatchStopJobRunCommand,
  GetJobCommand,
  GetJobRunCommand,
  StartJobRunCommand,
} from '@aws-sdk/client-glue';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { streams, studyPrefix } from '../lib/model/layout.ts';
import { placeOf } from '../lib/model/run/bronze.ts';
import { sparkContracts } from '../lib/model/study/sparkContracts.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError, UsageError } from './errors.ts';
import { prices } from './prices.ts';
import { pause, step, type WorkOptions } from './progress.ts';

/** Which days' arrivals are brought in, and of which sources. */
export interface BackfillChoice {
  /** `yyyy-MM-dd`, both included. */
  readonly from: string;
  readonly to: string;
  /** @default every source whose silver table Spark can fill */
  readonly sources?: readonly string[];
}

export interface BackfillPlan {
  readonly study: string;
  readonly choice: BackfillChoice;
  /** `database.table` of what is filled. */
  readonly tables: readonly string[];
  /** Model → why only Athena makes it. */
  readonly athenaOnly: Readonly<Record<string, string>>;
  readonly objects: number;
  /** Compressed bytes of bronze. */
  readonly bytes: number;
  /** Days in which something arrived. */
  readonly days: number;
  readonly workers: number;
  /** DPU-hours and US dollars: at the pace of `BYTES_A_WORKER_MINUTE`, and when the job's time limit ends it. */
  readonly expected: Cost;
  readonly atMost: Cost;
}

interface Cost {
  readonly dpuHours: number;
  readonly dollars: number;
}

export interface Backfilled {
  readonly runId: string;
  readonly jobRunId: string;
  /** `database.table` → rows that the run added. */
  readonly added: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** An assumption, said with the cost: gzipped bronze that a G.1X worker types, compares and writes in a minute. */
export const BYTES_A_WORKER_MINUTE = 20 * 2 ** 20;
/** A session of Spark starts in about a minute, which Glue bills. */
const START_MINUTES = 1;

const isDay = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text);

/** @throws UsageError for days that are none, and for a source that Spark does not fill */
function tablesOf(study: Study, prefix: string, { from, to, sources }: BackfillChoice) {
  for (const [name, day] of Object.entries({ from, to }))
    if (!isDay(day)) throw new UsageError(`--${name} is '${day}'; it must be a day such as 2024-12-01.`);
  if (from > to) throw new UsageError(`--from ${from} is after --to ${to}.`);
  const { tables, athenaOnly } = sparkContracts(study, prefix);
  const known = tables.map(({ source }) => source);
  const wrong = sources?.find((source) => !known.includes(source));
  if (wrong !== undefined)
    throw new UsageError(
      athenaOnly[wrong]
        ? `Only Athena fills the silver table of '${wrong}': ${athenaOnly[wrong]}. A run makes it.`
        : `Spark fills no table from '${wrong}'; it can fill those of: ${known.join(', ')}.`,
    );
  const chosen = tables.filter(({ source }) => sources?.includes(source) ?? true);
  return { tables: chosen.map(({ database, table }) => `${database}.${table}`), athenaOnly };
}

/** What a backfill would read and cost; nothing is changed. */
export async function planBackfill(
  { target }: LakeContext,
  study: Study,
  choice: BackfillChoice,
): Promise<BackfillPlan> {
  const { tables, athenaOnly } = tablesOf(study, target.names.prefix, choice);
  const days = new Set<string>();
  let [objects, bytes] = [0, 0];
  for (const stream of streams) {
    const Prefix = `${studyPrefix('bronze', study.name)}stream=${stream}/`;
    const pages = paginateListObjectsV2(
      { client: target.clients.s3 },
      { Bucket: target.names.bucket('lake'), Prefix, StartAfter: `${Prefix}dt=${choice.from}` },
    );
    for await (const { Contents = [] } of pages) {
      for (const { Key = '', Size = 0 } of Contents) {
        const dt = placeOf(Key)?.dt;
        if (dt === undefined || dt < choice.from || dt > choice.to) continue;
        days.add(dt);
        objects++;
        bytes += Size;
      }
    }
  }
  const JobName = target.names.glueJob(study.name, 'backfill');
  const { Job } = await target.clients.glue.send(new GetJobCommand({ JobName }));
  const workers = Job?.NumberOfWorkers ?? 2;
  const cost = (minutes: number): Cost => {
    const dpuHours = (minutes * workers) / 60;
    return { dpuHours, dollars: dpuHours * prices.glue.dpuHour };
  };
  return {
    study: study.name,
    choice,
    tables,
    athenaOnly,
    objects,
    bytes,
    days: days.size,
    workers,
    expected: cost(START_MINUTES + bytes / BYTES_A_WORKER_MINUTE / workers),
    atMost: cost(Job?.Timeout ?? 480),
  };
}

/** One id for one range of days, so that a backfill that is started again ends in the same rows. */
const runIdOf = ({ from, to }: BackfillChoice) => `backfill-${from}-${to}`;

const LOOK_AGAIN_MS = 500;

/**
 * Runs the job to its end. What it does not bring in (rows that a rule refuses) is left for the next run, which also
 * accounts for every record.
 * @throws RunFailedError when a run of the pipeline is at work, and when the job fails
 */
export async function backfill(
  lake: LakeContext,
  study: Study,
  choice: BackfillChoice,
  options: WorkOptions = {},
): Promise<Backfilled> {
  const { glue, s3 } = lake.target.clients;
  const { names } = lake.target;
  tablesOf(study, names.prefix, choice);
  const JobName = names.glueJob(study.name, 'backfill');
  const runId = runIdOf(choice);
  return step(options, 'Filling silver by Spark', async (at) => {
    const { JobRunId } = await glue.send(
      new StartJobRunCommand({
        JobName,
        Arguments: {
          '--run_id': runId,
          '--from': choice.from,
          '--to': choice.to,
          ...(choice.sources && { '--sources': choice.sources.join(',') }),
        },
      }),
    );
    const run = { JobName, RunId: JobRunId! };
    // The planner starts no run while a job is open; one that was planned before is found now.
    await assertNoRun(lake, study.name).catch(async (error) => {
      await stop(lake, run);
      throw error;
    });
    const seconds = await followed(lake, run, at, options.signal);
    const { Body } = await s3.send(
      new GetObjectCommand({
        Bucket: names.bucket('lake'),
        Key: `${studyPrefix('runs', study.name)}run=${runId}/spark/backfill.json`,
      }),
    );
    const { added } = JSON.parse(await Body!.transformToString()) as Pick<Backfilled, 'added'>;
    return { runId, jobRunId: run.RunId, added, seconds };
  });
}

/** Both add rows that silver does not have; at the same time they would add a row twice. */
async function assertNoRun({ target, command }: LakeContext, study: string): Promise<void> {
  const { executions = [] } = await target.clients.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: target.names.pipelineArn(study), statusFilter: 'RUNNING' }),
  );
  if (executions.length > 0)
    throw new RunFailedError(
      `A run of ${study} is at work (${executions[0]!.name}). Wait for its end: ${command(`status`)}`,
    );
}

/** Seconds that the run took. A run whose follower is stopped is stopped too: it can be started again. */
async function followed(
  lake: LakeContext,
  run: { readonly JobName: string; readonly RunId: string },
  at: (detail: string) => void,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { glue } = lake.target.clients;
  try {
    for (;;) {
      const { JobRun } = await glue.send(new GetJobRunCommand(run));
      const state = JobRun?.JobRunState ?? 'STARTING';
      at(`${run.JobName} is ${state}`);
      if (state === 'SUCCEEDED') return JobRun?.ExecutionTime ?? 0;
      if (JobRun?.CompletedOn)
        throw new RunFailedError(
          `${run.JobName} ended ${state}: ${JobRun.ErrorMessage ?? 'without a message'}. Its log is in /aws-glue/jobs, stream ${run.RunId}. What it committed stays; start it again.`,
        );
      await pause(LOOK_AGAIN_MS, signal);
    }
  } catch (error) {
    if (signal?.aborted) await stop(lake, run);
    throw error;
  }
}

const stop = (
  { target }: LakeContext,
  { JobName, RunId }: { readonly JobName: string; readonly RunId: string },
) => target.clients.glue.send(new BatchStopJobRunCommand({ JobName, JobRunIds: [RunId] }));
