/** AWS's rates per shard, as buckets that refill with the clock; only asked when quotas are on. */

/** https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const MIB = 1024 * 1024;
const WRITE_RECORDS_PER_S = 1000;
const WRITE_BYTES_PER_S = MIB;
const READ_CALLS_PER_S = 5;
const READ_BYTES_PER_S = 2 * MIB;

interface Bucket {
  /** Takes `amount` if it can; one that is larger than the bucket needs it full, and is paid for afterwards. */
  canTake(amount: number, nowMs: number): boolean;
  take(amount: number): void;
}

function createBucket(perSecond: number): Bucket {
  let level = perSecond;
  let filledAtMs = Number.NEGATIVE_INFINITY;
  return {
    canTake(amount, nowMs) {
      const elapsedS = filledAtMs === Number.NEGATIVE_INFINITY ? 0 : (nowMs - filledAtMs) / 1000;
      level = Math.min(perSecond, level + Math.max(0, elapsedS) * perSecond);
      filledAtMs = nowMs;
      return level >= Math.min(amount, perSecond);
    },
    take(amount) {
      level -= amount;
    },
  };
}

export interface Throughput {
  /** Whether the shard takes a record of this size now; if so it is counted. */
  write(shardKey: string, bytes: number, nowMs: number): boolean;
  /** Whether the shard may be read now; if so the call is counted, and its bytes by `countRead`. */
  read(shardKey: string, nowMs: number): boolean;
  countRead(shardKey: string, bytes: number): void;
}

export function createThroughput(): Throughput {
  const shards = new Map<string, Record<'writeRecords' | 'writeBytes' | 'readCalls' | 'readBytes', Bucket>>();
  const bucketsOf = (shardKey: string) => {
    const known = shards.get(shardKey);
    if (known) return known;
    const made = {
      writeRecords: createBucket(WRITE_RECORDS_PER_S),
      writeBytes: createBucket(WRITE_BYTES_PER_S),
      readCalls: createBucket(READ_CALLS_PER_S),
      readBytes: createBucket(READ_BYTES_PER_S),
    };
    shards.set(shardKey, made);
    return made;
  };
  return {
    write(shardKey, bytes, nowMs) {
      const { writeRecords, writeBytes } = bucketsOf(shardKey);
      if (!writeRecords.canTake(1, nowMs) || !writeBytes.canTake(bytes, nowMs)) return false;
      writeRecords.take(1);
      writeBytes.take(bytes);
      return true;
    },
    /** A read that took more than its share leaves the bucket below zero: AWS refuses for up to five seconds then. */
    read(shardKey, nowMs) {
      const { readCalls, readBytes } = bucketsOf(shardKey);
      if (!readCalls.canTake(1, nowMs) || !readBytes.canTake(1, nowMs)) return false;
      readCalls.take(1);
      return true;
    },
    countRead(shardKey, bytes) {
      bucketsOf(shardKey).readBytes.take(bytes);
    },
  };
}
