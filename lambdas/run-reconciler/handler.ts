/** Last steps of the pipeline: asks for the balance sheet, closes the books in the ledger, gives the lease back. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
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
import { accountRows } from './accounting.ts';
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

/** Takes the run's rows out of the index of what has landed. */
async function account(run: Run): Promise<void> {
  const plan = JSON.parse(await getText(s3, lake, planKey(study.name, run.runId))) as RunPlan;
  await accountRows(store, plan.ledger, run.runId);
}

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
