/** Closes a run's books: the balance sheet, the verdict, and what is said about it. */
import {
  type BalanceRow,
  type BalanceSheet,
  balanceSheet,
  balanceStatements,
  type ReceiptRow,
  receiptsSql,
} from '../../lib/model/balance.ts';
import type { RunScope } from '../../lib/model/plan.ts';
import { type CheckResult, checksSql } from '../../lib/model/statements.ts';
import type { Study } from '../../lib/model/study.ts';
import type { ResultRow } from '../shared/athenaResults.ts';
import { numbered, type Outcomes, type Producer, type Run, type Texts } from '../shared/run.ts';

export type Verdict = 'Balanced' | 'OutOfBalance' | 'AuditStopped';

/** A model's check results as the model-runner left them. */
export interface ModelChecks {
  readonly checks: readonly CheckResult[];
  /** Rules that stopped the model, as text for people. */
  readonly stops: readonly string[];
}

export interface Reconciliation {
  readonly verdict: Verdict;
  readonly subject: string;
  readonly summary: string;
  readonly runId: string;
  readonly records: number;
  readonly sheet: BalanceSheet;
  readonly stopped: readonly string[];
  readonly skipped: readonly string[];
}

const EVERY_HOUR = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

/** The questions of the balance sheet, and the run's check results into their table. */
export function balanceTexts(
  study: Pick<Study, 'name' | 'models'>,
  scope: RunScope,
  run: Run,
  checks: readonly CheckResult[],
): Texts {
  const { seek, sheet, drop } = balanceStatements(study, scope, run.attempt);
  return {
    ...numbered('checks', checksSql(scope, checks, run.startedAt)),
    seek,
    balance: sheet,
    drop,
    ...(run.producer && { receipts: receiptsSql(study.name, run.producer.run, boundsOf(run.producer)) }),
  };
}

/** Receipts name no hour: their records may have arrived in any of the producer's days. */
export const boundsOf = ({ firstDt, lastDt }: Producer) => ({
  streams: ['events', 'landing'],
  firstDt,
  lastDt,
  hours: EVERY_HOUR,
});

const namesWith = (outcomes: Outcomes, wanted: string) =>
  Object.values(outcomes)
    .flat()
    .filter(({ outcome }) => outcome === wanted)
    .map(({ model }) => model);

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
): Reconciliation {
  const sheet = balanceSheet(
    answers.balance as unknown as BalanceRow[],
    answers.receipts as unknown as ReceiptRow[] | undefined,
  );
  const stopped = namesWith(outcomes, 'stopped');
  const skipped = namesWith(outcomes, 'skipped');
  const linesRead = sheet.total.inBronze + sheet.total.copies;
  const complete = linesRead === run.records;
  const verdict: Verdict =
    sheet.balanced && complete ? (stopped.length > 0 ? 'AuditStopped' : 'Balanced') : 'OutOfBalance';
  const lines = [
    `Run ${run.runId} of ${study}: ${verdict}`,
    ...(complete
      ? []
      : [`The run's objects hold ${run.records} lines by the ledger; ${linesRead} were read.`]),
    `In bronze ${sheet.total.inBronze} (and ${sheet.total.copies} redelivered copies) = ${sheet.total.silver} silver + ` +
      `${sheet.total.duplicates} duplicates + ${sheet.total.quarantined} quarantined + ${sheet.total.unaccounted} unaccounted; lost ${sheet.lost}`,
    ...stops.map((stop) => `Stopped: ${stop}`),
    ...(skipped.length > 0 ? [`Skipped because of it: ${skipped.join(', ')}`] : []),
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
  };
}

/** What is said when a run broke: the error's name and the first thousand characters of its cause. */
export function failureNotice(study: string, execution: string, error: { Error?: string; Cause?: string }) {
  const name = error.Error ?? 'unknown error';
  return {
    verdict: 'Failed' as const,
    subject: `Headwaters ${study}: run failed`,
    summary: `Execution ${execution}\n${name}\n${(error.Cause ?? '').slice(0, 1000)}`,
  };
}
