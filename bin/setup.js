/** Makes a fresh clone ready on any Node ≥ 20: installs what package-lock.json names, then runs on the Node 24 it brings. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');

/** npm writes node_modules/.package-lock.json last; every version that package-lock.json names for this machine must be in it. */
function isInstalled() {
  const marker = join(modules, '.package-lock.json');
  if (!existsSync(marker)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(marker, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || found[path]?.version === entry.version,
  );
}

function install() {
  process.stderr.write('Installing dependencies (once, about half a minute) …\n');
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const { status, error } = spawnSync(
    command,
    [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32' && !npm,
    },
  );
  if (status !== 0) {
    process.stderr.write(
      `npm ci failed${error ? `: ${error.message}` : ''}. Mend what it says above and run again.\n`,
    );
    process.exit(1);
  }
}

/** Folders to put first on PATH, so that `node` is Node 24 and the pinned tools are found. */
function toolPath() {
  return [join(modules, 'node', 'bin'), join(modules, '.bin')];
}

/** Runs a command in a ready clone and ends with its exit code; signals reach the command itself. */
export function runReady(command, args) {
  if (!isInstalled()) install();
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
  runReady(command, args);
}
