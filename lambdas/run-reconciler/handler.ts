/** Last steps of the pipeline: asks for the balance sheet, closes the books in the ledger, gives the lease back. */
import { AthenaClient } from '@aws-sdk/client-athena';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RunPlan } from '../../lib/model/plan.ts';
import { readResults } from '../shared/athenaResults.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { findText, getText, putText } from '../shared/lake.ts';
import { releaseLease } from '../shared/lease.ts';
import { metricLine } from '../shared/metrics.ts';
import {
  attemptOf,
  balanceKey,
  checksKey,
  type Outcomes,
  planKey,
  type Run,
  scopeOf,
} from '../shared/run.ts';
import { type FinishedQuery, queryOf, statementsOf } from '../shared/statement.ts';
import { balanceTexts, failureNotice, type ModelChecks, reconcile } from './logic.ts';

const study = deployedStudy();
const lake = environment('LAKE_BUCKET');
const athena = new AthenaClient({});
const s3 = new S3Client({});
const store = {
  dynamo: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  ledgerTable: environment('LEDGER_TABLE'),
};

interface ComposeStep {
  readonly step: 'compose';
  readonly run: Run;
}
interface ReconcileStep {
  readonly step: 'reconcile';
  readonly run: Run;
  readonly queries: readonly FinishedQuery[];
  readonly outcomes: Outcomes;
}
interface GiveUpStep {
  readonly step: 'give-up';
  readonly execution: string;
  readonly error: { readonly Error?: string; readonly Cause?: string };
}

/** Check results of the models that came as far as their audit. */
async function checksOf(run: Run): Promise<ModelChecks[]> {
  const texts = await Promise.all(
    study.models.map(({ name }) => findText(s3, lake, checksKey(study.name, run, name))),
  );
  return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as ModelChecks);
}

const steps = {
  async compose({ run }: ComposeStep) {
    const checks = (await checksOf(run)).flatMap((one) => one.checks);
    const texts = balanceTexts(study, scopeOf(study.name, lake, run), run, checks);
    const home = { ...attemptOf(study.name, run), owner: 'balance' };
    return { statements: await statementsOf(home, texts, (key, body) => putText(s3, lake, key, body)) };
  },

  async reconcile({ run, queries, outcomes }: ReconcileStep) {
    const balance = await readResults(athena, queryOf(queries, 'balance'));
    const receipts = run.producer && (await readResults(athena, queryOf(queries, 'receipts')));
    const stops = (await checksOf(run)).flatMap((one) => one.stops);
    const result = reconcile(study.name, run, outcomes, { balance, ...(receipts && { receipts }) }, stops);
    await putText(s3, lake, balanceKey(study.name, run.runId), JSON.stringify(result));
    if (result.verdict === 'Balanced') await account(run);
    await releaseLease(store, study.name, run.executionArn, result.verdict !== 'Balanced');
    const { total, lost } = result.sheet;
    console.log(
      metricLine(
        study.name,
        {
          RecordsAccounted: [total.inBronze, 'Count'],
          RecordsUnaccounted: [total.unaccounted + lost, 'Count'],
          RecordsQuarantined: [total.quarantined, 'Count'],
          RecordsDuplicate: [total.duplicates, 'Count'],
          RunsOutOfBalance: [result.verdict === 'OutOfBalance' ? 1 : 0, 'Count'],
          ModelsStopped: [result.stopped.length, 'Count'],
        },
        Date.now(),
      ),
    );
    return result;
  },

  async 'give-up'({ execution, error }: GiveUpStep) {
    await releaseLease(store, study.name, execution, true);
    return failureNotice(study.name, execution, error);
  },
};

/** Rows that one call takes (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html). */
const ROWS_A_CALL = 100;
/** Calls in flight at a time: a run may have thousands of rows. */
const CALLS_AT_ONCE = 4;

type LedgerKey = RunPlan['ledger'][number];

/** Takes the run's rows out of the index of what has landed. */
async function account(run: Run): Promise<void> {
  const plan = JSON.parse(await getText(s3, lake, planKey(study.name, run.runId))) as RunPlan;
  const calls: (readonly LedgerKey[])[] = [];
  for (let from = 0; from < plan.ledger.length; from += ROWS_A_CALL)
    calls.push(plan.ledger.slice(from, from + ROWS_A_CALL));
  for (let from = 0; from < calls.length; from += CALLS_AT_ONCE)
    await Promise.all(calls.slice(from, from + CALLS_AT_ONCE).map((keys) => accountRows(keys, run.runId)));
}

async function accountRows(keys: readonly LedgerKey[], runId: string): Promise<void> {
  try {
    await store.dynamo.send(
      new TransactWriteCommand({ TransactItems: keys.map((key) => ({ Update: accounting(key, runId) })) }),
    );
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    // One row keeps all from being written, so each is written by itself.
    await Promise.all(keys.map((key) => accountRow(key, runId)));
  }
}

async function accountRow(key: LedgerKey, runId: string): Promise<void> {
  try {
    await store.dynamo.send(new UpdateCommand(accounting(key, runId)));
  } catch (error) {
    // The step may be repeated: a row that is accounted for already stays with its run.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

const accounting = (key: LedgerKey, runId: string) => ({
  TableName: store.ledgerTable,
  Key: key,
  UpdateExpression: 'SET #state = :accounted, run_id = :run REMOVE landed_pk',
  ConditionExpression: '#state = :landed',
  ExpressionAttributeNames: { '#state': 'state' },
  ExpressionAttributeValues: { ':accounted': 'accounted', ':landed': 'landed', ':run': runId },
});

export function handler(event: ComposeStep | ReconcileStep | GiveUpStep): Promise<unknown> {
  switch (event.step) {
    case 'compose':
      return steps.compose(event);
    case 'reconcile':
      return steps.reconcile(event);
    case 'give-up':
      return steps['give-up'](event);
    default:
      throw new Error(`Unknown step ${JSON.stringify((event as { step?: unknown }).step)}.`);
  }
}
