/** A changed model is rebuilt with what depends on it, so that every table is what its study gives from nothing. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { loadStudy, type Study } from '../../lib/model/study/study.ts';
import { withStudy } from '../../lib/model/testing/fixture.ts';
import { storeFiles } from '../../lib/model/testing/store.ts';
import { createDuckRuns, type LandedRecord } from '../support/duckRun.ts';
import { assertAsFromNothing } from '../support/fromNothing.ts';

/** Model → a change of its text: file, what is there, what takes its place. */
const changes = {
  orders: [
    'sources/orders.yaml',
    'customProperties:',
    '    quality:\n      - {type: sql, name: open-only, query: "status = \'closed\'", severity: refuse, mustBe: 0, dimension: accuracy}\ncustomProperties:',
  ],
  lines: ['sources/lines.yaml', 'amount > 1000', 'amount > 2'],
  linesByDay: ['sources/lines.yaml', 'month(_event_time)', 'day(_event_time)'],
  dim_customer: ['gold/dim_customer.sql', "'unknown'", "'nowhere'"],
  partitions: [
    'gold/dim_customer.yaml',
    "  - {property: partitioning, value: ['month(first_seen_at)']}\n",
    '',
  ],
  fact_lines: ['gold/fact_lines.sql', 'l.amount\n', 'l.amount * 2 as amount\n'],
  fact_visitors: ['gold/fact_visitors.sql', 'count(*)', '10 * count(*)'],
  revenue: ['marts/revenue.sql', 'sum(f.amount)', 'sum(f.amount) + 1'],
} as const satisfies Record<string, readonly [string, string, string]>;
type Changed = keyof typeof changes;
const names = Object.keys(changes) as Changed[];

const studies = new Map<string, Study>();

/** The study with these models changed. */
function studyWith(changed: ReadonlySet<Changed>): Study {
  const key = [...changed].sort().join();
  const known = studies.get(key);
  if (known) return known;
  const files: Record<string, string> = { ...storeFiles };
  for (const name of changed) {
    const [file, before, after] = changes[name];
    assert.ok(files[file]!.includes(before), `${file} has no ${before}`);
    files[file] = files[file]!.replace(before, after);
  }
  const study = withStudy('store', files, loadStudy);
  studies.set(key, study);
  return study;
}

interface Event {
  readonly source: 'orders' | 'lines' | 'visits' | 'customers';
  readonly id: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

const instant = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('01T00:00:00Z', '28T23:59:59.999Z'))
  .map(([month, day]) => `2024-0${month}-${day}`);
const order = fc.integer({ min: 1, max: 3 }).map((number) => `o${number}`);
const customer = fc.integer({ min: 1, max: 3 }).map((number) => `c${number}`);
const payloads = {
  orders: fc.record({
    order_id: order,
    customer_id: customer,
    placed_at: instant,
    status: fc.constantFrom('open', 'open', 'closed'),
  }),
  lines: fc.record({
    order_id: order,
    line: fc.integer({ min: 1, max: 2 }),
    amount: fc.constantFrom(1, 2.5, 2000),
  }),
  visits: fc.record({ visitor: fc.constantFrom('v1', 'v2'), seen_at: instant }),
  customers: fc.record(
    {
      customer_id: customer,
      state: fc.constantFrom('CA', 'NY'),
      since: instant,
      revision: fc.integer({ min: 0, max: 3 }),
    },
    { requiredKeys: ['customer_id'] },
  ),
};
const eventOf = <Source extends Event['source']>(source: Source): fc.Arbitrary<Event> =>
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), payloads[source])
    .map(([id, payload]) => ({ source, id, payload }));
const event = fc.oneof(eventOf('orders'), eventOf('lines'), eventOf('visits'), eventOf('customers'));

/** One step: models whose text is changed (or changed back), events that arrive, and where the run dies first. */
const step = fc.record({
  toggled: fc.subarray(names, { maxLength: 2 }),
  events: fc.array(event, { maxLength: 6 }),
  dies: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined, freq: 3 }),
});
const steps = fc.tuple(
  fc.array(event, { minLength: 3, maxLength: 10 }),
  fc.array(step, { minLength: 1, maxLength: 4 }),
);

function recordsOf(events: readonly Event[], run: number): LandedRecord[] {
  return events.map(({ source, id, payload }, at) => ({
    payload,
    line: {
      stream: 'events',
      shard: 's',
      sequence_number: `${run}${String(at).padStart(4, '0')}`,
      arrived_at: new Date(Date.UTC(2026, 0, 1, 10, run, 0, at)).toISOString(),
      source,
      verdict: 'valid',
      event_id: `${source}-${id}`,
      event_source: 'test',
      event_time: String(payload.since ?? payload.placed_at ?? '2024-01-05T00:00:00Z'),
      data: JSON.stringify(payload),
    },
  }));
}

test('after each run every table is what its study gives from nothing, whatever changed, arrived or died before', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async ([first, later]) => {
      const changed = new Set<Changed>();
      const runs = await createDuckRuns(studyWith(changed));
      const landed = [recordsOf(first, 0)];
      await runs.land(landed[0]!);
      await runs.run();
      for (const [index, { toggled, events, dies }] of later.entries()) {
        for (const name of toggled) if (!changed.delete(name)) changed.add(name);
        const study = studyWith(changed);
        runs.change(study);
        if (events.length > 0) {
          landed.push(recordsOf(events, index + 1));
          await runs.land(landed.at(-1)!);
        }
        if (dies !== undefined) await runs.run({ dies });

        await runs.run();

        await assertAsFromNothing(runs, study, landed);
        assert.equal(await runs.run(), undefined, 'a run after it finds nothing to do');
      }
      runs.close();
    }),
    { numRuns: 10 },
  );
});
