/**
 * Runs of a study over DuckDB: planner, model runner and reconciler compose what they do in the pipeline, and their
 * statements are executed here in the pipeline's order. What the state machine adds (retries, notices) is its own tests'.
 */
import { assess, composeTexts, modelOf, sorted } from '../../lambdas/model-runner/logic.ts';
import type { ObjectStore } from '../../lambdas/run-planner/keyStore.ts';
import { type PlannerPorts, planNextRun } from '../../lambdas/run-planner/logic.ts';
import { balanceTexts, publishedNow } from '../../lambdas/run-reconciler/logic.ts';
import type { ResultRow } from '../../lambdas/shared/athenaResults.ts';
import { bronzeObject, bronzeStudy } from '../../lambdas/shared/bronzeObjects.ts';
import type { CatalogTable } from '../../lambdas/shared/catalog.ts';
import { type BalanceRow, type BalanceSheet, balanceSheet } from '../../lib/model/run/balance.ts';
import type { BronzeLine } from '../../lib/model/run/bronze.ts';
import { type Lease, type LedgerRow, ledgerRow, nextLease } from '../../lib/model/run/ledger.ts';
import { planKey, type RunPlan } from '../../lib/model/run/plan.ts';
import type { Outcomes, RebuildRequest, Run } from '../../lib/model/run/protocol.ts';
import { type Published, publishedKey } from '../../lib/model/run/published.ts';
import type { CheckResult } from '../../lib/model/run/statements.ts';
import type { Study } from '../../lib/model/study/study.ts';
import { accountedRow } from '../../lib/model/testing/ledger.ts';
import { createDuckLake, type DuckLake } from './duckLake.ts';

export interface RunResult {
  readonly plan: RunPlan;
  readonly sheet: BalanceSheet;
  readonly outcomes: Outcomes;
  readonly stops: readonly string[];
  readonly checks: readonly CheckResult[];
  /** Statements in the order in which they ran. */
  readonly statements: readonly string[];
}

export interface DuckRuns {
  readonly lake: DuckLake;
  /** Objects of the lake's bucket, tables left out. */
  readonly objects: Map<string, Uint8Array>;
  /** Stores records as one bronze object; those of one shard and hour, in the order of their sequence numbers. */
  land(records: readonly LandedRecord[]): Promise<void>;
  /**
   * Runs the pipeline over what has landed; undefined when nothing has.
   * @param dies after so many statements: the run then stays open. @default never
   */
  run(options?: {
    readonly dies?: number;
    readonly rebuild?: RebuildRequest;
  }): Promise<RunResult | undefined>;
  /** The study as it is from now on; its tables have the same columns. */
  change(study: Study): void;
  close(): void;
}

