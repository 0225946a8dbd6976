/** The local cloud, put together: services behind one endpoint, over one folder of state. */
import { answerAdmin } from './core/admin.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { createDispatcher } from './core/dispatcher.ts';
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
const everyService = ({ trino }: CloudOptions): readonly ServiceFactory[] => [
  createApiGateway,
  createCloudFormation,
  createCloudWatch,
  createDynamodb,
  createDynamodbStreams,
  createEvents,
  createGlue,
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
  (context) => createAthena(context, { trino }),
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

/** Starts the services on one port. Throws `StateDirInUseError` when another process has the folder. */
export async function startCloud(
  options: CloudOptions,
  services: readonly ServiceFactory[] = everyService(options),
): Promise<Cloud> {
  const state = takeStateDir(options.stateDir);
  const clock = options.clock ?? systemClock(state.readClockOffset(), state.writeClockOffset);
  const account = { region: 'us-east-1', accountId: '000000000000' };
  const meter = createMeter();
  const running: Service[] = [];
  let endpoint: string | undefined;
  const dispatcher = createDispatcher(account, () => running, meter);
  const context: CloudContext = {
    ...account,
    clock,
    stateDir: state.path,
    quotas: options.quotas ?? 'off',
    principals: createPrincipals(clock.now),
    endpoint() {
      if (!endpoint) throw new Error('The endpoint is not known before the server listens.');
      return endpoint;
    },
    call: dispatcher.call,
    services: () => running,
    events: createNotices(),
    meter,
    log: options.log ?? (() => {}),
  };
  let server: Server | undefined;

  async function stop(): Promise<void> {
    await server?.close();
    for (const service of running.toReversed()) await service.stop?.();
    state.release();
  }

  try {
    for (const create of services) running.push(create(context));
    const respond = createRouter(context, dispatcher);
    server = await listen(async (request) => (await answerAdmin(context, request)) ?? respond(request), {
      host: HOST,
      port: options.port ?? 4566,
    });
    endpoint = `http://${HOST}:${server.port}`;
    for (const service of running) await service.start?.();
    state.announce({ endpoint, athena: options.trino ? 'trino' : 'duckdb' });
  } catch (error) {
    await stop();
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
