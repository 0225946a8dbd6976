/** The local cloud, put together: services behind one endpoint, over one folder of state. */
import { allowedByName } from './core/admission.ts';
import { guardedClock } from './core/background.ts';
import { type Clock, systemClock } from './core/clock.ts';
import type { DamagedStateError } from './core/damage.ts';
import { createDispatcher } from './core/dispatcher.ts';
import { checkMounts, createEdge, type Mount } from './core/edge.ts';
import { createMeter } from './core/meter.ts';
import { createNotices } from './core/notices.ts';
import { createPrincipals } from './core/principals.ts';
import { createRouter } from './core/router.ts';
import { listen, type Server } from './core/server.ts';
import type { CloudContext, Service } from './core/service.ts';
import { takeStateDir } from './core/stateDir.ts';
import { createApiGateway } from './services/apigateway/index.ts';
import { createAthena } from './services/athena/index.ts';
import type { TrinoStarter } from './services/athena/trino/engine.ts';
import type { AssemblyDeployment } from './services/cloudformation/assembly.ts';
import { createCloudFormation } from './services/cloudformation/index.ts';
import { createCloudWatch } from './services/cloudwatch/index.ts';
import { createDynamodb, createDynamodbStreams } from './services/dynamodb/index.ts';
import { createEvents } from './services/events/index.ts';
import { createGlue } from './services/glue/index.ts';
import { createIam } from './services/iam/index.ts';
import { createKinesis } from './services/kinesis/index.ts';
import { createKms } from './services/kms/index.ts';
import { createLambda } from './services/lambda/index.ts';
import { createLogs } from './services/logs/index.ts';
import { createS3 } from './services/s3/index.ts';
import { createScheduler } from './services/scheduler/index.ts';
import { createSns } from './services/sns/index.ts';
import { createSqs } from './services/sqs/index.ts';
import { createStepFunctions } from './services/stepfunctions/index.ts';
import { createSts } from './services/sts/index.ts';

/** Every service of the local cloud. A new one adds its line here. */
const everyService = ({ trino, sparkDir, functionDeadlineMs }: CloudOptions): readonly ServiceFactory[] => [
  createApiGateway,
  createCloudFormation,
  createCloudWatch,
  createDynamodb,
  createDynamodbStreams,
  createEvents,
  (context) => createGlue(context, { sparkDir }),
  createIam,
  createKinesis,
  createKms,
  createLogs,
  createS3,
  createScheduler,
  createSns,
  createSqs,
  createStepFunctions,
  createSts,
  // After the catalog and the objects that its queries use: it stops before them.
  (context) => createAthena(context, { trino, functionDeadlineMs }),
  // Last to start and first to stop: its functions and mappings use all the others.
  createLambda,
];

export type ServiceFactory = (context: CloudContext) => Service;

export interface CloudOptions {
  /** Folder of this cloud's state; made if it is missing. One running cloud a folder. */
  readonly stateDir: string;
  /** @default 4566; 0 takes any free port */
  readonly port?: number;
  /** @default the machine's clock, plus what this state folder was moved ahead by */
  readonly clock?: Clock;
  /** Whether rates are limited as AWS limits them. @default off */
  readonly quotas?: 'off' | 'aws';
  /** Puts Trino behind Athena (`services/athena/trino/`). @default DuckDB, which needs neither Java nor Python */
  readonly trino?: TrinoStarter | undefined;
  /** The folder in which the Spark of Glue's jobs is looked for. @default no job can run */
  readonly sparkDir?: string | undefined;
  /**
   * Host names, each with those under it, that the cloud answers to as well, e.g. `host.docker.internal`.
   * @default localhost, names under it, and loopback addresses
   */
  readonly allowHosts?: readonly string[] | undefined;
  /** Origins of web pages that may use the cloud, e.g. `http://localhost:3000`. @default its own */
  readonly allowOrigins?: readonly string[] | undefined;
  /** What else this port serves. @default nothing */
  readonly mounts?: readonly Mount[] | undefined;
  /** How long a function of Athena's that runs in JavaScript may work on one batch of rows. @default 60 seconds */
  readonly functionDeadlineMs?: number;
  /** Whether access keys that another local cloud issued are taken: its functions call this one. @default refused */
  readonly takesForeignKeys?: boolean;
  /** @default silent */
  readonly log?: (message: string) => void;
}

export interface Cloud {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly context: CloudContext;
  readonly call: CloudContext['call'];
  /** Deploys the cloud assembly that `cdk synth` wrote into a folder. */
  deployAssembly(folder: string): Promise<AssemblyDeployment>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Stops each, whatever became of those before it; throws the first failure in the end. */
async function stopServices(services: readonly Service[]): Promise<void> {
  const failures: unknown[] = [];
  for (const service of services)
    try {
      await service.stop?.();
    } catch (error) {
      failures.push(error);
    }
  if (failures.length > 0) throw failures[0];
}

/**
 * Starts the services on one port. Throws `StateDirInUseError` when another process has the folder, and
 * `CloudOptionError` for an option that cannot be used.
 */
export async function startCloud(
  options: CloudOptions,
  services: readonly ServiceFactory[] = everyService(options),
): Promise<Cloud> {
  const allowed = allowedByName(options.allowHosts, options.allowOrigins);
  const mounts = options.mounts ?? [];
  checkMounts(mounts);
  const state = takeStateDir(options.stateDir);
  const log = options.log ?? (() => {});
  const clock = guardedClock(
    options.clock ?? systemClock(state.readClockOffset(), state.writeClockOffset),
    log,
  );
  const account = { region: 'us-east-1', accountId: '000000000000' };
  const meter = createMeter();
  const running: Service[] = [];
  let endpoint: string | undefined;
  let damage: DamagedStateError | undefined;
  const noteDamage = (error: DamagedStateError) => {
    damage ??= error;
  };
  const dispatcher = createDispatcher(account, () => running, meter, noteDamage);
  const context: CloudContext = {
    ...account,
    clock,
    stateDir: state.path,
    quotas: options.quotas ?? 'off',
    principals: createPrincipals(clock.now, options.takesForeignKeys),
    endpoint() {
      if (!endpoint) throw new Error('The endpoint is not known before the server listens.');
      return endpoint;
    },
    call: dispatcher.call,
    services: () => running,
    events: createNotices(log),
    meter,
    noteDamage,
    assertUndamaged() {
      if (damage) throw damage;
    },
    log,
  };
  let server: Server | undefined;

  async function stop(): Promise<void> {
    await server?.close();
    try {
      await stopServices(running.toReversed());
    } finally {
      state.release();
    }
  }

  try {
    for (const create of services) running.push(create(context));
    const respond = createEdge(context, { allowed, mounts }, createRouter(context, dispatcher));
    server = await listen(respond, { host: HOST, port: options.port ?? 4566 });
    endpoint = `http://${HOST}:${server.port}`;
    for (const service of running) await service.start?.();
    state.announce({ endpoint, athena: options.trino ? 'trino' : 'duckdb' });
  } catch (error) {
    await stop().catch((reason) => context.log(`The cloud did not stop in good order: ${reason}`));
    throw error;
  }

  return {
    endpoint,
    context,
    call: dispatcher.call,
    deployAssembly: (folder) => dispatcher.call('cloudformation', '_DeployAssembly', { folder }),
    stop,
  };
}
