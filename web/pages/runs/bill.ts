/** What the statements of a run would cost. */
import type { RunStatement } from './contract.ts';

/** Athena's price for a scanned terabyte, and the least that it bills for a statement (https://aws.amazon.com/athena/pricing/). */
const DOLLARS_PER_TB = 5;
const LEAST_BYTES = 10_000_000;

/** What Athena would bill for statements, USD. */
export const billOf = (statements: readonly Pick<RunStatement, 'scannedBytes'>[]): number =>
  (statements.reduce(
    (sum, { scannedBytes }) => sum + (scannedBytes === 0 ? 0 : Math.max(LEAST_BYTES, scannedBytes)),
    0,
  ) /
    1e12) *
  DOLLARS_PER_TB;
