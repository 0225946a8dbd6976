/** Asks an endpoint for what a lakehouse needs, by behaviour: that it says CREATE_COMPLETE proves nothing. */
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { localNames } from '../../lake/targets/localCloud.ts';
import { ACCOUNT, clientOf, zippedSource } from './endpointDeployment.ts';
import { FAILING_FUNCTION } from './functionBehaviour.ts';

/** A question to an endpoint on which our stacks were deployed. */
export interface Behaviour {
  readonly name: string;
  /** AWS's page that promises it. */
  readonly source: string;
  /** Passes, or throws with what was found instead. */
  readonly check: (clients: Clients, patience: Patience) => Promise<void>;
}

/** How long an answer is waited for, in milliseconds. */
type Patience = number;

/** A busy machine makes answers late, and a late one proves nothing: only what never comes waits so long. */
export const PATIENCE: Patience = 180_000;
/** For what is known not to come. */
export const LITTLE_PATIENCE: Patience = 20_000;

export interface Clients {
  readonly athena: AthenaClient;
  readonly dynamodb: DynamoDBClient;
  readonly kinesis: KinesisClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
  /** Moves the endpoint's clock where it has one, so that a batch window closes; elsewhere time passes on its own. */
  readonly advance: (seconds: number) => Promise<void>;
}

export function clientsOf(endpoint: string, advance: Clients['advance']): Clients & { destroy(): void } {
  // Kinesis' client would speak HTTP/2 by default, which not every endpoint does.
  const config = clientOf(endpoint);
  const clients = {
    athena: new AthenaClient(config),
    dynamodb: new DynamoDBClient(config),
    kinesis: new KinesisClient(config),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    stepFunctions: new SFNClient(config),
  };
  return {
    ...clients,
    advance,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

const STUDY = 'amazon';
const LAKE = localNames.bucket('lake');
const ROLE = `arn:aws:iam::${ACCOUNT.accountId}:role/endpoint-behaviour`;

/** Asks until the answer is there. Throws what `missing` says when the time is over. */
async function eventually<T>(
  patience: Patience,
  ask: () => Promise<T | undefined>,
  missing: () => string,
): Promise<T> {
  for (const end = Date.now() + patience; ; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(missing());
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function rowsOf(
  { athena }: Pick<Clients, 'athena'>,
  patience: Patience,
  QueryString: string,
): Promise<(string | undefined)[][]> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({ QueryString, WorkGroup: localNames.workGroup }),
  );
  await eventually(
    patience,
    async () => {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const { State, StateChangeReason } = QueryExecution?.Status ?? {};
      if (State === 'FAILED' || State === 'CANCELLED') throw new Error(`${State}: ${StateChangeReason}`);
      return State === 'SUCCEEDED' ? true : undefined;
    },
    () => `${QueryString} did not end`,
  );
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
  return (ResultSet?.Rows ?? [])
    .slice(1)
    .map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue));
}

async function expectRows(
  clients: Pick<Clients, 'athena'>,
  patience: Patience,
  sql: string,
  expected: string[][],
): Promise<void> {
  const found = JSON.stringify(await rowsOf(clients, patience, sql));
  const wanted = JSON.stringify(expected);
  if (found !== wanted) throw new Error(`${sql} gives ${found} instead of ${wanted}`);
}

const keysBelow = async (s3: S3Client, Bucket: string, Prefix: string) =>
  ((await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents ?? []).map(({ Key }) => Key!);

const order = (id: string) => ({
  Data: Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id,
      source: 'endpoint-behaviour',
      type: 'amazon.orders',
      subject: id,
      time: '2024-12-01T10:00:00Z',
      data: { order_id: id, customer_id: '101', status: 'delivered', placed_at: '2024-12-01T10:00:00Z' },
    }),
  ),
  PartitionKey: id,
});

/**
 * Reports the second record of its first batch as failed, and leaves an object per delivery: `<data>/<count>`.
 * No SDK: where it runs it finds the endpoint in its environment, and no endpoint here checks signatures.
 */
