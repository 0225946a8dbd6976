/** First step of the pipeline: the lease, the manifest and the plan of the run, or the reason why there is none. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EntityNotFoundException, GetJobRunsCommand, GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  DynamoDBDocumentClient,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { useOwnDatabases } from '../../lib/model/databases.ts';
import { databaseOf, studyPrefix } from '../../lib/model/layout.ts';
import { placeOf } from '../../lib/model/run/bronze.ts';
import { type LedgerRow, landedIndex, landedKeys, ledgerKey } from '../../lib/model/run/ledger.ts';
import type { PlanAnswer, PlanRequest } from '../../lib/model/run/protocol.ts';
import { readCatalog } from '../shared/catalog.ts';
import { deployedDatabases, deployedStudy, environment } from '../shared/environment.ts';
import { findBytes, listKeys, putObject, removeObjects } from '../shared/lake.ts';
import { readLease, releaseLease, writeLease } from '../shared/lease.ts';
import { attemptOf } from '../shared/run.ts';
import { batchesOf } from '../shared/statement.ts';
import { type PlannerPorts, planNextRun } from './logic.ts';

const study = deployedStudy();
const lake = environment('LAKE_BUCKET');
const concurrency = Number(environment('STATEMENTS_AT_ONCE'));
const s3 = new S3Client({});
const glue = new GlueClient({});
const databases = deployedDatabases(study);
useOwnDatabases(glue, databases);
const sfn = new SFNClient({});
const dynamo = {
  dynamo: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  ledgerTable: environment('LEDGER_TABLE'),
};
const put = (key: string, body: string | Uint8Array) => putObject(s3, lake, key, body);

const OPEN: readonly string[] = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'];

async function openBackfill(): Promise<string | undefined> {
  try {
    const { JobRuns = [] } = await glue.send(
      new GetJobRunsCommand({ JobName: environment('BACKFILL_JOB'), MaxResults: 1 }),
    );
    return JobRuns.find(({ JobRunState }) => OPEN.includes(JobRunState ?? ''))?.Id;
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}

const portsFor = (executionArn: string): PlannerPorts => ({
  backfilling: openBackfill,
  readLease: () => readLease(dynamo, study.name),
  takeLease: (holder, previous) => writeLease(dynamo, study.name, holder, previous),
  closeLease: () => releaseLease(dynamo, study.name, executionArn, false),
  async isRunning(other) {
    try {
      return (await sfn.send(new DescribeExecutionCommand({ executionArn: other }))).status === 'RUNNING';
    } catch (error) {
      // Step Functions forgets executions after 90 days; one that it does not know does not run.
      if (error instanceof ExecutionDoesNotExist) return false;
      throw error;
    }
  },
  async stop(other) {
    await sfn.send(
      new StopExecutionCommand({
        executionArn: other,
        error: 'LeaseExpired',
        cause: `taken over by ${executionArn}`,
      }),
    );
  },
  landed: async () => (await Promise.all(landedKeys(study.name).map(landedRows))).flat(),
  everyObject: async () => ledgerRows(await listKeys(s3, lake, studyPrefix('bronze', study.name))),
  catalog: () =>
    readCatalog(
      glue,
      (['silver', 'gold', 'marts', 'quarantine'] as const).map((zone) => databaseOf(study.name, zone)),
      databases,
    ),
  store: {
    get: (key, range) => findBytes(s3, lake, key, range),
    put,
    remove: (keys) => removeObjects(s3, lake, keys),
    list: (prefix) => listKeys(s3, lake, prefix),
  },
  now: Date.now,
});

async function landedRows(partition: string): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  const query = {
    TableName: dynamo.ledgerTable,
    IndexName: landedIndex,
    KeyConditionExpression: 'landed_pk = :partition',
    ExpressionAttributeValues: { ':partition': partition },
  };
  for await (const page of paginateQuery({ client: dynamo.dynamo }, query))
    rows.push(...((page.Items ?? []) as LedgerRow[]));
  return rows;
}

/** Keys that one call takes (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html). */
const ROWS_A_CALL = 100;

type Wanted = NonNullable<BatchGetCommandInput['RequestItems']>[string] | undefined;

/** The ledger's rows of these bronze objects; an object without a row was never acknowledged to its writer. */
async function ledgerRows(objectKeys: readonly string[]): Promise<LedgerRow[]> {
  const keys = objectKeys.flatMap((key) => {
    const place = placeOf(key);
    return place
      ? [{ pk: ledgerKey(place.study, place.stream, place.shard, place.dt, place.hour), sk: key }]
      : [];
  });
  const rows: LedgerRow[] = [];
  for (let from = 0; from < keys.length; from += ROWS_A_CALL) {
    let wanted: Wanted = { Keys: keys.slice(from, from + ROWS_A_CALL) };
    while (wanted) {
      const answer: BatchGetCommandOutput = await dynamo.dynamo.send(
        new BatchGetCommand({ RequestItems: { [dynamo.ledgerTable]: wanted } }),
      );
      rows.push(...((answer.Responses?.[dynamo.ledgerTable] ?? []) as LedgerRow[]));
      wanted = answer.UnprocessedKeys?.[dynamo.ledgerTable];
    }
  }
  return rows;
}

export async function handler(event: PlanRequest): Promise<PlanAnswer> {
  const { execution: executionArn, startedAt, request } = event;
  const { plan, tables, arrivals } = await planNextRun(portsFor(executionArn), study, lake, {
    executionArn,
    startedAt,
    ...(request.producer && { producer: request.producer }),
    ...(request.rebuild && { rebuild: request.rebuild }),
  });
  if (plan.decision !== 'run') {
    const nothing = { statements: [], names: [], prefix: '', concurrency };
    return { plan, start: { outcomes: {}, tables: nothing, arrivals: nothing } };
  }
  const home = { ...attemptOf(study.name, plan.run), owner: 'plan', databases };
  const batches = await batchesOf(
    home,
    { tables: { texts: tables, concurrency }, arrivals: { texts: arrivals, concurrency } },
    put,
  );
  return { plan, start: { outcomes: {}, ...batches } };
}
