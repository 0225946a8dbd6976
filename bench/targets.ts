/** Starts what is measured or compared, each in a process of its own: our local cloud, MiniStack and LocalStack from PyPI. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../test/support/freePort.ts';
import type { Contestant, Target } from './measure.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Where the benchmarks keep what they install and make. */
export const home = join(root, '.headwaters', 'bench');
const run = promisify(execFile);

export const MINISTACK = 'ministack[full]==1.5.33';

/**
 * The last community release. Its package leaves its dependencies open, and newer ones broke it: those versions are of its
 * own time, and of the last four pip would try dozens before it found them. https://pypi.org/project/localstack-core/2026.3.0/
 */
const LOCALSTACK = [
  'localstack-core[runtime]==2026.3.0',
  'moto-ext[all]==5.1.22',
  'localstack-twisted<26',
  'pyopenssl<26',
  'cbor2<5.9',
  'service_identity<25',
  'awscli==1.44.62',
  'boto3==1.42.72',
  'botocore==1.42.72',
  'openapi-core==0.23.1',
];
/** Its metadata says 3.10; its code imports what came with 3.13. */
const LOCALSTACK_PYTHON = [3, 13] as const;

export interface RunningTarget extends Target {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Contestants that are endpoints, each started only for the measure: ours, then MiniStack. */
export const endpoints = (take: (target: Target, round: number) => Promise<number>): Contestant[] =>
  [() => startOurs(), startMiniStack].map((start, i) => ({
    name: ['headwaters', 'ministack'][i]!,
    async open() {
      const target = await start();
      return { take: (round) => take(target, round), close: target.stop };
    },
  }));

/**
 * @param stateDir the folder of a cloud to go on with; left where it is. @default an empty one, removed at the end
 * @param athena the engine behind its Athena
 */
export async function startOurs(
  stateDir?: string,
  athena: 'duckdb' | 'trino' = 'duckdb',
): Promise<RunningTarget> {
  mkdirSync(home, { recursive: true });
  const state = stateDir ?? mkdtempSync(join(home, 'cloud-'));
  const port = await freePort();
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'bench/ours.ts'), state, String(port), athena],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  await started(child);
  return answeringTarget('headwaters', child, port, stateDir === undefined ? state : undefined);
}

