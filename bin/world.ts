/** A world: one state folder with a local cloud over it, attached to where it runs already, else started for this command. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Cloud, startCloud } from '../localstack/cloud.ts';
import { readAnnouncement } from '../localstack/core/stateDir.ts';
import type { TrinoStarter } from '../localstack/services/athena/trino/engine.ts';
import { startTrino } from '../localstack/services/athena/trino/server.ts';
import type { AssemblyDeployment } from '../localstack/services/cloudformation/assembly.ts';
import { type AthenaEngine, DEFAULT_PORT } from './defaults.ts';
import { RunFailedError } from './failure.ts';
import type { Terminal } from './terminal.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Where the studies are: one folder each. */
export const studiesDir = join(root, 'sql');

export interface World {
  readonly endpoint: string;
  readonly stateDir: string;
  /** The cloud runs in this very process, and stops with it. */
  readonly embedded: boolean;
  readonly clients: Clients;
  /** Calls one of the cloud's own addresses, such as `/_headwaters/clock`. */
  admin(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface Clients {
  readonly athena: AthenaClient;
  readonly cloudFormation: CloudFormationClient;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly kinesis: KinesisClient;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
}

export interface WorldOptions {
  readonly stateDir: string;
  /** Port for a cloud that this command starts. @default 4566, or any free one when that is taken */
  readonly port?: number;
  readonly quotas?: 'off' | 'aws';
  /** @default DuckDB, or whatever the cloud that runs already has */
  readonly athena?: AthenaEngine | undefined;
  /** Is told of what takes long at the start. */
  readonly note?: (line: string) => void;
}

/** Java, Trino and the judges of `npm run parity`: fetched once, shared by all worlds. */
export const downloadsDir = join(root, '.headwaters', 'parity');

/** Attaches to the cloud that runs over the state folder, or starts one. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const stateDir = resolve(options.stateDir);
  const running = await findRunning(stateDir);
  if (running) {
    assertEngine(stateDir, running, options.athena);
    return makeWorld(stateDir, running, undefined);
  }
  const cloud = await startOn(options, stateDir);
  return makeWorld(stateDir, cloud.endpoint, cloud);
}

/** A cloud keeps the engine that it was started with. */
function assertEngine(stateDir: string, endpoint: string, wanted: AthenaEngine | undefined): void {
  const found = readAnnouncement(cloudDir(stateDir))?.athena ?? 'duckdb';
  if (wanted === undefined || wanted === found) return;
  throw new RunFailedError(
    `The local cloud at ${endpoint} runs Athena on ${found}, and --athena asks for ${wanted}. Leave the option out to ` +
      `use that cloud as it is, or stop it (headwaters down) and start it with --athena ${wanted}.`,
  );
}

/** Starts Trino, for a cloud that this command starts, with what it takes from this project: the downloads' place and a size. */
export function trinoOf(
  athena: AthenaEngine | undefined,
  note: ((line: string) => void) | undefined,
): TrinoStarter | undefined {
  if (athena !== 'trino') return undefined;
  return ({ lake, dataDir, signal }) =>
    startTrino({
      downloads: downloadsDir,
      dataDir,
      lake,
      signal,
      // A run of five million records holds up to 5.3 GB (docs/benchmarks.md).
      heapMb: Math.max(1_100, Math.min(8_192, Math.floor(totalmem() / 2 ** 20 / 4))),
      // On few cores Java's optimising compiler takes more from the statements than it gives them.
      compiler: availableParallelism() < 4 ? 'quick' : 'full',
      ...(note && { log: note }),
    });
}

/** The endpoint of the cloud that runs over this folder, if one answers there. */
export async function findRunning(stateDir: string): Promise<string | undefined> {
  const announced = readAnnouncement(cloudDir(stateDir));
  if (!announced) return undefined;
  try {
    const answer = await fetch(`${announced.endpoint}/_localstack/health`, {
      signal: AbortSignal.timeout(2000),
    });
    return answer.ok ? announced.endpoint : undefined;
  } catch {
    // A killed cloud leaves its announcement behind; nothing answers there any more.
    return undefined;
  }
}

export const cloudDir = (stateDir: string) => join(stateDir, 'cloud');

async function startOn(options: WorldOptions, stateDir: string): Promise<Cloud> {
  const start = (port: number) =>
    startCloud({
      stateDir: cloudDir(stateDir),
      port,
      ...(options.quotas ? { quotas: options.quotas } : {}),
      trino: trinoOf(options.athena, options.note),
    });
  if (options.port !== undefined) return start(options.port);
  try {
    return await start(DEFAULT_PORT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return start(0);
    throw error;
  }
}

function makeWorld(stateDir: string, endpoint: string, cloud: Cloud | undefined): World {
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const clients: Clients = {
    athena: new AthenaClient(config),
    cloudFormation: new CloudFormationClient(config),
    dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(config)),
    kinesis: new KinesisClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    stepFunctions: new SFNClient(config),
  };
  return {
    endpoint,
    stateDir,
    embedded: cloud !== undefined,
    clients,
    async admin(method, path, body) {
      const answer = await fetch(`${endpoint}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const found = (await answer.json()) as { message?: string };
      if (!answer.ok)
        throw new RunFailedError(found.message ?? `${method} ${path} answered ${answer.status}`);
      return found;
    },
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      await cloud?.stop();
    },
  };
}

/** Everything a synthesis reads: the same bytes give the same templates, so one synthesis serves until they change. */
const SYNTH_INPUTS = [
  'package-lock.json',
  'cdk.json',
  'bin/app.ts',
  'lib/**/*.ts',
  'lambdas/**/*.ts',
  'sql/**/*.{sql,yaml}',
];

/** Assemblies are named by what they were made from, so worlds and commands share them. */
const assemblies = join(root, '.headwaters', 'assemblies');
const KEPT_ASSEMBLIES = 4;

/** Folder of the cloud assembly of today's code, synthesised if it is not there yet. */
export async function synthesise(
  terminal: Terminal,
  context: Readonly<Record<string, string>> = {},
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(context));
  for (const file of SYNTH_INPUTS.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()) {
    if (file.endsWith('.test.ts') || !statSync(join(root, file)).isFile()) continue;
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  const folder = join(assemblies, hash.digest('hex').slice(0, 32));
  if (existsSync(folder)) return folder;
  await terminal.step('Synthesising the CDK app', async () => {
    mkdirSync(assemblies, { recursive: true });
    const making = mkdtempSync(join(assemblies, 'making-'));
    try {
      await run(process.execPath, [join(root, 'bin/app.ts')], {
        ...process.env,
        CDK_OUTDIR: making,
        CDK_CONTEXT_JSON: JSON.stringify(context),
        CDK_DEFAULT_ACCOUNT: '000000000000',
        CDK_DEFAULT_REGION: 'us-east-1',
      });
      // Its name appears only when it is whole; another command may have been quicker.
      if (!existsSync(folder)) renameSync(making, folder);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  });
  forgetOldAssemblies();
  return folder;
}

function forgetOldAssemblies(): void {
  const age = (name: string) => statSync(join(assemblies, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const oldestFirst = readdirSync(assemblies)
    .filter((name) => !name.startsWith('making-'))
    .sort((a, b) => age(a) - age(b));
  for (const name of oldestFirst.slice(0, -KEPT_ASSEMBLIES))
    rmSync(join(assemblies, name), { recursive: true, force: true });
}

/** Deploys the assembly and gives CloudFormation's account of it. */
export async function deploy(world: World, terminal: Terminal): Promise<Deployment> {
  const folder = await synthesise(terminal);
  return terminal.step('Deploying the stacks to the local cloud', async (progress) => {
    const deployment = (await world.admin('POST', '/_headwaters/deploy', { folder })) as AssemblyDeployment;
    const sum = (part: (stack: AssemblyDeployment['stacks'][number]) => number) =>
      deployment.stacks.reduce((total, stack) => total + part(stack), 0);
    progress(
      `${deployment.stacks.length} stacks; ${sum(({ created }) => created.length)} resources created, ` +
        `${sum(({ updated }) => updated.length)} updated, ${sum(({ removed }) => removed.length)} removed, ` +
        `${sum(({ unchanged }) => unchanged)} unchanged`,
    );
    return { notEmulated: deployment.notEmulated };
  });
}

export interface Deployment {
  /** What the templates name and the local cloud does nothing with. */
  readonly notEmulated: AssemblyDeployment['notEmulated'];
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', failed);
    child.on('exit', (code) =>
      code === 0
        ? done()
        : failed(new Error(`${relative(root, args[0]!)} ended with exit code ${code}:\n${output.trim()}`)),
    );
  });
}
