/** Runs a study: its data in, its pipeline, its balance sheet, its gold answers, and the truth they are compared with. */
import type { LiveComparisonResult } from '../lib/model/live/compare.ts';
import type { Change } from '../lib/model/run/published.ts';
import { type Producer, type Reconciliation, receiptsMissing } from '../lib/model/run/reconciliation.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { AnswerRows } from '../lib/simulator/simulation.ts';
import { ask, type QueryResult } from './ask.ts';
import type { LakeContext } from './context.ts';
import { heldAgainstBronze } from './drain.ts';
import { RunFailedError } from './errors.ts';
import { type FeedInput, type FeedOptions, feed } from './feed/feed.ts';
import { producerOf } from './feed/receipts.ts';
import { type Feed, listFeeds, writeFeed } from './feed/registry.ts';
import { compareLiveViews } from './live.ts';
import { type PipelineEnd, runPipeline } from './pipeline.ts';
import { step, type WorkOptions } from './progress.ts';
import { type RebuildChoice, rebuildRequest } from './rebuild.ts';
import { keepReport, recordSteps } from './report.ts';
import { counted } from './text.ts';

export interface Answer {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: QueryResult['rows'];
  readonly statistics: QueryResult['statistics'];
}

/** A gold answer compared with the truth of what was sent. */
export interface Comparison {
  readonly name: string;
  readonly equal: boolean;
  readonly expected: AnswerRows;
  readonly found: AnswerRows;
}

export interface RunOutcome {
  readonly study: string;
  /** Absent where nothing was to be sent. */
  readonly feed?: Feed;
  /** The feed was sent in this run. */
  readonly isNew: boolean;
  readonly pipeline: PipelineEnd;
  readonly answers: readonly Answer[];
  /** The windows of live views, compared with what this run published. */
  readonly live: readonly LiveComparisonResult[];
  /** Absent where no truth is known: the input is not simulated, or the lake holds more than this feed. */
  readonly truth: readonly Comparison[] | undefined;
}

/** What the pipeline puts out when it ends well: the reconciler's account, or why there was nothing to do. */
export type PipelineOutput =
  | { readonly decision: 'nothing-new'; readonly postponed: readonly Change[] }
  | (Reconciliation & { readonly decision?: undefined });

export interface RunOptions extends FeedOptions {
  /** What is rebuilt of changed models. @default - all of them, and what depends on them */
  readonly rebuild?: RebuildChoice;
}

/** Feeds the input, unless the lake has it already, runs the pipeline over what has arrived, and keeps a report. Without input nothing is sent. */
export async function run(
  lake: LakeContext,
  study: Study,
  input: FeedInput | undefined,
  options: RunOptions = {},
): Promise<RunOutcome> {
  const { target } = lake;
  const rebuild = rebuildRequest(study, options.rebuild ?? {});
  const startedAt = new Date(await target.now()).toISOString();
  const record = recordSteps(options);
  const work: FeedOptions = { ...options, ...record.options };
  const fed = input && (await feed(lake, study, input, work));
  const producer = fed && fed.feed.state !== 'accounted' ? await producerOf(target, fed.feed) : undefined;
  const pipelineStartedAt = await target.now();
  const pipeline = await runPipeline(lake, study.name, { producer, rebuild }, work);
  const succeeded = pipeline.status === 'SUCCEEDED';
  if (succeeded && fed) {
    if (producer && (pipeline.output as PipelineOutput).decision === 'nothing-new')
      await assertNothingLost(lake, study, producer);
    await writeFeed(target, study.name, { ...fed.feed, state: 'accounted' });
  }
  const answers = succeeded ? await goldAnswers(lake, study, work) : [];
  const live = succeeded
    ? await compareLiveViews(lake, study, { ...work, runStartedMs: pipelineStartedAt })
    : [];
  await target.localCloud?.checkState();
  const expectedAt = fed?.expectedAt && (await onlyFeed(lake, study, fed.feed)) ? fed.expectedAt : undefined;
  const truth = expectedAt && compareAnswers(answers, expectedAt(await target.now()));
  const outcome = {
    study: study.name,
    ...(fed && { feed: fed.feed }),
    isNew: fed?.isNew ?? false,
    pipeline,
    answers,
    live,
  };
  await keepReport(lake, {
    ...outcome,
    startedAt,
    pipelineStartedAt: new Date(pipelineStartedAt).toISOString(),
    seconds: record.elapsed(),
    steps: record.steps,
    ...(truth && { truth: { equal: truth.filter(({ equal }) => equal).length, of: truth.length } }),
  });
  return { ...outcome, truth };
}

/** Asks every question of the study. */
export function goldAnswers(lake: LakeContext, study: Study, options: WorkOptions = {}): Promise<Answer[]> {
  return step(options, 'Asking gold', async (at) => {
    const answers: Answer[] = [];
    for (const { name, title, sql } of study.queries) {
      const { columns, rows, statistics } = await ask(lake, sql, options);
      answers.push({ name, title, columns: columns.map((column) => column.name), rows, statistics });
    }
    at(counted(answers.length, 'answer'));
    return answers;
  });
}

/** A run of somebody else has taken this feed's objects, without its receipts: they are compared with bronze here. */
async function assertNothingLost(lake: LakeContext, study: Study, producer: Producer) {
  const { lost, withoutReceipt } = await heldAgainstBronze(lake, study.name, producer);
  if (withoutReceipt !== 0) throw new RunFailedError(receiptsMissing(producer, withoutReceipt));
  if (lost > 0)
    throw new RunFailedError(
      `${counted(lost, 'record')} that Kinesis acknowledged ${lost === 1 ? 'is' : 'are'} not in bronze. The queues and logs of the bronze writer say why.`,
    );
}

/** The truth of one feed can only be compared with a lake that was fed nothing else. */
const onlyFeed = async ({ target }: LakeContext, study: Study, { id }: Feed) =>
  (await listFeeds(target, study.name)).every((other) => other === id);

/** Gold's answers compared with the truth, question by question. */
function compareAnswers(
  answers: readonly Answer[],
  truth: Readonly<Record<string, AnswerRows>>,
): Comparison[] {
  return answers.flatMap(({ name, columns, rows }) => {
    const expected = truth[name];
    if (!expected) return [];
    const found = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
    return [{ name, expected, found, equal: sameRows(expected, found) }];
  });
}

const sameRows = (a: AnswerRows, b: AnswerRows) =>
  a.length === b.length &&
  a.every((row, i) => {
    const other = b[i]!;
    const names = Object.keys(row);
    return names.length === Object.keys(other).length && names.every((name) => row[name] === other[name]);
  });
