/**
 * A large CSV file from local disk through file-loader's own code, up to the objects that it would store.
 *
 *   node bench/file-ranges.ts ranges|start [rows]
 *
 * In ranges by two threads, or from its start by one. Prints the seconds, the seconds of CPU, and the memory at its highest
 * (resident set, GB).
 */
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoaderPorts, loadFile, type RegistryEntry } from '../lambdas/file-loader/logic.ts';
import { bronzeStudy } from '../lambdas/shared/bronzeObjects.ts';
import { customersContract, smallStudy } from '../lambdas/shared/smallStudy.fixture.ts';

const [how = 'ranges', rowsText = '3000000'] = process.argv.slice(2);
const rows = Number(rowsText);
const dir = mkdtempSync(join(tmpdir(), 'headwaters-file-ranges-'));
const path = join(dir, 'customers.csv');

async function writeCustomers(): Promise<void> {
  const file = createWriteStream(path);
  file.write('id,name,credit\n');
  let text = '';
  for (let id = 0; id < rows; id++) {
    text += `${id},"Ann, number ${id} of the customers, whose name is rather long and goes on",${(id % 10_000) / 100}\n`;
    if (text.length < 2 ** 20) continue;
    if (!file.write(text)) await once(file, 'drain');
    text = '';
  }
  file.end(text);
  await once(file, 'finish');
}

const registry = new Map<string, RegistryEntry>();
const ports: LoaderPorts = {
  entry: async ({ pk, sk }) => registry.get(`${pk} ${sk}`),
  register: async (entry) => void registry.set(`${entry.pk} ${entry.sk}`, entry),
  keep: async () => undefined,
  store: async () => {},
  quarantine: async () => {},
  now: () => 0,
  remainingMs: () => 900_000,
  cutting: how === 'ranges' ? { threads: 2, cutFromBytes: 0 } : { cutFromBytes: Number.POSITIVE_INFINITY },
};

try {
  await writeCustomers();
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  const { rows: loaded } = await loadFile(
    ports,
    {
      study: bronzeStudy(smallStudy),
      key: 'shop/customers/customers.csv',
      source: 'customers',
      contract: customersContract,
      settings: {},
      arrivedAt: '2024-12-01T10:00:00.000Z',
    },
    { name: 'customers.csv', path, sha256: 'a'.repeat(64) },
    dir,
  );
  if (loaded !== rows) throw new Error(`${loaded} of ${rows} rows were loaded.`);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const gigabytes = (process.resourceUsage().maxRSS * 1024) / 1e9;
  process.stdout.write(
    `${seconds.toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} s of CPU, ${gigabytes.toFixed(2)} GB\n`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
