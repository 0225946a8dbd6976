/** Kinesis → Lambda → S3 with the bundle that is deployed: how many records a second, and how late one is in bronze. */
import { amazonEvents, type BronzeStream, bronzeStream, type LedgerEntry } from '../bronzeStream.ts';
import { type Measure, quantile, type Target } from '../measure.ts';
import { endpoints } from '../targets.ts';

const RECORDS = 100_000;
const BATCH = 500;
const PROBES = 60;
const LIMIT_MS = 120_000;

export const kinesisToBronze: Measure = {
  name: 'kinesis-to-bronze',
  title: 'Kinesis → bronze-writer → S3, end to end, nothing lost',
  unit: 'records/s',
  goal: '≥ 40,000',
  method: `${RECORDS.toLocaleString('en-US')} events of the Amazon study put by one client (500 a request, four in flight, four shards) while the deployed bundle of bronze-writer takes batches of up to 10,000; from the first put until the ledger accounts for every record, the functions' processes being warm. Fewer records than were acknowledged fail the measure.`,
  contestants: endpoints(throughput),
  rounds: 3,
};

export const bronzeLag: Measure = {
  name: 'bronze-lag',
  title: 'Kinesis → bronze-writer → S3, median lag of a record',
  unit: 'ms',
  goal: '< 50',
  method: `${PROBES} records put one by one, one each 50 ms, no batch window; from the moment before the put to the moment after the object is stored, by the clocks of one machine; the median record of the round.`,
  contestants: endpoints(lag),
  rounds: 3,
};

async function throughput(target: Target, round: number): Promise<number> {
  const events = await amazonEvents(10_000);
  const bronze = await bronzeStream(target, `throughput-${round}`, 4);
  try {
    // Every shard's process is started by records of its own: cold starts are not what is measured.
    await bronze.put(events.slice(0, BATCH));
    await stored(bronze, BATCH);
    const startedAt = performance.now();
    let next = 0;
    const sender = async () => {
      while (next < RECORDS) {
        const first = next % events.length;
        next += BATCH;
        await bronze.put(events.slice(first, first + BATCH));
      }
    };
    await Promise.all(Array.from({ length: 4 }, sender));
    await stored(bronze, RECORDS + BATCH);
    return RECORDS / ((performance.now() - startedAt) / 1000);
  } finally {
    bronze.close();
  }
}

async function lag(target: Target, round: number): Promise<number> {
  const events = await amazonEvents(PROBES);
  const bronze = await bronzeStream(target, `lag-${round}`, 1);
  try {
    const sent: { sequence: bigint; at: number }[] = [];
    for (const event of events.slice(0, PROBES)) {
      const at = Date.now();
      const [sequence] = await bronze.put([event]);
      sent.push({ sequence: BigInt(sequence!), at });
      await pause(50);
    }
    const entries = await stored(bronze, PROBES);
    const lags = sent.map(({ sequence, at }) => {
      const entry = entries.find(
        ({ firstSequence, lastSequence }) =>
          BigInt(firstSequence) <= sequence && sequence <= BigInt(lastSequence),
      );
      if (!entry) throw new Error(`Record ${sequence} is in no object of the ledger`);
      return entry.writtenAt - at;
    });
    return quantile(lags, 0.5);
  } finally {
    bronze.close();
  }
}

/** Waits until the ledger has at least so many records. Throws when they stay away. */
async function stored(bronze: BronzeStream, records: number): Promise<LedgerEntry[]> {
  for (const end = performance.now() + LIMIT_MS; ; ) {
    const entries = await bronze.ledger();
    const found = entries.reduce((sum, entry) => sum + entry.records, 0);
    if (found >= records) return entries;
    if (performance.now() > end)
      throw new Error(`${records - found} of ${records} records are not in bronze`);
    await pause(25);
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
