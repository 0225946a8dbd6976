/** One run at a time, over exactly what has landed, and a dead run's lease taken over with its queries stopped. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createRecordMaker } from '../../lib/model/run/bronzeRecord.ts';
import type { Lease, LedgerRow } from '../../lib/model/run/ledger.ts';
import { landedAgain, ledgerRow, nextLease } from '../../lib/model/run/ledger.ts';
import { planKey, type RunPlan, runIdOf } from '../../lib/model/run/plan.ts';
import type { Plan, RebuildRequest, Run } from '../../lib/model/run/protocol.ts';
import { type Published, publishedAfter, publishedKey } from '../../lib/model/run/published.ts';
import { loadStudy, type Study } from '../../lib/model/study/study.ts';
import { withStudy } from '../../lib/model/testing/fixture.ts';
import { storeFiles } from '../../lib/model/testing/store.ts';
import { bronzeObject, bronzeStudy } from '../shared/bronzeObjects.ts';
import type { Catalog } from '../shared/catalog.ts';
import { type PlannerPorts, planNextRun } from './logic.ts';

const NOW = Date.UTC(2024, 11, 1, 12);
const ARN = 'arn:aws:states:us-east-1:000000000000:execution:headwaters-shop-pipeline:';
const start = { executionArn: `${ARN}new`, startedAt: '2024-12-01T12:00:00.123Z' };
const study: Study = withStudy('store', storeFiles, loadStudy);
const ARRIVED = '2024-12-01T10:00:00.000Z';

/** An object of one record of a source. */
function landedObject(source: string, sequenceNumber: string, data: object) {
  const event = {
    specversion: '1.0',
    id: sequenceNumber,
    source: '/till',
    type: `store.${source}`,
    time: ARRIVED,
  };
  const bytes = Buffer.from(JSON.stringify({ ...event, data }));
  const place = { stream: 'events', shard: 's', sequenceNumber, arrivedAtMs: Date.parse(ARRIVED) };
  const record = createRecordMaker(study)({ ...place, partitionKey: 'p', bytes });
  return bronzeObject(bronzeStudy(study), [{ ...record, bytes: () => bytes }]);
}

const order = (id: string, month: string) =>
  landedObject('orders', id, {
    order_id: id,
    customer_id: 'c1',
    placed_at: `${month}-05T10:00:00Z`,
    status: 'open',
  });
const rowOf = ({ place, key, counts }: ReturnType<typeof order>) => ledgerRow(place, key, counts, ARRIVED);

const object = order('1', '2024-11');
const row = rowOf(object);
const everyTable: Catalog = new Map(
  study.models.map(({ database, table }) => [`${database}.${table}`, { columns: [], createdMs: 0 }]),
);

const every = new Set(study.models.map(({ name }) => name));
const asStudied = publishedAfter(study, {}, { runId: 'before', whole: every });

function world(
  landed: readonly LedgerRow[],
  lease?: Lease,
  running: readonly string[] = [],
  catalog: Catalog = everyTable,
  published: Published = asStudied,
) {
  const state = { lease, stopped: [] as string[] };
  const objects = new Map<string, Uint8Array>([
    [object.keys.key, object.keys.body],
    [publishedKey('store'), Buffer.from(JSON.stringify(published))],
  ]);
  const ports: PlannerPorts = {
    backfilling: async () => undefined,
    readLease: async () => state.lease,
    takeLease: async (holder, previous) => {
      state.lease = nextLease('store', holder, previous);
      return true;
    },
    closeLease: async () => {
      state.lease = { ...state.lease!, expires_at: 0 };
    },
    isRunning: async (arn) => running.includes(arn),
    stop: async (arn) => {
      state.stopped.push(arn);
    },
    landed: async () => [...landed],
    everyObject: async () => [],
    catalog: async () => catalog,
    store: {
      get: async (key) => objects.get(key),
      put: async (key, body) => void objects.set(key, Buffer.from(body)),
      remove: async (keys) => {
        for (const key of keys) objects.delete(key);
      },
      list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)),
    },
    now: () => NOW,
  };
  const planOf = (runId: string) =>
    JSON.parse(Buffer.from(objects.get(planKey('store', runId))!).toString()) as RunPlan;
  return { ports, state, objects, planOf };
}

