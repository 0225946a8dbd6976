/** What the newest run that closed its books says of the tables: whoever serves them names the run and its time. */
import { studyPrefix } from '../layout.ts';
import type { Reconciliation } from './reconciliation.ts';

export interface PublishedRun {
  readonly runId: string;
  /** Executions that have worked on the run so far, the one that closed the books included. */
  readonly attempt: number;
  /** When the run took what had landed, ISO 8601: the tables show what had arrived by then. */
  readonly startedAt: string;
  readonly verdict: Reconciliation['verdict'];
}

/** Key of the study's newest closed run. It does not expire, unlike what a run keeps for its own steps. */
export const publishedRunKey = (study: string): string => `${studyPrefix('published', study)}last-run.json`;