const FUSSY_CONSUMER = `
const seen = new Map();
exports.handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const { kinesis } of Records) {
    const text = Buffer.from(kinesis.data, 'base64').toString();
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    const url = process.env.ENDPOINT + '/endpoint-behaviour/' + text + '/' + count;
    const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
    const answer = await fetch(url, { method: 'PUT', body: text, headers: { authorization } });
    if (!answer.ok) throw new Error('S3 answered ' + answer.status);
    if (text === 'second' && count === 1) {
      batchItemFailures.push({ itemIdentifier: kinesis.sequenceNumber });
      break;
    }
  }
  return { batchItemFailures };
};`;

async function deliverToFussyConsumer({ kinesis, lambda, s3 }: Clients, patience: Patience): Promise<void> {
  const Bucket = 'endpoint-behaviour';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await kinesis.send(new CreateStreamCommand({ StreamName: 'endpoint-behaviour', ShardCount: 1 }));
  await eventually(
    patience,
    async () => {
      const { StreamDescriptionSummary } = await kinesis.send(
        new DescribeStreamSummaryCommand({ StreamName: 'endpoint-behaviour' }),
      );
      return StreamDescriptionSummary?.StreamStatus === 'ACTIVE' ? true : undefined;
    },
    () => 'The stream did not become active',
  );
  const { endpoint } = lambda.config;
  const { protocol, hostname, port } = await endpoint!();
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'endpoint-behaviour',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Environment: { Variables: { ENDPOINT: `${protocol}//${hostname}:${port}` } },
      Code: { ZipFile: zippedSource('index.js', FUSSY_CONSUMER) },
    }),
  );
  await eventually(
    patience,
    async () => {
      const { State, StateReason } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: 'endpoint-behaviour' }),
      );
      if (State === 'Failed') throw new Error(StateReason);
      return State === 'Active' ? true : undefined;
    },
    () => 'The function did not become active',
  );
  await kinesis.send(
    new PutRecordsCommand({
      StreamName: 'endpoint-behaviour',
      Records: ['first', 'second', 'third'].map((text) => ({ Data: Buffer.from(text), PartitionKey: 'one' })),
    }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'endpoint-behaviour',
      EventSourceArn: `arn:aws:kinesis:${ACCOUNT.region}:${ACCOUNT.accountId}:stream/endpoint-behaviour`,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10,
      MaximumRetryAttempts: 3,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
  let keys: string[] = [];
  await eventually(
    patience,
    async () => {
      keys = await keysBelow(s3, Bucket, '');
      return keys.includes('second/2') && keys.includes('third/1') ? true : undefined;
    },
    () => `The deliveries were ${keys.join(', ') || 'none'}; second/2 and third/1 are missing`,
  );
  if (keys.includes('first/2')) throw new Error('The record before the failed one was delivered again');
}

async function runAthenaBySync({ stepFunctions }: Clients, patience: Patience): Promise<void> {
  const definition = {
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::athena:startQueryExecution.sync',
        Parameters: { QueryString: 'SELECT 1', WorkGroup: localNames.workGroup },
        End: true,
      },
    },
  };
  const { stateMachineArn } = await stepFunctions.send(
    new CreateStateMachineCommand({
      name: 'endpoint-behaviour',
      definition: JSON.stringify(definition),
      roleArn: ROLE,
    }),
  );
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn }));
  const end = await eventually(
    patience,
    async () => {
      const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status === 'RUNNING' ? undefined : execution;
    },
    () => 'The execution did not end',
  );
  if (end.status !== 'SUCCEEDED') throw new Error(`${end.status}: ${end.error} ${end.cause ?? ''}`);
  const state = (JSON.parse(end.output!) as { QueryExecution?: { Status?: { State?: string } } })
    .QueryExecution?.Status?.State;
  if (state !== 'SUCCEEDED') throw new Error(`The output holds no finished query: ${end.output}`);
}

