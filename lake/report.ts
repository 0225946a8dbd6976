/** The report of a run: its steps with their times, its books, its answers and the truth they were compared with. */
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { studyPrefix } from '../lib/model/layout.ts';
import type { LiveComparisonResult } from '../lib/model/live/compare.ts';
import type { LakeContext } from './context.ts';
import type { Feed } from './feed/registry.ts';
import type { PipelineEnd } from './pipeline.ts';
import type { Progress, WorkOptions } from './progress.ts';
import type { Answer } from './run.ts';

export interface ReportedStep {
  readonly title: string;
  readonly detail: string;
  /** Seconds after the report's start. */
  readonly startedAfter: number;
  readonly seconds: number;
  readonly failed: boolean;
}

export interface RunReport {
  readonly study: string;
  /** When the first step began, ISO 8601, by the target's clock. */
  readonly startedAt: string;
  /** When the pipeline was started: what arrived later is in no table of this run. */
  readonly pipelineStartedAt: string;
  readonly seconds: number;
  /** Absent for a run that was given no input. */
  readonly feed?: Feed;
  readonly isNew: boolean;
  readonly pipeline: PipelineEnd;
  readonly steps: readonly ReportedStep[];
  readonly answers: readonly Answer[];
  /** Of the study's live views that declare a comparison. */
  readonly live: readonly LiveComparisonResult[];
  /** Absent where no truth is known. */
  readonly truth?: { readonly equal: number; readonly of: number };
}

/** Collects the steps that `onProgress` reports, and hands every report on. */
export function recordSteps(options: WorkOptions): {
  readonly options: WorkOptions;
  readonly steps: readonly ReportedStep[];
  readonly elapsed: () => number;
} {
  const origin = performance.now();
  const elapsed = () => (performance.now() - origin) / 1000;
  const steps: ReportedStep[] = [];
  const onProgress = (progress: Progress) => {
    if (progress.kind === 'ended' || progress.kind === 'failed') {
      const { title, detail, seconds, kind } = progress;
      steps.push({ title, detail, seconds, startedAfter: elapsed() - seconds, failed: kind === 'failed' });
    }
    options.onProgress?.(progress);
  };
  return { options: { ...options, onProgress }, steps, elapsed };
}

const folderOf = (study: string) => studyPrefix('reports', study);

/** Keeps a report in the lake, under a key that sorts by its start. */
export async function keepReport(
  { target: { clients, names } }: LakeContext,
  report: RunReport,
): Promise<void> {
  await clients.s3.send(
    new PutObjectCommand({
      Bucket: names.bucket('lake'),
      Key: `${folderOf(report.study)}${report.startedAt}.json`,
      Body: JSON.stringify(report),
    }),
  );
}

/** Keys of a study's reports, newest first. */
async function listReports({ target: { clients, names } }: LakeContext, study: string): Promise<string[]> {
  const keys: string[] = [];
  const listing = { Bucket: names.bucket('lake'), Prefix: folderOf(study) };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: clients.s3 }, listing))
    keys.push(...Contents.map(({ Key }) => Key!));
  return keys.sort().reverse();
}

/** The newest report of a study, with the object that holds it; undefined before the first run. */
export async function lastReport(
  lake: LakeContext,
  study: string,
): Promise<{ readonly key: string; readonly report: RunReport } | undefined> {
  const [key] = await listReports(lake, study);
  if (key === undefined) return undefined;
  const { clients, names } = lake.target;
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: names.bucket('lake'), Key: key }));
  return { key, report: JSON.parse(await Body!.transformToString()) as RunReport };
}
