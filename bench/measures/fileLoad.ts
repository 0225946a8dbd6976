/** A landed file of 1.27 million rows until all of it is in bronze, by the deployed loader: seconds, and memory at its highest. */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { landFile } from '../../lake/feed/landing.ts';
import { openLake } from '../../lake/lake.ts';
import type { WorkOptions } from '../../lake/progress.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { newStateDir } from '../finishedRun.ts';
import type { Measure } from '../measure.ts';
import { watchMemory } from '../memory.ts';
import { startOurs } from '../targets.ts';

/** As many as one city's calendar at Inside Airbnb has. */
const ROWS = 1_271_274;

interface Outcome {
  readonly seconds: number;
  readonly peakBytes: number;
}

let outcome: Promise<Outcome> | undefined;

const measureOf = (
  name: string,
  title: string,
  unit: string,
  goal: string,
  figure: (outcome: Outcome) => number,
): Measure => ({
  name,
  title: `A file of ${ROWS.toLocaleString('en-US')} rows, landing → bronze${title}`,
  unit,
  goal,
  method:
    'A gzipped CSV of eight columns is put into the landing bucket; time ends when the deployed loader has every row, typed, judged and named, in bronze and in the ledger. Memory is the resident set of the cloud and of the Lambda that it runs, sampled.',
  contestants: [
    {
      name: 'headwaters',
      async open() {
        return {
          async take() {
            outcome ??= loadLanded();
            return figure(await outcome);
          },
          async close() {},
        };
      },
    },
  ],
  rounds: 1,
  warmsUp: false,
});

export const fileLoad = measureOf('file-load', '', 's', '≤ 60', ({ seconds }) => seconds);
export const fileLoadMemory = measureOf(
  'file-load-memory',
  ', memory at its highest',
  'GB',
  '≤ 1',
  ({ peakBytes }) => peakBytes / 1e9,
);

async function loadLanded(): Promise<Outcome> {
  const stateDir = newStateDir();
  const path = join(stateDir, 'customers.csv.gz');
  mkdirSync(stateDir, { recursive: true });
  await writeCustomers(path);
  const target = await startOurs(join(stateDir, 'cloud'));
  const lake = openLake(await embedded({ stateDir }), { studies: studiesOf() });
  try {
    await lake.deploy(['amazon'], reporting);
    const contract = lake.studies.find('amazon').sources.find(({ name }) => name === 'customers')!;
    const memory = watchMemory(target.pid);
    const startedAt = performance.now();
    await landFile(lake.target, 'amazon', {
      contract,
      name: 'customers.csv.gz',
      content: { path },
      settings: {},
    });
    await lake.drain(reporting);
    const seconds = (performance.now() - startedAt) / 1000;
    return { seconds, peakBytes: memory.stop() };
  } finally {
    await lake.close();
    await target.stop();
  }
}

async function writeCustomers(path: string): Promise<void> {
  const file = createGzip({ level: 6 });
  const written = file.pipe(createWriteStream(path));
  file.write('customer_id,name,segment,customer_zip_code_prefix,customer_city,customer_state,updated_at\n');
  for (let first = 0; first < ROWS; first += 10_000) {
    const rows = Array.from({ length: Math.min(10_000, ROWS - first) }, (_, at) => rowOf(first + at));
    if (!file.write(rows.join(''))) await once(file, 'drain');
  }
  file.end();
  await once(written, 'finish');
}

const cities = ['São Paulo', 'Rio de Janeiro', 'Curitiba', '"Belém, PA"', 'Manaus'];

function rowOf(at: number): string {
  const id = Math.imul(at, 2_654_435_761) >>> 0;
  const city = cities[at % cities.length]!;
  const day = String(1 + (at % 28)).padStart(2, '0');
  return `c${id.toString(16).padStart(8, '0')}${at},Customer ${at},${at % 7 ? 'Regular' : 'VIP'},${10_000 + (at % 89_999)},${city},${at % 3 ? 'SP' : 'AM'},2024-11-${day} 07:08:09\n`;
}

const reporting: WorkOptions = {
  onProgress(progress) {
    if (progress.kind === 'ended')
      process.stderr.write(`${progress.title}: ${progress.detail} (${progress.seconds.toFixed(1)} s)\n`);
  },
};
