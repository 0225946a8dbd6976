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
  readonly window: string;
  /** The chart that the study declares for it. */
  readonly chart?: Chart;
}

export interface LiveAnswer {
  /** The lake's time of the answer, ISO 8601. */
  readonly at: string;
  readonly views: readonly DeclaredView[];
  readonly readings: readonly LiveReading[];
}

/** Windows that a chart shows. */
export const CHARTED = 15;

/** Rows of a window that are shown: those of the greatest first measure. */
export const TOP = 12;
