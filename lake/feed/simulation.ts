/** A study's simulation as a feed: its module, its events with faults, and the truth of what is sent. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deliver, type FaultRates, intact, sourceOf } from '../../lib/simulator/faults.ts';
import { createRandom } from '../../lib/simulator/random.ts';
import type {
  AnswerRows,
  SimulatedFile,
  SimulatedTransaction,
  Simulation,
} from '../../lib/simulator/simulation.ts';
import { UsageError } from '../errors.ts';
import { root } from '../project.ts';
import type { Studies } from '../studies.ts';
import type { Outgoing } from './kinesis.ts';

export interface SimulatedInput {
  readonly files: readonly SimulatedFile[];
  /** In the order in which they are sent. */
  readonly records: readonly Outgoing[];
  /** Carried out through the API once the records are sent. */
  readonly transactions: readonly SimulatedTransaction[];
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

/** Path of the study's simulation. Throws `UsageError` where it has none. */
export function simulationPath(studies: Studies, study: string): string {
  const path = join(studies.folderOf(study), 'simulation.ts');
  if (existsSync(path)) return path;
  throw new UsageError(`The study ${study} has no simulation; give it data with --input <dir>.`);
}

/** Bundles are named by what they hold; safe to remove at any time. */
const BUNDLES = join(root, '.headwaters', 'simulations');

/**
 * A simulation outside the project cannot find `headwaters/simulator` on its own, so it is bundled with it; one inside is
 * imported as it is. Throws `UsageError` for a module without the two functions of a simulation.
 */
async function loadSimulation(path: string): Promise<Simulation> {
  const file = path.startsWith(root) ? path : await bundled(path);
  const { default: simulation } = (await import(pathToFileURL(file).href)) as {
    default?: Partial<Simulation>;
  };
  if (typeof simulation?.simulate === 'function' && typeof simulation.expectedAnswers === 'function')
    return simulation as Simulation;
  throw new UsageError(
    `${path} must export as its default an object with the functions simulate and expectedAnswers (lib/simulator/simulation.ts).`,
  );
}

async function bundled(path: string): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    alias: { 'headwaters/simulator': join(root, 'lib/simulator/index.ts') },
    logLevel: 'silent',
  });
  const code = outputFiles[0]!.contents;
  const file = join(BUNDLES, `${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`);
  mkdirSync(BUNDLES, { recursive: true });
  writeFileSync(file, code);
  return file;
}

export async function simulate(
  studies: Studies,
  study: string,
  options: SimulatedOptions,
  now: number,
): Promise<SimulatedInput> {
  const path = simulationPath(studies, study);
  const simulation = await loadSimulation(path);
  const { seed, events, days, rates } = options;
  const world = simulation.simulate({ seed, events, now, days });
  const { transactions = [] } = world;
  const changes = transactions.flatMap((transaction) => transaction.changes);
  const deliveries = deliver(studies.find(study), world.events, rates, {
    now,
    random: createRandom(`${seed}/faults`),
  });
  const labels: Record<string, number> = {};
  for (const { label } of deliveries) labels[label] = (labels[label] ?? 0) + 1;
  return {
    files: world.files,
    records: deliveries.map(({ bytes, partitionKey, label, event }) => ({
      bytes: Buffer.from(bytes),
      partitionKey,
      ...(label !== 'malformed' && { event: { source: sourceOf(study), id: event.id } }),
    })),
    transactions,
    labels,
    expectedAt: (askedAt) =>
      simulation.expectedAnswers(world.files, [...intact(deliveries), ...changes], askedAt),
  };
}
