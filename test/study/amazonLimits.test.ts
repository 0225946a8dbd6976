/** Limits of the Amazon study: what would block it is refused on arrival, with rule and path; what is at its limits still fits its tables. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'vitest';
import { createJudge } from '../../lib/model/contract/judge.ts';
import { loadStudy } from '../../lib/model/study/study.ts';

const study = loadStudy(join(import.meta.dirname, '..', '..', 'sql', 'amazon'));
const judge = createJudge(study);
const arrivedAtMs = Date.UTC(2026, 2, 1, 12);

const verdictOf = (type: string, data: string, time = '2026-03-01T10:00:00Z') => {
  const event = `{"specversion":"1.0","id":"e","source":"/shop","type":"amazon.${type}","time":"${time}","data":${data}}`;
  const judgement = judge(Buffer.from(event), arrivedAtMs);
  return judgement.valid ? 'valid' : `${judgement.refusal.rule} ${judgement.refusal.path}`;
};
const order = (purchasedAt: string) =>
  `{"order_id":"o","customer_id":"c","status":"created","purchased_at":"${purchasedAt}"}`;
const line = (price: string, quantity = '1') =>
  `{"order_id":"o","line_number":1,"product_id":"p","quantity":${quantity},"unit_price":${price}}`;

const cases: readonly (readonly [what: string, verdict: string, expected: string])[] = [
  [
    'the zero time of Go and .NET',
    verdictOf('orders', order('0001-01-01T00:00:00Z')),
    'minimum /purchased_at',
  ],
  [
    'a purchase before the calendar begins',
    verdictOf('orders', order('1989-12-31T23:59:59Z')),
    'minimum /purchased_at',
  ],
  [
    'a purchase of the year 9999',
    verdictOf('orders', order('9999-12-31T00:00:00Z')),
    'maximum /purchased_at',
  ],
  ['the first purchase of the calendar', verdictOf('orders', order('1990-01-01T00:00:00Z')), 'valid'],
  [
    'an event of the year 1',
    verdictOf('orders', order('2026-03-01T10:00:00Z'), '0001-01-01T00:00:00Z'),
    'minimum /time',
  ],
  ['a price that decimal(18,2) cannot hold', verdictOf('order_items', line('1e17')), 'maximum /unit_price'],
  ['a price with three decimals', verdictOf('order_items', line('9.999')), 'digits /unit_price'],
  ['the highest price, the most pieces', verdictOf('order_items', line('10000000.00', '100000')), 'valid'],
  ['more pieces than a line may have', verdictOf('order_items', line('1', '100001')), 'maximum /quantity'],
];
for (const [what, verdict, expected] of cases)
  test(`${what} is ${expected}`, () => {
    assert.equal(verdict, expected);
  });

test('every day of a plausible purchase is in the calendar', () => {
  const [from, to] = ['1990-01-01', '2059-12-31'];
  const calendar = study.models.find(({ name }) => name === 'dim_date')!.sql;

  assert.ok(calendar.includes(`date '${from}'`) && calendar.includes(`date '${to}'`));
  for (const name of ['orders', 'reviews', 'inventory', 'clickstream'])
    assert.equal(study.sources.find((source) => source.name === name)?.timeRange?.from, from);
});
