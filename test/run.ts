/** `npm test`: style, types and every test that needs Node alone, closed by one line that counts them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Those of the command line take longest: begun first, they leave no core idle at the end. */
const tests = ['test/e2e', 'bin', 'lib', 'lambdas', 'localstack', 'test', 'bench'].map(
  (folder) => `${folder}/**/*.test.ts`,
);

/** Those that start processes by the dozen gain nothing by company. */
const isAlone = (file: string) => file.includes(`${sep}e2e${sep}`);

/** Neighbours that share a process: loading the modules that they have in common costs more than most of them do. */
const GROUP = 8;

function grouped(paths: readonly string[], folder: string): string[] {
  return Array.from({ length: Math.ceil(paths.length / GROUP) }, (_, at) => {
    const group = join(folder, `${at}.mjs`);
    const members = paths.slice(at * GROUP, (at + 1) * GROUP);
    writeFileSync(group, members.map((path) => `import '${pathToFileURL(path).href}';\n`).join(''));
    return group;
  });
}

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
mkdirSync(join(root, '.headwaters'), { recursive: true });
const groups = mkdtempSync(join(root, '.headwaters', 'tests-'));
process.on('exit', () => rmSync(groups, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
const alone = files.filter(isAlone);
const together = files.filter((file) => !isAlone(file));
const results = run({
  files: [...alone, ...grouped(together, groups)],
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
