/** First step of the pipeline: the lease, the manifest and the plan of the run, or the reason why there is none. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { type LedgerRow, landedIndex, landedKeys } from '../../lib/model/ledger.ts';
import { findColumns } from '../shared/catalog.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { putText } from '../shared/lake.ts';
import { readLease, releaseLease, writeLease } from '../shared/lease.ts';
import { attemptOf, type Producer } from '../shared/run.ts';
import { type Statement, statementsOf } from '../shared/statement.ts';
import { type Decision, type PlannerPorts, planNextRun, systemTableTexts } from './logic.ts';

const study = deployedStudy();
const lake = environment('LAKE_BUCKET');
const s3 = new S3Client({});
const glue = new GlueClient({});
const sfn = new SFNClient({});
const store = {
  dynamo: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  ledgerTable: environment('LEDGER_TABLE'),
};

const portsFor = (executionArn: string): PlannerPorts => ({
  readLease: () => readLease(store, study.name),
  takeLease: (holder, previous) => writeLease(store, study.name, holder, previous),
  closeLease: () => releaseLease(store, study.name, executionArn, false),
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
  putText: (key, body) => putText(s3, lake, key, body),
  now: Date.now,
});

async function landedRows(partition: string): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  const query = {
    TableName: store.ledgerTable,
    IndexName: landedIndex,
    KeyConditionExpression: 'landed_pk = :partition',
    ExpressionAttributeValues: { ':partition': partition },
  };
  for await (const page of paginateQuery({ client: store.dynamo }, query))
    rows.push(...((page.Items ?? []) as LedgerRow[]));
  return rows;
}

/** `request` is the execution's input: empty from the schedule. */
interface PlanEvent {
  readonly execution: string;
  readonly startedAt: string;
  readonly request: { readonly producer?: Producer };
}

export async function handler(event: PlanEvent): Promise<Decision & { statements?: Statement[] }> {
  const { execution: executionArn, startedAt, request } = event;
  const decision = await planNextRun(portsFor(executionArn), study, lake, {
    executionArn,
    startedAt,
    ...(request.producer && { producer: request.producer }),
  });
  if (decision.decision !== 'run') return decision;
  const texts = await systemTableTexts(study.name, lake, (database, table) =>
    findColumns(glue, database, table),
  );
  const home = { ...attemptOf(study.name, decision.run), owner: 'plan' };
  return {
    ...decision,
    statements: await statementsOf(home, texts, (key, body) => putText(s3, lake, key, body)),
  };
}
