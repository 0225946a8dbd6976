/** `headwaters up`: the local cloud with the stacks deployed, serving until it is stopped. */
import { type AthenaEngine, DEFAULT_PORT } from '../../lake/defaults.ts';
import type { Deployment } from '../../lake/deploy.ts';
import { RunFailedError } from '../../lake/errors.ts';
import type { Studies } from '../../lake/studies.ts';
import { findRunning } from '../../lake/targets/embedded.ts';
import { localCloudOf } from '../../lake/targets/target.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { flagsOf, withLake } from '../command.ts';
import { untilStopped } from '../interruption.ts';
import type { Terminal } from '../terminal.ts';

export interface UpOptions {
  readonly studies?: readonly string[];
  readonly state: string;
  readonly port: number;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly quotas: 'off' | 'aws';
  readonly athena?: AthenaEngine;
}

export async function up(studies: readonly string[], options: UpOptions): Promise<void> {
  const running = await findRunning(options.state);
  if (running)
    throw new RunFailedError(
      `A local cloud is up already at ${running}, over ${options.state}. Stop it with: npx headwaters down${flagsOf({ state: options.state })}`,
    );
  const check = (known: Studies) => studies.map(known.folderOf);
  await withLake({ ...options, check, playground: true }, async (lake, terminal) => {
    const names = studies.length > 0 ? studies : undefined;
    const { notEmulated } = await lake.deploy(names, terminal);
    const { endpoint } = localCloudOf(lake.target, 'be served');
    terminal.line(`The local cloud serves at ${terminal.style('bold', endpoint)}`);
    terminal.line(`The HTTP API: ${terminal.style('bold', await lake.apiUrl())}`);
    terminal.line(`The playground: ${terminal.style('bold', `${endpoint}${PREFIX}`)}`);
    if (notEmulated.length > 0) showNotEmulated(terminal, notEmulated);
    terminal.line('');
    terminal.line(`  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1`);
    terminal.line('  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test');
    if (options.port === DEFAULT_PORT) terminal.line('  awslocal s3 ls');
    terminal.line('');
    terminal.line('Ctrl-C stops it; its state stays.');
    await untilStopped();
  });
}

/** One line a setting, since most are named by many types of resources. */
function showNotEmulated(terminal: Terminal, settings: Deployment['notEmulated']) {
  const bySetting = Map.groupBy(settings, ({ property }) => property);
  terminal.line('\nNot emulated here, and without effect (docs/parity.md):');
  for (const [property, uses] of bySetting)
    terminal.line(`  ${property}: ${uses.map(({ type }) => type.replace('AWS::', '')).join(', ')}`);
}
