/** The pipeline's composer: each step of a level asks it for the statements that the state machine then runs. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { useOwnDatabases } from '../../lib/model/databases.ts';
import { databaseOf } from '../../lib/model/layout.ts';
import { planKey, type RunPlan } from '../../lib/model/run/plan.ts';
import type {
  AssessAnswer,
  AssessRequest,
  ComposeAnswer,
  ComposeRequest,
  FetchAnswer,
  FetchRequest,
  MaintainAnswer,
  MaintainRequest,
  OptimizeAnswer,
  Run,
  RunnerRequest,
} from '../../lib/model/run/protocol.ts';
import { readResults } from '../shared/athenaResults.ts';
import { dropTables, readCatalog } from '../shared/catalog.ts';
import { deployedDatabases, deployedStudy, environment } from '../shared/environment.ts';
import { getText, putObject } from '../shared/lake.ts';
import { attemptOf, checksPrefix } from '../shared/run.ts';
import { batchesOf, queriesOf, tokenOf, type Work } from '../shared/statement.ts';
import {
  assess,
  composeTexts,
  maintenanceTexts,
  modelOf,
  publishedTables,
  sorted,
  staleStages,
} from './logic.ts';
import { applyChanges, optimizerChanges, readOptimizers, removeOptimizers } from './tableOptimizers.ts';

const study = deployedStudy();
const lake = environment('LAKE_BUCKET');
const concurrency = Number(environment('STATEMENTS_AT_ONCE'));
const athena = new AthenaClient({});
// The first run of a study makes three optimizers for each table, one call each, which Glue may throttle.
const glue = new GlueClient({ maxAttempts: 8 });
const databases = deployedDatabases(study);
useOwnDatabases(glue, databases);
const s3 = new S3Client({});
const optimizing = { glue, own: databases.own, roleArn: environment('TABLE_OPTIMIZERS_ROLE') };
const isOptimizing = environment('TABLE_OPTIMIZERS') === 'on';

const tablesOfStudy = async () => {
  const zones = (['silver', 'gold', 'marts', 'quarantine'] as const).map((zone) =>
    databaseOf(study.name, zone),
  );
  return publishedTables(study, await readCatalog(glue, zones, databases));
};

const put = (key: string, body: string) => putObject(s3, lake, key, body);

const planOf = async ({ runId }: Run): Promise<RunPlan> =>
  JSON.parse(await getText(s3, lake, planKey(study.name, runId))) as RunPlan;

/** Names of statements are unique within a level. */
const batches = <Name extends string>(
  run: Run,
  { levels }: RunPlan,
  models: readonly string[],
  works: Readonly<Record<Name, Work>>,
) => {
  const level = levels.findIndex(([first]) => first === models[0]) + 1;
  return batchesOf({ ...attemptOf(study.name, run), owner: `level-${level}`, databases }, works, put);
};

const steps = {
  async compose({ run, models, outcomes }: ComposeRequest): Promise<ComposeAnswer> {
    const { made } = sorted(
      models.map((name) => modelOf(study, name)),
      outcomes,
    );
    const plan = await planOf(run);
    const { stage, audit } = composeTexts(made, plan, run.attempt);
    const works = { stage: { texts: stage, concurrency }, audit: { texts: audit, concurrency } };
    return { outcomes, ...(await batches(run, plan, models, works)) };
  },

  async assess({ run, models: names, outcomes, audit }: AssessRequest): Promise<AssessAnswer> {
    const { made, skipped } = sorted(
      names.map((name) => modelOf(study, name)),
      outcomes,
    );
    const answers = new Map(
      await Promise.all(
        [...queriesOf(audit)].map(async ([name, id]) => [name, await readResults(athena, id)] as const),
      ),
    );
    const plan = await planOf(run);
    const { checks, stops, publish, spark, inOrder, ...assessed } = assess(made, plan, run, answers);
    await put(`${checksPrefix(study.name, run)}${names[0]}.json`, JSON.stringify({ checks, stops }));
    const works = { publish: { texts: publish, concurrency: inOrder ? 1 : concurrency } };
    return {
      outcomes: {
        ...outcomes,
        ...Object.fromEntries(skipped.map(({ name }) => [name, 'skipped' as const])),
        ...assessed.outcomes,
      },
      ...(await batches(run, plan, names, works)),
      ...(spark.length > 0 && {
        spark: JSON.stringify(
          spark.map(({ database, table, ...one }) => ({
            ...one,
            stage: `${databases.own(database)}.${table}`,
          })),
        ),
      }),
    };
  },

  async fetch({ key }: FetchRequest): Promise<FetchAnswer> {
    return { token: tokenOf(key), sql: await getText(s3, lake, key) };
  },

  async maintain({ execution }: MaintainRequest): Promise<MaintainAnswer> {
    const stage = databaseOf(study.name, 'stage');
    await dropTables(glue, stage, staleStages(await readCatalog(glue, [stage], databases), Date.now()));
    const published = await tablesOfStudy();
    const optimizers = await readOptimizers(optimizing, published);
    if (!isOptimizing) await removeOptimizers(optimizing, optimizers);
    const texts = maintenanceTexts(published, isOptimizing ? optimizers : new Map());
    const home = { study: study.name, runId: execution.slice(execution.lastIndexOf(':') + 1), attempt: 1 };
    const { tables } = await batchesOf(
      { ...home, owner: 'maintenance', databases },
      { tables: { texts, concurrency } },
      put,
    );
    if (tables.statements.length < tables.names.length)
      throw new RangeError(
        `The study has ${tables.names.length} statements of maintenance, more than Step Functions can carry at a time.`,
      );
    return { statements: tables.statements };
  },

  async optimize(): Promise<OptimizeAnswer> {
    const published = await tablesOfStudy();
    const optimizers = await readOptimizers(optimizing, published);
    return {
      changed: await applyChanges(optimizing, optimizerChanges(published, optimizers, optimizing.roleArn)),
    };
  },
};

export function handler(event: RunnerRequest): Promise<unknown> {
  switch (event.step) {
    case 'compose':
      return steps.compose(event);
    case 'assess':
      return steps.assess(event);
    case 'fetch':
      return steps.fetch(event);
    case 'maintain':
      return steps.maintain(event);
    case 'optimize':
      return steps.optimize();
    default:
      throw new Error(`Unknown step ${JSON.stringify((event as { step?: unknown }).step)}.`);
  }
}
