/** `headwaters down`: stops the cloud that runs over a state folder, and on request forgets its state. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAnnouncement } from '../../localstack/core/stateDir.ts';
import { RunFailedError } from '../failure.ts';
import { createTerminal } from '../terminal.ts';
import { cloudDir, findRunning } from '../world.ts';

export interface DownOptions {
  readonly state: string;
  readonly purge: boolean;
}

export async function down({ state, purge }: DownOptions): Promise<void> {
  const terminal = createTerminal();
  const running = await findRunning(state);
  if (running) {
    const pid = readAnnouncement(cloudDir(state))?.pid;
    if (!pid) throw new RunFailedError(`The cloud at ${running} does not say its process id.`);
    process.kill(pid, 'SIGTERM');
    await gone(state);
    terminal.line(`Stopped the local cloud at ${running}.`);
  } else terminal.line('No local cloud is up over this state folder.');
  if (purge && existsSync(state)) {
    if (!existsSync(cloudDir(state)))
      throw new RunFailedError(`${resolve(state)} holds no state of a local cloud; it was left alone.`);
    for (const part of ['cloud', 'unpacked']) rmSync(resolve(state, part), { recursive: true, force: true });
    // What else lies there is not ours.
    if (readdirSync(state).length === 0) rmSync(state, { recursive: true });
    terminal.line(`Removed the state in ${resolve(state)}.`);
  } else if (existsSync(state)) terminal.line(`Its state stays in ${resolve(state)}; --purge removes it.`);
}

async function gone(state: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (!(await findRunning(state))) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new RunFailedError('The local cloud did not stop within 10 seconds.');
}
