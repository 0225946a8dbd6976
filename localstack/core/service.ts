/** The one seam of the local cloud: what a service is, and how everything — HTTP, Lambda, Athena, CloudFormation — calls it. */
import type { Clock } from './clock.ts';

/** Who signed a request: an access key names its role; without one the caller is the account's root. */
export interface Principal {
  readonly accessKeyId?: string;
  /** The role's ARN when a Lambda, a state machine or an assumed role calls; absent for root. */
  readonly roleArn?: string;
  /** The AWS service on whose behalf the call is made, e.g. `s3.amazonaws.com`. */
  readonly service?: string;
}

export interface CallContext {
  readonly principal: Principal;
  readonly requestId: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * One API action. Input and output have the shape of the wire protocol's JSON: blobs are base64 strings, timestamps
 * are epoch seconds (a number), names are AWS's. S3's REST actions take and give `Buffer` bodies instead.
 * Failures are thrown as `AwsError`.
 */
// biome-ignore lint/suspicious/noExplicitAny: the shape differs by action; each action narrows it.
export type Action = (input: any, context: CallContext) => Promise<any> | any;

/** What a CloudFormation resource type needs to be created, changed and removed by a deploy. */
export interface ResourceProvider {
  /** Property names that are honoured. Any other is refused at deploy, unless listed in `notEmulated`. */
  readonly properties: readonly string[];
  /** Property names that are accepted, do nothing here, and are listed as not emulated. */
  readonly notEmulated?: readonly string[];
  /** Creates the resource, or brings an existing one (by physical id) to these properties. */
  deploy(request: DeployRequest): Promise<DeployedResource>;
  remove?(physicalId: string, properties: Record<string, unknown>): Promise<void>;
}

export interface DeployRequest {
  readonly stackName: string;
  readonly logicalId: string;
  /** Properties with every intrinsic resolved. */
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are open by nature.
  readonly properties: Record<string, any>;
  /** The physical id of the last deploy, when the resource exists. */
  readonly physicalId?: string;
  /** Reads a file asset of the assembly that the template names by bucket and key: a folder or a file on disk. */
  readonly asset: (bucket: string, key: string) => string | undefined;
}

export interface DeployedResource {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Record<string, string>;
}

export interface Service {
  /** Endpoint prefix: `kinesis`, `s3`, `dynamodb`, … */
  readonly name: string;
  readonly actions: Readonly<Record<string, Action>>;
  /** CloudFormation resource types that this service deploys, e.g. `AWS::Kinesis::Stream`. */
  readonly resources?: Readonly<Record<string, ResourceProvider>>;
  /** Begins background work (pollers, schedules) from persisted state. */
  start?(): Promise<void>;
  /** Stops background work; persisted state stays. */
  stop?(): Promise<void>;
}

/** What a service is given when it is made. Everything else it reaches through `call`. */
export interface CloudContext {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Folder of this cloud's state; a service keeps its files in `<stateDir>/<service>/`. */
  readonly stateDir: string;
  /** Base URL of the endpoint, e.g. `http://127.0.0.1:4566`; known once the server listens. */
  endpoint(): string;
  /** Calls an action of any service in process, with the same checks (existence, IAM, faults, metering) as over HTTP. */
  // biome-ignore lint/suspicious/noExplicitAny: see Action.
  call(service: string, action: string, input: unknown, principal?: Principal): Promise<any>;
  /** In-process notices between services (a stream got records, an object was created), cheaper than polling. */
  readonly events: CloudEvents;
  /** What the services have metered, priced by the summary. */
  readonly meter: Meter;
}

/** Notices are hints to look, never the data itself: a missed one costs latency, not records. */
export interface CloudEvents {
  emit(topic: string, detail?: unknown): void;
  on(topic: string, listener: (detail: unknown) => void): () => void;
}

export interface Meter {
  /** Adds to a counter such as `('s3', 'PutObject', 'requests', 1)` or `('athena', 'scan', 'bytes', n)`. */
  add(service: string, operation: string, unit: string, amount: number): void;
  read(): ReadonlyArray<{ service: string; operation: string; unit: string; amount: number }>;
}
