/** Every physical name and ARN that stacks, policies and Lambdas must agree on, so that no stack needs another one's exports. */
import { Aws } from 'aws-cdk-lib';

const arn = (service: string, resource: string) =>
  `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;

/** `amazon` → `Amazon`, `ride-hailing` → `RideHailing`: a study's or prefix's name inside a stack's name. */
export const pascalCase = (name: string) =>
  name.replace(/(?:^|[-_])([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

export type BucketPurpose = 'lake' | 'landing' | 'athena' | 'failures' | 'logs';

/**
 * The names under one prefix. The Glue databases carry none, because the models' SQL names them: an account has one lake
 * a region.
 */
export function namesOf(prefix: string) {
  const bucket = (purpose: BucketPurpose) => `${prefix}-${purpose}-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
  return {
    prefix,
    stack: (part: string) => `${pascalCase(prefix)}${pascalCase(part)}`,
    studyStack: (study: string, part: string) =>
      `${pascalCase(prefix)}${pascalCase(study)}${pascalCase(part)}`,
    keyAlias: `alias/${prefix}`,
    bucket,
    bucketArn: (purpose: BucketPurpose) => `arn:${Aws.PARTITION}:s3:::${bucket(purpose)}`,
    /** ARN of the objects whose key begins with `keyPrefix`. */
    objectsArn: (purpose: BucketPurpose, keyPrefix = '') =>
      `arn:${Aws.PARTITION}:s3:::${bucket(purpose)}/${keyPrefix}*`,
    workGroup: prefix,
    workGroupArn: arn('athena', `workgroup/${prefix}`),
    /** Athena's name for the account's Glue catalog. */
    dataCatalogArn: arn('athena', 'datacatalog/AwsDataCatalog'),
    ledger: `${prefix}-ledger`,
    ledgerArn: arn('dynamodb', `table/${prefix}-ledger`),
    topic: `${prefix}-notifications`,
    topicArn: arn('sns', `${prefix}-notifications`),
    /** Queue that names every batch in the failures bucket. */
    failedBatches: `${prefix}-failed-batches`,
    stream: (study: string) => `${prefix}-${study}-events`,
    streamArn: (study: string) => arn('kinesis', `stream/${prefix}-${study}-events`),
    landedQueue: (study: string) => `${prefix}-${study}-landed`,
    landedQueueArn: (study: string) => arn('sqs', `${prefix}-${study}-landed`),
    deadLetters: (study: string, of: string) => `${prefix}-${study}-${of}-dead-letters`,
    deadLettersArn: (study: string, of: string) => arn('sqs', `${prefix}-${study}-${of}-dead-letters`),
    liveTable: (study: string) => `${prefix}-live-${study}`,
    liveTableArn: (study: string) => arn('dynamodb', `table/${prefix}-live-${study}`),
    storeTable: (study: string) => `${prefix}-store-${study}`,
    storeTableArn: (study: string) => arn('dynamodb', `table/${prefix}-store-${study}`),
    lambda: (study: string, folder: string) => `${prefix}-${study}-${folder}`,
    machine: (study: string, name: string) => `${prefix}-${study}-${name}`,
    machineArn: (machine: string) => arn('states', `stateMachine:${machine}`),
    executionsArn: (study: string, name: string) => arn('states', `execution:${prefix}-${study}-${name}:*`),
    catalogArn: arn('glue', 'catalog'),
    databaseArn: (database: string) => arn('glue', `database/${database}`),
    tablesArn: (database: string, table = '*') => arn('glue', `table/${database}/${table}`),
  } as const;
}

export type Names = ReturnType<typeof namesOf>;
