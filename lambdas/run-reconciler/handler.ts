/** Last steps of the pipeline: asks for the balance sheet, closes the books in the ledger, gives the lease back. */

import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { useOwnDatabases } from '../../lib/model/databases.ts';
import { databaseOf } from '../../lib/model/layout.ts';
import { type PublishedRun, publishedRunKey } from '../../lib/model/run/lastRun.ts';
import { balanceKey, planKey, type RunPlan } from '../../lib/model/run/plan.ts';
import type {
  BalanceAnswer,
  BalanceRequest,
  GiveUpRequest,
  ReconcileRequest,
  ReconcilerRequest,
  Run,
} from '../../lib/model/run/protocol.ts';
import { type Published, publishedKey } from '../../lib/model/run/published.ts';
import type { Reconciliation } from '../../lib/model/run/reconciliation.ts';
import { stagePrefix } from '../../lib/model/run/statements.ts';
import { readResults } from '../shared/athenaResults.ts';
import { dropTables } from '../shared/catalog.ts';
import { deployedDatabases, deployedStudy, environment } from '../shared/environment.ts';
import { findBytes, getText, listKeys, putObject, removeObjects } from '../shared/lake.ts';
import { releaseLease } from '../shared/lease.ts';
import { metricLine } from '../shared/metrics.ts';
import { attemptOf, checksPrefix } from '../shared/run.ts';
import { batchesOf, queriesOf } from '../shared/statement.ts';
import { accountRows } from './accounting.ts';
import {
  balanceTexts,
  failureNotice,
  type LevelChecks,
  publishedNow,
  reconcile,
  stageTables,
} from './logic.ts';

const study = deployedStudy();
const lake = environment('LAKE_BUCKET');
const athena = new AthenaClient({});
const glue = new GlueClient({});
const databases = deployedDatabases(study);
useOwnDatabases(glue, databases);
const s3 = new S3Client({});
const concurrency = Number(environment('STATEMENTS_AT_ONCE'));
const store = {
  dynamo: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  ledgerTable: environment('LEDGER_TABLE'),
};

/** Check results of the levels that came as far as their audit. */
async function checksOf(run: Run): Promise<LevelChecks[]> {
  const keys = await listKeys(s3, lake, checksPrefix(study.name, run));
  const texts = await Promise.all(keys.map((key) => getText(s3, lake, key)));
  return texts.map((text) => JSON.parse(text) as LevelChecks);
}

const planOf = async ({ runId }: Run): Promise<RunPlan> =>
  JSON.parse(await getText(s3, lake, planKey(study.name, runId))) as RunPlan;

const steps = {
  async balance({ run, outcomes }: BalanceRequest): Promise<BalanceAnswer> {
    const checks = (await checksOf(run)).flatMap((one) => one.checks);
    const texts = balanceTexts(study, await planOf(run), run, checks);
    const home = { ...attemptOf(study.name, run), owner: 'balance', databases };
    const put = (key: string, body: string) => putObject(s3, lake, key, body);
    return { outcomes, ...(await batchesOf(home, { balance: { texts, concurrency } }, put)) };
  },

  async reconcile({ run, balance: asked, outcomes }: ReconcileRequest): Promise<Reconciliation> {
    const queries = queriesOf(asked);
    const sheet = queries.get('balance');
    const balance = sheet ? await readResults(athena, sheet) : [];
    const receipts = run.producer && (await readResults(athena, queries.get('receipts')!));
    const stops = (await checksOf(run)).flatMap((one) => one.stops);
    const plan = await planOf(run);
    const answers = { balance, ...(receipts && { receipts }) };
    const result = reconcile(study.name, run, outcomes, answers, stops, plan);
    await putObject(s3, lake, balanceKey(study.name, run.runId), JSON.stringify(result));
    if (result.verdict === 'Balanced') await close(run, plan);
    await putObject(s3, lake, publishedRunKey(study.name), JSON.stringify(publishedRun(run, result.verdict)));
    await releaseLease(store, study.name, run.executionArn, result.verdict !== 'Balanced');
    const { total, lost } = result.sheet;
    console.log(
      metricLine(
        study.name,
        {
          metrics: {
            RecordsAccounted: total.inBronze,
            RecordsUnaccounted: total.unaccounted + lost,
            RecordsQuarantined: total.quarantined,
            RecordsDuplicate: total.duplicates,
            RunsOutOfBalance: result.verdict === 'OutOfBalance' ? 1 : 0,
          },
          more: { ModelsStopped: result.stopped.length },
        },
        Date.now(),
      ),
    );
    return result;
  },

  async 'give-up'({ execution, error }: GiveUpRequest) {
    await releaseLease(store, study.name, execution, true);
    return failureNotice(study.name, execution, error);
  },
};

const publishedRun = (
  { runId, attempt, startedAt }: Run,
  verdict: PublishedRun['verdict'],
): PublishedRun => ({
  runId,
  attempt,
  startedAt,
  verdict,
});

async function keepPublished(plan: RunPlan): Promise<void> {
  const key = publishedKey(study.name);
  const bytes = await findBytes(s3, lake, key);
  const before = bytes ? (JSON.parse(Buffer.from(bytes).toString()) as Published) : {};
  await putObject(s3, lake, key, JSON.stringify(publishedNow(study, before, plan)));
}

/** Takes the run's rows out of the index of what has landed, and removes what it staged. */
async function close(run: Run, plan: RunPlan): Promise<void> {
  // Before the ledger's rows are closed: a run that dies in between rebuilds tables that it need not.
  await keepPublished(plan);
  await accountRows(store, plan.ledger, run.runId);
  await dropTables(glue, databaseOf(study.name, 'stage'), stageTables(plan, run.attempt));
  await removeObjects(s3, lake, await listKeys(s3, lake, stagePrefix(plan)));
}

export function handler(event: ReconcilerRequest): Promise<unknown> {
  switch (event.step) {
    case 'balance':
      return steps.balance(event);
    case 'reconcile':
      return steps.reconcile(event);
    case 'give-up':
      return steps['give-up'](event);
    default:
      throw new Error(`Unknown step ${JSON.stringify((event as { step?: unknown }).step)}.`);
  }
}
