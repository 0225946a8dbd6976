/** Runs of jobs: started, watched, stopped, and kept as GetJobRun shows them. */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, Principal } from '../../core/service.ts';
import { findSpark, type SparkHome } from './spark/install.ts';
import { type Ended, type RunningJob, startSpark } from './spark/runner.ts';
import type { CatalogStore } from './store.ts';

/** The members of a job that a run reads. https://docs.aws.amazon.com/glue/latest/webapi/API_Job.html */
export interface JobDefinition {
  readonly Name: string;
  readonly Role: string;
  readonly Command: {
    readonly Name: string;
    readonly ScriptLocation: string;
    readonly PythonVersion?: string;
  };
  readonly DefaultArguments?: Readonly<Record<string, string>>;
  readonly NonOverridableArguments?: Readonly<Record<string, string>>;
  readonly ExecutionProperty?: { readonly MaxConcurrentRuns?: number };
  readonly GlueVersion?: string;
  readonly WorkerType?: string;
  readonly NumberOfWorkers?: number;
  /** Minutes. @default 480, of Glue 5.0 */
  readonly Timeout?: number;
}

export type RunState = 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED' | 'TIMEOUT';

/** https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html */
export interface JobRun {
  readonly Id: string;
  readonly Attempt: 0;
  readonly JobName: string;
  readonly JobRunState: RunState;
  readonly Arguments?: Readonly<Record<string, string>>;
  readonly ErrorMessage?: string;
  /** Seconds since the epoch. */
  readonly StartedOn: number;
  readonly LastModifiedOn: number;
  readonly CompletedOn?: number;
  /** Seconds that the run took. */
  readonly ExecutionTime: number;
  /** Minutes. */
  readonly Timeout: number;
  readonly WorkerType?: string;
  readonly NumberOfWorkers?: number;
  readonly GlueVersion?: string;
  readonly LogGroupName: string;
}

/** States of a run that has not ended. */
export const OPEN: readonly RunState[] = ['STARTING', 'RUNNING', 'STOPPING'];
const LOG_GROUP = '/aws-glue/jobs';
const DEFAULT_MINUTES = 480;
/** https://docs.aws.amazon.com/glue/latest/webapi/API_ExecutionProperty.html */
const DEFAULT_CONCURRENCY = 1;
/** DPU of a worker. https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
const DPU: Readonly<Record<string, number>> = { 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8, 'G.025X': 0.25 };
const WORKERS = 10;

/** What Iceberg allows clocks to differ by, less some seconds. */
const TOLERANCE_MS = 50_000;
const LONGEST_WAIT_MS = 10 * 60_000;

/** How long until the machine's clock has come so near to this time that Iceberg takes what is written by it. */
const aheadMs = (time: number): number => time - TOLERANCE_MS - Date.now();

const objectOf = (address: string) => {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(address.trim());
  if (!match)
    throw new AwsError('InvalidInputException', `"${address}" is not an address such as s3://bucket/key.`);
  return { Bucket: match[1]!, Key: match[2]! };
};

/** Why a script failed, as Glue shows it: the last error of its traceback; the line after one of Java's says what it was. */
const lastWord = ({ complaint, code }: Ended): string => {
  const lines = complaint.trim().split('\n');
  const at = lines.findLastIndex((line) => /^[\w.]*(?:Error|Exception|Interrupt)\b/.test(line));
  const said = lines.slice(at, at + 2).filter((line, nth) => nth === 0 || line.startsWith(': '));
  return at >= 0
    ? said.join('')
    : `The script ended with exit code ${code ?? 'of a signal'}. ${lines.at(-1) ?? ''}`.trim();
};

export type JobRuns = ReturnType<typeof createJobRuns>;