export interface LandedRecord {
  readonly line: BronzeLine;
  /** Of a valid line. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** The run was to die here. */
class Died extends Error {}

const LAKE = 'lake';

/** Runs statements by name; gives the rows of those that are asked for them. */
type Execute = (texts: Readonly<Record<string, string>>) => Promise<Map<string, readonly ResultRow[]>>;

const storeOver = (objects: Map<string, Uint8Array>): ObjectStore => ({
  get: async (key, range) => (range ? objects.get(key)?.subarray(...range) : objects.get(key)),
  put: async (key, body) => void objects.set(key, typeof body === 'string' ? Buffer.from(body) : body),
  remove: async (keys) => {
    for (const key of keys) objects.delete(key);
  },
  list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
});

/** Stages, audits and publishes the models of a plan, level by level. */
async function runLevels(study: Study, plan: RunPlan, run: Run, execute: Execute) {
  let outcomes: Outcomes = {};
  const stops: string[] = [];
  const checks: CheckResult[] = [];
  for (const names of plan.levels.filter((level) => level.length > 0)) {
    const models = sorted(
      names.map((name) => modelOf(study, name)),
      outcomes,
    );
    const { stage, audit } = composeTexts(models.made, plan, run.attempt);
    await execute(stage);
    const assessed = assess(models.made, plan, run, await execute(audit));
    await execute(assessed.publish);
    stops.push(...assessed.stops);
    checks.push(...assessed.checks);
    outcomes = {
      ...outcomes,
      ...Object.fromEntries(models.skipped.map(({ name }) => [name, 'skipped' as const])),
      ...assessed.outcomes,
    };
  }
  return { outcomes, stops, checks };
}

function keepPublished(study: Study, plan: RunPlan, objects: Map<string, Uint8Array>): void {
  const key = publishedKey(study.name);
  const before = objects.get(key);
  const published = publishedNow(
    study,
    before ? (JSON.parse(Buffer.from(before).toString()) as Published) : {},
    plan,
  );
  objects.set(key, Buffer.from(JSON.stringify(published)));
}

async function landObject(
  study: ReturnType<typeof bronzeStudy>,
  records: readonly LandedRecord[],
  to: Pick<DuckRuns, 'lake' | 'objects'> & { readonly ledger: Map<string, LedgerRow> },
): Promise<void> {
  const judged = records.map((record) => ({
    ...record,
    bytes: () => Buffer.from(record.line.data ?? ''),
  }));
  const object = bronzeObject(study, judged);
  to.objects.set(object.keys.key, object.keys.body);
  to.objects.set(object.key, object.body);
  await to.lake.land(
    `s3://${LAKE}/${object.key}`,
    records.map(({ line }) => line),
  );
  to.ledger.set(object.key, ledgerRow(object.place, object.key, object.counts, '2026-01-01T00:00:00.000Z'));
}

export async function createDuckRuns(first: Study): Promise<DuckRuns> {
  let study = first;
  const lake = await createDuckLake(study);
  let laidOut = bronzeStudy(study);
  const objects = new Map<string, Uint8Array>();
  const ledger = new Map<string, LedgerRow>();
  const made = new Set<string>();
  let lease: Lease | undefined;
  let executions = 0;

  const store = storeOver(objects);
  /** DuckDB's tables are made beforehand: they are missing until a run has begun, which makes them first. */
  const catalog = async () =>
    new Map<string, CatalogTable>([...made].map((name) => [name, { columns: [], createdMs: 0 }]));
  const ports: PlannerPorts = {
    backfilling: async () => undefined,
    readLease: async () => lease,
    async takeLease(holder, previous) {
      lease = nextLease(study.name, holder, previous);
      return true;
    },
    async closeLease() {
      lease = lease && { ...lease, open: false, expires_at: 0 };
    },
    isRunning: async () => false,
    stop: async () => {},
    landed: async () => [...ledger.values()],
    everyObject: async () => [...ledger.values()],
    catalog,
    store,
    now: Date.now,
  };

  return {
    lake,
    objects,
    land: (records) => landObject(laidOut, records, { lake, objects, ledger }),

    change(other) {
      study = other;
      laidOut = bronzeStudy(study);
    },

    async run({ dies = Number.POSITIVE_INFINITY, rebuild } = {}) {
      const statements: string[] = [];
      const execute = async (texts: Readonly<Record<string, string>>) => {
        const answers = new Map<string, readonly ResultRow[]>();
        for (const [name, sql] of Object.entries(texts)) {
          if (statements.length >= dies) throw new Died();
          statements.push(sql);
          if (/^(audit|partitions|balance)/.test(name)) answers.set(name, await lake.query<ResultRow>(sql));
          else await lake.execute(sql);
          const [, change, database, table] =
            /^(DROP TABLE IF|CREATE TABLE IF NOT) EXISTS `(\w+)`\.`(\w+)`/.exec(sql) ?? [];
          if (change?.startsWith('DROP')) made.delete(`${database}.${table}`);
          else if (change) made.add(`${database}.${table}`);
        }
        return answers;
      };
      try {
        return await runOnce(execute, statements, rebuild);
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        return undefined;
      }
    },
    close: lake.close,
  };

  async function runOnce(
    execute: Execute,
    statements: readonly string[],
    rebuild: RebuildRequest | undefined,
  ): Promise<RunResult | undefined> {
    const executionArn = `arn:${++executions}`;
    const startedAt = new Date(Date.UTC(2026, 0, 2) + executions * 1000).toISOString();
    const planned = await planNextRun(ports, study, LAKE, {
      executionArn,
      startedAt,
      ...(rebuild && { rebuild }),
    });
    if (planned.plan.decision !== 'run') return undefined;
    const { run } = planned.plan;
    for (const sql of Object.values(planned.tables))
      if (sql.startsWith('CREATE TABLE IF NOT EXISTS')) await lake.execute(sql);
    for (const { database, table } of study.models) made.add(`${database}.${table}`);
    const plan = JSON.parse(Buffer.from(objects.get(planKey(study.name, run.runId))!).toString()) as RunPlan;
    await execute(planned.arrivals);
    const { outcomes, stops, checks } = await runLevels(study, plan, run, execute);
    const { balance } = balanceTexts(study, plan, run, []);
    const answers = balance ? (await execute({ balance })).get('balance') : [];
    const sheet = balanceSheet(answers as unknown as BalanceRow[]);
    if (sheet.balanced && stops.length === 0) {
      keepPublished(study, plan, objects);
      for (const path of plan.objects.map((object) => object.path.slice(`s3://${LAKE}/`.length)))
        ledger.set(path, accountedRow(ledger.get(path)!, run.runId));
      await ports.closeLease();
    }
    return { plan, sheet, outcomes, stops, checks, statements };
  }
}
