/** `npm run parity`: every section of this folder judged by real engines and tools, closed by one line that counts. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { dismissJudge } from './judge.ts';

export type Report = (name: string, ok: boolean, detail?: string) => void;

/** A section is a module that exports `run`. Names on the command line choose among them. */
interface Section {
  readonly run?: (report: Report) => Promise<void>;
}

const chosen = process.argv.slice(2);
const tally = { passed: 0, failed: 0 };
const report: Report = (name, ok, detail) => {
  tally[ok ? 'passed' : 'failed']++;
  process.stdout.write(`  ${ok ? '✔' : '✖'} ${name}\n`);
  if (!ok && detail) process.stdout.write(`${detail.replace(/^/gm, '      ')}\n`);
};

for (const file of globSync('*.ts', { cwd: import.meta.dirname }).sort()) {
  const name = file.replace(/\.ts$/, '');
  if (file === 'run.ts' || file.endsWith('.test.ts') || (chosen.length > 0 && !chosen.includes(name)))
    continue;
  const section = (await import(join(import.meta.dirname, file))) as Section;
  if (!section.run) continue;
  process.stdout.write(`\n${name}\n`);
  const startedAt = performance.now();
  try {
    await section.run(report);
  } catch (error) {
    report(`${name} ran to its end`, false, (error as Error).stack);
  }
  process.stdout.write(`  ${name}: ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
}

await dismissJudge();
process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
