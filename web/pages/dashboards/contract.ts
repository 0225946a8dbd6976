/** What the dashboards page shows. */
import type { DrawnChart, ReadFigure } from '../../contract/rows.ts';

export interface DashboardEntry {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly charts: number;
}

export interface DashboardView extends DashboardEntry {
  readonly figures: readonly ReadFigure[];
  readonly drawn: readonly (DrawnChart | ChartFailure)[];
}

/** A chart whose question failed: the others are shown all the same. */
export interface ChartFailure {
  readonly name: string;
  readonly failure: string;
}
