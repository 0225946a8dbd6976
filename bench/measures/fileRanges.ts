/** A large file in ranges against the same file from its start, as `bench/file-ranges.ts` takes them in a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contestant, Measure } from '../measure.ts';
import { root } from '../targets.ts';

const run = promisify(execFile);

const contestant = (name: string, how: string): Contestant => ({
  name,
  open: async () => ({
    take: async () =>
      Number.parseFloat((await run(process.execPath, [join(root, 'bench', 'file-ranges.ts'), how])).stdout),
    async close() {},
  }),
});

export const fileRanges: Measure = {
  name: 'file-ranges',
  title: 'A CSV file of 3,000,000 rows (270 MB), judged and encoded in ranges by two threads',
  unit: 's',
  goal: '',
  method:
    "file-loader's own code reads the file from local disk, types, judges and names each row, and encodes and compresses the bronze objects, which are not stored anywhere; the peer is the same code that reads the file from its start.",
  contestants: [contestant('headwaters', 'ranges'), contestant('from its start', 'start')],
  rounds: 3,
  warmsUp: false,
};
