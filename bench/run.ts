/** `npm run bench [-- name …]`: takes every figure by ours and by its peers in turn, and prints them with their ratio. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { table } from '../lake/text.ts';
import { type Figure, figureOf, type Measure, type OpenContestant } from './measure.ts';
import { measures } from './measures/index.ts';
import { benchmarksPage, type Result } from './page.ts';
import { root } from './targets.ts';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !measures.some((measure) => measure.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No such benchmark: ${unknown.join(', ')}; there is ${measures.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

const chosen = measures.filter((measure) =>
  wanted.length === 0 ? !measure.onRequest : wanted.includes(measure.name),
);
/** Kept with the code, so that a measure that is taken on its own leaves the others' figures on the page. */
const resultsFile = join(root, 'bench', 'results.json');
const results: Record<string, Result> = JSON.parse(readFileSync(resultsFile, 'utf8'));
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
let failed = 0;
for (const measure of chosen) {
  process.stderr.write(`${measure.name} …\n`);
  try {
    const figures = await takeAll(measure);
    const load = loadavg()[0]!;
    const date = new Date().toISOString().slice(0, 10);
    results[measure.name] = { date, commit, cores: cpus().length, load, figures };
    show(measure, figures);
  } catch (error) {
    failed++;
    process.stderr.write(`${measure.name} failed: ${(error as Error).stack}\n`);
  }
  writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
}
writeFileSync(join(root, 'docs', 'benchmarks.md'), benchmarksPage(measures, results));
process.exitCode = failed === 0 ? 0 : 1;

/** The contestants in turn, round by round, so that a drift of the machine's speed hits all alike. */
async function takeAll(measure: Measure): Promise<Figure[]> {
  const open: OpenContestant[] = [];
  try {
    for (const contestant of measure.contestants) open.push(await contestant.open());
    const values = open.map((): number[] => []);
    for (let round = measure.warmsUp === false ? 1 : 0; round <= measure.rounds; round++)
      for (const [i, contestant] of open.entries()) {
        const value = await contestant.take(round);
        if (round > 0) values[i]!.push(value);
      }
    return measure.contestants.map(({ name }, i) => figureOf(name, values[i]!));
  } finally {
    for (const contestant of open) await contestant.close();
  }
}

function show({ title, unit, goal }: Measure, figures: readonly Figure[]): void {
  const number = (value: number) =>
    value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
  const rows = figures.map(({ contestant, min, median, max }, i) => [
    i === 0 ? title : '',
    contestant,
    number(min),
    number(median),
    number(max),
    unit,
    i === 0 ? '' : `${(figures[0]!.median / median).toFixed(2)} ×`,
    i === 0 ? goal : '',
  ]);
  const head = ['what', 'contestant', 'min', 'median', 'max', 'unit', 'ours / peer', 'goal'];
  process.stdout.write(`${table(head, rows)}\n\n`);
}
