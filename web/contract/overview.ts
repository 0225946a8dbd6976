/** What every page knows: the studies, their state, and the counts next to the pages. */

/** What the last run of a study left it in. */
export type StudyState = 'balanced' | 'out-of-balance' | 'failed' | 'running' | 'not-run' | 'not-deployed';

export interface StudyOverview {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly state: StudyState;
  /** Records that the last run could not account for. */
  readonly unaccounted?: number;
  readonly lastRun?: { readonly id: string; readonly endedAt: string };
  readonly counts?: {
    /** Objects in bronze. */
    readonly objects: number;
    readonly tables: number;
    readonly runs: number;
  };
}

export interface Overview {
  readonly target: string;
  /** `127.0.0.1:4566` */
  readonly endpoint: string;
  readonly version: string;
  /** The lake's clock, ms since the epoch: a local cloud's may be ahead of the machine's. */
  readonly now: number;
  readonly studies: readonly StudyOverview[];
  /** What is at work now. */
  readonly job?: { readonly id: string; readonly study: string; readonly title: string };
}
