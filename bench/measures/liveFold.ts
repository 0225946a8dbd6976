/** The live views' hot path on one core, as `bench/live-fold.ts` takes it in a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measure } from '../measure.ts';
import { root } from '../targets.ts';

const run = promisify(execFile);

export const liveFold: Measure = {
  name: 'live-fold',
  title: 'live views, one core: decode, judge, fold into three views',
  unit: 'events/s',
  goal: '≥ 100,000',
  method:
    '20,000 distinct records of about 300 bytes for two seconds, in batches of 1,000, into three views (205 keys) whose items go to a table in memory; the median pass.',
  contestants: [
    {
      name: 'headwaters',
      async open() {
        return {
          async take() {
            const { stdout } = await run(process.execPath, [join(root, 'bench', 'live-fold.ts')]);
            const figure = stdout.match(/([\d,]+) events\/s/)?.[1];
            if (!figure) throw new Error(`bench/live-fold.ts gave no figure:\n${stdout}`);
            return Number(figure.replaceAll(',', ''));
          },
          async close() {},
        };
      },
    },
  ],
  rounds: 3,
  warmsUp: false,
};
