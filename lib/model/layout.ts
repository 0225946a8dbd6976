/** Every physical name and ARN that stacks, policies, Lambdas and the command line must agree on, each defined once. */

export type Zone = 'bronze' | 'stage' | 'silver' | 'gold' | 'marts' | 'quarantine';

export const zones: readonly Zone[] = ['bronze', 'stage', 'silver', 'gold', 'marts', 'quarantine'];

/** A study's Glue database as models and people name it, with underscores for hyphens. */
export const databaseOf = (study: string, zone: Zone): string => `${study.replaceAll('-', '_')}_${zone}`;

/** The prefix of every name unless the deployment says otherwise. */
export const DEFAULT_PREFIX = 'headwaters';

/** Namespace of the metrics that the Lambdas write. */
export const metricNamespace = (prefix: string): string =>
  prefix === DEFAULT_PREFIX ? 'Headwaters' : `Headwaters/${prefix}`;

/** The database as Glue has it: in a lake whose prefix is not the default one, the name carries it. */
export const ownDatabase = (prefix: string, database: string): string =>
  prefix === DEFAULT_PREFIX ? database : `${prefix}_${database}`;

/** Parameter of a Glue database that names its lake by prefix. */
export const LAKE_OF_DATABASE = 'headwaters:prefix';

/** A bucket that all studies share. */
export type BucketPurpose = 'lake' | 'athena' | 'failures' | 'logs';

/** Parts of the lake's bucket, each with a prefix per study. */
export type LakePart =
  | 'acknowledged'
  | 'bronze'
  | 'delivered'
  | 'feeds'
  | 'index'
  | 'keys'
  | 'published'
  | 'quarantine'
  | 'quarantine/tables'
  | 'reports'
  | 'runs'
  | 'stage'
  | 'silver'
  | 'gold'
  | 'marts';

/** Key prefix of the answers that the HTTP API serves of a study, in the bucket of Athena's results. */
export const servedPrefix = (study: string): string => `serving/study=${study}/`;

/** Key prefix of a study's objects in a part of the lake's bucket, with a slash at its end. */
export const studyPrefix = (part: LakePart, study: string): string => `${part}/study=${study}/`;

/** The streams of bronze, by which a record arrives: the study's Kinesis stream, or its landing bucket. */
export const EVENTS = 'events';
export const LANDING = 'landing';
export const streams: readonly string[] = [EVENTS, LANDING];

/** Where a lake is deployed: real values on a running lake, CloudFormation's pseudo parameters in a template. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** Outputs of the lake's stack, by which a deployed lake is found again. */
export const lakeOutputs = {
  prefix: 'Prefix',
  httpUrl: 'HttpUrl',
  lakeBucket: 'LakeBucket',
  workGroup: 'WorkGroup',
  ledger: 'LedgerTable',
} as const;

/** `shop` → `Shop`, `ride-hailing` → `RideHailing`: a study's or prefix's name inside a stack's name. */
const pascalCase = (name: string) =>
  name.replace(/(?:^|[-_])([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

/** The names under one prefix. */
export function namesAt(prefix: string, { partition, region, accountId }: Place) {
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const bucket = (purpose: BucketPurpose) => `${prefix}-${purpose}-${accountId}-${region}`;
  const landingBucket = (study: string) => `${prefix}-${study}-landing-${accountId}-${region}`;
  const machine = (study: string, name: string) => `${prefix}-${study}-${name}`;
  const machineArn = (name: string) => arn('states', `stateMachine:${name}`);
  return {
    prefix,
    stack: (part: string) => `${pascalCase(prefix)}${pascalCase(part)}`,
    studyStack: (study: string, part: string) =>
      `${pascalCase(prefix)}${pascalCase(study)}${pascalCase(part)}`,
    /** Whether it is the name of one of the lake's stacks; another lake's prefix may begin with this one's. */
    isStack: (name: string) => new RegExp(`^${pascalCase(prefix)}[A-Z]`).test(name),
    keyAlias: `alias/${prefix}`,
    keyArn: (id: string) => arn('kms', `key/${id}`),
    /** By which the key is found once its alias is gone. */
    keyDescription: `Data at rest of the lake ${prefix}`,
    bucket,
    bucketArn: (purpose: BucketPurpose) => `arn:${partition}:s3:::${bucket(purpose)}`,
    /** ARN of the objects whose key begins with `keyPrefix`. */
    objectsArn: (purpose: BucketPurpose, keyPrefix = '') =>
      `arn:${partition}:s3:::${bucket(purpose)}/${keyPrefix}*`,
    /** Where files for the study land, under `<study>/<source>/`. */
    landingBucket,
    landingBucketArn: (study: string) => `arn:${partition}:s3:::${landingBucket(study)}`,
    /** For the queries of people. */
    workGroup: prefix,
    /** For the statements of a study's pipeline. */
    pipelineWorkGroup: (study: string) => `${prefix}-${study}-pipeline`,
    pipelineWorkGroupArn: (study: string) => arn('athena', `workgroup/${prefix}-${study}-pipeline`),
    /** Workgroup of what the HTTP API asks for a study, with a scan limit and a results prefix of its own. */
    servingWorkGroup: (study: string) => `${prefix}-${study}-serving`,
    servingWorkGroupArn: (study: string) => arn('athena', `workgroup/${prefix}-${study}-serving`),
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
    machine,
    machineArn,
    /** A study's PySpark job, by its script in `glue-scripts/jobs/`. */
    glueJob: machine,
    glueJobArn: (study: string, job: string) => arn('glue', `job/${machine(study, job)}`),
    /** Log groups that Glue makes for its jobs. */
    glueLogsArn: arn('logs', 'log-group:/aws-glue/*'),
    /** Log groups that Glue makes for table optimizers. https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html */
    optimizerLogsArns: ['compaction', 'retention', 'orphan-file-deletion'].map((type) =>
      arn('logs', `log-group:/aws-glue/iceberg-${type}/logs:*`),
    ),
    glueSecurity: (study: string) => `${prefix}-${study}-spark`,
    pipelineArn: (study: string) => machineArn(machine(study, 'pipeline')),
    executionsArn: (study: string, name: string) => arn('states', `execution:${machine(study, name)}:*`),
    /** A study's database in Glue. */
    database: (study: string, zone: Zone) => ownDatabase(prefix, databaseOf(study, zone)),
    catalogArn: arn('glue', 'catalog'),
    databaseArn: (database: string) => arn('glue', `database/${database}`),
    tablesArn: (database: string, table = '*') => arn('glue', `table/${database}/${table}`),
  } as const;
}

export type Names = ReturnType<typeof namesAt>;
