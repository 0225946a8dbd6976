/** `headwaters athena`: only Glue and Athena, for an S3 that is somebody else's; Step Functions and DynamoDB for a Lambda. */
import { join } from 'node:path';
import type { AthenaEngine } from '../../lake/defaults.ts';
import { UsageError } from '../../lake/errors.ts';
import { serveAthena } from '../../lake/targets/athenaServer.ts';
import { untilStopped } from '../interruption.ts';
import { createTerminal } from '../terminal.ts';

export interface AthenaOptions {
  readonly s3?: string;
  readonly lambda?: string;
  readonly port: number;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly region: string;
  readonly athena?: AthenaEngine;
  readonly state: string;
}

export async function athena(options: AthenaOptions): Promise<void> {
  for (const name of ['s3', 'lambda'] as const) {
    const url = options[name];
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new UsageError(`--${name} is '${url}'; it must be a URL such as http://127.0.0.1:4566.`);
  }
  const terminal = createTerminal();
  const cloud = await serveAthena({
    // Its catalog and history are not those of the lake in this folder.
    stateDir: join(options.state, 'athena'),
    port: options.port,
    s3Endpoint: options.s3,
    lambdaEndpoint: options.lambda,
    region: options.region,
    allowHosts: options.allowHost,
    allowOrigins: options.allowOrigin,
    athena: options.athena,
    onProgress: terminal.onProgress,
  });
  try {
    const served = options.lambda ? 'Glue, Athena, Step Functions and DynamoDB' : 'Glue and Athena';
    terminal.line(`${served} serve at ${terminal.style('bold', cloud.endpoint)}`);
    terminal.line(
      `over ${options.s3 ?? `the S3 of AWS in ${options.region}`}, on ${options.athena ?? 'duckdb'}.`,
    );
    if (options.lambda) terminal.line(`State machines call the functions and topics at ${options.lambda}.`);
    terminal.line('');
    terminal.line(
      `  export AWS_ENDPOINT_URL_ATHENA=${cloud.endpoint} AWS_ENDPOINT_URL_GLUE=${cloud.endpoint}`,
    );
    if (options.lambda) terminal.line(`  export AWS_ENDPOINT_URL_SFN=${cloud.endpoint}`);
    terminal.line(`  export AWS_REGION=${options.region} AWS_DEFAULT_REGION=${options.region}`);
    terminal.line('');
    terminal.line('Ctrl-C stops it; its catalog stays.');
    await untilStopped();
  } finally {
    await cloud.stop();
  }
}
