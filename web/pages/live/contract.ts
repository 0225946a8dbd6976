/** What the live page shows: the newest windows of every live view, and how they compare with what runs published. */
import type { LiveComparisonResult } from '../../../lib/model/live/compare.ts';
import type { LiveReading, LiveRow, LiveWindow } from '../../../lib/model/live/read.ts';

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
  readonly window: string;
}

export interface LiveAnswer {
  /** The lake's time of the answer, ISO 8601. */
  readonly at: string;
  readonly views: readonly DeclaredView[];
  readonly readings: readonly LiveReading[];
}

/** Rows of a window that are shown: those of the greatest first measure. */
export const TOP = 12;
