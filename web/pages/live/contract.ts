/** What the live page shows: the newest windows of every live view, and how they compare with what runs published. */
import type { LiveComparisonResult } from '../../../lib/model/live/compare.ts';
import type { LiveReading, LiveRow, LiveWindow } from '../../../lib/model/live/read.ts';
import type { Chart } from '../../../lib/model/study/serving/design.ts';

export type { LiveComparisonResult, LiveReading, LiveRow, LiveWindow };

/** How a view is declared, as far as the page writes it. */
export interface DeclaredView {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly key: readonly string[];
  /** Measure → its unit, if it has one. */
  readonly units: Readonly<Record<string, string>>;
  readonly measures: readonly string[];
  /** Measures that count or sum, so that windows and keys can be compared with each other. */
  readonly counts: readonly string[];
  /** Those of them whose values of several rows make a total: distinct values may be the same ones. */
  readonly adds: readonly string[];
  readonly window: string;
  /** The chart that the study declares for it. */
  readonly chart?: Chart;
}

/** The newest windows of a view together: the greatest of its first key in rows, of its second in columns. */
export interface Matrix {
  readonly rowKey: string;
  readonly columnKey: string;
  readonly windows: number;
  /** Different keys, of which the greatest are shown. */
  readonly rowCount: number;
  readonly columnCount: number;
  readonly columns: readonly { readonly name: string; readonly total: number }[];
  readonly rows: readonly {
    readonly name: string;
    readonly total: number;
    /** As many as `columns`. */
    readonly cells: readonly number[];
  }[];
  readonly total: number;
}

export interface ViewSummary {
  readonly view: string;
  /** The first measure that adds up; absent without one, and before the first window. */
  readonly measure?: string;
  /** Of every key in the newest window, also of those that are not shown. */
  readonly total?: number;
  /** The key that has most of it. */
  readonly leader?: { readonly key: string; readonly name: string; readonly value: number };
  readonly matrix?: Matrix;
}

export interface LiveAnswer {
  /** The lake's time of the answer, ISO 8601. */
  readonly at: string;
  readonly views: readonly DeclaredView[];
  readonly readings: readonly LiveReading[];
  readonly summaries: readonly ViewSummary[];
}

/** Windows that a chart shows; of candles more, for after hours a window may have trades without a price. */
export const CHARTED = 15;
export const CANDLES = 60;

/** Rows of a window that are shown: those of the greatest first measure. */
export const TOP = 12;