async function writeBronze({ kinesis, s3, advance }: Clients, patience: Patience): Promise<void> {
  const { FailedRecordCount } = await kinesis.send(
    new PutRecordsCommand({
      StreamName: localNames.stream(STUDY),
      Records: ['b-1', 'b-2', 'b-3'].map(order),
    }),
  );
  if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were refused`);
  const prefix = `bronze/study=${STUDY}/stream=events/`;
  const key = await eventually(
    patience,
    async () => {
      await advance(30);
      return (await keysBelow(s3, LAKE, prefix))[0];
    },
    () => `No object below ${prefix}`,
  );
  await s3.send(new GetObjectCommand({ Bucket: LAKE, Key: key }));
}

async function loadFile({ dynamodb, s3, advance }: Clients, patience: Patience): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: localNames.landingBucket(STUDY),
      Key: `${STUDY}/categories/categories.csv`,
      Body: 'product_category_name,product_category_name_english\nbeleza,beauty\n',
    }),
  );
  await eventually(
    patience,
    async () => {
      await advance(1);
      const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: localNames.ledger }));
      return Items.some(({ pk }) => pk?.S === `file#${STUDY}#categories`) ? true : undefined;
    },
    () => 'The file is not in the registry',
  );
}

/** Partitions exist only by what the table's properties say: a folder outside the enumeration holds no rows. */
async function readProjectedPartitions({ athena, s3 }: Clients, patience: Patience): Promise<void> {
  for (const stream of ['events', 'not-enumerated'])
    await s3.send(
      new PutObjectCommand({
        Bucket: LAKE,
        Key: `bronze/study=${STUDY}/stream=${stream}/dt=2020-02-29/hour=07/by-hand.ndjson`,
        Body: `{"shard":"${stream}","sequence_number":"1","verdict":"valid"}\n`,
      }),
    );
  await expectRows(
    { athena },
    patience,
    `SELECT shard, dt, hour FROM ${STUDY}_bronze.records WHERE dt = '2020-02-29' AND hour = '07'`,
    [['events', '2020-02-29', '07']],
  );
}

export const behaviours: readonly Behaviour[] = [
  {
    name: 'Kinesis feeds the deployed bronze-writer, which writes bronze',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html',
    check: writeBronze,
  },
  {
    name: 'a record that a function reports as failed is delivered again',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html',
    check: deliverToFussyConsumer,
  },
  FAILING_FUNCTION,
  {
    name: 'a landed file reaches the deployed file-loader through S3 and SQS',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html',
    check: loadFile,
  },
  {
    name: 'Athena divides integers as Trino does',
    source: 'https://trino.io/docs/current/functions/math.html',
    check: (clients, patience) => expectRows(clients, patience, 'SELECT 7 / 2 AS half', [['3']]),
  },
  {
    name: 'Athena reads a table by partition projection',
    source: 'https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html',
    check: readProjectedPartitions,
  },
  {
    name: 'Athena keeps what CREATE TABLE AS SELECT made, as an Iceberg table that MERGE changes',
    source: 'https://docs.aws.amazon.com/athena/latest/ug/merge-into-statement.html',
    async check(clients, patience) {
      const location = `s3://${LAKE}/silver/endpoint_behaviour/`;
      await rowsOf(
        clients,
        patience,
        `CREATE TABLE ${STUDY}_silver.endpoint_behaviour WITH (table_type = 'ICEBERG', is_external = false, location = '${location}') AS SELECT 1 AS id, 'old' AS word`,
      );
      await rowsOf(
        clients,
        patience,
        `MERGE INTO ${STUDY}_silver.endpoint_behaviour t USING (SELECT 1 AS id, 'new' AS word) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET word = s.word`,
      );
      await expectRows(clients, patience, `SELECT id, word FROM ${STUDY}_silver.endpoint_behaviour`, [
        ['1', 'new'],
      ]);
    },
  },
  {
    name: 'Step Functions runs an Athena query to its end (.sync)',
    source: 'https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html',
    check: runAthenaBySync,
  },
];