/** What is kept of runs: their states as they change, what they cost, and what they write. */
function runRecords(context: CloudContext, store: CatalogStore) {
  const seconds = () => context.clock.now() / 1000;
  const change = (run: JobRun, to: Partial<JobRun>): void =>
    void store.putJobRun({ ...run, ...to, LastModifiedOn: seconds() });
  return {
    seconds,
    change,
    /** Ends a run that is open. */
    end(id: string, state: RunState, ErrorMessage?: string): void {
      const run = store.jobRun(id);
      if (!run || !OPEN.includes(run.JobRunState)) return;
      const CompletedOn = seconds();
      const ExecutionTime = Math.round(CompletedOn - run.StartedOn);
      change(run, { JobRunState: state, CompletedOn, ExecutionTime, ...(ErrorMessage && { ErrorMessage }) });
      const dpu = (DPU[run.WorkerType ?? 'G.1X'] ?? 1) * (run.NumberOfWorkers ?? WORKERS);
      // Glue bills by the second, a minute at least. https://aws.amazon.com/glue/pricing/
      context.meter.add('glue', 'StartJobRun', 'dpu-seconds', dpu * Math.max(60, ExecutionTime));
      context.events.emit('glue:finished', { jobRunId: id });
    },
    write:
      ({ Id, JobName }: JobRun) =>
      (stream: 'output' | 'error', message: string) =>
        void context
          .call('logs', '_Append', {
            logGroupName: `${LOG_GROUP}/${stream}`,
            logStreamName: Id,
            logEvents: [{ timestamp: context.clock.now(), message }],
          })
          .catch((error: Error) => context.log(`The log of ${JobName} was not written: ${error.message}`)),
  };
}

/** An asset's copy that the deployment left, or a copy of the object. */
async function fetched(context: CloudContext, address: string, principal: Principal): Promise<string> {
  const { Bucket, Key } = objectOf(address);
  const kept = assetPath(context.stateDir, Bucket, Key);
  if (existsSync(kept)) return kept;
  const { Body } = await context.call('s3', 'GetObject', { Bucket, Key }, principal);
  const folder = join(context.stateDir, 'glue', 'fetched', randomBytes(8).toString('hex'));
  await mkdir(folder, { recursive: true });
  const file = join(folder, basename(Key));
  await writeFile(file, Body as Buffer);
  return file;
}

