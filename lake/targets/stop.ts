/** Stops the local cloud that runs over a state folder, and on request removes its state. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAnnouncement } from '@headwaters/localstack';
import { RunFailedError } from '../errors.ts';
import { pause } from '../progress.ts';
import { cloudDir, findRunning, type Served, servedDir } from './embedded.ts';

/** Gives the endpoints of what was stopped: the local cloud, and Glue and Athena for an S3 elsewhere. */
export async function stopLocalCloud(stateDir: string): Promise<string[]> {
  const stopped: string[] = [];
  for (const served of ['cloud', 'athena'] as const) {
    const running = await findRunning(stateDir, served);
    if (!running) continue;
    await stop(stateDir, served, running);
    stopped.push(running);
  }
  return stopped;
}

async function stop(stateDir: string, served: Served, endpoint: string): Promise<void> {
  const pid = readAnnouncement(servedDir(stateDir, served))?.pid;
  if (!pid) throw new RunFailedError(`The cloud at ${endpoint} does not say its process id.`);
  process.kill(pid, 'SIGTERM');
  for (let tries = 0; tries < 100; tries++) {
    if (!(await findRunning(stateDir, served))) return;
    await pause(100);
  }
  throw new RunFailedError(`The local cloud at ${endpoint} did not stop within 10 seconds.`);
}

/** Removes the state of a cloud that does not run; what else is in the folder is left alone. */
export function purge(stateDir: string): void {
  if (!existsSync(cloudDir(stateDir)))
    throw new RunFailedError(`${resolve(stateDir)} holds no state of a local cloud; it was left alone.`);
  for (const part of ['cloud', 'unpacked', 'sql_history'])
    rmSync(resolve(stateDir, part), { recursive: true, force: true });
  if (readdirSync(stateDir).length === 0) rmSync(stateDir, { recursive: true });
}
