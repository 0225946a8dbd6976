/** Sequence numbers: 56 digits as on AWS, growing within a shard, and never the same for two records of an account. */
import type { ShardRecord } from './store.ts';

const POSITION_DIGITS = 16;

/** Digits of the version, the shard's creation (ms) and its index; the record's position follows, padded to 56 digits. */
const prefixOf = (shard: ShardRecord) =>
  `49${String(shard.createdMs).padStart(13, '0')}${String(shard.index).padStart(8, '0')}${'0'.repeat(17)}`;

/** A function from a position to its sequence number, with the shard's part made once. */
export function sequenceNumbersOf(shard: ShardRecord): (position: number) => string {
  const prefix = prefixOf(shard);
  return (position) => prefix + String(position).padStart(POSITION_DIGITS, '0');
}

/** The position of a sequence number, or undefined when another shard gave it. */
export function positionOf(shard: ShardRecord, sequenceNumber: string): number | undefined {
  const prefix = prefixOf(shard);
  const digits = sequenceNumber.slice(prefix.length);
  if (!sequenceNumber.startsWith(prefix) || !/^\d{16}$/.test(digits)) return undefined;
  return Number(digits);
}
