/**
 * Kills and harms a small lake at random, as often as asked, and judges what comes of it: right, or a refusal that
 * names the file. `node test/chaos/run.ts --seeds 200 [--from 1]`; docs/state.md says how to read it.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isFault } from './judge.ts';
import { type Stage, type TrialResult, trial } from './trial.ts';
import { runWorld } from './world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '200' }, from: { type: 'string', default: '1' } },
});
const first = Number(values.from);
const last = first + Number(values.seeds) - 1;

const parent = join(root, '.headwaters', 'chaos');
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, 'run-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
const log = join(parent, 'last.log');
rmSync(log, { force: true });
const print = (text: string) => {
  process.stdout.write(`${text}\n`);
  appendFileSync(log, `${text}\n`);
};

async function prepare(): Promise<Stage> {
  const done = { stateDir: join(folder, 'done'), events: 100, seed: 1 };
  let lines = 0;
  const outcome = await runWorld(done, () => lines++);
  if (outcome.verdict !== 'Balanced' || !outcome.right)
    throw new Error(`Without any harm the run came to ${outcome.verdict}: ${outcome.said}`);
  return { folder, done, lines };
}

const stage = await prepare();
const results: TrialResult[] = [];
for (let seed = first; seed <= last; seed++) {
  const result = await trial(stage, seed);
  results.push(result);
  const bad = result.verdicts.some(isFault);
  print(`${bad ? '✖' : '✔'} ${seed} ${result.story.join('\n      ')}`);
}

const verdicts = results.flatMap((result) => result.verdicts);
const tally = [...Map.groupBy(verdicts, (verdict) => verdict)].map(
  ([verdict, all]) => `${all.length} ${verdict}`,
);
const kinds = [...Map.groupBy(results, ({ story, kind }) => (kind ? `${story[0]}, ${kind}` : story[0]!))]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([what, all]) => `  ${String(all.length).padStart(3)} ${what}`);
print(`\n${kinds.join('\n')}\n${results.length} trials, ${verdicts.length} judgements: ${tally.join(', ')}`);
process.exitCode = verdicts.some(isFault) ? 1 : 0;
