/** `headwaters down`: stops the cloud that runs over a state folder, and on request removes its state. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { purge, stopLocalCloud } from '../../lake/targets/stop.ts';
import { createTerminal } from '../terminal.ts';

export interface DownOptions {
  readonly state: string;
  readonly purge: boolean;
}

export async function down(options: DownOptions): Promise<void> {
  const terminal = createTerminal();
  const { state } = options;
  const stopped = await stopLocalCloud(state);
  terminal.line(
    stopped.length > 0
      ? `Stopped the local cloud at ${stopped.join(' and ')}.`
      : 'No local cloud is up over this state folder.',
  );
  if (!existsSync(state)) return;
  if (!options.purge) return terminal.line(`Its state stays in ${resolve(state)}; --purge removes it.`);
  purge(state);
  terminal.line(`Removed the state in ${resolve(state)}.`);
}
