/** `npm run bench [-- name …]`: takes every figure on ours and on its peers in turn, and prints them with their ratio. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from '../bin/terminal.ts';
import { type Figure, figureOf, type Measure } from './measure.ts';
import { dynamodbPut } from './measures/dynamodbPut.ts';
import { kinesisPut } from './measures/kinesisPut.ts';
import { s3Put } from './measures/s3Put.ts';
import { type RunningTarget, startMiniStack, startOurs } from './targets.ts';

const measures: readonly Measure[] = [kinesisPut, s3Put, dynamodbPut];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !measures.some((measure) => measure.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No such benchmark: ${unknown.join(', ')}; there is ${measures.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

const chosen = measures.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const results: { measure: string; unit: string; goal: string; figures: Figure[] }[] = [];
for (const measure of chosen) {
  process.stderr.write(`${measure.name} …\n`);
  const figures = await takeAll(measure);
  results.push({ measure: measure.title, unit: measure.unit, goal: measure.goal, figures });
}

const number = (value: number) =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
process.stdout.write(
  `${table(
    ['what', 'target', 'min', 'median', 'max', 'unit', 'ours / peer', 'goal'],
    results.flatMap(({ measure, unit, goal, figures }) =>
      figures.map(({ target, min, median, max }, i) => [
        i === 0 ? measure : '',
        target,
        number(min),
        number(median),
        number(max),
        unit,
        i === 0 ? '' : `${(figures[0]!.median / median).toFixed(2)} ×`,
        i === 0 ? goal : '',
      ]),
    ),
  )}\n`,
);
const home = fileURLToPath(new URL('../.headwaters/bench', import.meta.url));
mkdirSync(home, { recursive: true });
writeFileSync(join(home, 'results.json'), JSON.stringify(results, undefined, 2));

/** Ours and its peers in turn, round by round, so that a drift of the machine's speed hits all alike. The first round warms up. */
async function takeAll(measure: Measure): Promise<Figure[]> {
  const targets: RunningTarget[] = [await startOurs()];
  try {
    if (measure.peers.includes('ministack')) targets.push(await startMiniStack());
    const values = targets.map((): number[] => []);
    for (let round = 0; round <= measure.rounds; round++)
      for (const [i, target] of targets.entries()) {
        const value = await measure.take(target, round);
        if (round > 0) values[i]!.push(value);
      }
    return targets.map(({ name }, i) => figureOf(name, values[i]!));
  } finally {
    for (const target of targets) await target.stop();
  }
}
