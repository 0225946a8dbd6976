/** Closes a run's books: the balance sheet, the verdict, and what is said about it. */
import {
  type BalanceRow,
  balanceSheet,
  balanceSql,
  type ReceiptRow,
  receiptsSql,
} from '../../lib/model/run/balance.ts';
import type { RunPlan } from '../../lib/model/run/plan.ts';
import type { Outcomes, Run } from '../../lib/model/run/protocol.ts';
import { type Published, publishedAfter } from '../../lib/model/run/published.ts';
import {
  boundsOf,
  type Reconciliation,
  receiptsMissing,
  type Verdict,
} from '../../lib/model/run/reconciliation.ts';
import type { RunScope } from '../../lib/model/run/scope.ts';
import { arrivalsStage, type CheckResult, checksSql, stageTable } from '../../lib/model/run/statements.ts';
import type { Study } from '../../lib/model/study/study.ts';
import type { ResultRow } from '../shared/athenaResults.ts';
import { numbered, type Texts } from '../shared/run.ts';

/** A level's check results as the model-runner left them. */
export interface LevelChecks {
  readonly checks: readonly CheckResult[];
  /** Rules that stopped a model, as text for people. */
  readonly stops: readonly string[];
}

/** The questions of the balance sheet, and the run's check results into their table. */
export function balanceTexts(
  study: Pick<Study, 'name' | 'models'>,
  scope: RunScope,
  run: Run,
  checks: readonly CheckResult[],
): Texts {
  return {
    ...numbered('checks', checksSql(scope, checks, run.startedAt)),
    // A run that only rebuilds tables brings no record.
    ...(run.records > 0 && { balance: balanceSql(study, scope, run.attempt) }),
    ...(run.producer && { receipts: receiptsSql(study.name, run.producer.run, boundsOf(run.producer)) }),
  };
}

/** Tables that a run of so many attempts may have staged. */
export const stageTables = (plan: RunPlan, attempts: number): string[] =>
  Array.from({ length: attempts }, (_, at) => at + 1).flatMap((attempt) =>
    [arrivalsStage, ...Object.keys(plan.models).map((name) => ({ name }))].map((staged) =>
      stageTable(staged, plan, attempt),
    ),
  );

const namesWith = (outcomes: Outcomes, wanted: string) =>
  Object.entries(outcomes)
    .filter(([, outcome]) => outcome === wanted)
    .map(([model]) => model);

/**
 * The verdict on a run. Books that do not balance weigh more than a stopped model: a record may be lost. A stopped model
 * leaves the ledger's rows as landed, so that the next run brings the same records to it again.
 */
export function reconcile(
  study: string,
  run: Run,
  outcomes: Outcomes,
  answers: { readonly balance: readonly ResultRow[]; readonly receipts?: readonly ResultRow[] },
  stops: readonly string[],
  { rebuild, whole }: Pick<RunPlan, 'rebuild' | 'whole'>,
): Reconciliation {
  const sheet = balanceSheet(
    answers.balance as unknown as BalanceRow[],
    run.producer && {
      rows: (answers.receipts ?? []) as unknown as ReceiptRow[],
      given: run.producer.records,
    },
  );
  const stopped = namesWith(outcomes, 'stopped');
  const skipped = namesWith(outcomes, 'skipped');
  const linesRead = sheet.total.inBronze + sheet.total.copies;
  const complete = linesRead === run.records;
  const verdict: Verdict =
    sheet.balanced && complete ? (stopped.length > 0 ? 'AuditStopped' : 'Balanced') : 'OutOfBalance';
  const rebuilt = rebuild.models.map((model) => ({
    model,
    ...rebuild.changes.find((change) => change.model === model),
    inPart: !whole.includes(model),
  }));
  const lines = [
    `Run ${run.runId} of ${study}: ${verdict}`,
    ...(rebuilt.length > 0 ? [`Rebuilt: ${rebuilt.map(({ model }) => model).join(', ')}`] : []),
    ...(rebuild.postponed.length > 0
      ? [`Changed and not rebuilt: ${rebuild.postponed.map(({ model }) => model).join(', ')}`]
      : []),
    ...(complete
      ? []
      : [`The run's objects hold ${run.records} lines by the ledger; ${linesRead} were read.`]),
    ...(sheet.withoutReceipt === 0 || !run.producer
      ? []
      : [receiptsMissing(run.producer, sheet.withoutReceipt)]),
    `In bronze ${sheet.total.inBronze} (and ${sheet.total.copies} redelivered copies) = ${sheet.total.silver} silver + ` +
      `${sheet.total.duplicates} duplicates + ${sheet.total.quarantined} quarantined + ${sheet.total.unaccounted} unaccounted; lost ${sheet.lost}`,
    ...stops.map((stop) => `Stopped: ${stop}`),
    ...(skipped.length > 0 ? [`Skipped because of it: ${skipped.join(', ')}`] : []),
    ...(stopped.length > 0 ? [wayOut(study)] : []),
  ];
  return {
    verdict,
    subject: `Headwaters ${study}: ${verdict}`,
    summary: lines.join('\n'),
    runId: run.runId,
    records: run.records,
    sheet,
    stopped,
    skipped,
    rebuilt,
    postponed: rebuild.postponed,
  };
}

/** What is published of each model once the run has ended well. */
export const publishedNow = (
  study: Pick<Study, 'models'>,
  before: Published,
  { runId, whole }: Pick<RunPlan, 'runId' | 'whole'>,
): Published => publishedAfter(study, before, { runId, whole: new Set(whole) });

/** What can be done when a rule declared as `stop` keeps a model from being published. */
const wayOut = (study: string) =>
  'What was published before stays, and the records stay landed: every run takes them again until they are published. ' +
  'Correct the contract, the model or the data and run again; or move a record that blocks to quarantine: ' +
  `npx headwaters run ${study} --set-aside <stream>/<shard>/<sequence number>`;

/** What is said when a run broke: the error's name and the first thousand characters of its cause. */
export function failureNotice(study: string, execution: string, error: { Error?: string; Cause?: string }) {
  const name = error.Error ?? 'unknown error';
  return {
    verdict: 'Failed' as const,
    subject: `Headwaters ${study}: run failed`,
    summary: `Execution ${execution}\n${name}\n${(error.Cause ?? '').slice(0, 1000)}`,
  };
}
