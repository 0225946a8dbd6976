/** Begins a run: takes the lease, then everything that the ledger has as landed, and writes down what the run is about. */
import { createHash } from 'node:crypto';
import { databaseOf } from '../../lib/model/databases.ts';
import type { Lease, LeaseHolder, LedgerRow } from '../../lib/model/ledger.ts';
import { leaseIsFree } from '../../lib/model/ledger.ts';
import { encodeManifest, manifestKey, planRun, type RunPlan } from '../../lib/model/plan.ts';
import { createSystemTablesSql } from '../../lib/model/statements.ts';
import type { Study } from '../../lib/model/study.ts';
import type { FindColumns } from '../shared/catalog.ts';
import { numbered, type Producer, planKey, type Run, type Texts } from '../shared/run.ts';

export type Decision =
  | { readonly decision: 'nothing-new' }
  | { readonly decision: 'another-run'; readonly holder: string }
  | {
      readonly decision: 'run';
      readonly run: Run;
      readonly levels: readonly (readonly string[])[];
      readonly outcomes: Readonly<Record<string, never>>;
    };

export interface PlannerPorts {
  readonly readLease: () => Promise<Lease | undefined>;
  /** False when another run was quicker. */
  readonly takeLease: (holder: LeaseHolder, previous: Lease | undefined) => Promise<boolean>;
  /** Gives the lease back with nothing left to do. */
  readonly closeLease: () => Promise<void>;
  readonly isRunning: (executionArn: string) => Promise<boolean>;
  /** Stops an execution, which stops the queries it waits for. */
  readonly stop: (executionArn: string) => Promise<void>;
  readonly landed: () => Promise<LedgerRow[]>;
  readonly putText: (key: string, body: string) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Start {
  readonly executionArn: string;
  /** ISO, UTC. */
  readonly startedAt: string;
  readonly producer?: Producer;
}

/** Longer than the state machine may run: who finds the lease expired finds a dead run. */
const LEASE_SECONDS = 5 * 3600;

/** `20261121t093000-1a2b3c4d`: sorts by time, is unique by execution, and the same again when the step is repeated. */
export function runIdOf({ executionArn, startedAt }: Start): string {
  const time = new Date(startedAt).toISOString().slice(0, 19).replace(/[-:]/g, '').toLowerCase();
  return `${time}-${createHash('sha256').update(executionArn).digest('hex').slice(0, 8)}`;
}

export async function planNextRun(
  ports: PlannerPorts,
  study: Pick<Study, 'name' | 'levels'>,
  lake: string,
  start: Start,
): Promise<Decision> {
  const taken = await takeLease(ports, start);
  if ('holder' in taken) return { decision: 'another-run', holder: taken.holder };
  const { runId, attempt } = taken;

  const plan: RunPlan = planRun(await ports.landed(), { runId, study: study.name, lake });
  if (plan.empty) {
    await ports.closeLease();
    return { decision: 'nothing-new' };
  }
  await ports.putText(manifestKey(study.name, runId), encodeManifest(plan));
  await ports.putText(planKey(study.name, runId), JSON.stringify(plan));
  return {
    decision: 'run',
    run: {
      runId,
      attempt,
      executionArn: start.executionArn,
      startedAt: new Date(start.startedAt).toISOString(),
      slice: plan.slice,
      records: plan.records,
      ...(start.producer && { producer: start.producer }),
    },
    levels: study.levels,
    outcomes: {},
  };
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

/** The tables that every study has beside its models, as far as they are missing. */
export async function systemTableTexts(
  study: string,
  lake: string,
  findColumns: FindColumns,
): Promise<Texts> {
  const database = databaseOf(study, 'quarantine');
  const present = await Promise.all(['rows', 'checks'].map((table) => findColumns(database, table)));
  return present.every(Boolean) ? {} : numbered('system', createSystemTablesSql(study, lake));
}
