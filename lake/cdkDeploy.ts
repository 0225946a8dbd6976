/** Deploys a cloud assembly with the project's own CDK command line, as `npx cdk deploy` does. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunFailedError } from './errors.ts';
import { step, type WorkOptions } from './progress.ts';
import { root } from './project.ts';
import { DIGEST } from './synthesise.ts';
import type { Target } from './targets/target.ts';

const CDK = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** Stacks that do not depend on each other are deployed at the same time. */
const CONCURRENT_STACKS = 4;

/** What is quoted of the output of a deploy that failed. */
const LAST_LINES = 15;

/** `HeadwatersLake |  3/40 | 2:46:34 AM | CREATE_COMPLETE | AWS::S3::Bucket | …`: https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-deploy.html, --progress events */
const EVENT = /^(\S+) \| +(\d+)\/(\d+) \|/;

/**
 * Deploys every stack of the assembly in a folder with the caller's credentials, and asks nothing. CloudFormation goes on
 * with what has begun when the signal ends this. Throws `RunFailedError` with the end of the CDK's output.
 */
export async function cdkDeploy(
  { region, scratchDir }: Target,
  assembly: string,
  options: WorkOptions = {},
): Promise<void> {
  await step(options, 'Deploying the stacks with cdk deploy', async (at) => {
    mkdirSync(scratchDir, { recursive: true });
    // The CDK writes zipped assets and locks into the folder that it deploys.
    const folder = mkdtempSync(join(scratchDir, 'assembly-'));
    try {
      cpSync(assembly, folder, { recursive: true, filter: (path) => path !== join(assembly, DIGEST) });
      await runCdk(folder, region, at, options.signal);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function runCdk(
  folder: string,
  region: string,
  at: (detail: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = [
    ...['deploy', '--all', '--app', folder, '--require-approval', 'never'],
    ...[
      '--concurrency',
      String(CONCURRENT_STACKS),
      '--progress',
      'events',
      '--no-notices',
      '--no-color',
      '--ci',
    ],
  ];
  const env = {
    ...process.env,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: '1',
  };
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [CDK, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    let output = '';
    const read = (chunk: string) => {
      output += chunk;
      for (const line of chunk.split('\n')) {
        const [, stack, event, of] = EVENT.exec(line) ?? [];
        if (stack) at(`${stack}, ${event} of ${of}`);
      }
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
    child.on('error', failed);
    child.on('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) failed(signal.reason);
      else if (code === 0) done();
      else
        failed(
          new RunFailedError(
            `cdk deploy ended with exit code ${code}:\n${output.trim().split('\n').slice(-LAST_LINES).join('\n')}`,
          ),
        );
    });
  });
}
