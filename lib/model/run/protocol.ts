/**
 * What the steps of a run hand to each other. The state machine's definition and the handlers are both written against these
 * types. State carries ids, names and statements on their way to Athena, never rows; everything else is in the run's plan.
 */
import type { Change } from './published.ts';
import type { Producer } from './reconciliation.ts';

/** What every step knows of its run; the rest is in the plan. */
export interface Run {
  readonly runId: string;
  /** 1 for the first execution that works on the run; stage tables and statements of each attempt are apart. */
  readonly attempt: number;
  readonly executionArn: string;
  /** ISO, UTC: the time that the run's refused rows and checks carry. */
  readonly startedAt: string;
  /** Lines in the run's objects, redelivered copies included. */
  readonly records: number;
  /** Whose receipts the balance sheet is compared with, and the days on which they were given. @default - none */
  readonly producer?: Producer;
}

/** A statement to run, with its text. */
export interface Statement {
  readonly name: string;
  readonly token: string;
  readonly sql: string;
}

/** Statements that one Map state runs. */
export interface Batch {
  /** All of them; none where their texts are too long to travel together, so that each is fetched by the state that runs it. */
  readonly statements: readonly Statement[];
  readonly names: readonly string[];
  /** A statement's text is under this prefix and its name, as `.sql`. */
  readonly prefix: string;
  /** How many at a time: 1 where their order counts. */
  readonly concurrency: number;
}

/** What running a statement gave. */
export interface FinishedQuery {
  readonly queryExecutionId: string;
}

/** What running a batch gave: names of its statements, and their queries in the same order. */
export interface Finished {
  readonly names: readonly string[];
  readonly queries: readonly FinishedQuery[];
}

export type Outcome = 'published' | 'stopped' | 'skipped';

/** Model → what became of it. */
export type Outcomes = Readonly<Record<string, Outcome>>;

/** What a run does about models that changed since their tables were built; by default it rebuilds them. */
export interface RebuildRequest {
  /** Names of the models that may be rebuilt. @default - every model */
  readonly models?: readonly string[];
  /** Rebuilds them whether they changed or not. */
  readonly full?: boolean;
  /** Rebuilds none: their rows stay as they are until a later run. */
  readonly keepOld?: boolean;
  /** `yyyy-MM-dd`: only partitions from this day on, of models that a run can make in part. */
  readonly from?: string;
  /** `yyyy-MM-dd`, included. */
  readonly to?: string;
}

/** `request` is the execution's input: empty from the schedule. */
export interface PlanRequest {
  readonly execution: string;
  readonly startedAt: string;
  readonly request: { readonly producer?: Producer; readonly rebuild?: RebuildRequest };
}

export type Plan =
  | {
      readonly decision: 'nothing-new';
      /** Changed models that were not rebuilt. */
      readonly postponed: readonly Change[];
    }
  | { readonly decision: 'another-run'; readonly holder: string }
  | PlannedRun;

export interface PlannedRun {
  readonly decision: 'run';
  readonly run: Run;
  /** Names of the models that the run makes, by the level of the study's graph. */
  readonly levels: readonly (readonly string[])[];
}

export interface PlanAnswer {
  readonly plan: Plan;
  /** What the run begins with; without statements where there is nothing to run. */
  readonly start: StartOfRun;
}

/** What a step gives to those after it. Every answer takes the place of the one before, so that no text stays in the state. */
interface Step {
  /** What became of the models so far. */
  readonly outcomes: Outcomes;
}

export interface StartOfRun extends Step {
  /** Creates and evolves tables. */
  readonly tables: Batch;
  /** Stages what arrived. */
  readonly arrivals: Batch;
}

/** Steps of the model runner. */
export interface ComposeRequest {
  readonly step: 'compose';
  readonly run: Run;
  readonly models: readonly string[];
  readonly outcomes: Outcomes;
}

export interface ComposeAnswer extends Step {
  /** The unpublished results. */
  readonly stage: Batch;
  /** Their checks, and the partitions that publishing will write to. */
  readonly audit: Batch;
}

export interface AssessRequest {
  readonly step: 'assess';
  readonly run: Run;
  readonly models: readonly string[];
  readonly outcomes: Outcomes;
  readonly audit: Finished;
}

export interface AssessAnswer extends Step {
  readonly publish: Batch;
  /** JSON of the stages that Spark publishes, as its job takes them; absent where there is none. */
  readonly spark?: string;
}

export interface FetchRequest {
  readonly step: 'fetch';
  readonly key: string;
}

export interface FetchAnswer {
  readonly token: string;
  readonly sql: string;
}

export interface MaintainRequest {
  readonly step: 'maintain';
  readonly execution: string;
}

export interface MaintainAnswer {
  readonly statements: readonly Statement[];
}

/** Switches on the table optimizers of tables that lack them. */
export interface OptimizeRequest {
  readonly step: 'optimize';
}

export interface OptimizeAnswer {
  /** Optimizers that were made or changed. */
  readonly changed: number;
}

export type RunnerRequest = ComposeRequest | AssessRequest | FetchRequest | MaintainRequest | OptimizeRequest;

/** Steps of the reconciler. */
export interface BalanceRequest {
  readonly step: 'balance';
  readonly run: Run;
  readonly outcomes: Outcomes;
}

export interface BalanceAnswer extends Step {
  readonly balance: Batch;
}

export interface ReconcileRequest {
  readonly step: 'reconcile';
  readonly run: Run;
  readonly balance: Finished;
  readonly outcomes: Outcomes;
}

export interface GiveUpRequest {
  readonly step: 'give-up';
  readonly execution: string;
  readonly error: { readonly Error?: string; readonly Cause?: string };
}

export type ReconcilerRequest = BalanceRequest | ReconcileRequest | GiveUpRequest;
