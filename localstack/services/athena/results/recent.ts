/** The newest small results, kept in memory so that reading them does not go through S3. */
import type { Cell } from './csv.ts';

const RECENT_RESULTS = 32;

export interface RecentResults {
  keep(queryExecutionId: string, rows: readonly Cell[][] | undefined): void;
  /** Rows with their header; undefined when the result is not kept. */
  rows(queryExecutionId: string): readonly Cell[][] | undefined;
}

export function createRecentResults(): RecentResults {
  const recent = new Map<string, readonly Cell[][]>();
  return {
    keep(id, rows) {
      if (!rows) return;
      recent.set(id, rows);
      for (const oldest of recent.keys()) {
        if (recent.size <= RECENT_RESULTS) break;
        recent.delete(oldest);
      }
    },
    rows: (id) => recent.get(id),
  };
}
