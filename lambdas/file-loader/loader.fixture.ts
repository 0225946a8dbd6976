/** A loader on local disk: what it stored, quarantined, registered and kept can be looked at. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { receive, unpack } from '../../lib/formats/delivered.ts';
import { type BronzeObject, bronzeStudy } from '../shared/bronzeObjects.ts';
import { customersContract, smallStudy } from '../shared/smallStudy.fixture.ts';
import {
  type Delivery,
  isWanted,
  type LoaderPorts,
  type LoadResult,
  loadFile,
  type RegistryEntry,
} from './logic.ts';

export const delivery: Delivery = {
  study: bronzeStudy(smallStudy),
  key: 'shop/customers/a.csv',
  source: 'customers',
  contract: customersContract,
  settings: {},
  arrivedAt: '2024-12-01T10:00:00.000Z',
};

export interface LoaderLake {
  readonly ports: Omit<LoaderPorts, 'keep'>;
  readonly stored: BronzeObject[];
  readonly quarantined: BronzeObject[];
  readonly registry: Map<string, RegistryEntry>;
  /** The delivered bytes that were kept. */
  readonly kept: Buffer[];
}

export function createLoaderLake(): LoaderLake {
  const registry = new Map<string, RegistryEntry>();
  const stored: BronzeObject[] = [];
  const quarantined: BronzeObject[] = [];
  const ports = {
    entry: async ({ pk, sk }: { pk: string; sk: string }) => registry.get(`${pk} ${sk}`),
    register: async (entry: RegistryEntry) => {
      registry.set(`${entry.pk} ${entry.sk}`, entry);
    },
    store: async (object: BronzeObject) => {
      stored.push(object);
    },
    quarantine: async (object: BronzeObject) => {
      quarantined.push(object);
    },
    now: () => 0,
    remainingMs: () => 900_000,
  };
  return { ports, stored, quarantined, registry, kept: [] };
}

export interface Loaded extends LoaderLake {
  readonly results: LoadResult[];
}

/** A loader with a folder of its own, which goes with the test file. */
export async function createLoader() {
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-loader-test-'));
  afterAll(() => rm(dir, { recursive: true, force: true }));
  let folders = 0;
  return async (
    name: string,
    bytes: Uint8Array | string,
    lake: LoaderLake = createLoaderLake(),
    to: Delivery = delivery,
  ): Promise<Loaded> => {
    const folder = join(dir, String(folders++));
    await mkdir(folder);
    const file = await receive(name, Readable.from([Buffer.from(bytes as string)]), folder);
    let key: string | undefined;
    const keep = async () => {
      if (!key) lake.kept.push(await readFile(file.path));
      key = `delivered/${file.sha256}`;
      return key;
    };
    const results: LoadResult[] = [];
    for await (const unpacked of unpack(file, folder, isWanted(to)))
      if (!('isPassedOver' in unpacked))
        results.push(await loadFile({ ...lake.ports, keep }, to, unpacked, folder));
    await rm(folder, { recursive: true });
    return { ...lake, results };
  };
}

/** The lines of gzipped NDJSON. */
const linesIn = (body: Uint8Array): Record<string, string>[] =>
  gunzipSync(body)
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);

export const linesOf = (objects: readonly BronzeObject[]) => objects.flatMap(({ body }) => linesIn(body));

/** The lines that were quarantined, of rows and of whole files. */
export const quarantineLinesOf = ({ stored, quarantined }: LoaderLake) =>
  [...stored, ...quarantined].flatMap(({ quarantine }) => (quarantine ? linesIn(quarantine.body) : []));
