/**
 * A run over 10,000 new events, however much was stored before: what Athena scans, how long it takes, its statements and the
 * memory at its highest, after 5 million events and after 50,000.
 */
import { join } from 'node:path';
import { BatchGetQueryExecutionCommand, paginateListQueryExecutions } from '@aws-sdk/client-athena';
import { type Lake, openLake } from '../../lake/lake.ts';
import { assertSucceeded } from '../../lake/pipeline.ts';
import { step, type WorkOptions } from '../../lake/progress.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { type BronzeStore, bronzeStore } from '../bronzeStore.ts';
import { newStateDir } from '../finishedRun.ts';
import { type Measure, quantile } from '../measure.ts';
import { watchMemory } from '../memory.ts';
import { startOurs } from '../targets.ts';

const EVENTS_A_PERIOD = 50_000;
const DAYS = 20;
const NEW_EVENTS = 10_000;
/** The median of these is taken. */
const RUNS = 3;

const histories = { 'after 5,000,000 events': 100, 'after 50,000 events': 1 } as const;
type History = keyof typeof histories;

const common = {
  rounds: 1,
  warmsUp: false,
  onRequest: true,
  method: `Every ${DAYS} days ${EVENTS_A_PERIOD} simulated events and their files, stored as bronze by bronze-writer's own code and run through the pipeline: 100 times, or once. Then ${NEW_EVENTS} events of the last ${DAYS} days arrive and the pipeline runs, ${RUNS + 1} times with other events; the median of the last ${RUNS} runs. The touched months hold the same in both. Scanned is what Athena reports of all statements of a run, new bronze the compressed bytes of its objects; memory is the resident set of the cloud and of the Lambdas it runs, sampled during the runs.`,
} as const;

interface Outcome {
  readonly scannedBytes: number;
  readonly bronzeBytes: number;
  readonly seconds: number;
  readonly statements: number;
  readonly peakBytes: number;
}

const outcomes = new Map<History, Promise<Outcome>>();

function measure(
  name: string,
  { title, unit, goal }: { title: string; unit: string; goal: string },
  figure: (outcome: Outcome) => number,
): Measure {
  const contestants = (Object.keys(histories) as History[]).map((history) => ({
    name: history,
    open: async () => ({
      async take() {
        const outcome = outcomes.get(history) ?? runAfter(history);
        outcomes.set(history, outcome);
        return figure(await outcome);
      },
      async close() {},
    }),
  }));
  return { ...common, name, title: `A run over 10,000 new events: ${title}`, unit, goal, contestants };
}

export const historyMeasures: readonly Measure[] = [
  measure(
    'history-scanned',
    { title: 'scanned by Athena', unit: 'MB', goal: '≤ 1.2 ×' },
    ({ scannedBytes }) => scannedBytes / 1e6,
  ),
  measure(
    'history-scanned-share',
    {
      title: 'scanned by Athena, as a multiple of the new bronze bytes',
      unit: '×',
      goal: '≤ 4 and the touched partitions',
    },
    ({ scannedBytes, bronzeBytes }) => scannedBytes / bronzeBytes,
  ),
  measure('history-seconds', { title: 'seconds', unit: 's', goal: '≤ 1.2 ×' }, ({ seconds }) => seconds),
  measure(
    'history-statements',
    { title: 'statements', unit: 'statements', goal: '≤ 1.2 ×' },
    ({ statements }) => statements,
  ),
  measure(
    'history-memory',
    { title: 'memory at its highest', unit: 'GB', goal: '≤ 1.2 ×' },
    ({ peakBytes }) => peakBytes / 1e9,
  ),
];

async function runAfter(history: History): Promise<Outcome> {
  const periods = histories[history];
  const stateDir = newStateDir();
  let target = await startOurs(join(stateDir, 'cloud'));
  let lake = openLake(await embedded({ stateDir }), { studies: studiesOf() });
  try {
    await lake.deploy(['amazon'], reporting);
    let bronze = bronzeStore(lake);
    const now = Date.now();
    await step(reporting, 'Storing bronze', async (at) => {
      for (let period = 1; period <= periods; period++) {
        await bronze.store({
          seed: period,
          events: EVENTS_A_PERIOD,
          days: DAYS,
          arrivedAtMs: now - (periods - period + 1) * DAYS * 86_400_000,
        });
        at(`${bronze.stored().events} events`);
      }
    });
    await lake.drain(reporting);
    assertSucceeded(lake, 'amazon', await lake.pipeline('amazon', reporting));
    // What the run over the history has left in memory is not the next runs'.
    const before = bronze.stored();
    await lake.close();
    await target.stop();
    target = await startOurs(join(stateDir, 'cloud'));
    lake = openLake(await embedded({ stateDir }), { studies: studiesOf() });
    bronze = bronzeStore(lake, before);
    const taken: Outcome[] = [];
    for (let run = 0; run <= RUNS; run++)
      taken.push(await takeRun(lake, bronze, periods + 1 + run, target.pid));
    return medianOf(taken.slice(1));
  } finally {
    await lake.close();
    await target.stop();
  }
}

async function takeRun(lake: Lake, bronze: BronzeStore, seed: number, pid: number): Promise<Outcome> {
  const before = bronze.stored().bytes;
  await bronze.store({ seed, events: NEW_EVENTS, days: DAYS, arrivedAtMs: Date.now() });
  await lake.drain(reporting);
  const memory = watchMemory(pid);
  const since = Date.now();
  const startedAt = performance.now();
  const end = await lake.pipeline('amazon', reporting);
  const seconds = (performance.now() - startedAt) / 1000;
  const peakBytes = memory.stop();
  assertSucceeded(lake, 'amazon', end);
  const statements = await statementsSince(lake, since);
  return {
    seconds,
    peakBytes,
    bronzeBytes: bronze.stored().bytes - before,
    statements: statements.length,
    scannedBytes: statements.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Bytes that each statement scanned which was submitted since then. */
async function statementsSince({ target }: Lake, sinceMs: number): Promise<number[]> {
  const scanned: number[] = [];
  for await (const { QueryExecutionIds = [] } of paginateListQueryExecutions(
    { client: target.clients.athena },
    { WorkGroup: target.names.pipelineWorkGroup('amazon') },
  )) {
    const { QueryExecutions = [] } = await target.clients.athena.send(
      new BatchGetQueryExecutionCommand({ QueryExecutionIds }),
    );
    for (const { Status, Statistics } of QueryExecutions)
      if (Number(Status?.SubmissionDateTime) >= sinceMs) scanned.push(Statistics?.DataScannedInBytes ?? 0);
  }
  return scanned;
}

function medianOf(taken: readonly Outcome[]): Outcome {
  const median = (figure: keyof Outcome) =>
    quantile(
      taken.map((one) => one[figure]),
      0.5,
    );
  return {
    scannedBytes: median('scannedBytes'),
    bronzeBytes: median('bronzeBytes'),
    seconds: median('seconds'),
    statements: median('statements'),
    peakBytes: median('peakBytes'),
  };
}

const reporting: WorkOptions = {
  onProgress(progress) {
    if (progress.kind === 'ended')
      process.stderr.write(`${progress.title}: ${progress.detail} (${progress.seconds.toFixed(1)} s)\n`);
  },
};
