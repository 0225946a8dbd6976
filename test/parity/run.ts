/** `npm run parity`: every section of this folder judged by real engines and tools, closed by one line that counts. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { installPeers } from '../../bench/targets.ts';
import { dismissJudge, fetchTrino } from './judge.ts';
import { installPyiceberg } from './pyiceberg.ts';
import { sideBySide } from './sideBySide.ts';

export type Report = (name: string, ok: boolean, detail?: string) => void;

/** A section is a module that exports `run`. Names on the command line choose among them. */
interface Section {
  readonly run: (report: Report) => Promise<void>;
}

const IS_SECTION = /^export async function run\(/m;

interface Tally {
  passed: number;
  /** Each with its detail, as it was printed. */
  readonly failures: string[];
}

/** Sections that share one Trino come one after the other; all others run at the same time, each in a process of its own. */
const WITH_ONE_TRINO = ['amazonLake', 'dialect', 'icebergTrino', 'payloadCasts', 'studyModels'];

/** Waits for batch windows of other clouds most of its time: it runs next to all others. */
const WAITING = 'targets';

/** Servers start, and clouds wait for requests: three sections at a time keep two cores busy. */
const SECTIONS_AT_ONCE = 2;

const sections = globSync('*.ts', { cwd: import.meta.dirname })
  .filter((file) => IS_SECTION.test(readFileSync(join(import.meta.dirname, file), 'utf8')))
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !sections.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`No such section: ${unknown.join(', ')}; there is ${sections.join(', ')}.\n`);
  process.exit(2);
}
const tally = chosen.length > 0 ? await judgeHere(chosen) : await judgeSideBySide();
// A part tells the whole; whoever started it otherwise reads the line.
if (chosen.length > 0 && process.send) process.send(tally);
else {
  // Sections print side by side for minutes: what failed is together where the reader looks, at the end.
  if (tally.failures.length > 0) process.stdout.write(`\nWhat failed:\n${tally.failures.join('')}`);
  process.stdout.write(`\n${tally.passed} passed, ${tally.failures.length} failed\n`);
}
process.exitCode = tally.failures.length === 0 ? 0 : 1;

async function judgeSideBySide(): Promise<Tally> {
  await Promise.all([fetchTrino(), installPyiceberg(), installPeers()]);
  const others = sections.filter((name) => ![...WITH_ONE_TRINO, WAITING].includes(name));
  const [together, waiting, apart] = await Promise.all([
    judgeApart(WITH_ONE_TRINO, 'first'),
    judgeApart([WAITING], 'background'),
    sideBySide(others, (name) => judgeApart([name], 'background'), SECTIONS_AT_ONCE),
  ]);
  const tallies = [together, waiting, ...apart];
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failures: tallies.flatMap(({ failures }) => failures),
  };
}

/** What works in the background takes the processor's time that the others leave, for these take longest. */
async function judgeApart(names: readonly string[], turn: 'first' | 'background'): Promise<Tally> {
  const child = fork(import.meta.filename, names);
  if (turn === 'background') setPriority(child.pid!, constants.priority.PRIORITY_BELOW_NORMAL);
  let tally: Tally | undefined;
  child.once('message', (message) => {
    tally = message as Tally;
  });
  const [code, signal] = await once(child, 'exit');
  if (tally) return tally;
  const ended = `✖ ${names.join(', ')} ended with ${signal ?? `exit code ${code}`}\n`;
  process.stdout.write(ended);
  return { passed: 0, failures: [ended] };
}

async function judgeHere(names: readonly string[]): Promise<Tally> {
  const counted: Tally = { passed: 0, failures: [] };
  for (const name of names) {
    const section = (await import(join(import.meta.dirname, `${name}.ts`))) as Section;
    const report: Report = (what, ok, detail) => {
      const line = `${ok ? '✔' : '✖'} ${name}: ${what}\n`;
      const said = !ok && detail ? `${line}${detail.replace(/^/gm, '    ')}\n` : line;
      process.stdout.write(said);
      if (ok) counted.passed++;
      else counted.failures.push(said);
    };
    const startedAt = performance.now();
    try {
      await section.run(report);
    } catch (error) {
      report('ran to its end', false, (error as Error).stack);
    }
    process.stdout.write(`  ${name}: ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
  }
  await dismissJudge();
  return counted;
}
