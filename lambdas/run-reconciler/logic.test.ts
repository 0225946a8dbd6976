/** The verdict on a run: lost or unaccounted records weigh more than a stopped model. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Outcomes, Run } from '../../lib/model/run/protocol.ts';
import { failureNotice, reconcile } from './logic.ts';

const run: Run = {
  runId: '20241201t120000-1a2b3c4d',
  attempt: 1,
  executionArn: 'arn',
  startedAt: '2024-12-01T12:00:00.000Z',
  records: 10,
};
const producer = { run: 'feed-1', firstDt: '2024-12-01', lastDt: '2024-12-01', records: 10 };
const published: Outcomes = { orders: 'published' };
const stopped: Outcomes = { orders: 'published', fact_sales: 'stopped', sales_daily: 'skipped' };

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

const unchanged = { rebuild: { models: [], changes: [], postponed: [] }, whole: [] };

test('Books that add up over every line of the run are balanced', () => {
  const result = reconcile('shop', run, published, { balance: [line({})] }, [], unchanged);

  assert.equal(result.verdict, 'Balanced');
  assert.match(
    result.summary,
    /In bronze 9 \(and 1 redelivered copies\) = 7 silver \+ 1 duplicates \+ 1 quarantined/,
  );
});

test('A record that is nowhere puts the run out of balance', () => {
  const result = reconcile(
    'shop',
    run,
    published,
    { balance: [line({ silver: 6, unaccounted: 1 })] },
    [],
    unchanged,
  );

  assert.equal(result.verdict, 'OutOfBalance');
});

test('Objects that hold fewer lines than the ledger says put the run out of balance', () => {
  const result = reconcile(
    'shop',
    { ...run, records: 11 },
    published,
    { balance: [line({})] },
    [],
    unchanged,
  );

  assert.equal(result.verdict, 'OutOfBalance');
  assert.match(result.summary, /hold 11 lines by the ledger; 10 were read/);
});

test('A receipt without a record puts the run out of balance', () => {
  const receipts = [{ source: null, acknowledged: '10', lost: '1' }];

  const result = reconcile(
    'shop',
    { ...run, producer },
    published,
    { balance: [line({})], receipts },
    [],
    unchanged,
  );

  assert.equal(result.verdict, 'OutOfBalance');
  assert.match(result.summary, /lost 1/);
});

test('Receipts that are gone put the run out of balance, and are named', () => {
  const result = reconcile(
    'shop',
    { ...run, producer },
    published,
    { balance: [line({})], receipts: [] },
    [],
    unchanged,
  );

  assert.equal(result.verdict, 'OutOfBalance');
  assert.match(
    result.summary,
    /10 records of feed-1 were acknowledged; their receipts .*run=feed-1\/ cover 0/,
  );
});

test('A stopped model is reported with its rule and with what was skipped because of it', () => {
  const result = reconcile(
    'shop',
    run,
    stopped,
    { balance: [line({})] },
    ['fact_sales: no-orphans counted 3 of 9 (…)'],
    unchanged,
  );

  assert.equal(result.verdict, 'AuditStopped');
  assert.match(result.summary, /Stopped: fact_sales: no-orphans counted 3 of 9/);
  assert.match(result.summary, /Skipped because of it: sales_daily/);
});

test('What was rebuilt and what was not are named', () => {
  const rebuild = {
    models: ['fact_sales', 'sales_daily'],
    changes: [{ model: 'fact_sales', reason: 'sql' as const }],
    postponed: [{ model: 'dim_date', reason: 'contract' as const }],
  };

  const result = reconcile('shop', run, published, { balance: [line({})] }, [], {
    rebuild,
    whole: ['fact_sales'],
  });

  assert.deepEqual(result.rebuilt, [
    { model: 'fact_sales', reason: 'sql', inPart: false },
    { model: 'sales_daily', inPart: true },
  ]);
  assert.match(result.summary, /Rebuilt: fact_sales, sales_daily\nChanged and not rebuilt: dim_date/);
});

test('A failed run is reported with its error', () => {
  const notice = failureNotice('shop', 'arn:x', { Error: 'States.TaskFailed', Cause: 'line 1:8: Column x' });

  assert.match(notice.summary, /arn:x\nStates.TaskFailed\nline 1:8/);
});
