/** `headwaters up`: the local cloud with the stacks deployed, serving until it is stopped. */

import { type AthenaEngine, DEFAULT_PORT } from '../defaults.ts';
import { RunFailedError } from '../failure.ts';
import { untilStopped } from '../interruption.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { type Deployment, deploy, findRunning, openWorld } from '../world.ts';

export interface UpOptions {
  readonly state: string;
  readonly port: number;
  readonly quotas: 'off' | 'aws';
  readonly athena?: AthenaEngine;
}

export async function up(options: UpOptions): Promise<void> {
  const terminal = createTerminal();
  const running = await findRunning(options.state);
  if (running)
    throw new RunFailedError(
      `A local cloud is up already at ${running}, over ${options.state}. Stop it with: headwaters down`,
    );
  const world = await openWorld({
    stateDir: options.state,
    port: options.port,
    quotas: options.quotas,
    athena: options.athena,
    note: terminal.note,
  });
  try {
    const deployment = await deploy(world, terminal);
    terminal.line(`The local cloud serves at ${terminal.style('bold', world.endpoint)}`);
    if (deployment.notEmulated.length > 0) showNotEmulated(terminal, deployment.notEmulated);
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

/** One line a setting, since most are named by many types of resources. */
function showNotEmulated(terminal: Terminal, settings: Deployment['notEmulated']) {
  const bySetting = Map.groupBy(settings, ({ property }) => property);
  terminal.line('\nNot emulated here, and without effect (docs/parity.md):');
  for (const [property, uses] of bySetting)
    terminal.line(`  ${property}: ${uses.map(({ type }) => type.replace('AWS::', '')).join(', ')}`);
}