const runOf = (plan: Plan): Run => {
  assert.ok(plan.decision === 'run');
  return plan.run;
};

const leaseOf = (execution: string, expiresAt: number, open = true) =>
  nextLease(
    'store',
    { runId: 'old', attempt: 1, open, executionArn: `${ARN}${execution}`, expiresAt },
    undefined,
  );
const LATER = NOW / 1000 + 60;
const BEFORE = NOW / 1000 - 60;

test('A run takes every landed object, holds the lease and leaves its plan and manifest', async () => {
  const { ports, state, objects, planOf } = world([row]);

  const { plan, arrivals } = await planNextRun(ports, study, 'lake', start);

  const { runId } = runOf(plan);
  assert.match(runId, /^20241201t120000-[0-9a-f]{8}$/);
  assert.equal(state.lease?.run_id, runId);
  assert.equal(
    Buffer.from(objects.get(`runs/study=store/run=${runId}/manifest/objects.ndjson`)!).toString(),
    `{"path":"s3://lake/${object.key}","stream":"events","dt":"2024-12-01","hour":"10","records":1}\n`,
  );
  assert.deepEqual(planOf(runId).slice, {
    streams: ['events'],
    firstDt: '2024-12-01',
    lastDt: '2024-12-01',
    hours: ['10'],
  });
  assert.ok(arrivals.arrivals?.includes(`s3://lake/${object.key}`));
});

test('When nothing has landed the lease is given back and there is no run', async () => {
  const { ports, state } = world([]);

  const { plan } = await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(plan, { decision: 'nothing-new', postponed: [] });
  assert.equal(state.lease?.expires_at, 0);
});

test('No run is planned while Spark fills silver, and the lease is not taken', async () => {
  const { ports, state } = world([row]);

  const { plan } = await planNextRun({ ...ports, backfilling: async () => 'jr_1' }, study, 'lake', start);

  assert.deepEqual(plan, { decision: 'another-run', holder: 'jr_1' });
  assert.equal(state.lease, undefined);
});

test('A living run keeps its lease', async () => {
  const { ports, state } = world([row], leaseOf('old', LATER), [`${ARN}old`]);

  const { plan } = await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(plan, { decision: 'another-run', holder: 'old' });
  assert.equal(state.lease?.run_id, 'old');
});

test('The lease of a run that ended without giving it back is taken at once', async () => {
  const { ports, state } = world([row], leaseOf('old', LATER), []);

  const { plan } = await planNextRun(ports, study, 'lake', start);

  assert.equal(plan.decision, 'run');
  assert.deepEqual(state.stopped, []);
  assert.equal(state.lease?.version, 2);
});

test('A run that outlived its lease is stopped before its place is taken', async () => {
  const { ports, state } = world([row], leaseOf('old', BEFORE), [`${ARN}old`]);

  await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(state.stopped, [`${ARN}old`]);
});

test('A run whose balance sheet never balanced is taken up again under its own id, by a new attempt', async () => {
  const { ports } = world([row], leaseOf('old', 0));

  const { plan } = await planNextRun(ports, study, 'lake', start);

  const { runId, attempt } = runOf(plan);
  assert.deepEqual([runId, attempt], ['old', 2]);
});

test('After a balanced run the next one has an id of its own', async () => {
  const { ports } = world([row], leaseOf('old', 0, false));

  const { plan } = await planNextRun(ports, study, 'lake', start);

  const { runId, attempt } = runOf(plan);
  assert.deepEqual([runId, attempt], [runIdOf(start), 1]);
});

test('The step repeated plans the same run again', async () => {
  const { ports, planOf } = world([row]);
  const first = await planNextRun(ports, study, 'lake', start);
  const plan = planOf(runIdOf(start));

  const again = await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(again, first);
  assert.deepEqual(planOf(runIdOf(start)), plan);
});

