/** Records of a function and of an event source mapping. */

export interface Destination {
  readonly Destination?: string;
}

export interface DestinationConfig {
  readonly OnSuccess?: Destination;
  readonly OnFailure?: Destination;
}

/** How asynchronous invocations of a function are retried and where they end. */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly destinations: DestinationConfig;
}

export interface FunctionRecord {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly roleArn: string;
  readonly runtime: string;
  readonly handler: string;
  readonly architecture: string;
  /** Base64, as the API gives it; `codeFolder` says where the code is. */
  readonly codeSha256: string;
  readonly codeSize: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  /** Undefined: no limit but the machine's. */
  readonly reservedConcurrency?: number;
  readonly deadLetterArn?: string;
  readonly eventInvoke?: EventInvokeConfig;
  /** Statements of the resource policy, by statement id. */
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly lastModifiedMs: number;
  readonly revisionId: string;
}

export type MappingSource = 'kinesis' | 'dynamodb' | 'sqs';

export interface MappingRecord {
  readonly uuid: string;
  readonly source: MappingSource;
  readonly sourceArn: string;
  readonly functionName: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly reportBatchItemFailures: boolean;
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  /** Seconds since the epoch. */
  readonly startingPositionTimestamp?: number;
  readonly parallelizationFactor: number;
  readonly bisectOnError: boolean;
  /** -1: until the records expire. */
  readonly maximumRetryAttempts: number;
  /** -1: no limit. */
  readonly maximumRecordAgeSeconds: number;
  /** 0: no windows. */
  readonly tumblingWindowSeconds: number;
  readonly onFailureArn?: string;
  /** Of an SQS mapping. */
  readonly maximumConcurrency?: number;
  readonly createdAtMs: number;
  readonly lastModifiedMs: number;
  readonly lastProcessingResult: string;
}

/** A refused or failed invocation, as its caller sees it. */
export interface Invocation {
  readonly requestId: string;
  readonly payload: Buffer;
  /** Undefined when the function answered. */
  readonly functionError?: 'Unhandled';
  /** The last 4 KB of the request's log. */
  readonly logTail: string;
}