/** Installs MiniStack into a folder of its own once, and serves its ASGI app on 127.0.0.1 only. */
export async function startMiniStack(): Promise<RunningTarget> {
  const venv = await installMiniStack();
  const port = await freePort();
  const state = mkdtempSync(join(home, 'ministack-'));
  const child = spawn(
    join(venv, 'bin', 'hypercorn'),
    ['--bind', `127.0.0.1:${port}`, '--log-level', 'ERROR', 'ministack.app:app'],
    {
      cwd: state,
      env: { ...process.env, GATEWAY_PORT: String(port), LOG_LEVEL: 'ERROR', LAMBDA_EXECUTOR: 'local' },
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  return answeringTarget('ministack', child, port, state);
}

/**
 * Undefined where no Python is new enough. It runs without Docker; no download of its own succeeds.
 * @param functions whether functions run, as Node processes, by our Lambda executor. @default it has none without Docker
 */
export async function startLocalStack({ functions = false } = {}): Promise<RunningTarget | undefined> {
  const venv = await installLocalStack();
  if (!venv) return undefined;
  if (functions) await installExecutor(venv);
  const port = await freePort();
  const state = mkdtempSync(join(home, 'localstack-'));
  const child = spawn(join(venv, 'bin', 'python'), ['-m', 'localstack.runtime.main'], {
    cwd: state,
    env: {
      ...process.env,
      HOME: state,
      XDG_CACHE_HOME: state,
      // Its default server listens on every address of the machine whatever it is configured to; this one does not.
      GATEWAY_SERVER: 'hypercorn',
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      LOCALSTACK_VOLUME_DIR: state,
      OVERRIDE_IN_DOCKER: '0',
      DOCKER_HOST: `unix://${join(state, 'no-docker.sock')}`,
      DNS_ADDRESS: '0',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      ...(functions && { LAMBDA_RUNTIME_EXECUTOR: 'node', HEADWATERS_NODE: process.execPath }),
    },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return answeringTarget('localstack', child, port, state);
}

/** Installs both, before several processes start them at the same time. */
export async function installPeers(): Promise<void> {
  const [, localStack] = await Promise.all([installMiniStack(), installLocalStack()]);
  if (localStack) await installExecutor(localStack);
}

/** The folder of its virtual environment. */
async function installMiniStack(): Promise<string> {
  const venv = join(home, 'venv');
  await install(venv, 'python3', [MINISTACK]);
  return venv;
}

/** The folder of its virtual environment; undefined where no Python is new enough. */
async function installLocalStack(): Promise<string | undefined> {
  const python = await findPython(LOCALSTACK_PYTHON);
  if (!python) return undefined;
  const venv = join(home, 'venv-localstack');
  await install(venv, python, LOCALSTACK);
  return venv;
}

const EXECUTOR = join(root, 'localstack/lambda-executor');

/** Puts our Lambda executor into LocalStack's environment, again when it changed. */
async function installExecutor(venv: string): Promise<void> {
  const stamp = join(venv, 'executor.json');
  const sources = globSync('{pyproject.toml,headwaters_lambda_executor/*.{py,mjs}}', {
    cwd: EXECUTOR,
  }).sort();
  const wanted = JSON.stringify(sources.map((file) => readFileSync(join(EXECUTOR, file), 'utf8')));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  // A copy is built, for building leaves files next to the sources.
  const copy = mkdtempSync(join(home, 'executor-'));
  cpSync(EXECUTOR, copy, { recursive: true });
  await run(join(venv, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '--force-reinstall', copy]);
  rmSync(copy, { recursive: true, force: true });
  writeFileSync(stamp, wanted);
}

/** Makes a virtual environment once; one that was not finished is made again. */
async function install(venv: string, python: string, packages: readonly string[]): Promise<void> {
  const stamp = join(venv, 'installed.json');
  const wanted = JSON.stringify(packages);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(venv, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  await run(python, ['-m', 'venv', venv]);
  // What is imported is compiled then; most of it never is.
  const pip = ['install', '--quiet', '--no-compile', ...packages];
  await run(join(venv, 'bin', 'pip'), pip, { maxBuffer: 2 ** 26 });
  writeFileSync(stamp, wanted);
}

/** The first interpreter of at least this version, on PATH or among pyenv's. */
async function findPython([major, minor]: readonly [number, number]): Promise<string | undefined> {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const candidates = [
    'python3',
    ...globSync('3.*/bin/python3', { cwd: pyenv })
      .sort()
      .map((path) => join(pyenv, path)),
    ...[13, 14].map((version) => `python3.${version}`),
  ];
  for (const candidate of candidates) {
    try {
      await run(candidate, ['-c', `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`]);
      return candidate;
    } catch {
      // Not there, or too old: the next one may do.
    }
  }
  return undefined;
}

async function answeringTarget(
  name: string,
  child: ChildProcess,
  port: number,
  leftover: string | undefined,
): Promise<RunningTarget> {
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(child, `${endpoint}/_localstack/health`);
  return {
    name,
    endpoint,
    pid: child.pid!,
    async stop() {
      await end(child);
      if (leftover) rmSync(leftover, { recursive: true, force: true });
    },
  };
}

/** Waits until the process says that it has started. */
function started(child: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    child.once('message', () => {
      child.disconnect();
      done();
    });
    child.once('error', failed);
    child.once('exit', (code) =>
      failed(new Error(`${child.spawnfile} ended with exit code ${code} at its start`)),
    );
  });
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with exit code ${child.exitCode}`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${url} did not answer within ten minutes`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
