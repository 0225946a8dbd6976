/** A stream, a bucket, a ledger and the deployed bundle of bronze-writer between them, on any endpoint. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { zipSync } from 'fflate';
import { simulate } from '../lake/feed/simulation.ts';
import { studiesOf } from '../lake/studies.ts';
import { lambdaCode } from '../lib/constructs/lambdaBundle.ts';
import { landedIndex } from '../lib/model/run/ledger.ts';
import { loadStudy } from '../lib/model/study/study.ts';
import { anyone, type Target } from './measure.ts';
import { root } from './targets.ts';

const ACCOUNT = '000000000000';
const STUDY = 'amazon';

/** What the ledger says of one bronze object. */
export interface LedgerEntry {
  readonly records: number;
  readonly firstSequence: string;
  readonly lastSequence: string;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

export interface BronzeStream {
  /** Puts up to 500 records; gives their sequence numbers. Throws when one is refused. */
  put(records: readonly PutRecordsRequestEntry[]): Promise<string[]>;
  ledger(): Promise<LedgerEntry[]>;
  close(): void;
}

/** Distinct events of the Amazon study's simulation, as producers send them. */
export async function amazonEvents(count: number): Promise<PutRecordsRequestEntry[]> {
  const rates = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 };
  const { records } = await simulate(
    studiesOf(),
    STUDY,
    { seed: 7, events: count, days: 30, rates },
    Date.UTC(2024, 11, 1),
  );
  return records.map(({ bytes, partitionKey }) => ({ Data: bytes, PartitionKey: partitionKey }));
}

/** Makes everything under names that carry `suffix`; the mapping has no batch window, so that lag is the system's own. */
export async function bronzeStream(
  { endpoint }: Target,
  suffix: string,
  shards: number,
): Promise<BronzeStream> {
  const config = { ...anyone, endpoint };
  const kinesis = new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() });
  const dynamodb = new DynamoDBClient(config);
  const lambda = new LambdaClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const name = `bench-bronze-${suffix}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: ['pk', 'sk', 'landed_pk'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S' as const,
      })),
      GlobalSecondaryIndexes: [
        {
          IndexName: landedIndex,
          KeySchema: [
            { AttributeName: 'landed_pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
  while (
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }))).StreamDescriptionSummary
      ?.StreamStatus !== 'ACTIVE'
  );
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/bench`,
      MemorySize: 1769,
      Timeout: 60,
      Environment: { Variables: { LAKE_BUCKET: name, LEDGER_TABLE: name, STUDY } },
      Code: { ZipFile: bundle() },
    }),
  );
  while ((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }))).State !== 'Active');
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: name,
      EventSourceArn: `arn:aws:kinesis:${anyone.region}:${ACCOUNT}:stream/${name}`,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
  return {
    async put(records) {
      const { Records = [], FailedRecordCount } = await kinesis.send(
        new PutRecordsCommand({ StreamName: name, Records: [...records] }),
      );
      if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were refused`);
      return Records.map(({ SequenceNumber }) => SequenceNumber!);
    },
    async ledger() {
      const entries: LedgerEntry[] = [];
      for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: name }))
        for (const { records, first_sequence, last_sequence, written_at } of Items)
          entries.push({
            records: Number(records!.N),
            firstSequence: first_sequence!.S!,
            lastSequence: last_sequence!.S!,
            writtenAt: Date.parse(written_at!.S!),
          });
      return entries;
    },
    close() {
      for (const client of [kinesis, dynamodb, lambda, s3]) client.destroy();
    },
  };
}

/** The very files that the stacks deploy, zipped. */
function bundle(): Uint8Array {
  const { path } = lambdaCode(
    'bronze-writer',
    JSON.stringify(loadStudy(join(root, 'sql', STUDY))),
  ) as AssetCode;
  const files = readdirSync(path).map((file) => [file, readFileSync(join(path, file))]);
  return zipSync(Object.fromEntries(files), { level: 1 });
}
