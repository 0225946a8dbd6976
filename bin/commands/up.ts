/** `headwaters up`: the local cloud with the stacks deployed, serving until it is stopped. */

import { RunFailedError } from '../failure.ts';
import { createTerminal } from '../terminal.ts';
import { untilStopped } from '../untilStopped.ts';
import { DEFAULT_PORT, deploy, findRunning, openWorld } from '../world.ts';

export interface UpOptions {
  readonly state: string;
  readonly port: number;
  readonly quotas: 'off' | 'aws';
}

export async function up(options: UpOptions): Promise<void> {
  const terminal = createTerminal();
  const running = await findRunning(options.state);
  if (running)
    throw new RunFailedError(
      `A local cloud is up already at ${running}, over ${options.state}. Stop it with: headwaters down`,
    );
  const world = await openWorld({ stateDir: options.state, port: options.port, quotas: options.quotas });
  try {
    const deployment = await deploy(world, terminal);
    terminal.line(`The local cloud serves at ${terminal.style('bold', world.endpoint)}`);
    if (deployment.notEmulated.length > 0)
      terminal.line(
        `Not emulated here, and without effect (docs/parity.md): ${deployment.notEmulated.join(', ')}`,
      );
    terminal.line('');
    terminal.line(`  export AWS_ENDPOINT_URL=${world.endpoint} AWS_REGION=us-east-1`);
    terminal.line('  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test');
    if (options.port === DEFAULT_PORT) terminal.line('  awslocal s3 ls');
    terminal.line('');
    terminal.line('Ctrl-C stops it; its state stays.');
    await untilStopped();
  } finally {
    await world.close();
  }
}
