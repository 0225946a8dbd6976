/** When optimizers run, and what becomes of runs that meet other writers: Athena's part is played here. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { manualClock } from '../../core/clock.ts';
import type { CloudContext } from '../../core/service.ts';
import { IcebergError } from '../../iceberg/index.ts';
import type { OptimizerType, TableOptimizer } from './optimizerRecords.ts';
import { createOptimizerRuns } from './optimizerRuns.ts';
import { openCatalogStore } from './store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NAME = { DatabaseName: 'shop', TableName: 'sales' };

type Answer = (action: string, input: Record<string, unknown>) => object;

/** A catalog with one Iceberg table and an optimizer of this type. */
function world(t: TestContext, Type: OptimizerType, answer: Answer) {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-optimizer-runs-'));
  const store = openCatalogStore(stateDir);
  const clock = manualClock();
  const calls: string[] = [];
  const context = {
    clock,
    log: () => {},
    call: async (_service: string, action: string, input: Record<string, unknown>) => {
      calls.push(action);
      return answer(action, input);
    },
  } as unknown as CloudContext;
  const runs = createOptimizerRuns(context, store);
  t.onTestFinished(async () => {
    await runs.stop();
    store.close();
    rmSync(stateDir, { recursive: true });
  });
  const commit = (version: number) =>
    store.putTable({
      Name: NAME.TableName,
      DatabaseName: NAME.DatabaseName,
      CreateTime: 0,
      UpdateTime: 0,
      CatalogId: '000000000000',
      VersionId: String(version),
    } as Parameters<typeof store.putTable>[0]);
  commit(1);
  store.putTableOptimizer({
    ...NAME,
    Type,
    configuration: { roleArn: 'arn:aws:iam::000000000000:role/optimizers', enabled: true },
    createdMs: clock.now(),
    failures: 0,
  });
  runs.start();
  return {
    calls,
    store,
    commit,
    kept: () => store.optimizerRuns({ ...NAME, Type }),
    async pass(ms: number) {
      await clock.advance(ms);
      await runs.settled();
    },
  };
}

const conflict = () => new IcebergError('ICEBERG_COMMIT_ERROR', 'Other writers were first');

test('a commit that another writer was ahead of is tried again at once', async (t) => {
  let losses = 2;
  const { calls, kept, pass } = world(t, 'compaction', () => {
    if (losses-- > 0) throw conflict();
    return { files: 5, bytes: 50 };
  });

  await pass(HOUR);

  assert.equal(calls.length, 3);
  assert.deepEqual(
    kept().map(({ eventType, compactionMetrics }) => [
      eventType,
      compactionMetrics?.IcebergMetrics.NumberOfFilesCompacted,
    ]),
    [['completed', 5]],
  );
});

test('a run that loses every time is given up, and begins again in the next hour', async (t) => {
  let isBusy = true;
  const { calls, kept, pass } = world(t, 'compaction', () => {
    if (isBusy) throw conflict();
    return { files: 5, bytes: 50 };
  });

  await pass(HOUR);
  const lost = kept();
  isBusy = false;
  await pass(HOUR);

  assert.deepEqual([lost[0]?.eventType, lost[0]?.error], ['failed', 'Other writers were first']);
  assert.equal(calls.length, 4);
  assert.deepEqual(
    kept().map(({ eventType }) => eventType),
    ['completed', 'failed'],
  );
});

test('an optimizer that is updated while it works is looked at again, with its new configuration', async (t) => {
  const updated = (its: TableOptimizer | undefined): TableOptimizer => ({
    ...its!,
    configuration: {
      ...its!.configuration,
      compactionConfiguration: { icebergConfiguration: { minInputFiles: 7 } },
    },
  });
  const asked: unknown[] = [];
  const { store, pass } = world(t, 'compaction', (_action, { minInputFiles }) => {
    asked.push(minInputFiles);
    if (asked.length === 1)
      store.putTableOptimizer(updated(store.tableOptimizer({ ...NAME, Type: 'compaction' })));
    return { files: 0, bytes: 0 };
  });

  for (let hour = 0; hour < 3; hour++) await pass(HOUR);

  assert.deepEqual(asked, [100, 7]);
});

test('another failure is not tried again at once', async (t) => {
  const { calls, kept, pass } = world(t, 'compaction', () => {
    throw new Error('No space left');
  });

  await pass(HOUR);

  assert.equal(calls.length, 1);
  assert.equal(kept()[0]?.error, 'No space left');
});

test('a table is looked at again only when it has changed, and a look that finds nothing is not a run', async (t) => {
  const { calls, commit, kept, pass } = world(t, 'compaction', () => ({ files: 0, bytes: 0 }));

  for (let hour = 0; hour < 5; hour++) await pass(HOUR);
  const before = calls.length;
  commit(2);
  await pass(HOUR);

  assert.deepEqual([before, calls.length], [1, 2]);
  assert.deepEqual(kept(), []);
});

test('retention runs once in its hours, whatever the minute in which the last run began', async (t) => {
  const removed = { snapshots: 0, dataFiles: 0, manifests: 0, manifestLists: 0 };
  const { calls, pass } = world(t, 'retention', () => removed);

  for (let hour = 0; hour < 72; hour++) await pass(HOUR);

  assert.equal(calls.length, 3);
});

test('orphans are not taken from a Spark job that is at work', async (t) => {
  const asked: unknown[] = [];
  const { store, pass } = world(t, 'orphan_file_deletion', (_action, { before }) => {
    asked.push(before);
    return { files: 0 };
  });
  const StartedOn = Date.UTC(2026, 0, 2) / 1000;
  store.putJobRun({
    Id: 'jr_1',
    Attempt: 0,
    JobName: 'backfill',
    JobRunState: 'RUNNING',
    StartedOn,
    LastModifiedOn: StartedOn,
    ExecutionTime: 0,
    Timeout: 480,
    LogGroupName: '/aws-glue/jobs',
  });

  await pass(10 * DAY);

  assert.equal(asked.at(-1), StartedOn * 1000);
});

test('the newest hundred runs are kept', async (t) => {
  const { commit, kept, pass } = world(t, 'compaction', () => ({ files: 2, bytes: 2 }));

  for (let hour = 1; hour <= 105; hour++) {
    commit(hour);
    await pass(HOUR);
  }

  assert.equal(kept().length, 100);
  assert.equal(kept()[0]?.startTimestamp, Date.UTC(2026, 0, 1, 105) / 1000);
});
