/** Begins a run: takes the lease, then everything that the ledger has as landed, and writes down what the run is about. */
import { databaseOf } from '../../lib/model/layout.ts';
import { keysKey, placeOf } from '../../lib/model/run/bronze.ts';
import { keyLayout, sourceKeys } from '../../lib/model/run/keys/keyKinds.ts';
import type { Lease, LeaseHolder, LedgerRow } from '../../lib/model/run/ledger.ts';
import { leaseIsFree } from '../../lib/model/run/ledger.ts';
import {
  encodeManifest,
  type Landed,
  landedObjects,
  manifestKey,
  nothingLanded,
  planKey,
  planRun,
  type RebuildPlan,
  type RunPlan,
  runIdOf,
} from '../../lib/model/run/plan.ts';
import type { Plan, RebuildRequest, Run } from '../../lib/model/run/protocol.ts';
import { changesSince, type Published, publishedKey } from '../../lib/model/run/published.ts';
import { partitionsAgain, planRebuild, sourcesOf } from '../../lib/model/run/rebuild.ts';
import type { Producer } from '../../lib/model/run/reconciliation.ts';
import { viewSql } from '../../lib/model/run/statements/view.ts';
import {
  arrivalsSql,
  createSystemTablesSql,
  createTableSql,
  evolveSql,
  systemColumns,
} from '../../lib/model/run/statements.ts';
import type { Model, Study } from '../../lib/model/study/study.ts';
import type { Catalog } from '../shared/catalog.ts';
import { keysOfObject } from '../shared/recordKeys.ts';
import { numbered, type Texts } from '../shared/run.ts';
import { type KeyLayout, type ObjectStore, takeKeys } from './keyStore.ts';

