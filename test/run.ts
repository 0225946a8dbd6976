/** `npm test`: style, types and every test that needs Node alone, closed by one line that counts them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Those of the command line take longest: begun first, they leave no core idle at the end. */
const tests = ['test/e2e', 'bin', 'lib', 'lambdas', 'localstack', 'test', 'bench'].map(
  (folder) => `${folder}/**/*.test.ts`,
);

const tally = { passed: 0, failed: 0 };
const count = (ok: boolean) => {
  if (ok) tally.passed++;
  else tally.failed++;
};

/** A tool of node_modules/.bin, which `bin/setup.js` has put on PATH; it works beside the tests. */
async function check(title: string, command: string, ...args: string[]): Promise<void> {
  const tool = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [code, ...said] = await Promise.all([
    once(tool, 'close').then(([status]) => status as number | null),
    text(tool.stdout),
    text(tool.stderr),
  ]);
  process.stdout.write(`${said.join('')}${code === 0 ? '✔' : '✖'} ${title}\n`);
  count(code === 0);
}

const checks = [
  check('style: biome check', 'biome', 'check', '--error-on-warnings', '.'),
  check('types: tsc --strict', 'tsc', '--noEmit'),
];

const selected = process.argv.slice(2);
const patterns = selected.length > 0 ? selected : tests;
const files = [...new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root }).sort()))].map(
  (file) => join(root, file),
);
const results = run({
  files,
  // Tests wait for processes that they start: one more than there are cores keeps these busy.
  concurrency: availableParallelism() + 1,
  execArgv: ['--disable-warning=ExperimentalWarning'],
});
results.on('test:pass', ({ details, skip, todo }) => {
  if (details.type !== 'suite' && !skip && !todo) count(true);
});
results.on('test:fail', ({ details, todo }) => {
  if (details.type !== 'suite' && !todo) count(false);
});
await new Promise<void>((done, failed) => {
  results.compose(spec).pipe(process.stdout, { end: false });
  results.on('end', done);
  results.on('error', failed);
});
await Promise.all(checks);
process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
