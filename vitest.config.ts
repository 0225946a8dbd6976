/** How vitest runs the tests: natively on Node, in forked processes that neighbouring files share. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/slowestFirst.ts';

/** Tests wait for processes that they start: one worker more than there are cores keeps the cores busy. */
const maxWorkers = availableParallelism() + 1;
const NEVER = ['**/node_modules/**', '**/cdk.out/**', '**/.headwaters/**'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers,
    sequence: { sequencer: SlowestFirst },
    // The code under test runs as users run it: TypeScript by Node's own type stripping.
    experimental: { viteModuleRunner: false },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Only for what would never end: a machine with other work may take ten times as long as a quiet one.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['{bin,lake,lambdas,lib,localstack,sql}/**/*.ts'],
      reportsDirectory: '.headwaters/coverage',
      reporter: ['text-summary', 'html'],
    },
    setupFiles: ['./test/support/propertySeed.ts'],
    include: ['**/*.test.ts'],
    exclude: NEVER,
    // Loading what neighbours have in common costs more than most of them do, so they share a process.
    isolate: false,
  },
});
