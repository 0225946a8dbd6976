/** Sizes AWS for a company's published traffic: shards, objects in bronze, dollars. */
import { PROFILES } from '../lib/constructs/profile.ts';
import type { PublishedVolume } from '../lib/model/study/presets.ts';
import { type CostLine, HOURS_A_MONTH, prices, shardsFor } from './prices.ts';

export interface PublishedNeed {
  readonly shards: number;
  /** One for each shard and batch window of the bronze-writer in the profile large. */
  readonly bronzeObjectsADay: number;
  readonly terabytesADay: number;
  readonly costs: readonly CostLine[];
}

const DAY_SECONDS = 86_400;
/** A PUT payload unit is 25 KB of a record (https://aws.amazon.com/kinesis/data-streams/pricing/). */
const PUT_UNIT_BYTES = 25 * 1024;

/** Provisioned Kinesis for the peak, bronze uncompressed and kept for a month; what is computed from it comes on top. */
export function needOf({ eventsADay, peakEventsASecond, bytesAnEvent }: PublishedVolume): PublishedNeed {
  const shards = shardsFor(peakEventsASecond, peakEventsASecond * bytesAnEvent);
  const days = HOURS_A_MONTH / 24;
  const bronzeObjectsADay = shards * Math.ceil(DAY_SECONDS / PROFILES.large.bronzeBatchWindowSeconds);
  const gigabytes = (eventsADay * bytesAnEvent * days) / 1e9;
  const putUnits = eventsADay * Math.ceil(bytesAnEvent / PUT_UNIT_BYTES) * days;
  const line = (item: string, amount: number, each: number) => ({
    item,
    amount,
    dollarsAMonth: amount * each,
  });
  return {
    shards,
    bronzeObjectsADay,
    terabytesADay: (eventsADay * bytesAnEvent) / 1e12,
    costs: [
      line('Kinesis shards', shards, prices.kinesis.shardHour * HOURS_A_MONTH),
      line('million Kinesis PUT units', putUnits / 1e6, prices.kinesis.millionPutUnits),
      line('thousand S3 PUTs', (bronzeObjectsADay * days) / 1000, prices.s3.thousandPuts),
      line('GB of bronze', gigabytes, prices.s3.gigabyteMonth),
    ],
  };
}
