/**
 * Glue and Athena only, next to any S3 endpoint: for LocalStack, MiniStack or AWS's own S3, none of which has an Athena to run
 * here. Next to an endpoint that has Lambda and SNS as well, it serves Step Functions and DynamoDB, too.
 */
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { type Cloud, type CloudOptions, type ServiceFactory, startCloud } from './cloud.ts';
import { remoteObjectStore } from './core/remoteObjectStore.ts';
import { createRemoteLambda, createRemoteSns, type RemoteOptions } from './core/remoteServices.ts';
import { createAthena } from './services/athena/index.ts';
import type { TrinoLake } from './services/athena/trino/server.ts';
import { createCloudFormation } from './services/cloudformation/index.ts';
import { createDynamodb } from './services/dynamodb/index.ts';
import { createGlue } from './services/glue/index.ts';
import { createIam } from './services/iam/index.ts';
import { createKms } from './services/kms/index.ts';
import { createLogs } from './services/logs/index.ts';
import { createStepFunctions } from './services/stepfunctions/index.ts';

export interface AthenaServerOptions
  extends Pick<
    CloudOptions,
    'stateDir' | 'port' | 'clock' | 'log' | 'trino' | 'allowHosts' | 'allowOrigins' | 'mounts'
  > {
  /** The S3 that holds the lake, e.g. `http://127.0.0.1:4566`. @default AWS's own */
  readonly s3Endpoint?: string | undefined;
  /**
   * The endpoint whose functions and topics Step Functions calls, e.g. `http://127.0.0.1:4566`; then it is served, with DynamoDB
   * and with CloudFormation for the resources of what is served here. @default Glue and Athena only
   */
  readonly lambdaEndpoint?: string | undefined;
  /** @default us-east-1 */
  readonly region?: string | undefined;
  /** @default the SDK's usual chain */
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** Starts the services on one port. What they read is kept in `<stateDir>/objects/`, by ETag. */
export async function startAthena(options: AthenaServerOptions): Promise<Cloud> {
  const { s3Endpoint, lambdaEndpoint, region = 'us-east-1', credentials, trino } = options;
  const objectStore = remoteObjectStore({
    endpoint: s3Endpoint,
    region,
    credentials,
    cacheDir: join(options.stateDir, 'objects'),
  });
  const cloud = await startCloud({ ...options, takesForeignKeys: true }, [
    (context) => createGlue(context, { objectStore }),
    (context) =>
      createAthena(context, {
        objectStore,
        trino,
        s3: async () => ({
          ...(s3Endpoint && { s3Endpoint }),
          region,
          credentials: credentials ?? (await credentialsOfChain(region)),
        }),
      }),
    ...(lambdaEndpoint ? nextToLambda({ endpoint: lambdaEndpoint, region, credentials }) : []),
  ]);
  return {
    ...cloud,
    async stop() {
      await cloud.stop();
      objectStore.close();
    },
  };
}

/** Services that need functions elsewhere, and those whose resources theirs name. */
const nextToLambda = (remote: RemoteOptions): ServiceFactory[] => [
  createCloudFormation,
  createDynamodb,
  createIam,
  createKms,
  createLogs,
  () => createRemoteLambda(remote),
  () => createRemoteSns(remote),
  createStepFunctions,
];

/** What the SDK finds in the environment, the shared files, or wherever else it looks. */
async function credentialsOfChain(region: string): Promise<NonNullable<TrinoLake['credentials']>> {
  const client = new S3Client({ region });
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  } finally {
    client.destroy();
  }
}
