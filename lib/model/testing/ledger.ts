/** Does in memory what the reconciler does to a ledger row in DynamoDB. */
import type { LedgerRow } from '../run/ledger.ts';

/** The row once a run has accounted for its records. */
export function accountedRow(row: LedgerRow, runId: string): LedgerRow {
  const { landed_pk: _left, recompute: _done, ...rest } = row;
  return { ...rest, state: 'accounted', run_id: runId };
}
