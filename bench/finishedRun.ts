/** A world in which `headwaters run amazon --once` has ended well, and its cloud: what measures of queries and sizes look at. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { home, type RunningTarget, root, startOurs } from './targets.ts';

const execute = promisify(execFile);

/** An empty state folder that goes with this process. */
export function newStateDir(): string {
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, 'world-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the study through the command line, as a person does. Throws when it ends with another exit code than 0. */
export async function runAmazon(stateDir: string, options: { events: number; seed: number }): Promise<void> {
  const { events, seed } = options;
  await execute(
    process.execPath,
    [
      join(root, 'bin', 'headwaters.js'),
      ...['run', 'amazon', '--once', '--json', '--port', '0', '--state', stateDir],
      ...['--events', String(events), '--seed', String(seed)],
    ],
    { maxBuffer: 2 ** 26 },
  );
}

let finished: Promise<string> | undefined;

/** State folder of a finished run of 10,000 events; made once a process. */
function finishedRun(): Promise<string> {
  finished ??= (async () => {
    const stateDir = newStateDir();
    await runAmazon(stateDir, { events: 10_000, seed: 1 });
    return stateDir;
  })();
  return finished;
}

let open: { target: Promise<RunningTarget>; users: number } | undefined;

/** The cloud over the finished run, shared by whoever has it open: a state folder has one cloud at a time. */
export async function finishedCloud(): Promise<RunningTarget> {
  open ??= { target: finishedRun().then((stateDir) => startOurs(join(stateDir, 'cloud'))), users: 0 };
  const mine = open;
  mine.users++;
  const target = await mine.target;
  return {
    ...target,
    async stop() {
      if (--mine.users > 0) return;
      open = undefined;
      await target.stop();
    },
  };
}
