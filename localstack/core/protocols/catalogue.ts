/** Lists the protocol of each AWS service, and how a request names the service: its credential scope or its X-Amz-Target. */
import type { Service } from '../service.ts';

export interface WireService {
  /** Names by which the service may be known here, the preferred one first. */
  readonly names: readonly string[];
  /** The service in a credential scope (`…/us-east-1/kinesis/aws4_request`). */
  readonly signingName: string;
  /** The part before the dot in `X-Amz-Target`; JSON services only. */
  readonly target?: string;
  readonly protocol: 'json-1.0' | 'json-1.1' | 'query' | 'rest-json' | 's3';
  /** Of query services' answers; a JSON service that has one is still asked in the query protocol, its older one. */
  readonly xmlNamespace?: string;
  /** Of a JSON service whose clients expect the query protocol's error codes: those that differ from JSON's. */
  readonly queryCompatible?: Readonly<Record<string, string>>;
}

/** The `awsQueryError` traits of SQS's model. */
const SQS_QUERY_CODES = {
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  InvalidParameterValueException: 'InvalidParameterValue',
  KmsAccessDenied: 'KMS.AccessDeniedException',
  KmsDisabled: 'KMS.DisabledException',
  KmsInvalidKeyUsage: 'KMS.InvalidKeyUsageException',
  KmsInvalidState: 'KMS.InvalidStateException',
  KmsNotFound: 'KMS.NotFoundException',
  KmsOptInRequired: 'KMS.OptInRequired',
  KmsThrottled: 'KMS.ThrottlingException',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  MissingRequiredParameterException: 'MissingParameter',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  QueueDeletedRecently: 'AWS.SimpleQueueService.QueueDeletedRecently',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

/** The `awsQueryError` traits of CloudWatch's model. */
const CLOUDWATCH_QUERY_CODES = {
  DashboardInvalidInputError: 'InvalidParameterInput',
  DashboardNotFoundError: 'ResourceNotFound',
  InternalServiceFault: 'InternalServiceError',
  InvalidFormatFault: 'InvalidFormat',
  InvalidParameterCombinationException: 'InvalidParameterCombination',
  InvalidParameterValueException: 'InvalidParameterValue',
  LimitExceededFault: 'LimitExceeded',
  MissingRequiredParameterException: 'MissingParameter',
  ValidationException: 'ValidationError',
};

/** From the service models that AWS's SDKs are generated from (`serviceTarget` and `protocol` in each client's runtime configuration). */
export const catalogue: readonly WireService[] = [
  { names: ['s3'], signingName: 's3', protocol: 's3' },
  { names: ['kinesis'], signingName: 'kinesis', target: 'Kinesis_20131202', protocol: 'json-1.1' },
  { names: ['dynamodb'], signingName: 'dynamodb', target: 'DynamoDB_20120810', protocol: 'json-1.0' },
  {
    names: ['dynamodbstreams', 'streams.dynamodb', 'dynamodb'],
    signingName: 'dynamodb',
    target: 'DynamoDBStreams_20120810',
    protocol: 'json-1.0',
  },
  { names: ['lambda'], signingName: 'lambda', protocol: 'rest-json' },
  { names: ['athena'], signingName: 'athena', target: 'AmazonAthena', protocol: 'json-1.1' },
  { names: ['glue'], signingName: 'glue', target: 'AWSGlue', protocol: 'json-1.1' },
  {
    names: ['stepfunctions', 'states', 'sfn'],
    signingName: 'states',
    target: 'AWSStepFunctions',
    protocol: 'json-1.0',
  },
  {
    names: ['sqs'],
    signingName: 'sqs',
    target: 'AmazonSQS',
    protocol: 'json-1.0',
    queryCompatible: SQS_QUERY_CODES,
  },
  {
    names: ['sns'],
    signingName: 'sns',
    protocol: 'query',
    xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
  },
  {
    names: ['sts'],
    signingName: 'sts',
    protocol: 'query',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  },
  {
    names: ['iam'],
    signingName: 'iam',
    protocol: 'query',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  },
  {
    names: ['cloudformation'],
    signingName: 'cloudformation',
    protocol: 'query',
    xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  },
  {
    names: ['cloudwatch', 'monitoring'],
    signingName: 'monitoring',
    target: 'GraniteServiceVersion20100801',
    protocol: 'json-1.0',
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    queryCompatible: CLOUDWATCH_QUERY_CODES,
  },
  { names: ['logs'], signingName: 'logs', target: 'Logs_20140328', protocol: 'json-1.1' },
  { names: ['events', 'eventbridge'], signingName: 'events', target: 'AWSEvents', protocol: 'json-1.1' },
  { names: ['scheduler'], signingName: 'scheduler', protocol: 'rest-json' },
  { names: ['apigateway', 'apigatewayv2'], signingName: 'apigateway', protocol: 'rest-json' },
  { names: ['kms'], signingName: 'kms', target: 'TrentService', protocol: 'json-1.1' },
  { names: ['lakeformation'], signingName: 'lakeformation', protocol: 'rest-json' },
  {
    names: ['servicequotas'],
    signingName: 'servicequotas',
    target: 'ServiceQuotasV20190624',
    protocol: 'json-1.1',
  },
  { names: ['ssm'], signingName: 'ssm', target: 'AmazonSSM', protocol: 'json-1.1' },
];

/** The service of this cloud that answers for a catalogue entry. */
export const serviceFor = (services: readonly Service[], wire: WireService): Service | undefined =>
  wire.names.map((name) => services.find((service) => service.name === name)).find(Boolean);

/** A service by its own name, or by another that AWS has for it (`states` for `stepfunctions`). */
export function serviceNamed(services: readonly Service[], name: string): Service | undefined {
  const own = services.find((service) => service.name === name);
  if (own) return own;
  const wire = catalogue.find((entry) => entry.names.includes(name));
  return wire && serviceFor(services, wire);
}
