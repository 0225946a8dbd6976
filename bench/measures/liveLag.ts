/** From a put to the live view, as a reader of it sees: the deployed stream, aggregator and table, with other events on the way. */
import { PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { simulate } from '../../lake/feed/simulation.ts';
import { type Lake, openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { newStateDir } from '../finishedRun.ts';
import { type Measure, quantile } from '../measure.ts';
import { startOurs } from '../targets.ts';

const STUDY = 'netflix';
const VIEW = 'plays_per_minute';
const PROBES = 1_000;
/** Events a second that are sent next to the probes. */
const RATE = 1_000;
const EVERY_MS = 100;
const LIMIT_MS = 60_000;

interface Outcome {
  readonly p50: number;
  readonly p99: number;
}

let outcome: Promise<Outcome> | undefined;

const measureOf = (
  name: string,
  which: string,
  goal: string,
  figure: (outcome: Outcome) => number,
): Measure => ({
  name,
  title: `Put → live view, ${RATE.toLocaleString('en-US')} other events a second on the way: ${which} of a record`,
  unit: 'ms',
  goal,
  method: `${PROBES.toLocaleString('en-US')} plays of one video put one by one into the deployed stream of a study with live views, while ${RATE.toLocaleString('en-US')} other events a second are sent in batches of ${(RATE * EVERY_MS) / 1000}; from the moment before the put until a reader of the view, which asks again and again, sees the play counted. A share of the others below ${RATE.toLocaleString('en-US')} a second fails the measure.`,
  contestants: [
    {
      name: 'headwaters',
      async open() {
        return {
          async take() {
            outcome ??= probe();
            return figure(await outcome);
          },
          async close() {},
        };
      },
    },
  ],
  rounds: 1,
  warmsUp: false,
});

export const liveLag = measureOf('live-lag', 'the median', '', ({ p50 }) => p50);
export const liveLagWorst = measureOf('live-lag-p99', 'the 99th percentile', '< 100', ({ p99 }) => p99);

async function probe(): Promise<Outcome> {
  const stateDir = newStateDir();
  const target = await startOurs(`${stateDir}/cloud`);
  const lake = openLake(await embedded({ stateDir }), { studies: studiesOf() });
  try {
    await lake.deploy([STUDY], { onProgress: () => {} });
    const { others, play } = await recordsOf(lake);
    // The first one starts the function's process.
    await play(0);
    await counted(lake, 1);
    const sender = new AbortController();
    const sent = send(lake, others, sender.signal);
    const lags: number[] = [];
    for (let number = 1; number <= PROBES; number++) {
      const at = performance.now();
      await play(number);
      await counted(lake, number + 1);
      lags.push(performance.now() - at);
    }
    sender.abort();
    const rate = await sent;
    if (rate < RATE * 0.95) throw new Error(`Only ${Math.round(rate)} of ${RATE} events a second were sent.`);
    return { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99) };
  } finally {
    await lake.close();
    await target.stop();
  }
}

/** Simulated events, and one of them made into plays of a video that no other event is of. */
async function recordsOf(lake: Lake) {
  const rates = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 };
  const options = { seed: 7, events: 20_000, days: 30, rates };
  const { records } = await simulate(lake.studies, STUDY, options, Date.now());
  const others = records.map(
    ({ bytes, partitionKey }): PutRecordsRequestEntry => ({ Data: bytes, PartitionKey: partitionKey }),
  );
  const event = records
    .map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as { data: Record<string, unknown> })
    .find(({ data }) => data.action === 'play')!;
  const play = async (number: number) => {
    const probe = { ...event, id: `probe-${number}`, data: { ...event.data, video_id: 'probe' } };
    await put(lake, [{ Data: Buffer.from(JSON.stringify(probe)), PartitionKey: 'probe' }]);
  };
  return { others, play };
}

async function put({ target }: Lake, records: readonly PutRecordsRequestEntry[]): Promise<void> {
  const { FailedRecordCount } = await target.clients.kinesis.send(
    new PutRecordsCommand({ StreamName: target.names.stream(STUDY), Records: [...records] }),
  );
  if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were refused`);
}

/** Resolves once the view counts so many plays. */
async function counted(lake: Lake, plays: number): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; ; ) {
    const [reading] = await lake.live(STUDY, { view: VIEW, windows: 60, key: { video_id: 'probe' } });
    const rows = reading!.windows.flatMap((window) => window.rows);
    if (rows.reduce((sum, { values }) => sum + Number(values.plays), 0) >= plays) return;
    if (performance.now() > end) throw new Error(`${VIEW} does not count play ${plays} after ${LIMIT_MS} ms`);
  }
}

/** Sends the records round by round until it is stopped; gives how many a second. */
async function send(
  lake: Lake,
  records: readonly PutRecordsRequestEntry[],
  signal: AbortSignal,
): Promise<number> {
  const batch = (RATE * EVERY_MS) / 1000;
  const startedAt = performance.now();
  let sent = 0;
  while (!signal.aborted) {
    const from = sent % records.length;
    await put(lake, records.slice(from, from + batch));
    sent += batch;
    const ahead = startedAt + (sent / RATE) * 1000 - performance.now();
    if (ahead > 0) await new Promise((done) => setTimeout(done, ahead));
  }
  return sent / ((performance.now() - startedAt) / 1000);
}
