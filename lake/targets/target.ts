/** The interface of a lake's target: names, credentials and clients, and the clock. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient, type SFNClientConfig } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Names } from '../../lib/model/layout.ts';
import { UnsupportedError } from '../errors.ts';
import type { WorkOptions } from '../progress.ts';

export type Credentials = NonNullable<SFNClientConfig['credentials']>;

export type TargetKind = 'embedded' | 'endpoint' | 'aws';

export interface Target {
  readonly kind: TargetKind;
  /** Where it is, for people: a URL, or account and region. */
  readonly place: string;
  readonly names: Names;
  readonly region: string;
  readonly credentials: Credentials;
  readonly clients: Clients;
  /** What only the local cloud can do; undefined where the target is another. */
  readonly localCloud: LocalCloud | undefined;
  /** Deploys the cloud assembly in a folder of this machine; undefined where `cdk deploy` does. */
  readonly deploy?: (folder: string, options: WorkOptions) => Promise<LocalDeployment>;
  /** Folder for what is unpacked while an operation reads it. */
  readonly scratchDir: string;
  /** Milliseconds since the epoch, by the target's clock. */
  now(): Promise<number>;
  close(): Promise<void>;
}

export interface Clients {
  readonly athena: AthenaClient;
  readonly cloudFormation: CloudFormationClient;
  readonly cloudWatch: CloudWatchClient;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly glue: GlueClient;
  readonly kinesis: KinesisClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
}

/** The local cloud's own operations, in addition to those of AWS. */
export interface LocalCloud {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** It runs in this very process, and stops with it. */
  readonly inThisProcess: boolean;
  /** Deploys the cloud assembly in a folder of this machine; what a former stack retained becomes the new one's. */
  deploy(folder: string): Promise<LocalDeployment>;
  /** Throws when its state was damaged: what it was asked for since then may be wrong. */
  idle(): Promise<Idle>;
  /** Compares the state's files with what was written to them; throws an error that names the file that differs. */
  checkState(): Promise<void>;
  /** Moves the clock ahead, so that windows close, retries come due and schedules fire. */
  advanceClock(seconds: number): Promise<void>;
}

/** The local cloud of a target. Throws `UnsupportedError` naming the operation where the target has none. */
export function localCloudOf({ kind, localCloud }: Target, operation: string): LocalCloud {
  if (localCloud) return localCloud;
  throw new UnsupportedError(
    `The target ${kind} cannot ${operation}: only the local cloud of Headwaters can.`,
  );
}

export interface LocalDeployment {
  readonly stacks: readonly {
    readonly created: readonly string[];
    readonly updated: readonly string[];
    readonly removed: readonly string[];
    readonly unchanged: number;
  }[];
  /** What the templates name and the local cloud does nothing with. */
  readonly notEmulated: readonly NotEmulated[];
}

export interface NotEmulated {
  readonly type: string;
  readonly property: string;
}

export interface Idle {
  /** Every mapping has read to its stream's tip, and no invocation runs or waits. */
  readonly idle: boolean;
  /** Invocations that run. */
  readonly inFlight: number;
  readonly mappings: readonly {
    /** Records that no function has taken yet. */
    readonly backlog: number;
    /** When the open batch window closes, milliseconds since the epoch. */
    readonly windowEndsAtMs?: number;
  }[];
}

/** As in `AWS_ENDPOINT_URL_<SERVICE>`. */
type ServiceName =
  | 'ATHENA'
  | 'CLOUDFORMATION'
  | 'CLOUDWATCH'
  | 'CLOUDWATCH_LOGS'
  | 'DYNAMODB'
  | 'GLUE'
  | 'KINESIS'
  | 'KMS'
  | 'LAMBDA'
  | 'S3'
  | 'SFN';

export interface ClientConfig {
  /** @default the SDK's: the service's own, or what `AWS_ENDPOINT_URL` says */
  readonly endpointOf?: (service: ServiceName) => string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Kinesis is asked over HTTP/1.1, which every endpoint speaks. @default HTTP/2, as AWS and our local cloud do */
  readonly onlyHttp1?: boolean;
}

export function createClients({ endpointOf, region, credentials, onlyHttp1 }: ClientConfig): Clients {
  const config = (service: ServiceName) => ({
    region,
    credentials,
    ...(endpointOf && { endpoint: endpointOf(service) }),
  });
  return {
    athena: new AthenaClient(config('ATHENA')),
    cloudFormation: new CloudFormationClient(config('CLOUDFORMATION')),
    cloudWatch: new CloudWatchClient(config('CLOUDWATCH')),
    dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(config('DYNAMODB'))),
    glue: new GlueClient(config('GLUE')),
    kinesis: new KinesisClient({
      ...config('KINESIS'),
      ...(onlyHttp1 && { requestHandler: new NodeHttpHandler() }),
    }),
    kms: new KMSClient(config('KMS')),
    lambda: new LambdaClient(config('LAMBDA')),
    logs: new CloudWatchLogsClient(config('CLOUDWATCH_LOGS')),
    s3: new S3Client({ ...config('S3'), ...(endpointOf && { forcePathStyle: true }) }),
    stepFunctions: new SFNClient(config('SFN')),
  };
}

export function closeClients(clients: Clients): void {
  for (const client of Object.values(clients)) client.destroy();
}
