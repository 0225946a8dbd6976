/**
 * Millions of events from bronze to gold in one run of the deployed pipeline: seconds, and memory at its highest. Five are the
 * goal's; beside Trino, which works at them for a quarter of an hour on two cores, one million tells nearly the same ratio.
 */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { drain } from '../../bin/drain.ts';
import { landFile } from '../../bin/feed.ts';
import { physicalNames } from '../../bin/names.ts';
import { assertSucceeded, runPipeline } from '../../bin/pipeline.ts';
import { simulate } from '../../bin/simulated.ts';
import type { PipelineOutput } from '../../bin/summary.ts';
import { createTerminal } from '../../bin/terminal.ts';
import { deploy, openWorld, type World } from '../../bin/world.ts';
import { bronzeObjects, type Lake, storeBronzeObject } from '../../lambdas/shared/bronzeObjects.ts';
import { createJudge } from '../../lib/model/bronze.ts';
import { loadStudy } from '../../lib/model/study.ts';
import { newStateDir } from '../finishedRun.ts';
import { anyone, type Measure } from '../measure.ts';
import { watchMemory } from '../memory.ts';
import { root, startOurs } from '../targets.ts';

const EVENTS_A_SEED = 100_000;
const EVENTS_AN_OBJECT = 10_000;
const SHARDS = 4;
const NO_FAULTS = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 };

const common = {
  rounds: 1,
  warmsUp: false,
  onRequest: true,
  method: `Simulations of ${EVENTS_A_SEED} events are judged and encoded by bronze-writer's own code and stored straight as bronze objects of ${EVENTS_AN_OBJECT} records with their ledger rows (feeding them through the stream is what kinesis-to-bronze measures); the batch files come by the file door. Then the pipeline runs once, from its start to balanced books. Memory is the resident set of the cloud and of the Lambdas it runs, sampled.`,
} as const;

const TRINO_AT_ITS_BEST = "Trino works with a heap of 6 GB and all of Java's compilers.";

export const [fiveMillion, fiveMillionMemory] = measuresOf(5, ['headwaters']);
export const [fiveMillionTrino, fiveMillionTrinoMemory] = measuresOf(5, ['headwaters', 'trino']);
export const [millionTrino, millionTrinoMemory] = measuresOf(1, ['headwaters', 'trino']);

type Name = 'headwaters' | 'trino';

/** Seconds, and gigabytes, of one run. The goals are for five million events. */
function measuresOf(millions: 1 | 5, names: readonly Name[]): [Measure, Measure] {
  const besideTrino = names.includes('trino');
  const name = `${millions === 5 ? 'five-million' : 'million'}${besideTrino ? '-trino' : ''}`;
  const title = (figure: string) =>
    `${millions} million events, bronze → silver → gold${figure}${besideTrino ? ', beside the same pipeline with Trino 476 behind Athena' : ''}`;
  const goal = (text: string) => (millions === 5 ? text : '');
  const method = besideTrino ? `${common.method} ${TRINO_AT_ITS_BEST}` : common.method;
  const takenBy = (figure: (outcome: Outcome) => number) =>
    names.map((one) => contestant(one, millions * 1_000_000, figure));
  return [
    {
      ...common,
      method,
      name,
      title: title(''),
      unit: 's',
      goal: goal('≤ 60'),
      contestants: takenBy((outcome) => outcome.seconds),
    },
    {
      ...common,
      method,
      name: `${name}-memory`,
      title: title(', memory at its highest'),
      unit: 'GB',
      goal: goal('≤ 4'),
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
  const world = await openWorld({ stateDir });
  const terminal = createTerminal();
  try {
    await deploy(world, terminal);
    await terminal.step('Storing bronze', (progress) => storeBronze(world, events, progress));
    const memory = watchMemory(target.pid);
    const startedAt = performance.now();
    const end = await terminal.step('Running the pipeline', (progress) =>
      runPipeline(world, 'amazon', {}, progress),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const peakBytes = memory.stop();
    assertSucceeded(end);
    assertComplete(end.output as PipelineOutput, events);
    return { seconds, peakBytes };
  } finally {
    await world.close();
    await target.stop();
  }
}

function assertComplete(output: PipelineOutput, events: number): void {
  const records = output.decision === undefined ? output.records : 0;
  if (records < events) throw new Error(`The run took ${records} records, which is less than ${events}`);
}

async function storeBronze(world: World, events: number, progress: (detail: string) => void): Promise<void> {
  const config = { ...anyone, endpoint: world.endpoint };
  const judge = createJudge(loadStudy(join(root, 'sql', 'amazon')));
  const lake: Lake = {
    s3: new S3Client({ ...config, forcePathStyle: true }),
    dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(config), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    bucket: physicalNames.bucket('lake'),
    ledgerTable: physicalNames.ledger,
    now: Date.now,
  };
  const arrivedAtMs = Date.now();
  let stored = 0;
  for (let seed = 1; stored < events; seed++) {
    const options = { seed, events: Math.min(EVENTS_A_SEED, events - stored), days: 30, rates: NO_FAULTS };
    const { files, records } = await simulate('amazon', options, arrivedAtMs);
    for (const { source, name, body } of files)
      await landFile(world.clients.s3, 'amazon', source, `${seed}-${name}`, { body });
    for (let first = 0; first < records.length; first += EVENTS_AN_OBJECT) {
      const shard = `shardId-${String((first / EVENTS_AN_OBJECT) % SHARDS).padStart(12, '0')}`;
      const judged = records.slice(first, first + EVENTS_AN_OBJECT).map(({ bytes, partitionKey }) => ({
        line: judge({
          stream: 'events',
          shard,
          sequenceNumber: `49${String(stored++).padStart(54, '0')}`,
          arrivedAtMs,
          partitionKey,
          bytes,
        }),
        bytes: () => bytes,
      }));
      for (const object of bronzeObjects('amazon', judged)) await storeBronzeObject(lake, object);
    }
    progress(`${stored} events`);
  }
  await drain(world, progress);
}
