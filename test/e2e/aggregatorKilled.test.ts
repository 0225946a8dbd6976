/** The process of the live views is killed again and again while events flow: no closed window is other than gold's. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { createRandom } from '../../lib/simulator/random.ts';

const PROCESSES = '/proc';
const state = mkdtempSync(join(tmpdir(), 'headwaters-killed-views-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));

/** Processes that this one started for a function whose name matches. */
function processesOf(name: RegExp): number[] {
  return readdirSync(PROCESSES)
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)$/m.exec(
          readFileSync(join(PROCESSES, String(pid), 'status'), 'utf8'),
        )?.[1];
        return (
          Number(parent) === process.pid &&
          name.test(readFileSync(join(PROCESSES, String(pid), 'environ'), 'utf8'))
        );
      } catch {
        // It has ended since the folder was read.
        return false;
      }
    });
}

test.skipIf(!existsSync(PROCESSES))(
  'a live view equals gold, window by window, after its function was killed at any moment',
  async () => {
    const lake = openLake(await embedded({ stateDir: state, port: 0 }), { studies: studiesOf() });
    const random = createRandom('kill the aggregator');
    let killed = 0;
    let sending = false;
    const killSome = () => {
      for (const pid of processesOf(/AWS_LAMBDA_FUNCTION_NAME=[^\0]*hot-aggregator/))
        if (random.chance(0.7)) {
          process.kill(pid, 'SIGKILL');
          killed++;
        }
    };
    await lake.deploy(['nyse']);

    const outcome = await lake.run(
      'nyse',
      {
        kind: 'simulation',
        events: 3_000,
        seed: 3,
        days: 30,
        faults: { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 },
      },
      {
        rate: 1_000,
        onProgress: (progress) => {
          // Only while records are sent: a batch that fails at every attempt is given up, and is in no view.
          if (progress.kind === 'began') sending = progress.title.startsWith('Streaming');
          else if (progress.kind === 'at' && sending) killSome();
        },
      },
    );
    await lake.close();

    assert.ok(killed > 0);
    assert.ok(outcome.truth?.every(({ equal }) => equal));
    for (const { view, windows, differing, moving } of outcome.live) {
      assert.ok(windows > 100, `${view} has ${windows} windows`);
      assert.deepEqual([view, differing.unexplained, moving], [view, undefined, 0]);
    }
  },
);
