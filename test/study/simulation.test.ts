/** Simulations keep their own rules, so that their truth is worth judging gold by. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { studiesOf } from '../../lake/studies.ts';
import { planTransaction } from '../../lib/model/study/oltp.ts';
import amazon from '../../sql/amazon/simulation.ts';
import netflix from '../../sql/netflix/simulation.ts';
import { closeOf, isTradingDay, wallToUtc } from '../../sql/nyse/calendar.ts';
import nyse from '../../sql/nyse/simulation.ts';

const now = Date.UTC(2026, 10, 21, 12);
const options = { seed: 7, events: 5_000, now, days: 30 };

const studies = studiesOf();

for (const [study, simulation] of Object.entries({ amazon, netflix, nyse }))
  describe(`the simulation of ${study}`, () => {
    test('a seed gives the same world every time, and another seed another one', () => {
      const first = simulation.simulate(options);
      const again = simulation.simulate(options);
      const other = simulation.simulate({ ...options, seed: 8 });

      assert.deepEqual(again, first);
      assert.notDeepEqual(other.events, first.events);
    });

    test('each transaction is one that the study takes, names its own time, and puts an item that may not be there yet', () => {
      const { transactions = [] } = simulation.simulate(options);
      const design = studies.find(study).oltp!;

      const plans = transactions.flatMap(({ name, input }) =>
        [now, now + 1].map((at) => planTransaction(design, name, input, at, 'store')),
      );

      assert.ok(transactions.length > 0);
      for (const [at, { request }] of plans.entries()) {
        assert.deepEqual(request, plans[at ^ 1]!.request);
        assert.ok(
          request.TransactItems.some(({ Put }) =>
            Put?.ConditionExpression?.startsWith('attribute_not_exists('),
          ),
        );
      }
    });

    for (const events of [1, 37, 1_000, 5_000])
      test(`asked for ${events} events it gives exactly ${events}, in order, none from the future`, () => {
        const { events: given } = simulation.simulate({ ...options, events });

        assert.equal(given.length, events);
        assert.equal(new Set(given.map(({ id }) => id)).size, events);
        assert.ok(given.every(({ time }, i) => time <= now && (i === 0 || time >= given[i - 1]!.time)));
      });
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

test('every view belongs to a cohort, and no retention curve rises', () => {
  const { files, events } = netflix.simulate(options);

  const answers = netflix.expectedAnswers(files, events);

  const inCohorts = answers.cohorts!.reduce((sum, { views }) => sum + Number(views), 0);
  const shares = answers.retention_curve!.map(({ share }) => Number(share));
  assert.equal(inCohorts, Number(answers.viewing_overview![0]!.views));
  assert.equal(shares[0], 1);
  assert.ok(shares.every((share, i) => i === 0 || share <= shares[i - 1]!));
});

// https://www.nyse.com/markets/hours-calendars
test('the exchange keeps its holidays and half days', () => {
  const closed = [
    '2026-01-01',
    '2026-01-19',
    '2026-04-03',
    '2026-05-25',
    '2026-06-19',
    '2026-07-03',
    '2026-11-26',
  ];
  const open = ['2021-12-31', '2026-11-27', '2026-12-24', '2026-07-02'];

  assert.deepEqual(closed.filter(isTradingDay), []);
  assert.deepEqual(open.filter(isTradingDay), open);
  assert.deepEqual(
    open.map((date) => closeOf(date) / 3_600_000),
    [16, 13, 13, 16],
  );
});

for (const [date, opening] of [
  ['2026-03-06', '14:30'],
  ['2026-03-09', '13:30'],
  ['2026-10-30', '13:30'],
  ['2026-11-02', '14:30'],
])
  test(`the exchange opens at ${opening} UTC on ${date}`, () => {
    assert.equal(new Date(wallToUtc(date!, 34_200_000)).toISOString(), `${date}T${opening}:00.000Z`);
  });

test('the ticks of a year are on days of both clocks, and half of them in the minutes of the auctions', () => {
  const { events } = nyse.simulate({ ...options, days: 365 });

  const offset = ({ data, time }: (typeof events)[number]) =>
    (Date.parse(`${data.trade_date}T00:00:00Z`) + Number(data.time_ms) - time) / 3_600_000;
  const trades = events.filter(({ source }) => source === 'trades');
  assert.deepEqual(new Set(trades.map((trade) => Math.round(offset(trade)))), new Set([-5, -4]));
  const burst = events.filter(({ data }) => {
    const ms = Number(data.time_ms);
    const close = closeOf(String(data.trade_date));
    return (ms >= 34_200_000 && ms < 34_500_000) || (ms >= close - 300_000 && ms < close);
  });
  assert.ok(burst.length > events.length * 0.45, String(burst.length));
});
