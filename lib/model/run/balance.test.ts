/** The balance sheet and the audit as plain data; what their statements find is tested where a run is (test/study). */

import assert from 'node:assert/strict';
import { test } from 'vitest';
import { loadStudy, type Model } from '../study/study.ts';
import { withShop } from '../testing/fixture.ts';
import { assessAudit, auditRules, satisfies } from './audit.ts';
import { balanceSheet, balanceSql } from './balance.ts';
import type { RunScope } from './scope.ts';

const study = withShop({}, loadStudy);
const orders = study.models.find((model) => model.name === 'orders') as Model;

test('a sheet whose lines do not add up is not balanced, even with nothing unaccounted', () => {
  const row = {
    source: 'orders',
    in_bronze: 3,
    copies: 0,
    silver: 1,
    duplicates: 1,
    quarantined: 0,
    unaccounted: 0,
  };

  assert.equal(balanceSheet([row]).balanced, false);
  assert.equal(balanceSheet([{ ...row, quarantined: 1 }]).balanced, true);
});

test('receipts are next to the source that bronze knows them by', () => {
  const row = {
    source: 'orders',
    in_bronze: '2',
    copies: '0',
    silver: '2',
    duplicates: '0',
    quarantined: '0',
    unaccounted: '0',
  };

  const sheet = balanceSheet([row], {
    rows: [{ source: 'orders', acknowledged: '2', lost: '0' }],
    given: 2,
  });

  assert.equal(sheet.lines[0]?.acknowledged, 2);
  assert.equal(sheet.balanced, true);
});

test('books do not balance when fewer or more receipts are there than records were acknowledged', () => {
  for (const acknowledged of ['0', '1', '3']) {
    const rows = acknowledged === '0' ? [] : [{ source: 'orders', acknowledged, lost: '0' }];

    const sheet = balanceSheet([], { rows, given: 2 });

    assert.equal(sheet.balanced, false);
    assert.equal(sheet.withoutReceipt, 2 - Number(acknowledged));
    assert.equal(sheet.total.acknowledged, 2);
  }
});

test('an audit that says nothing about a rule has not been passed', () => {
  assert.throws(
    () => assessAudit(auditRules(orders.contract), []),
    /did not measure the rule 'required:order_id'/,
  );
});

test('a rule in percent is compared with its share of the rows', () => {
  const rule = {
    name: 'r',
    dimension: 'completeness',
    severity: 'warn',
    description: '',
    unit: 'percent',
    operators: { mustBeLessThan: 10 },
  } as const;

  assert.equal(assessAudit([rule], [{ model: 'm', rule: 'r', failed: 9, total: 100 }]).warn.length, 0);
  assert.equal(assessAudit([rule], [{ model: 'm', rule: 'r', failed: 10, total: 100 }]).warn.length, 1);
  assert.equal(assessAudit([rule], [{ model: 'm', rule: 'r', failed: 0, total: 0 }]).warn.length, 0);
});

test('every operator of the standard is compared', () => {
  assert.deepEqual(
    [
      satisfies(1, { mustBe: 1 }),
      satisfies(1, { mustNotBe: 1 }),
      satisfies(2, { mustBeGreaterThan: 2 }),
      satisfies(2, { mustBeGreaterOrEqualTo: 2 }),
      satisfies(2, { mustBeLessThan: 2 }),
      satisfies(2, { mustBeLessOrEqualTo: 2 }),
      satisfies(2, { mustBeBetween: [1, 2] }),
      satisfies(2, { mustNotBeBetween: [1, 2] }),
    ],
    [true, false, false, true, false, true, true, false],
  );
});

test('the sheet reads what was refused since the run’s first record arrived, an hour allowed for clocks that differ', () => {
  const scope: RunScope = {
    study: 'shop',
    runId: 'r',
    lake: 'lake',
    slice: { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-01', hours: ['10'] },
    arrived: [
      [Date.UTC(2024, 11, 1, 10, 30), Date.UTC(2024, 11, 1, 11)],
      [Date.UTC(2024, 11, 1, 10), Date.UTC(2024, 11, 1, 10, 5)],
    ],
    copies: false,
    sources: {},
    models: {},
  };

  assert.match(
    balanceSql(study, scope, 1),
    /AS q\n {2}WHERE q\.model IN \('orders'\) AND q\.refused_at >= TIMESTAMP '2024-12-01 09:00:00\.000'/,
  );
});
