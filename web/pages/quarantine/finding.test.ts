import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { QuarantineGroup } from './contract.ts';
import { findingOf, groupOf } from './finding.ts';

const group = (some: Partial<QuarantineGroup>): QuarantineGroup => ({
  kind: 'record',
  of: null,
  rule: 'undecodable',
  path: '',
  count: 1,
  newest: '2026-11-30T12:00:00.000Z',
  example: 'events/shard/1',
  ...some,
});

test.each([
  [[], 10, 'Quarantine is empty'],
  [[group({})], 10, '1 of 10 records was refused, by 1 rule'],
  [
    [group({ count: 1200 }), group({ rule: 'type', path: '/a' }), group({ rule: 'type', path: '/b' })],
    10_000,
    '1,202 of 10,000 records were refused, by 2 rules',
  ],
  [[group({ count: 2 })], 0, '2 records were refused, by 1 rule'],
  [
    [group({ count: 2 }), group({ kind: 'row', rule: 'key' })],
    9,
    '2 of 9 records were refused and 1 row of models, by 2 rules',
  ],
  [[group({ kind: 'row', rule: 'key' })], 9, 'Models refused 1 row, by 1 rule'],
] as const)('the page says first what was refused: %#', (groups, inBronze, finding) => {
  assert.equal(findingOf({ groups, inBronze }), finding);
});

test('the rule that is shown is the one that the address names, else the open record’s, else the largest', () => {
  const groups = [
    group({}),
    group({ rule: 'type', of: 'orders', path: '/a' }),
    group({ rule: 'type', of: 'orders', path: '/b' }),
  ];
  const chosen = (query: string, open?: Parameters<typeof groupOf>[2]) =>
    groups.indexOf(groupOf(groups, new URLSearchParams(query), open)!);
  const record = { kind: 'record', values: { rule: 'type', rule_path: '/b', source: 'orders' } } as const;

  assert.equal(chosen(''), 0);
  assert.equal(chosen('rule=type&of=orders&at=/b'), 2);
  assert.equal(chosen('rule=type'), 1);
  assert.equal(chosen('rule=colour'), -1);
  assert.equal(chosen('id=x', [record]), 2);
  assert.equal(chosen('id=x'), -1);
});