export interface PlannerPorts {
  /** The run of the Spark job that fills silver now; undefined when there is none. */
  readonly backfilling: () => Promise<string | undefined>;
  readonly readLease: () => Promise<Lease | undefined>;
  /** False when another run was quicker. */
  readonly takeLease: (holder: LeaseHolder, previous: Lease | undefined) => Promise<boolean>;
  /** Gives the lease back with nothing left to do. */
  readonly closeLease: () => Promise<void>;
  readonly isRunning: (executionArn: string) => Promise<boolean>;
  /** Stops an execution, which stops the queries it waits for. */
  readonly stop: (executionArn: string) => Promise<void>;
  readonly landed: () => Promise<LedgerRow[]>;
  /** Rows of every object of the study's bronze, whoever has accounted for it. */
  readonly everyObject: () => Promise<LedgerRow[]>;
  readonly catalog: () => Promise<Catalog>;
  readonly store: ObjectStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Planned {
  readonly plan: Plan;
  /** DDL, and the statement that stages what arrived; none where there is nothing to run. */
  readonly tables: Texts;
  readonly arrivals: Texts;
}

export interface Start {
  readonly executionArn: string;
  /** ISO, UTC. */
  readonly startedAt: string;
  readonly producer?: Producer;
  readonly rebuild?: RebuildRequest;
}

/** Longer than the state machine may run: who finds the lease expired finds a dead run. */
const LEASE_SECONDS = 5 * 3600;

export async function planNextRun(
  ports: PlannerPorts,
  study: Study,
  lake: string,
  start: Start,
): Promise<Planned> {
  const idle = (plan: Plan): Planned => ({ plan, tables: {}, arrivals: {} });
  // Both add the rows that silver does not have: at the same time they would add one twice.
  const backfill = await ports.backfilling();
  if (backfill !== undefined) return idle({ decision: 'another-run', holder: backfill });
  const taken = await takeLease(ports, start);
  if ('holder' in taken) return idle({ decision: 'another-run', holder: taken.holder });

  const catalog = await ports.catalog();
  const begun = await begunBefore(ports.store, study, taken);
  // A table that an attempt before this one made, and then died, is there and empty: to this one it is missing still.
  const exists = ({ name, database, table }: Model) =>
    catalog.has(`${database}.${table}`) &&
    !(begun?.whole.includes(name) && !begun.rebuild.models.includes(name));
  const rebuild = await rebuildOf(ports.store, study, exists, start.rebuild);
  const remade = sourcesOf(study, [...rebuild.models, ...(begun?.rebuild.models ?? [])]);
  const everything = remade.size > 0 ? await ports.everyObject() : [];
  const landed = landedObjects(await ports.landed(), { study: study.name, lake }, everything);
  if (!landed && rebuild.models.length === 0) {
    await ports.closeLease();
    return idle({ decision: 'nothing-new', postponed: rebuild.postponed });
  }
  const plan = await planOf(ports.store, study, lake, {
    ...taken,
    landed: landed ?? nothingLanded,
    catalog,
    begun,
    rebuild,
    remade,
    range: start.rebuild ?? {},
  });
  await ports.store.put(manifestKey(study.name, plan.runId), encodeManifest(plan));
  await ports.store.put(planKey(study.name, plan.runId), JSON.stringify(plan));
  const run: Run = {
    ...taken,
    executionArn: start.executionArn,
    startedAt: new Date(start.startedAt).toISOString(),
    records: plan.records,
    ...(start.producer && { producer: start.producer }),
  };
  return {
    plan: { decision: 'run', run, levels: plan.levels },
    tables: tableTexts(study, lake, catalog, new Set(plan.whole)),
    arrivals: landed ? { arrivals: arrivalsSql(study, plan, taken.attempt, plan.objects) } : {},
  };
}

/** The plan of the attempt before this one, which died. */
async function begunBefore(
  store: ObjectStore,
  study: Study,
  { runId, attempt }: { runId: string; attempt: number },
): Promise<RunPlan | undefined> {
  const before = attempt > 1 ? await store.get(planKey(study.name, runId)) : undefined;
  return before && (JSON.parse(Buffer.from(before).toString()) as RunPlan);
}

async function rebuildOf(
  store: ObjectStore,
  study: Study,
  exists: (model: Model) => boolean,
  request: RebuildRequest = {},
): Promise<RebuildPlan> {
  const bytes = await store.get(publishedKey(study.name));
  const published = bytes ? (JSON.parse(Buffer.from(bytes).toString()) as Published) : {};
  return planRebuild(study, changesSince(study, published, exists), request);
}

async function planOf(
  store: ObjectStore,
  study: Study,
  lake: string,
  run: {
    landed: Landed;
    catalog: Catalog;
    runId: string;
    attempt: number;
    begun: RunPlan | undefined;
    rebuild: RebuildPlan;
    remade: ReadonlySet<string>;
    range: Pick<RebuildRequest, 'from' | 'to'>;
  },
): Promise<RunPlan> {
  const { landed, rebuild, remade, range } = run;
  const files = landed.objects.map(({ path }) => keysOf(path, lake));
  const { own, stored, arrived } = await takeKeys(store, study.name, run, files, layoutOf(study));
  const missing = study.models.filter(
    (model) =>
      isToBeMade(model, run.catalog) || (landed.recompute && model.contract.materialization !== 'view'),
  );
  const ranged = range.from !== undefined || range.to !== undefined;
  const whole = new Set([
    ...missing.map(({ name }) => name),
    ...(ranged ? [] : rebuild.models),
    ...(run.begun?.whole ?? []),
  ]);
  const index = { own, stored };
  const again = ranged ? partitionsAgain(study, rebuild.models, index, range) : new Map();
  return planRun(study, landed, index, { runId: run.runId, lake, arrived, whole, remade, again, rebuild });
}

function layoutOf(study: Study): KeyLayout {
  const keys = sourceKeys(study);
  return { layout: keyLayout(study), keysOfObject: (body) => keysOfObject(keys, body) };
}

/** `s3://lake/bronze/…` → key of the object's keys. */
function keysOf(path: string, lake: string): string {
  const place = placeOf(path.slice(`s3://${lake}/`.length));
  if (place) return keysKey(place);
  throw new Error(`The ledger names ${path}, which is not the path of a bronze object.`);
}

const words = (sql: string) => sql.toLowerCase().replace(/[\s"]+/g, '');

/** A table that is missing, or a view that is missing or reads otherwise than the study says. */
function isToBeMade(model: Model, catalog: Catalog): boolean {
  const table = catalog.get(`${model.database}.${model.table}`);
  if (!table || model.contract.materialization !== 'view') return !table;
  return !table.viewSql || !words(viewSql(model)).endsWith(words(table.viewSql));
}

/**
 * Takes the lease, or gives the run that keeps it. An expired lease's run is stopped before its place is taken. A run
 * whose books never balanced is gone on with under its own id, so that what it has published in silver is still its own.
 */
async function takeLease(
  ports: PlannerPorts,
  start: Start,
): Promise<{ runId: string; attempt: number } | { holder: string }> {
  const lease = await ports.readLease();
  const nowSeconds = Math.floor(ports.now() / 1000);
  const own = lease?.execution_arn === start.executionArn;
  if (lease && !own && lease.expires_at > 0) {
    const running = await ports.isRunning(lease.execution_arn);
    if (running && !leaseIsFree(lease, nowSeconds)) return { holder: lease.run_id };
    if (running) await ports.stop(lease.execution_arn);
  }
  const run = lease?.open
    ? { runId: lease.run_id, attempt: own ? lease.attempt : lease.attempt + 1 }
    : { runId: runIdOf(start), attempt: 1 };
  const taken = await ports.takeLease(
    { ...run, open: true, executionArn: start.executionArn, expiresAt: nowSeconds + LEASE_SECONDS },
    lease,
  );
  return taken ? run : { holder: (await ports.readLease())?.run_id ?? 'unknown' };
}

/** Tables as their contracts have them: those that are missing, and columns that are new or wider. */
function tableTexts(study: Study, lake: string, catalog: Catalog, whole: ReadonlySet<string>): Texts {
  const texts: Record<string, string> = {};
  const quarantine = databaseOf(study.name, 'quarantine');
  if (Object.keys(systemColumns).some((table) => !catalog.has(`${quarantine}.${table}`)))
    Object.assign(texts, numbered('system', createSystemTablesSql(study.name, lake)));
  for (const model of study.models) {
    if (model.contract.materialization === 'view') continue;
    const table = catalog.get(`${model.database}.${model.table}`);
    const sql = table
      ? evolveSql(model, table.columns, whole.has(model.name))
      : [createTableSql(model, lake)];
    Object.assign(texts, numbered(`table-${model.name}`, sql));
  }
  return texts;
}
