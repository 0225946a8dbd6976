/** A run whose every record was refused is a failure, and the rules that refused are named. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { BalanceSheet } from '../lib/model/run/balance.ts';
import { everythingRefused, refusedBy } from './refused.ts';

const sheet = (inBronze: number, quarantined: number) =>
  ({ total: { inBronze, quarantined } }) as unknown as BalanceSheet;

const lake = { command: (words: string) => `npx headwaters ${words} --state other` };

test('a run of which every record was refused says so; one good record makes it a success', () => {
  assert.match(
    everythingRefused(lake, sheet(3, 3), 'amazon')!,
    /^All 3 records of this run were refused.*quarantine list amazon --state other/,
  );
  assert.match(everythingRefused(lake, sheet(1, 1), 'amazon')!, /^The only record of this run was refused/);
  assert.equal(everythingRefused(lake, sheet(3, 2), 'amazon'), undefined);
  assert.equal(everythingRefused(lake, sheet(0, 0), 'amazon'), undefined);
});

test('each rule is named with where it broke and how much it refused', () => {
  const base = { newest: '', example: null };

  assert.deepEqual(
    refusedBy([
      { ...base, kind: 'record', of: 'orders', rule: 'required', path: '/order_id', count: 1 },
      { ...base, kind: 'row', of: 'fact_sales', rule: 'unique-key', path: null, count: 2 },
      { ...base, kind: 'record', of: null, rule: 'undecodable', path: null, count: 3 },
    ]),
    [
      'orders: required at /order_id refused 1 record',
      'fact_sales: unique-key refused 2 rows',
      '(unknown source): undecodable refused 3 records',
    ],
  );
});
