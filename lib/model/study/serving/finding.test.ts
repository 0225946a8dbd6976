import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { columnsOfTitle, FindingError, findingOf } from './finding.ts';

const sales = {
  columns: ['day', 'revenue', 'state'],
  rows: [
    ['2026-10-31', '3254.10', 'SP'],
    ['2026-11-01', '411.00', 'RJ'],
    ['2026-11-02', null, 'MG'],
    ['2026-11-03', '1874.50', 'BA'],
  ],
} as const;

describe('a chart’s title is filled in from its rows', () => {
  for (const [title, expected] of [
    ['Revenue averages {mean revenue:0} a day', 'Revenue averages 1,847 a day'],
    ['between {min revenue} and {max revenue}', 'between 411.00 and 3,254.10'],
    ['{argmax state revenue} sold most, {argmin day revenue} least', 'SP sold most, 2026-11-01 least'],
    ['{count} days, {first state} to {last state}, last {last revenue:1}', '4 days, SP to BA, last 1,874.5'],
    ['{sum revenue:0} in all, {share revenue} on the first day', '5,540 in all, 58.7 % on the first day'],
  ] as const)
    test(title, () => assert.equal(findingOf(title, sales), expected));

  test('without rows it says so', () => {
    assert.equal(
      findingOf('Revenue averages {mean revenue}', { columns: ['revenue'], rows: [] }),
      'No rows yet',
    );
  });
});

describe('a place that cannot be filled in is refused with what is allowed', () => {
  for (const [title, message] of [
    ['{median revenue}', /'median' is not a function of a title; allowed: first, last, min/],
    ['{argmax revenue}', /argmax takes 2 columns, not 1/],
    ['{mean revenue:x}', /after the colon comes a number of digits or %/],
  ] as const)
    test(title, () => assert.throws(() => columnsOfTitle(title), { name: FindingError.name, message }));

  test('a column that the rows do not have', () => {
    assert.throws(
      () => findingOf('{mean profit}', sales),
      /names 'profit', but the rows have day, revenue, state/,
    );
  });
});
