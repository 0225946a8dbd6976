/** Carries out table optimizers by the cloud's clock, with what Athena's OPTIMIZE and VACUUM do. */
import { randomUUID } from 'node:crypto';
import { inBackground } from '../../core/background.ts';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { IcebergError } from '../../iceberg/index.ts';
import { OPEN } from './jobRuns.ts';
import {
  compactionOf,
  type OptimizerRun,
  type OptimizerType,
  orphansOf,
  retentionOf,
  type TableOptimizer,
} from './optimizerRecords.ts';
import type { Table } from './records.ts';
import type { CatalogStore } from './store.ts';

const HOUR_MS = 3_600_000;
/** What Athena answers when the cloud ends while it works. */
const CUT_OFF = 'ServiceUnavailableException';
const DAY_MS = 24 * HOUR_MS;

/** How often a run begins again whose commit another writer was ahead of. */
const TRIES = 3;

/** https://docs.aws.amazon.com/glue/latest/dg/optimizer-notes.html: four failed compactions suspend the optimizer. */
const MOST_FAILURES = 4;

export interface OptimizerRuns {
  start(): void;
  /** Waits until nothing is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** What a run did: what becomes part of it, or that it had nothing to do and is not kept. */
type Done = Partial<OptimizerRun> | 'nothing';

type Work = (optimizer: TableOptimizer, hours: () => number) => Promise<Done>;

function worksOf(context: CloudContext, store: CatalogStore): Readonly<Record<OptimizerType, Work>> {
  const athena = (
    action: string,
    { configuration, DatabaseName, TableName }: TableOptimizer,
    input: object,
  ) =>
    context.call(
      'athena',
      action,
      { database: DatabaseName, table: TableName, ...input },
      { roleArn: configuration.roleArn, service: 'glue.amazonaws.com' },
    );
  return {
    async compaction(optimizer, hours) {
      const { minInputFiles, deleteFileThreshold } = compactionOf(optimizer.configuration);
      const { files, bytes } = await athena('_CompactTable', optimizer, {
        minInputFiles,
        deleteFileThreshold,
      });
      if (files === 0) return 'nothing';
      return {
        compactionStrategy: 'binpack',
        compactionMetrics: {
          IcebergMetrics: {
            NumberOfBytesCompacted: bytes,
            NumberOfFilesCompacted: files,
            JobDurationInHour: hours(),
          },
        },
      };
    },
    async retention(optimizer, hours) {
      const settings = retentionOf(optimizer.configuration);
      const removed = await athena('_ExpireSnapshots', optimizer, {
        maxAgeDays: settings.snapshotRetentionPeriodInDays,
        leastSnapshots: settings.numberOfSnapshotsToRetain,
        cleanFiles: settings.cleanExpiredFiles,
      });
      return {
        retentionMetrics: {
          IcebergMetrics: {
            NumberOfDataFilesDeleted: removed.dataFiles,
            NumberOfManifestFilesDeleted: removed.manifests,
            NumberOfManifestListsDeleted: removed.manifestLists,
            JobDurationInHour: hours(),
          },
        },
      };
    },
    async orphan_file_deletion(optimizer, hours) {
      const { orphanFileRetentionPeriodInDays: days, location } = orphansOf(optimizer.configuration);
      // Nothing is taken from a job that has yet to commit, however far the clock was moved while it ran.
      const writing = store.openJobRuns(OPEN).map(({ StartedOn }) => StartedOn * 1000);
      const { files } = await athena('_RemoveOrphans', optimizer, {
        // https://docs.aws.amazon.com/glue/latest/dg/orphan-file-deletion.html: older files are never deleted.
        after: optimizer.createdMs,
        before: Math.min(context.clock.now() - days * DAY_MS, ...writing),
        folder: location,
      });
      return {
        orphanFileDeletionMetrics: {
          IcebergMetrics: { NumberOfOrphanFilesDeleted: files, JobDurationInHour: hours() },
        },
      };
    },
  };
}

const isConflict = (error: unknown) => error instanceof IcebergError && error.code === 'ICEBERG_COMMIT_ERROR';

/** Another writer's commit came first: what it wrote is read, and the work is done on that. */
async function retried(work: () => Promise<Done>): Promise<Done> {
  for (let nth = 1; ; nth++)
    try {
      return await work();
    } catch (error) {
      if (nth >= TRIES || !isConflict(error)) throw error;
    }
}

/** The hour that a time is in: runs begin when an hour does. */
const hourOf = (ms: number) => Math.floor(ms / HOUR_MS);

function isDue(store: CatalogStore, optimizer: TableOptimizer, table: Table, nowMs: number): boolean {
  if (optimizer.Type === 'compaction') return optimizer.compactVersion !== table.VersionId;
  const { runRateInHours } = (optimizer.Type === 'retention' ? retentionOf : orphansOf)(
    optimizer.configuration,
  );
  const last = store.lastOptimizerRun(optimizer);
  return last === undefined || hourOf(nowMs) - hourOf(last.startTimestamp * 1000) >= runRateInHours;
}

/** Every hour, each optimizer that is due, one after the other. */
export function createOptimizerRuns(context: CloudContext, store: CatalogStore): OptimizerRuns {
  const works = worksOf(context, store);
  let cancel = () => {};
  let working: Promise<void> | undefined;
  let isAskedAgain = false;
  let stopped = false;
  const seconds = () => context.clock.now() / 1000;

  /** Keeps how a run went, unless the optimizer was deleted meanwhile, or made again; one that was updated starts afresh. */
  function note(
    optimizer: TableOptimizer,
    runId: string,
    run: OptimizerRun | undefined,
    change: object,
  ): void {
    store.atomically(() => {
      const current = store.tableOptimizer(optimizer);
      if (current?.createdMs !== optimizer.createdMs) return;
      const isSame = JSON.stringify(current.configuration) === JSON.stringify(optimizer.configuration);
      if (isSame) store.putTableOptimizer({ ...current, ...change });
      if (run) store.putOptimizerRun(optimizer, runId, run);
      else store.deleteOptimizerRun(runId);
    });
  }

  const failed = (run: OptimizerRun, error: string): OptimizerRun => ({
    ...run,
    eventType: 'failed',
    endTimestamp: seconds(),
    error,
  });

  function noteFailure(optimizer: TableOptimizer, runId: string, run: OptimizerRun, error: Error): void {
    const failures = optimizer.failures + 1;
    const isSuspended = optimizer.Type === 'compaction' && failures >= MOST_FAILURES;
    note(optimizer, runId, failed(run, error.message), {
      failures,
      ...(isSuspended && { configuration: { ...optimizer.configuration, enabled: false } }),
    });
  }

  /** Gives whether there is more that can be carried out: not once the cloud ends. */
  async function carryOut(optimizer: TableOptimizer, table: Table): Promise<boolean> {
    const runId = randomUUID();
    const run: OptimizerRun = { eventType: 'in_progress', startTimestamp: seconds() };
    note(optimizer, runId, run, {});
    const began = performance.now();
    try {
      const done = await retried(() =>
        works[optimizer.Type](optimizer, () => (performance.now() - began) / HOUR_MS),
      );
      const isNothing = done === 'nothing';
      const completed = { ...run, eventType: 'completed', endTimestamp: seconds() } as const;
      note(optimizer, runId, isNothing ? undefined : { ...completed, ...done }, {
        failures: 0,
        ...(isNothing && { compactVersion: table.VersionId }),
      });
    } catch (error) {
      // The state says that it is in progress, which it is not when the cloud starts again.
      if (error instanceof AwsError && error.code === CUT_OFF) return false;
      noteFailure(optimizer, runId, run, error as Error);
    }
    return true;
  }

  async function sweep(): Promise<void> {
    do {
      isAskedAgain = false;
      for (const name of store.tableOptimizers()) {
        if (stopped) return;
        const optimizer = store.tableOptimizer(name);
        const table = store.table(name.DatabaseName, name.TableName);
        if (!optimizer?.configuration.enabled || !table) continue;
        if (!isDue(store, optimizer, table, context.clock.now())) continue;
        if (!(await carryOut(optimizer, table))) return;
      }
    } while (isAskedAgain);
  }

  function sweepHourly(): void {
    cancel = context.clock.after(HOUR_MS - (context.clock.now() % HOUR_MS), sweepHourly);
    // A clock that is moved by days does not wait for what it set off: that looks again when it is done.
    isAskedAgain = true;
    working ??= inBackground(context.log, 'The table optimizers', sweep).finally(() => {
      working = undefined;
    });
  }

  return {
    start() {
      for (const { optimizer, runId, run } of store.openOptimizerRuns())
        note(optimizer, runId, failed(run, 'The local cloud ended while the optimizer worked.'), {});
      cancel = context.clock.after(HOUR_MS - (context.clock.now() % HOUR_MS), sweepHourly);
    },
    async settled() {
      while (working) await working;
    },
    async stop() {
      stopped = true;
      cancel();
      await working;
    },
  };
}
