/** Checks whether this machine can run everything, and says how to fix what it cannot. */
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { DEFAULT_PORT } from './defaults.ts';
import { downloadsDir, root } from './project.ts';
import { findRunning } from './targets/embedded.ts';
import { findSpark, installSpark, missingForSpark, SPARK_VERSION } from './targets/spark.ts';
import { TRINO_VERSION, trinoReadiness } from './targets/trino.ts';
import { bytes } from './text.ts';

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly mend?: string;
}

export const doctor = (stateDir: string): Promise<Finding[]> =>
  Promise.all([
    nodeVersion(),
    dependencies(),
    duckdb(),
    port(stateDir),
    stateFolder(stateDir),
    disk(stateDir),
    memory(),
    trino(),
    spark(),
  ]);

/** Fetches a part that is only needed when it is asked for. */
export const installPart = (_part: 'spark', log: (line: string) => void): Promise<unknown> =>
  installSpark(downloadsDir, { log });

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    check: 'Node',
    ok: major >= 24,
    found: process.versions.node,
    mend: 'Start through npm start, npm test or npx headwaters: they bring Node 24.',
  };
}

function dependencies(): Finding {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies as Record<
    string,
    string
  >;
  const wrong = Object.entries(wanted).filter(([name, version]) => {
    const manifest = join(root, 'node_modules', name, 'package.json');
    return !existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).version !== version;
  });
  return {
    check: 'Dependencies',
    ok: wrong.length === 0,
    found:
      wrong.length === 0
        ? `${Object.keys(wanted).length} as pinned`
        : `not as pinned: ${wrong.map(([name]) => name).join(', ')}`,
    mend: 'Run: npm ci',
  };
}

async function duckdb(): Promise<Finding> {
  try {
    const { DuckDBInstance, version } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:');
    instance.closeSync();
    return { check: 'DuckDB', ok: true, found: version() };
  } catch (error) {
    return {
      check: 'DuckDB',
      ok: false,
      found: (error as Error).message,
      mend: 'Its binary comes with npm ci for Linux, macOS and Windows on x64 and arm64.',
    };
  }
}

async function port(state: string): Promise<Finding> {
  const running = await findRunning(state);
  if (running) return { check: 'Port', ok: true, found: `this world's cloud is up at ${running}` };
  const free = await new Promise<boolean>((done) => {
    const server = createServer()
      .once('error', () => done(false))
      .once('listening', () => server.close(() => done(true)))
      .listen(DEFAULT_PORT, '127.0.0.1');
  });
  return {
    check: 'Port',
    ok: true,
    found: free ? `${DEFAULT_PORT} is free` : `${DEFAULT_PORT} is taken; run takes another, up needs --port`,
  };
}

function stateFolder(state: string): Finding {
  const probe = join(resolve(state), 'doctor.probe');
  try {
    mkdirSync(resolve(state), { recursive: true });
    writeFileSync(probe, '');
    rmSync(probe);
    return { check: 'State folder', ok: true, found: `${resolve(state)} is writable` };
  } catch (error) {
    return {
      check: 'State folder',
      ok: false,
      found: (error as Error).message,
      mend: 'Name another with --state.',
    };
  }
}

function disk(state: string): Finding {
  const { bavail, bsize } = statfsSync(existsSync(state) ? state : root);
  const free = bavail * bsize;
  return {
    check: 'Disk',
    ok: free > 1e9,
    found: `${bytes(free)} free`,
    mend: 'A run of a million events needs about 1 GB.',
  };
}

function memory(): Finding {
  const total = totalmem();
  return { check: 'Memory', ok: total > 2e9, found: bytes(total), mend: 'Small runs fit into 2 GB.' };
}

/** Nothing needs it unless it is asked for, so it may be missing. */
async function trino(): Promise<Finding> {
  const { installed, missing } = await trinoReadiness(downloadsDir);
  const mends = missing.map(({ command, mend }) => `no ${command}. ${mend}`).join(' ');
  const state = installed
    ? `Trino ${TRINO_VERSION} is there`
    : `can be used; the first time fetches about 600 MB into ${downloadsDir}`;
  return {
    check: '--athena trino',
    ok: true,
    found: missing.length === 0 ? state : `cannot be used here: ${mends}`,
  };
}

/** Only Glue's jobs need it. */
async function spark(): Promise<Finding> {
  const [installed, missing] = await Promise.all([findSpark(downloadsDir), missingForSpark()]);
  const absent =
    missing.length === 0
      ? `can be used after: npx headwaters doctor --install spark (about 600 MB into ${downloadsDir})`
      : `cannot be used here: ${missing.join(' ')}`;
  return { check: 'PySpark jobs', ok: true, found: installed ? `Spark ${SPARK_VERSION} is there` : absent };
}
