/** What a run says when it ends well, and the producer whose receipts its balance sheet is compared with. */
import { streams } from '../layout.ts';
import type { BalanceSheet } from './balance.ts';
import type { Change } from './published.ts';

export type Verdict = 'Balanced' | 'OutOfBalance' | 'AuditStopped';

export interface Reconciliation {
  readonly verdict: Verdict;
  readonly subject: string;
  readonly summary: string;
  readonly runId: string;
  readonly records: number;
  readonly sheet: BalanceSheet;
  readonly stopped: readonly string[];
  readonly skipped: readonly string[];
  /** Models that the run rebuilt, and why; those without a reason were asked for. */
  readonly rebuilt: readonly Rebuilt[];
  /** Changed models whose tables still hold rows of the version before. */
  readonly postponed: readonly Change[];
}

export interface Rebuilt extends Partial<Change> {
  readonly model: string;
  /** Only a range of its partitions was rebuilt. */
  readonly inPart: boolean;
}

export interface Producer {
  /** Id under which the producer kept its receipts. */
  readonly run: string;
  /** `yyyy-MM-dd`. */
  readonly firstDt: string;
  readonly lastDt: string;
  /** Records that were acknowledged to the producer. */
  readonly records: number;
}

const EVERY_HOUR = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

/** Receipts name no hour: their records may have arrived in any of the producer's days. */
export const boundsOf = ({ firstDt, lastDt }: Producer) => ({
  streams,
  firstDt,
  lastDt,
  hours: EVERY_HOUR,
});

/** The receipts are not those that were written: what was acknowledged cannot be looked up any more. */
export const receiptsMissing = ({ run, records }: Producer, missing: number): string =>
  `${records} records of ${run} were acknowledged; their receipts in acknowledged/…/run=${run}/ cover ${records - missing}.`;
