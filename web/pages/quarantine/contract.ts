/** What the quarantine page shows. */
import type { Quarantined, QuarantineGroup, RefusedEntry } from '../../../lake/quarantine.ts';

export type { Quarantined, QuarantineGroup, RefusedEntry };

/** What was refused in the days that the page looks back. */
export interface QuarantineOverview {
  readonly days: number;
  /** The most first. */
  readonly groups: readonly QuarantineGroup[];
  /** Records in bronze of the runs that ended in these days. */
  readonly inBronze: number;
  /** Of the refused records, as they arrived. */
  readonly rawBytes: number;
}

export interface RefusedPage {
  readonly entries: readonly RefusedEntry[];
  /** Offset of the first entry. */
  readonly offset: number;
}

/** Entries of a page of the list. */
export const PAGE = 12;
