/** The local cloud over a state folder: attached to where it runs already, else started in this process. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Cloud, type CloudOptions, readAnnouncement, startCloud } from '@headwaters/localstack';
import { type AthenaEngine, DEFAULT_PORT } from '../defaults.ts';
import { RunFailedError } from '../errors.ts';
import type { WorkOptions } from '../progress.ts';
import { downloadsDir } from '../project.ts';
import { answers, connect, LOCAL_CREDENTIALS, LOCAL_REGION, localNames } from './localCloud.ts';
import { closeClients, createClients, type Target } from './target.ts';
import { trinoOf } from './trino.ts';

/** Hosts and origins that a cloud that is started answers to. @default localhost, and its own pages */
export type AllowedByName = Pick<CloudOptions, 'allowHosts' | 'allowOrigins'>;

export interface EmbeddedOptions extends Pick<WorkOptions, 'onProgress'>, AllowedByName {
  /** What a cloud that is started serves besides AWS's services. @default nothing */
  readonly mounts?: CloudOptions['mounts'];
  readonly stateDir: string;
  /** Port for a cloud that is started. @default 4566, or any free one when that is taken */
  readonly port?: number | undefined;
  readonly quotas?: 'off' | 'aws';
  /** @default DuckDB, or whatever the cloud that runs already has */
  readonly athena?: AthenaEngine | undefined;
}

/** Attaches to the cloud that runs over the state folder, or starts one. */
export async function embedded(options: EmbeddedOptions): Promise<Target> {
  const stateDir = resolve(options.stateDir);
  const running = await findRunning(stateDir);
  if (running) {
    assertEngine(stateDir, running, options.athena);
    assertNothingAllowed(stateDir, running, options);
    return targetOf(stateDir, running, undefined);
  }
  await assertHasLake(stateDir);
  const cloud = await startOn(options, stateDir);
  return targetOf(stateDir, cloud.endpoint, cloud);
}

/** A cloud keeps the engine that it was started with. */
function assertEngine(stateDir: string, endpoint: string, wanted: AthenaEngine | undefined): void {
  const found = readAnnouncement(cloudDir(stateDir))?.athena ?? 'duckdb';
  if (wanted === undefined || wanted === found) return;
  throw new RunFailedError(
    `The local cloud at ${endpoint} runs Athena on ${found}, and --athena asks for ${wanted}. Leave the option out to ` +
      `use that cloud as it is, or stop it (npx headwaters down --state ${stateDir}) and start it with --athena ${wanted}.`,
  );
}

/** A cloud keeps the hosts and origins that it was started with, too. */
function assertNothingAllowed(
  stateDir: string,
  endpoint: string,
  { allowHosts, allowOrigins }: EmbeddedOptions,
): void {
  if (!allowHosts && !allowOrigins) return;
  throw new RunFailedError(
    `The local cloud at ${endpoint} runs already, with the hosts and origins that it was started with. Leave --allow-host ` +
      `and --allow-origin out to use it as it is, or stop it (npx headwaters down --state ${stateDir}) and start it with them.`,
  );
}

/** A folder that only Glue and Athena use has no lake. @throws RunFailedError with their endpoint */
async function assertHasLake(stateDir: string): Promise<void> {
  if (existsSync(cloudDir(stateDir))) return;
  const endpoint = await findRunning(stateDir, 'athena');
  if (endpoint === undefined) return;
  throw new RunFailedError(
    `In ${stateDir} only Glue and Athena run at ${endpoint} (npx headwaters athena), without a lake. Ask them with: ` +
      `aws athena start-query-execution --endpoint-url ${endpoint} --query-string "show databases" ` +
      '--result-configuration OutputLocation=s3://<bucket>/results/; stop them with: ' +
      `npx headwaters down --state ${stateDir}`,
  );
}

/** What may run over a state folder: a cloud with a lake, or Glue and Athena for an S3 elsewhere. */
export type Served = 'cloud' | 'athena';

export const servedDir = (stateDir: string, served: Served) => join(resolve(stateDir), served);
export const cloudDir = (stateDir: string) => servedDir(stateDir, 'cloud');

/** The endpoint of what runs over this folder, if it answers there. */
export async function findRunning(stateDir: string, served: Served = 'cloud'): Promise<string | undefined> {
  const announced = readAnnouncement(servedDir(stateDir, served));
  return announced && (await answers(announced.endpoint)) ? announced.endpoint : undefined;
}

async function startOn(options: EmbeddedOptions, stateDir: string): Promise<Cloud> {
  const log = options.onProgress && ((text: string) => options.onProgress!({ kind: 'note', text }));
  const start = (port: number) =>
    startCloud({
      stateDir: cloudDir(stateDir),
      port,
      ...(options.quotas ? { quotas: options.quotas } : {}),
      allowHosts: options.allowHosts,
      allowOrigins: options.allowOrigins,
      mounts: options.mounts,
      trino: trinoOf(options.athena, log),
      sparkDir: downloadsDir,
    });
  if (options.port !== undefined) return start(options.port);
  try {
    return await start(DEFAULT_PORT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return start(0);
    throw error;
  }
}

/** A state folder of older code has exports between stacks that later code arranges otherwise. */
export function remedyOfOlderState(error: Error, stateDir: string): never {
  if (!/^Export .* cannot be (updated|removed|deleted)/.test(error.message)) throw error;
  throw new RunFailedError(
    `The state folder ${stateDir} was made by older code whose stacks cannot be updated to today’s (${error.message}). ` +
      `Name another folder with --state, or remove this one with: npx headwaters down --purge --state ${stateDir}, and run again.`,
    { cause: error },
  );
}

function targetOf(stateDir: string, endpoint: string, cloud: Cloud | undefined): Target {
  const clients = createClients({
    endpointOf: () => endpoint,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const connected = connect(endpoint, cloud !== undefined);
  const localCloud = {
    ...connected,
    deploy: (folder: string) =>
      connected.deploy(folder).catch((error: Error) => remedyOfOlderState(error, stateDir)),
  };
  return {
    kind: 'embedded',
    place: endpoint,
    names: localNames,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
    clients,
    localCloud,
    deploy: localCloud.deploy,
    scratchDir: join(stateDir, 'unpacked'),
    now: localCloud.now,
    async close() {
      closeClients(clients);
      await cloud?.stop();
    },
  };
}
