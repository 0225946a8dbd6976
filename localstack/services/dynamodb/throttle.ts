/** Table capacity, enforced only where rates are AWS's: a bucket of units per table that refills by the second. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { Consumption } from './capacity.ts';
import type { Table } from './table.ts';

export interface Throttle {
  /** Throws when the table's bucket is empty. */
  assertRoom(table: Table, kind: Consumption['kind']): void;
  spend(table: Table, units: number, kind: Consumption['kind']): void;
}

/** Unused capacity is kept for five minutes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html */
const BURST_S = 300;
/** What a new on-demand table sustains. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html */
const ON_DEMAND = { read: 12_000, write: 4_000 } as const;

const NO_THROTTLE: Throttle = { assertRoom: () => {}, spend: () => {} };

export const isThrottling = (error: unknown): boolean =>
  error instanceof AwsError &&
  (error.code === 'ProvisionedThroughputExceededException' || error.code === 'ThrottlingException');

/** The last request that finds any unit left may overdraw the bucket, as a large item does on AWS. */
export function createThrottle(context: CloudContext): Throttle {
  if (context.quotas === 'off') return NO_THROTTLE;
  const buckets = new Map<string, { units: number; atMs: number }>();

  function bucketOf(table: Table, kind: Consumption['kind']) {
    const { ReadCapacityUnits: reads, WriteCapacityUnits: writes } = table.throughput;
    const rate = table.billingMode === 'PAY_PER_REQUEST' ? ON_DEMAND[kind] : kind === 'read' ? reads : writes;
    const key = `${table.id} ${kind}`;
    const nowMs = context.clock.now();
    const bucket = buckets.get(key) ?? { units: rate, atMs: nowMs };
    bucket.units = Math.min(rate * BURST_S, bucket.units + (rate * (nowMs - bucket.atMs)) / 1000);
    bucket.atMs = nowMs;
    buckets.set(key, bucket);
    return bucket;
  }

  return {
    assertRoom(table, kind) {
      if (bucketOf(table, kind).units > 0) return;
      if (table.billingMode === 'PAY_PER_REQUEST') {
        throw new AwsError(
          'ThrottlingException',
          'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or ' +
            'index so please try again shortly. If exceptions persist, check if you have a hot key.',
        );
      }
      throw new AwsError(
        'ProvisionedThroughputExceededException',
        'The level of configured provisioned throughput for the table was exceeded. ' +
          'Consider increasing your provisioning level with the UpdateTable API.',
      );
    },
    spend(table, units, kind) {
      bucketOf(table, kind).units -= units;
    },
  };
}
