/** bronze-writer's hot path on one core, as `bench/bronze-line.ts` takes it in a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contestant, Measure } from '../measure.ts';
import { root } from '../targets.ts';

const run = promisify(execFile);

/** Reads one line of the script's report, such as `judge and encode   210,000 events/s  0.70 of the peer`. */
const contestant = (name: string, label: string): Contestant => ({
  name,
  async open() {
    return {
      async take() {
        const { stdout } = await run(process.execPath, [join(root, 'bench', 'bronze-line.ts')]);
        const line = stdout.split('\n').find((candidate) => candidate.startsWith(label));
        const figure = line?.slice(label.length).match(/^\s+([\d,]+) events\/s/)?.[1];
        if (!figure) throw new Error(`bench/bronze-line.ts says nothing of "${label}":\n${stdout}`);
        return Number(figure.replaceAll(',', ''));
      },
      async close() {},
    };
  },
});

export const bronzeLine: Measure = {
  name: 'bronze-line',
  title: "bronze-writer's hot path, one core: decode, judge, encode, gzip",
  unit: 'events/s',
  goal: '≥ 150,000',
  method:
    '20,000 distinct records of about 350 bytes for two seconds, the median pass; the peer parses and stringifies the same records with JSON, and does nothing else.',
  contestants: [
    contestant('headwaters', 'judge, encode, gzip level 1'),
    contestant('JSON only', 'only parse and stringify'),
  ],
  rounds: 3,
  warmsUp: false,
};
