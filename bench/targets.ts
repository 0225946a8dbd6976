/** Starts what is measured, each in a process of its own: our local cloud, and MiniStack from PyPI. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Target } from './measure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const home = join(root, '.headwaters', 'bench');
const run = promisify(execFile);

export const MINISTACK = 'ministack[full]==1.5.33';

export interface RunningTarget extends Target {
  stop(): Promise<void>;
}

export async function startOurs(): Promise<RunningTarget> {
  mkdirSync(home, { recursive: true });
  const state = mkdtempSync(join(home, 'cloud-'));
  const port = await freePort();
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'bench/ours.ts'), state, String(port)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(child, `${endpoint}/_localstack/health`);
  return {
    name: 'headwaters',
    endpoint,
    async stop() {
      await end(child);
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Installs MiniStack into a folder of its own once, and serves its ASGI app on 127.0.0.1 alone. */
export async function startMiniStack(): Promise<RunningTarget> {
  const venv = join(home, 'venv');
  if (!existsSync(join(venv, 'bin', 'hypercorn'))) {
    mkdirSync(home, { recursive: true });
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin', 'pip'), ['install', '--quiet', MINISTACK], { maxBuffer: 2 ** 26 });
  }
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
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(child, `${endpoint}/_localstack/health`);
  return {
    name: 'ministack',
    endpoint,
    async stop() {
      await end(child);
      rmSync(state, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with exit code ${child.exitCode}`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${url} did not answer within a minute`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
