/** `npm test`: style, types and every test that only needs Node, closed by one line that counts them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseCLI, startVitest, type TestModule } from 'vitest/node';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A tool of node_modules/.bin, which `bin/setup.js` has put on PATH; it runs while the tests do. */
async function check(title: string, command: string, ...args: string[]): Promise<boolean> {
  const tool = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [code, ...said] = await Promise.all([
    once(tool, 'close').then(([status]) => status as number | null),
    text(tool.stdout),
    text(tool.stderr),
  ]);
  process.stdout.write(`${said.join('')}${code === 0 ? '✔' : '✖'} ${title}\n`);
  return code === 0;
}

/** Tests that passed and failed; a file that could not be loaded, or whose hooks failed, counts as one failure. */
function countTests(modules: readonly TestModule[]): { passed: number; failed: number } {
  const tally = { passed: 0, failed: 0 };
  for (const module of modules) {
    let failed = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') tally.passed++;
      else if (state !== 'skipped') failed++;
    }
    tally.failed += failed === 0 && !module.ok() ? 1 : failed;
  }
  return tally;
}

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const checks = [
  check('style: biome check', 'biome', 'check', '--error-on-warnings', '.'),
  check('types: tsc --strict', 'tsc', '--noEmit'),
  check('types of the page: tsc --strict', 'tsc', '--noEmit', '--project', 'web'),
];
const vitest = await startVitest('test', filter, { ...options, run: true, watch: false, root });
const checked = await Promise.all(checks);
const tests = countTests(vitest.state.getTestModules());
const unhandled = vitest.state.getUnhandledErrors().length;
await vitest.close();

const passed = tests.passed + checked.filter(Boolean).length;
const failed = tests.failed + checked.filter((ok) => !ok).length + unhandled;
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1;
