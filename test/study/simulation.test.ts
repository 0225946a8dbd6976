/** The shop of the Amazon simulation keeps its own rules, so that its truth is worth judging gold by. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import amazon from '../../sql/amazon/simulation.ts';

const now = Date.UTC(2026, 10, 21, 12);
const options = { seed: 7, events: 5_000, now, days: 30 };

test('a seed gives the same world every time, and another seed another one', () => {
  const first = amazon.simulate(options);
  const again = amazon.simulate(options);
  const other = amazon.simulate({ ...options, seed: 8 });

  assert.deepEqual(again, first);
  assert.notDeepEqual(other.events, first.events);
});

for (const events of [1, 37, 1_000, 5_000])
  test(`asked for ${events} events it gives exactly ${events}, in order, none from the future`, () => {
    const { events: given } = amazon.simulate({ ...options, events });

    assert.equal(given.length, events);
    assert.equal(new Set(given.map(({ id }) => id)).size, events);
    assert.ok(given.every(({ time }, i) => time <= now && (i === 0 || time >= given[i - 1]!.time)));
  });

test('stock never falls below nothing, and every line belongs to an order that was placed', () => {
  const { events } = amazon.simulate(options);

  const of = (source: string) => events.filter((event) => event.source === source).map(({ data }) => data);
  const placed = new Set(of('orders').map(({ order_id }) => order_id));
  assert.ok(of('inventory').every(({ on_hand }) => (on_hand as number) >= 0));
  assert.ok(of('order_items').every(({ order_id }) => placed.has(order_id)));
});

test('the last seven days have sales, and the parts of revenue add up to the whole', () => {
  const { files, events } = amazon.simulate(options);

  const answers = amazon.expectedAnswers(files, events, now);

  const total = (query: string) =>
    answers[query]!.reduce((sum, row) => sum + Math.round(Number(row.revenue) * 100), 0);
  assert.ok(answers.revenue_last_7_days!.length > 3);
  assert.equal(total('revenue_by_segment'), total('sales_overview'));
  assert.equal(total('revenue_by_month'), total('sales_overview'));
  assert.equal(total('revenue_by_category'), total('sales_overview'));
});
