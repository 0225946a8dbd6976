/** What the runs page shows. */
import type { RunStatement } from '../../../lake/runHistory.ts';
import type { RunModel } from '../../../lake/runModel.ts';
import type { RunDetail, RunEntry } from '../../../lake/runs.ts';
import type { Outcome } from '../../../lib/model/run/protocol.ts';

export type { Outcome, RunDetail, RunEntry, RunModel, RunStatement };

/** A model of the run in the study's graph. */
export interface RunNode {
  readonly name: string;
  readonly layer: string;
  /** From 1. */
  readonly level: number;
  /** Models of the run that it reads; none where it reads bronze. */
  readonly reads: readonly string[];
  /** Absent while the run has not come to it. */
  readonly outcome?: Outcome;
}

export type RunView = RunDetail & { readonly nodes: readonly RunNode[] };
