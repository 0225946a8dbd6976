/** One run at a time, over exactly what has landed, and a dead run's lease taken over with its queries stopped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease, LedgerRow } from '../../lib/model/ledger.ts';
import { ledgerRow, nextLease } from '../../lib/model/ledger.ts';
import { type PlannerPorts, planNextRun, runIdOf } from './logic.ts';

const NOW = Date.UTC(2024, 11, 1, 12);
const ARN = 'arn:aws:states:us-east-1:000000000000:execution:headwaters-shop-pipeline:';
const start = { executionArn: `${ARN}new`, startedAt: '2024-12-01T12:00:00.123Z' };
const study = { name: 'shop', levels: [['orders'], ['fact_sales']] };

const place = {
  study: 'shop',
  stream: 'events',
  shard: 's',
  dt: '2024-12-01',
  hour: '10',
  first: '1',
  last: '9',
};
const row = ledgerRow(
  place,
  'bronze/a',
  { records: 9, valid: 9, refused: 0, bytes: 99 },
  '2024-12-01T10:01:00.000Z',
);

function world(landed: readonly LedgerRow[], lease?: Lease, running: readonly string[] = []) {
  const state = { lease, stopped: [] as string[], texts: {} as Record<string, string> };
  const ports: PlannerPorts = {
    readLease: async () => state.lease,
    takeLease: async (holder, previous) => {
      state.lease = nextLease('shop', holder, previous);
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
    putText: async (key, body) => {
      state.texts[key] = body;
    },
    now: () => NOW,
  };
  return { ports, state };
}

const leaseOf = (execution: string, expiresAt: number, open = true) =>
  nextLease(
    'shop',
    { runId: 'old', attempt: 1, open, executionArn: `${ARN}${execution}`, expiresAt },
    undefined,
  );
const LATER = NOW / 1000 + 60;
const BEFORE = NOW / 1000 - 60;

test('A run takes every landed object, holds the lease and leaves its manifest', async () => {
  const { ports, state } = world([row]);

  const decision = await planNextRun(ports, study, 'lake', start);

  assert.equal(decision.decision, 'run');
  const runId = runIdOf(start);
  assert.match(runId, /^20241201t120000-[0-9a-f]{8}$/);
  assert.equal(state.lease?.run_id, runId);
  assert.equal(
    state.texts[`runs/study=shop/run=${runId}/manifest/objects.ndjson`],
    '{"path":"s3://lake/bronze/a","stream":"events","dt":"2024-12-01","hour":"10","records":9}\n',
  );
  assert.deepEqual(decision.decision === 'run' && decision.run.slice, {
    streams: ['events'],
    firstDt: '2024-12-01',
    lastDt: '2024-12-01',
    hours: ['10'],
  });
});

test('When nothing has landed the lease is given back and there is no run', async () => {
  const { ports, state } = world([]);

  const decision = await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(decision, { decision: 'nothing-new' });
  assert.equal(state.lease?.expires_at, 0);
});

test('A living run keeps its lease', async () => {
  const { ports, state } = world([row], leaseOf('old', LATER), [`${ARN}old`]);

  const decision = await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(decision, { decision: 'another-run', holder: 'old' });
  assert.equal(state.lease?.run_id, 'old');
});

test('The lease of a run that ended without giving it back is taken at once', async () => {
  const { ports, state } = world([row], leaseOf('old', LATER), []);

  const decision = await planNextRun(ports, study, 'lake', start);

  assert.equal(decision.decision, 'run');
  assert.deepEqual(state.stopped, []);
  assert.equal(state.lease?.version, 2);
});

test('A run that outlived its lease is stopped before its place is taken', async () => {
  const { ports, state } = world([row], leaseOf('old', BEFORE), [`${ARN}old`]);

  await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(state.stopped, [`${ARN}old`]);
});

test('A run whose books never balanced is gone on with under its own id, by a new attempt', async () => {
  const { ports } = world([row], leaseOf('old', 0));

  const decision = await planNextRun(ports, study, 'lake', start);

  assert.ok(decision.decision === 'run');
  assert.deepEqual([decision.run.runId, decision.run.attempt], ['old', 2]);
});

test('After a balanced run the next one has an id of its own', async () => {
  const { ports } = world([row], leaseOf('old', 0, false));

  const decision = await planNextRun(ports, study, 'lake', start);

  assert.ok(decision.decision === 'run');
  assert.deepEqual([decision.run.runId, decision.run.attempt], [runIdOf(start), 1]);
});

test('The step repeated plans the same run again', async () => {
  const { ports } = world([row]);
  const first = await planNextRun(ports, study, 'lake', start);

  const again = await planNextRun(ports, study, 'lake', start);

  assert.deepEqual(again, first);
});

test('Of two planners that find the lease free only one gets it', async () => {
  const { ports } = world([row]);
  const late: PlannerPorts = {
    ...ports,
    readLease: async () => undefined,
    takeLease: async () => false,
  };

  const decision = await planNextRun(late, study, 'lake', start);

  assert.equal(decision.decision, 'another-run');
});