test('Of two planners that find the lease free only one gets it', async () => {
  const { ports } = world([row]);
  const late: PlannerPorts = {
    ...ports,
    readLease: async () => undefined,
    takeLease: async () => false,
  };

  const { plan } = await planNextRun(late, study, 'lake', start);

  assert.equal(plan.decision, 'another-run');
});

test('Tables that are missing are made whole, and again by the next attempt when the first one dies', async () => {
  const { ports, state, planOf } = world([row], undefined, [], new Map());
  const first = await planNextRun(ports, study, 'lake', start);
  const { runId } = runOf(first.plan);
  const { whole } = planOf(runId);

  await planNextRun({ ...ports, catalog: async () => everyTable }, study, 'lake', {
    ...start,
    executionArn: `${ARN}second`,
  });

  assert.equal(state.lease?.attempt, 2);
  assert.ok(Object.keys(first.tables).includes('table-fact_lines'));
  assert.deepEqual([...whole].sort(), study.models.map(({ name }) => name).sort());
  assert.deepEqual(planOf(runId).whole, whole);
});

test('Without a missing table a run makes the partitions that its records change, and after a set-aside every table whole', async () => {
  const { ports, planOf } = world([row]);
  await planNextRun(ports, study, 'lake', start);
  const usual = planOf(runIdOf(start)).models;
  const aside = landedAgain(row, { records: 1, valid: 0, refused: 1, bytes: 9 });

  const again = world([aside]);
  await planNextRun(again.ports, study, 'lake', start);

  const whole = again.planOf(runIdOf(start)).models;
  assert.deepEqual(usual.fact_lines?.partitions, ['2024-11-01']);
  assert.deepEqual(whole.fact_lines, { reads: {} });
  assert.deepEqual(whole.dim_customer, { reads: {} });
});

/** The store after somebody changed these files: file, what is there, what takes its place. */
const changed = (...changes: readonly (readonly [string, string, string])[]): Study => {
  const files: Record<string, string> = { ...storeFiles };
  for (const [file, before, after] of changes) files[file] = files[file]!.replace(before, after);
  return withStudy('store', files, loadStudy);
};
const dearer = changed(['gold/fact_lines.sql', 'l.amount\n', 'l.amount * 2 as amount\n']);

async function planFor(changedStudy: Study, rebuild: RebuildRequest = {}, landed: readonly LedgerRow[] = []) {
  const { ports, planOf } = world(landed);
  const { plan } = await planNextRun(ports, changedStudy, 'lake', { ...start, rebuild });
  return { plan, kept: plan.decision === 'run' ? planOf(plan.run.runId) : undefined };
}

test('A changed model is rebuilt, and what depends on it, though nothing has landed', async () => {
  const { plan, kept } = await planFor(dearer);

  assert.equal(runOf(plan).records, 0);
  assert.deepEqual(kept?.rebuild.changes, [
    { model: 'fact_lines', reason: 'sql' },
    { model: 'revenue', reason: 'upstream', reads: ['fact_lines'] },
  ]);
  assert.deepEqual(kept?.models, { fact_lines: { reads: {} }, revenue: { reads: {} } });
});

test('A table whose partitions changed is named; one whose columns changed alone is not', async () => {
  const partitions = await planFor(
    changed([
      'gold/dim_customer.yaml',
      "  - {property: partitioning, value: ['month(first_seen_at)']}\n",
      '',
    ]),
  );
  const columns = await planFor(
    changed([
      'gold/dim_customer.yaml',
      "{name: is_current, logicalType: boolean, physicalType: 'boolean', description: It., required: true}",
      "{name: is_current, logicalType: boolean, physicalType: 'boolean', description: It.}",
    ]),
  );

  assert.deepEqual(partitions.kept?.rebuild.changes[0], {
    model: 'dim_customer',
    reason: 'contract',
    repartitioned: true,
  });
  assert.deepEqual(columns.kept?.rebuild.changes[0], { model: 'dim_customer', reason: 'contract' });
});

