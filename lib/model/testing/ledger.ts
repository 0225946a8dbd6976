/** What the reconciler makes of a ledger row, for tests that have no DynamoDB. */
import type { LedgerRow } from '../run/ledger.ts';

/** The row once a run has accounted for its records. */
export function accountedRow(row: LedgerRow, runId: string): LedgerRow {
  const { landed_pk: _left, recompute: _done, ...rest } = row;
  return { ...rest, state: 'accounted', run_id: runId };
}
