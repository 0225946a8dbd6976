/** What the home page shows. */
import type { BalanceSheet } from '../../../lib/model/run/balance.ts';
import type { AnnouncedFigure, DrawnChart, ReadFigure } from '../../contract/rows.ts';

export interface HomeStep {
  readonly title: string;
  readonly detail: string;
  readonly startedAfter: number;
  readonly seconds: number;
  readonly failed: boolean;
}

export interface Home {
  readonly study: { readonly title: string; readonly description: string; readonly hasSimulation: boolean };
  /** What `HomeFigures` will hold, so that its room is kept. */
  readonly announced: { readonly figures: readonly AnnouncedFigure[]; readonly chart: boolean };
  /** Where the study is: its stacks may not be there, or nothing may have run. */
  readonly state: string;
  readonly run?: {
    readonly id: string;
    readonly endedAt: string;
    readonly verdict?: string;
    readonly summary?: string;
    readonly records: number;
    readonly sheet?: BalanceSheet;
    /** Of the command that started it; absent for a run that a schedule started. */
    readonly seconds?: number;
    readonly steps: readonly HomeStep[];
    readonly truth?: { readonly equal: number; readonly of: number };
  };
}

/** Asked after the page is there: it costs a few statements. */
export interface HomeFigures {
  readonly figures: readonly ReadFigure[];
  readonly checks?: { readonly passed: number; readonly of: number; readonly at: string };
  readonly chart?: DrawnChart;
}
