/** What every step of a run is told by the state machine. */
import { type RunScope, runPrefix, type Slice } from '../../lib/model/plan.ts';

export interface Run {
  readonly runId: string;
  /** 1 for the first execution that works on the run; stage tables and statements of each attempt are apart. */
  readonly attempt: number;
  readonly executionArn: string;
  /** ISO, UTC: the time that the run's refused rows and checks carry. */
  readonly startedAt: string;
  readonly slice: Slice;
  /** Lines in the run's objects, redelivered copies included. */
  readonly records: number;
  /** Whose receipts the books are compared with, and the days on which the receipts were given. @default - none */
  readonly producer?: Producer;
}

export interface Producer {
  /** Id under which the producer kept its receipts. */
  readonly run: string;
  /** `yyyy-MM-dd`. */
  readonly firstDt: string;
  readonly lastDt: string;
}

export type Outcome = 'published' | 'stopped' | 'skipped';

/** Level → what became of its models. */
export type Outcomes = Readonly<
  Record<string, readonly { readonly model: string; readonly outcome: Outcome }[]>
>;

/** Texts by the name under which they are run and their answers found again; run in this order. */
export type Texts = Readonly<Record<string, string>>;

export const scopeOf = (study: string, lake: string, run: Pick<Run, 'runId' | 'slice'>): RunScope => ({
  study,
  lake,
  runId: run.runId,
  slice: run.slice,
});

/** Key of the plan: the ledger rows that the run accounts for. */
export const planKey = (study: string, runId: string) => `${runPrefix(study, runId)}plan.json`;

/** What statements of this attempt are named by. */
export const attemptOf = (study: string, { runId, attempt }: Pick<Run, 'runId' | 'attempt'>) => ({
  study,
  runId,
  attempt,
});

/** Key of a model's check results, until the reconciler has put them into the table of checks. */
export const checksKey = (study: string, { runId, attempt }: Pick<Run, 'runId' | 'attempt'>, model: string) =>
  `${runPrefix(study, runId)}attempt=${attempt}/checks/${model}.json`;

/** Key of the finished balance sheet. */
export const balanceKey = (study: string, runId: string) => `${runPrefix(study, runId)}balance.json`;

/** `table` alone, or `table-1`, `table-2` … in their order. */
export const numbered = (name: string, texts: readonly string[]): Texts =>
  Object.fromEntries(texts.map((text, at) => [texts.length === 1 ? name : `${name}-${at + 1}`, text]));