/** Job runs that wait for the machine's clock, each until its time has come or it is released. */
function clockWaits(context: CloudContext) {
  const waiting = new Set<() => void>();
  return {
    /**
     * Spark dates what it writes by the machine's clock, and Iceberg refuses a snapshot that is a minute older than its table:
     * where this cloud's clock was moved ahead, the run begins when the machine's has come to where the tables are.
     */
    async until(run: JobRun): Promise<void> {
      const waitMs = aheadMs(run.StartedOn * 1000);
      if (waitMs <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      context.log(
        `The run of ${run.JobName} begins in ${Math.ceil(waitMs / 1000)} s, when the machine's clock has come to the cloud's.`,
      );
      const timer = setTimeout(resolve, waitMs);
      waiting.add(resolve);
      await promise;
      waiting.delete(resolve);
      clearTimeout(timer);
    },
    goOn() {
      for (const resolve of waiting) resolve();
    },
  };
}

async function installedSpark(sparkDir: string | undefined): Promise<SparkHome> {
  const spark = sparkDir && (await findSpark(sparkDir));
  if (spark) return spark;
  throw new NotEmulatedError(
    'Glue',
    'StartJobRun without PySpark, which is fetched once by `npx headwaters doctor --install spark`,',
  );
}

/** @throws AwsError when the job is not one that can run here now */
async function admit(context: CloudContext, store: CatalogStore, job: JobDefinition): Promise<void> {
  if (job.Command.Name !== 'glueetl')
    throw new NotEmulatedError('Glue', `jobs of the kind ${job.Command.Name}`);
  const ahead = aheadMs(context.clock.now());
  if (ahead > LONGEST_WAIT_MS)
    throw new NotEmulatedError(
      'Glue',
      `StartJobRun while this cloud's clock is ${Math.round(ahead / 60_000)} minutes ahead of the machine's, by which Spark dates its snapshots,`,
    );
  const open = store.jobRuns(job.Name).filter(({ JobRunState }) => OPEN.includes(JobRunState)).length;
  if (open >= (job.ExecutionProperty?.MaxConcurrentRuns ?? DEFAULT_CONCURRENCY))
    throw new AwsError('ConcurrentRunsExceededException', `Concurrent runs exceeded for ${job.Name}`);
}

const newRun = (
  job: JobDefinition,
  now: number,
  Arguments: Readonly<Record<string, string>>,
  minutes: number | undefined,
): JobRun => ({
  Id: `jr_${randomBytes(32).toString('hex')}`,
  Attempt: 0,
  JobName: job.Name,
  JobRunState: 'STARTING',
  Arguments,
  StartedOn: now,
  LastModifiedOn: now,
  ExecutionTime: 0,
  Timeout: minutes ?? job.Timeout ?? DEFAULT_MINUTES,
  ...(job.WorkerType && { WorkerType: job.WorkerType }),
  ...(job.NumberOfWorkers && { NumberOfWorkers: job.NumberOfWorkers }),
  ...(job.GlueVersion && { GlueVersion: job.GlueVersion }),
  LogGroupName: LOG_GROUP,
});

/** @param sparkDir the folder in which Spark is looked for; without one no job can run */
export function createJobRuns(context: CloudContext, store: CatalogStore, sparkDir: string | undefined) {
  const running = new Map<string, RunningJob>();
  const watched = new Set<Promise<void>>();
  const waits = clockWaits(context);
  const { seconds, change, end, write } = runRecords(context, store);
  let stopped = false;
  const isStopping = ({ Id }: JobRun) => stopped || store.jobRun(Id)?.JobRunState === 'STOPPING';

  async function work(
    job: JobDefinition,
    run: JobRun,
    given: Readonly<Record<string, string>>,
  ): Promise<void> {
    await waits.until(run);
    if (isStopping(run)) return end(run.Id, 'STOPPED');
    const principal = { roleArn: job.Role, service: 'glue.amazonaws.com' };
    const extra = given['--extra-py-files']?.split(',').filter(Boolean) ?? [];
    const process = await startSpark(
      context,
      await installedSpark(sparkDir),
      {
        runId: run.Id,
        roleArn: job.Role,
        script: await fetched(context, job.Command.ScriptLocation, principal),
        modules: await Promise.all(extra.map((address) => fetched(context, address, principal))),
        arguments: { ...given, '--JOB_NAME': job.Name, '--JOB_RUN_ID': run.Id },
      },
      write(run),
    );
    running.set(run.Id, process);
    if (isStopping(run)) process.stop();
    else change(run, { JobRunState: 'RUNNING' });
    const forget = context.clock.after(run.Timeout * 60_000, () => {
      end(run.Id, 'TIMEOUT', 'The job run reached its time limit.');
      process.stop();
    });
    try {
      const ended = await process.ended;
      if (isStopping(run)) end(run.Id, 'STOPPED');
      else if (ended.code === 0) end(run.Id, 'SUCCEEDED');
      else end(run.Id, 'FAILED', lastWord(ended));
    } finally {
      forget();
      running.delete(run.Id);
    }
  }

  return {
    async start(
      job: JobDefinition,
      given: Readonly<Record<string, string>> = {},
      minutes?: number,
    ): Promise<JobRun> {
      await installedSpark(sparkDir);
      await admit(context, store, job);
      const run = newRun(job, seconds(), given, minutes);
      store.putJobRun(run);
      const all = { ...job.DefaultArguments, ...given, ...job.NonOverridableArguments };
      const watching = work(job, run, all)
        .catch((error: Error) => end(run.Id, 'FAILED', error.message))
        .finally(() => watched.delete(watching));
      watched.add(watching);
      return run;
    },
    /** @throws AwsError when there is none. */
    require(jobName: string, id: string): JobRun {
      const run = store.jobRun(id);
      if (run?.JobName !== jobName) throw new AwsError('EntityNotFoundException', `Job Run ${id} not found.`);
      return run;
    },
    /** Whether the run was open. */
    stop(run: JobRun): boolean {
      if (!OPEN.includes(run.JobRunState)) return false;
      change(run, { JobRunState: 'STOPPING' });
      running.get(run.Id)?.stop();
      waits.goOn();
      return true;
    },
    /** Runs that the process's end cut off have failed. */
    recover() {
      for (const run of store.openJobRuns(OPEN))
        end(run.Id, 'FAILED', 'The local cloud ended while the job ran.');
    },
    async close() {
      stopped = true;
      for (const process of running.values()) process.stop();
      waits.goOn();
      await Promise.allSettled([...watched]);
    },
  };
}

/** Where a deployment keeps the copy of an asset that a job names. */
const assetPath = (stateDir: string, bucket: string, key: string) =>
  join(stateDir, 'glue', 'assets', bucket, key);

/** Keeps what the assembly has at this address, so that a job can run when the assembly is gone. */
export function keepAsset(
  stateDir: string,
  address: string,
  asset: (bucket: string, key: string) => string | undefined,
): void {
  const { Bucket, Key } = objectOf(address);
  const source = asset(Bucket, Key);
  if (!source) return;
  const kept = assetPath(stateDir, Bucket, Key);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(join(kept, '..'), { recursive: true });
  cpSync(source, kept, { recursive: true });
}
