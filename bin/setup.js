/** Makes a fresh clone ready on any Node ≥ 20: installs what package-lock.json names, then runs on the Node 24 it brings. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const marker = join(modules, '.package-lock.json');
/** Held by the process that installs; its content is that process's id. */
const lock = join(root, '.headwaters', 'installing');
const LOOK_MS = 200;

/**
 * npm writes node_modules/.package-lock.json last; every version that package-lock.json names for this machine must be in it.
 * @param {boolean} withTools whether the packages that only development needs must be there too
 */
function isInstalled(withTools) {
  if (!existsSync(marker)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(marker, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.optional || (entry.dev && !withTools) || found[path]?.version === entry.version,
  );
}

const hasTools = () =>
  existsSync(marker) &&
  Object.values(JSON.parse(readFileSync(marker, 'utf8')).packages).some((entry) => entry.dev);

/** Packages that are there stay where only the tools are missing: another command may be using them. */
function npmArguments(withTools) {
  if (withTools && isInstalled(false)) return ['install', '--no-save', '--include=dev'];
  return withTools || hasTools() ? ['ci', '--include=dev'] : ['ci', '--omit=dev'];
}

function install(withTools) {
  process.stderr.write('Installing dependencies (once, about half a minute) …\n');
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const { status, error } = spawnSync(
    command,
    [...first, ...npmArguments(withTools), '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32' && !npm,
    },
  );
  if (status !== 0) {
    process.stderr.write(
      `npm failed${error ? `: ${error.message}` : ''}. Correct what it says above and run again.\n`,
    );
    process.exit(1);
  }
}

/** Installs what is missing. Of two commands at once one installs, and the other waits for it. */
function makeReady(withTools) {
  if (isInstalled(withTools)) return;
  mkdirSync(dirname(lock), { recursive: true });
  while (!isLockTaken()) {
    const holder = Number(readIfThere(lock));
    if (holder && !isAlive(holder)) rmSync(lock, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
  try {
    if (!isInstalled(withTools)) install(withTools);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** True when this process holds the lock. Its content is there as soon as its name is. */
function isLockTaken() {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Folders to put first on PATH, so that `node` is Node 24 and the pinned tools are found. */
function toolPath() {
  return [join(modules, 'node', 'bin'), join(modules, '.bin')];
}

/**
 * Runs a command in a ready clone and ends with its exit code; signals reach the command itself.
 * @param {{ withTools: boolean }} needs whether the packages that only development needs must be there too
 */
export function runReady(command, args, { withTools }) {
  makeReady(withTools);
  const env = {
    // Compiled once, code starts in half the time (https://nodejs.org/api/module.html#module-compile-cache).
    NODE_COMPILE_CACHE: join(root, '.headwaters', 'compile-cache'),
    ...process.env,
    PATH: [...toolPath(), process.env.PATH].join(delimiter),
  };
  const program = command === 'node' ? nodeBinary() : join(modules, '.bin', command);
  const child = spawn(program, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${program} did not start: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

function nodeBinary() {
  const brought = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(brought)) return brought;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  process.stderr.write(
    `Node 24 is needed and the npm package "node" brought none (this is Node ${process.versions.node}). ` +
      'Allow its install script (npm rebuild node), or install Node 24.\n',
  );
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, ...args] = process.argv.slice(2);
  if (!command) {
    process.stderr.write('usage: node bin/setup.js <command> [arguments]\n');
    process.exit(2);
  }
  runReady(command, args, { withTools: true });
}
