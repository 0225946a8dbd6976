/** Rows that were asked of the lake, with where and when. */
import type { Chart } from '../../lib/model/study/serving/design.ts';
import type { Rows } from '../../lib/model/study/serving/finding.ts';

export interface AskedRows extends Rows {
  /** Athena's types, in the order of the columns. */
  readonly types: readonly string[];
  /** The table or question that they come from, as a person names it. */
  readonly source: string;
  /** What had arrived by then is in them: the run's start, of a live view when it was read; ISO 8601. */
  readonly at: string;
  readonly scannedBytes: number;
  readonly queryExecutionId: string;
}

/** A declared chart with its rows and its title filled in. */
export interface DrawnChart {
  readonly chart: Chart;
  readonly title: string;
  readonly data: AskedRows;
}

/** A declared figure, before it is read. */
export interface AnnouncedFigure {
  readonly name: string;
  readonly label: string;
  /** `gold.fact_sales` */
  readonly source: string;
}

/** A declared figure with its value. */
export interface ReadFigure extends AnnouncedFigure {
  /** As Athena writes it; null is NULL or no row. */
  readonly value: string | null;
  readonly unit?: string;
  readonly percent: boolean;
  /** What had arrived by then is in it, ISO 8601. */
  readonly at: string;
}
