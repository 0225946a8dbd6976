/** A study's simulation as a feed: its module, its events with faults, and the truth of what is sent. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deliver, type FaultRates, intact } from '../lib/simulator/faults.ts';
import { createRandom } from '../lib/simulator/random.ts';
import type { AnswerRows, SimulatedFile, Simulation } from '../lib/simulator/simulation.ts';
import { UsageError } from './failure.ts';
import type { Outgoing } from './feed.ts';
import { studiesDir } from './world.ts';

export interface SimulatedInput {
  readonly files: readonly SimulatedFile[];
  /** In the order in which they are sent. */
  readonly records: readonly Outgoing[];
  readonly labels: Readonly<Record<string, number>>;
  /** The truth: gold answers computed without SQL, for a question asked at this time (ms). */
  readonly expectedAt: (askedAt: number) => Readonly<Record<string, AnswerRows>>;
}

export interface SimulatedOptions {
  readonly seed: number;
  readonly events: number;
  readonly days: number;
  readonly rates: FaultRates;
}

export async function simulate(
  study: string,
  options: SimulatedOptions,
  now: number,
): Promise<SimulatedInput> {
  const path = join(studiesDir, study, 'simulation.ts');
  if (!existsSync(path))
    throw new UsageError(`The study ${study} has no simulation; give it data with --input <dir>.`);
  const { default: simulation } = (await import(pathToFileURL(path).href)) as { default: Simulation };
  const { seed, events, days, rates } = options;
  const world = simulation.simulate({ seed, events, now, days });
  const deliveries = deliver(study, world.events, rates, { now, random: createRandom(`${seed}/faults`) });
  const labels: Record<string, number> = {};
  for (const { label } of deliveries) labels[label] = (labels[label] ?? 0) + 1;
  return {
    files: world.files,
    records: deliveries.map(({ bytes, partitionKey }) => ({ bytes: Buffer.from(bytes), partitionKey })),
    labels,
    expectedAt: (askedAt) => simulation.expectedAnswers(world.files, intact(deliveries), askedAt),
  };
}
