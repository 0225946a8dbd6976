/** The one seam of the local cloud: what a service is, and how everything — HTTP, Lambda, Athena, CloudFormation — calls it. */
import type { Clock } from './clock.ts';
import type { DamagedStateError } from './damage.ts';
import type { AwsError } from './errors.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { Violation } from './inputs/check.ts';
import type { Inputs } from './inputs/declare.ts';
import type { Principals } from './principals.ts';

/** Who signed a request: an access key names its role; without one the caller is the account's root. */
export interface Principal {
  readonly accessKeyId?: string;
  /** The role's ARN when a Lambda, a state machine or an assumed role calls; absent for root. */
  readonly roleArn?: string;
  /** The last part of the assumed role's ARN, e.g. the Lambda function's name. */
  readonly sessionName?: string;
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
 *
 * Over the query protocol (CloudFormation, IAM, SNS, STS) every scalar arrives as a string, as AWS's clients send it;
 * in the output a `Date` becomes an ISO timestamp, a `Map` becomes `<entry>` pairs, an array `<member>` items.
 */
// biome-ignore lint/suspicious/noExplicitAny: the shape differs by action; each action narrows it.
export type Action = (input: any, context: CallContext) => Promise<any> | any;

/** One address of a REST service (Lambda, Scheduler, API Gateway): a method and a path with `{Member}` placeholders. */
export interface Route {
  readonly method: string;
  /** `/2015-03-31/functions/{FunctionName}/invocations`; `{Key+}` takes the rest of the path. */
  readonly path: string;
  readonly action: string;
  /** Query parameters whose name is not their member's: `{ groupName: 'GroupName' }`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers, in lower case, that carry a member: `{ 'x-amz-log-type': 'LogType' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The member that is the whole body, as bytes. @default the body is a JSON object of members */
  readonly payload?: string;
  /** The answer. @default status 200 with the action's output as JSON */
  // biome-ignore lint/suspicious/noExplicitAny: see Action.
  output?(result: any): HttpResponse;
}

export interface RouteParts {
  /** The placeholders' values, percent-decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a CloudFormation resource type needs to be created, changed and removed by a deploy. */
export interface ResourceProvider {
  /** Property names that are honoured. Any other is refused at deploy, unless listed in `notEmulated`. */
  readonly properties: readonly string[];
  /** Property names that are accepted, do nothing here, and are listed as not emulated. */
  readonly notEmulated?: readonly string[];
  /** Properties whose change AWS's template reference marks "Update requires: Replacement". */
  readonly replacedBy?: readonly string[];
  /** The property that names the resource, where two of them cannot have one name. */
  readonly nameProperty?: string;
  /** Creates the resource, or brings an existing one (by physical id) to these properties. */
  deploy(request: DeployRequest): Promise<DeployedResource>;
  remove?(physicalId: string, properties: Record<string, unknown>): Promise<void>;
  /**
   * Whether something has the name already that the template gives the resource: a new one cannot be made, what is there can be
   * imported. @default nothing ever has
   */
  exists?(properties: Record<string, unknown>): boolean | Promise<boolean>;
  /** False when a deploy has to bring the resource again though its properties are the same. @default always whole */
  isWhole?(physicalId: string): boolean;
}

export interface DeployRequest {
  readonly stackName: string;
  readonly logicalId: string;
  /** Properties with every intrinsic resolved. */
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are open by nature.
  readonly properties: Record<string, any>;
  /** The physical id of the last deploy, when the resource exists and this deploy updates it. */
  readonly physicalId?: string;
  /** The properties of that deploy: what is no longer among them is to be taken back. */
  // biome-ignore lint/suspicious/noExplicitAny: see `properties`.
  readonly previous?: Record<string, any>;
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
  /** Endpoint prefix: `kinesis`, `s3`, `dynamodb`, … (`core/protocols/catalogue.ts` has the names that are known). */
  readonly name: string;
  readonly actions: Readonly<Record<string, Action>>;
  /** What each action does with the members of its input. An action in process only (`_…`) has none. */
  readonly inputs?: Inputs;
  /** The error for an input that AWS's model forbids. @default AWS's `ValidationException` */
  violated?(violations: readonly Violation[]): AwsError;
  /** Addresses of a REST-JSON service. JSON and query services need none. */
  readonly routes?: readonly Route[];
  /**
   * Takes whole requests: all of S3's, and those for an HTTP API's own address (`<apiId>.execute-api.localhost`,
   * `/_aws/execute-api/<apiId>/…`), which go to `apigateway`. `invoke` calls this service's actions as the caller.
   */
  handle?(request: HttpRequest, invoke: Invoke, call: CallContext): Promise<HttpResponse>;
  /** Whether what the request addresses names a web page's origin in its CORS configuration; `*` names none. */
  namesOrigin?(request: HttpRequest, origin: string): boolean;
  /** CloudFormation resource types that this service deploys, e.g. `AWS::Kinesis::Stream`. */
  readonly resources?: Readonly<Record<string, ResourceProvider>>;
  /** Begins background work (pollers, schedules) from persisted state. */
  start?(): Promise<void>;
  /** Stops background work; persisted state stays. */
  stop?(): Promise<void>;
  /** Compares the files that it holds open with what it wrote. @throws DamagedStateError */
  check?(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: see Action.
export type Invoke = (action: string, input: unknown) => Promise<any>;

/** What a service is given when it is made. Everything else it reaches through `call`. */
export interface CloudContext {
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Folder of this cloud's state; a service keeps its files in `<stateDir>/<service>/`. */
  readonly stateDir: string;
  /** Whether rates (shard throughput, table capacity, concurrency) are AWS's. Sizes always are. */
  readonly quotas: 'off' | 'aws';
  /** Which access key belongs to which role; whoever hands out temporary credentials registers them here. */
  readonly principals: Principals;
  /** Base URL of the endpoint, e.g. `http://127.0.0.1:4566`; known once the server listens. */
  endpoint(): string;
  /** Calls an action of any service in process, with the same checks (existence, metering) as over HTTP. */
  // biome-ignore lint/suspicious/noExplicitAny: see Action.
  call(service: string, action: string, input: unknown, principal?: Principal): Promise<any>;
  /** The services of this cloud; CloudFormation finds its resource providers among them. */
  services(): readonly Service[];
  /** In-process notices between services (a stream got records, an object was created), cheaper than polling. */
  readonly events: CloudEvents;
  /** What the services have metered, priced by the summary. */
  readonly meter: Meter;
  /** Keeps damage that was met outside of an action, for `assertUndamaged`. */
  noteDamage(error: DamagedStateError): void;
  /** @throws DamagedStateError when damage was met since the cloud was started */
  assertUndamaged(): void;
  /** One line for whoever watches the cloud run: a failed delivery, a refused request. */
  log(message: string): void;
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
