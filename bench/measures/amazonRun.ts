/** Seconds to the gold answers: on a machine that has everything, and from nothing but the repository. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { newStateDir, runAmazon } from '../finishedRun.ts';
import type { Measure } from '../measure.ts';
import { home, root } from '../targets.ts';

const execute = promisify(execFile);

export const amazonRun: Measure = {
  name: 'amazon-run',
  title: 'Warm `headwaters run amazon --once`, 10,000 events, to the gold answers',
  unit: 's',
  goal: '≤ 15',
  method:
    'The command as a process, dependencies installed and stacks synthesised; each round with an empty cloud and another seed: deploy, feed, bronze, pipeline, balance, answers compared with the truth.',
  contestants: [
    {
      name: 'headwaters',
      async open() {
        const stateDir = newStateDir();
        return {
          async take(round) {
            rmSync(join(stateDir, 'cloud'), { recursive: true, force: true });
            const startedAt = performance.now();
            await runAmazon(stateDir, { events: 10_000, seed: 1 + round });
            return (performance.now() - startedAt) / 1000;
          },
          async close() {},
        };
      },
    },
  ],
  rounds: 3,
};

export const cloneToGold: Measure = {
  name: 'clone-to-gold',
  title: 'Fresh clone → `npm start -- --once` → gold answers, nothing cached',
  unit: 's',
  goal: '≤ 90',
  method:
    "`git clone` of this repository's last commit, then `npm start -- --once` there with an empty npm cache: installs what the lock file names from the registry, synthesises, and runs 10,000 events.",
  contestants: [{ name: 'headwaters', open: async () => ({ take: cloneAndRun, async close() {} }) }],
  rounds: 1,
  warmsUp: false,
};

async function cloneAndRun(): Promise<number> {
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, 'clone-'));
  try {
    const clone = join(folder, 'headwaters');
    const startedAt = performance.now();
    await execute('git', ['clone', '--quiet', root, clone]);
    await execute('npm', ['start', '--', '--once', '--port', '0'], {
      cwd: clone,
      env: { ...process.env, PATH: pathWithoutOurTools(), npm_config_cache: join(folder, 'npm-cache') },
      maxBuffer: 2 ** 26,
    });
    return (performance.now() - startedAt) / 1000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a newcomer's shell has: without the tools of this clone's node_modules. */
const pathWithoutOurTools = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.startsWith(join(root, 'node_modules')))
    .join(delimiter);