test('Comments, descriptions, letter case and white space change no model', async () => {
  const same = changed(
    ['gold/fact_lines.sql', 'with versions', '-- Lines with their order.\nWITH   versions'],
    ['gold/fact_lines.yaml', 'description: It.', 'description: The number of the order.'],
  );

  const { plan } = await planFor(same);

  assert.equal(plan.decision, 'nothing-new');
});

test('A rule that refuses rows changes its model; a rule that only counts does not', async () => {
  const rule = (query: string, severity: string) =>
    `    quality:\n      - {type: sql, name: cheap, query: '${query}', severity: ${severity}, mustBe: 0, dimension: accuracy}\ncustomProperties:`;

  const warned = await planFor(
    changed([
      'marts/revenue.yaml',
      'customProperties:',
      rule('SELECT count(*) FROM {table} WHERE revenue > 9', 'warn'),
    ]),
  );
  const refused = await planFor(
    changed(['marts/revenue.yaml', 'customProperties:', rule('revenue > 9', 'refuse')]),
  );

  assert.equal(warned.plan.decision, 'nothing-new');
  assert.deepEqual(refused.kept?.rebuild.changes, [{ model: 'revenue', reason: 'contract' }]);
});

test('A changed source brings all of bronze once more', async () => {
  const { ports, planOf } = world([]);
  const accounted = { ...row, state: 'accounted' as const };

  const { plan } = await planNextRun(
    { ...ports, everyObject: async () => [accounted] },
    changed(['sources/lines.yaml', 'amount > 1000', 'amount > 10']),
    'lake',
    start,
  );

  const kept = planOf(runOf(plan).runId);
  assert.equal(kept.objects.length, 1);
  assert.deepEqual(kept.ledger, [], 'an object that is accounted for stays so');
  assert.deepEqual(kept.rebuild.models, ['lines', 'fact_lines', 'revenue']);
});

test('Old rows that are kept, and models that are not selected, are named in the plan', async () => {
  const kept = await planFor(dearer, { keepOld: true });
  const selected = await planFor(dearer, { models: ['revenue'] });

  assert.deepEqual(kept.plan, {
    decision: 'nothing-new',
    postponed: [
      { model: 'fact_lines', reason: 'sql' },
      { model: 'revenue', reason: 'upstream', reads: ['fact_lines'] },
    ],
  });
  assert.deepEqual(selected.kept?.rebuild.models, ['revenue']);
  assert.deepEqual(
    selected.kept?.rebuild.postponed.map(({ model }) => model),
    ['fact_lines'],
  );
});

test('A full refresh rebuilds models that did not change; a range rebuilds only its partitions', async () => {
  const full = await planFor(study, { full: true, models: ['fact_visitors'] });
  const landed = [row, rowOf(order('2', '2024-09'))];
  const { ports, objects, planOf } = world(landed);
  const other = order('2', '2024-09');
  objects.set(other.keys.key, other.keys.body);
  const ranged = await planNextRun(ports, dearer, 'lake', {
    ...start,
    rebuild: { models: ['fact_lines'], from: '2024-11-20', to: '2024-12-31' },
  });

  assert.deepEqual(full.kept?.models, { fact_visitors: { reads: {} } });
  const plan = planOf(runOf(ranged.plan).runId);
  assert.deepEqual(plan.whole, []);
  assert.deepEqual(
    plan.models.fact_lines?.partitions,
    ['2024-09-01', '2024-11-01'],
    'what arrived, and the range',
  );
  assert.deepEqual(
    plan.rebuild.postponed.map(({ model }) => model),
    ['fact_lines', 'revenue'],
    'rows out of the range are of the version before',
  );
});

test('A request for a model that is not there, or for a range of one that is made whole, is refused by name', async () => {
  await assert.rejects(
    planFor(study, { models: ['fact_line'] }),
    /no model 'fact_line' to rebuild.*fact_lines/,
  );
  await assert.rejects(
    planFor(study, { models: ['dim_customer'], full: true, from: '2024-01-01' }),
    /dim_customer is computed as a whole.* leave --from and --to out/,
  );
});
