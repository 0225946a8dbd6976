/** The verdict on a run: lost or unaccounted records weigh more than a stopped model. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcomes, Run } from '../shared/run.ts';
import { failureNotice, reconcile } from './logic.ts';

const run: Run = {
  runId: '20241201t120000-1a2b3c4d',
  attempt: 1,
  executionArn: 'arn',
  startedAt: '2024-12-01T12:00:00.000Z',
  slice: { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-01', hours: ['10'] },
  records: 10,
};
const published: Outcomes = { level1: [{ model: 'orders', outcome: 'published' }] };
const stopped: Outcomes = {
  level1: [{ model: 'orders', outcome: 'published' }],
  level2: [{ model: 'fact_sales', outcome: 'stopped' }],
  level3: [{ model: 'sales_daily', outcome: 'skipped' }],
};

/** Athena answers texts. */
const line = (figures: Partial<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries({
      source: 'orders',
      in_bronze: 9,
      copies: 1,
      silver: 7,
      duplicates: 1,
      quarantined: 1,
      unaccounted: 0,
      ...figures,
    }).map(([name, value]) => [name, String(value)]),
  );

test('Books that add up over every line of the run are balanced', () => {
  const result = reconcile('shop', run, published, { balance: [line({})] }, []);

  assert.equal(result.verdict, 'Balanced');
  assert.match(
    result.summary,
    /In bronze 9 \(and 1 redelivered copies\) = 7 silver \+ 1 duplicates \+ 1 quarantined/,
  );
});

test('A record that is nowhere puts the run out of balance', () => {
  const result = reconcile('shop', run, published, { balance: [line({ silver: 6, unaccounted: 1 })] }, []);

  assert.equal(result.verdict, 'OutOfBalance');
});

test('Objects that hold fewer lines than the ledger says put the run out of balance', () => {
  const result = reconcile('shop', { ...run, records: 11 }, published, { balance: [line({})] }, []);

  assert.equal(result.verdict, 'OutOfBalance');
  assert.match(result.summary, /hold 11 lines by the ledger; 10 were read/);
});

test('A receipt without a record puts the run out of balance', () => {
  const receipts = [{ source: null, acknowledged: '10', lost: '1' }];

  const result = reconcile('shop', run, published, { balance: [line({})], receipts }, []);

  assert.equal(result.verdict, 'OutOfBalance');
  assert.match(result.summary, /lost 1/);
});

test('A stopped model is told with its rule and with what was skipped because of it', () => {
  const result = reconcile('shop', run, stopped, { balance: [line({})] }, [
    'fact_sales: no-orphans counted 3 of 9 (…)',
  ]);

  assert.equal(result.verdict, 'AuditStopped');
  assert.match(result.summary, /Stopped: fact_sales: no-orphans counted 3 of 9/);
  assert.match(result.summary, /Skipped because of it: sales_daily/);
});

test('A broken run is told with its error', () => {
  const notice = failureNotice('shop', 'arn:x', { Error: 'States.TaskFailed', Cause: 'line 1:8: Column x' });

  assert.match(notice.summary, /arn:x\nStates.TaskFailed\nline 1:8/);
});
