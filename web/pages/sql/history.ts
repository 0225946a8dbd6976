/** Statements that were run from this browser, newest first, each once. */

export interface HistoryEntry {
  readonly sql: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly state: string;
  readonly scannedBytes: number;
}

const KEPT = 50;
const keyOf = (study: string) => `headwaters-history-${study}`;

export function readHistory(study: string): readonly HistoryEntry[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(study)) ?? '[]');
    return Array.isArray(kept) ? (kept as HistoryEntry[]) : [];
  } catch (error) {
    // Another program may write under the same origin; what is not ours is left out.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

export function keepInHistory(study: string, entry: HistoryEntry): void {
  const others = readHistory(study).filter(({ sql }) => sql !== entry.sql);
  localStorage.setItem(keyOf(study), JSON.stringify([entry, ...others].slice(0, KEPT)));
}
