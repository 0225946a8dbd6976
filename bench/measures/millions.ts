/**
 * Millions of events from bronze to gold in one run of the deployed pipeline: seconds, and memory at its highest. Five are the
 * goal's; next to Trino, which works at them for a quarter of an hour on two cores, one million tells nearly the same ratio.
 */
import { join } from 'node:path';
import { openLake } from '../../lake/lake.ts';
import { assertSucceeded } from '../../lake/pipeline.ts';
import { step, type WorkOptions } from '../../lake/progress.ts';
import type { PipelineOutput } from '../../lake/run.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { bronzeStore, EVENTS_AN_OBJECT } from '../bronzeStore.ts';
import { newStateDir } from '../finishedRun.ts';
import type { Measure } from '../measure.ts';
import { watchMemory } from '../memory.ts';
import { startOurs } from '../targets.ts';

const EVENTS_A_SEED = 100_000;

const common = {
  rounds: 1,
  warmsUp: false,
  onRequest: true,
  method: `Simulations of ${EVENTS_A_SEED} events are judged and encoded by bronze-writer's own code and stored straight as bronze objects of ${EVENTS_AN_OBJECT} records with their ledger rows (feeding them through the stream is what kinesis-to-bronze measures); the batch files are landed and loaded. Then the pipeline runs once, from its start to balanced books. Memory is the resident set of the cloud and of the Lambdas it runs, sampled.`,
} as const;

const TRINO_AT_ITS_BEST = "Trino works with a heap of 6 GB and all of Java's compilers.";

export const [fiveMillion, fiveMillionMemory] = measuresOf(5, ['headwaters']);
export const [fiveMillionTrino, fiveMillionTrinoMemory] = measuresOf(5, ['headwaters', 'trino']);
export const [millionTrino, millionTrinoMemory] = measuresOf(1, ['headwaters', 'trino']);

type Name = 'headwaters' | 'trino';

/** Seconds, and gigabytes, of one run. The goals are for five million events. */
function measuresOf(millions: 1 | 5, names: readonly Name[]): [Measure, Measure] {
  const withTrino = names.includes('trino');
  const name = `${millions === 5 ? 'five-million' : 'million'}${withTrino ? '-trino' : ''}`;
  const title = (figure: string) =>
    `${millions} million events, bronze → silver → gold${figure}${withTrino ? ', next to the same pipeline with Trino 476 behind Athena' : ''}`;
  const goal = (text: string) => (millions === 5 ? text : '');
  const method = withTrino ? `${common.method} ${TRINO_AT_ITS_BEST}` : common.method;
  const takenBy = (figure: (outcome: Outcome) => number) =>
    names.map((one) => contestant(one, millions * 1_000_000, figure));
  return [
    {
      ...common,
      method,
      name,
      title: title(''),
      unit: 's',
      goal: goal('≤ 30'),
      contestants: takenBy((outcome) => outcome.seconds),
    },
    {
      ...common,
      method,
      name: `${name}-memory`,
      title: title(', memory at its highest'),
      unit: 'GB',
      goal: goal('≤ 3'),
      contestants: takenBy((outcome) => outcome.peakBytes / 1e9),
    },
  ];
}

interface Outcome {
  readonly seconds: number;
  readonly peakBytes: number;
}

const outcomes = new Map<string, Promise<Outcome>>();

/** Seconds and memory are of one run, which each contestant makes once a process. */
function contestant(name: Name, events: number, figure: (outcome: Outcome) => number) {
  const key = `${name} ${events}`;
  return {
    name,
    async open() {
      return {
        async take() {
          const outcome = outcomes.get(key) ?? runPipelineOver(events, name === 'trino' ? 'trino' : 'duckdb');
          outcomes.set(key, outcome);
          return figure(await outcome);
        },
        async close() {},
      };
    },
  };
}

async function runPipelineOver(events: number, athena: 'duckdb' | 'trino'): Promise<Outcome> {
  const stateDir = newStateDir();
  const target = await startOurs(join(stateDir, 'cloud'), athena);
  const lake = openLake(await embedded({ stateDir }), { studies: studiesOf() });
  try {
    await lake.deploy(['amazon'], reporting);
    await step(reporting, 'Storing bronze', async (at) => {
      const bronze = bronzeStore(lake);
      const arrivedAtMs = Date.now();
      for (let seed = 1; bronze.stored().events < events; seed++) {
        const left = events - bronze.stored().events;
        await bronze.store({ seed, events: Math.min(EVENTS_A_SEED, left), days: 30, arrivedAtMs });
        at(`${bronze.stored().events} events`);
      }
    });
    await lake.drain(reporting);
    const memory = watchMemory(target.pid);
    const startedAt = performance.now();
    const end = await lake.pipeline('amazon', reporting);
    const seconds = (performance.now() - startedAt) / 1000;
    const peakBytes = memory.stop();
    assertSucceeded(lake, 'amazon', end);
    assertComplete(end.output as PipelineOutput, events);
    return { seconds, peakBytes };
  } finally {
    await lake.close();
    await target.stop();
  }
}

function assertComplete(output: PipelineOutput, events: number): void {
  const records = output.decision === undefined ? output.records : 0;
  if (records < events) throw new Error(`The run took ${records} records, which is less than ${events}`);
}

const reporting: WorkOptions = {
  onProgress(progress) {
    if (progress.kind === 'ended')
      process.stderr.write(`${progress.title}: ${progress.detail} (${progress.seconds.toFixed(1)} s)\n`);
  },
};
