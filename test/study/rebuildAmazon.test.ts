/** Models of a real study changed in turn, with events between: after each run every table is what its study gives from nothing. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { loadStudy } from '../../lib/model/study/study.ts';
import { createRandom } from '../../lib/simulator/random.ts';
import type { SimulatedFile } from '../../lib/simulator/simulation.ts';
import amazon from '../../sql/amazon/simulation.ts';
import { createDuckRuns, type LandedRecord } from '../support/duckRun.ts';
import { assertAsFromNothing } from '../support/fromNothing.ts';

const folder = join(import.meta.dirname, '..', '..', 'sql', 'amazon');

/** Model → a change of its text: file, what is there, what takes its place. */
const changes = {
  orders: [
    'sources/orders.yaml',
    '    quality:\n      - type: sql\n        name: delivered-orders-have-a-date',
    '    quality:\n      - {type: sql, name: none-shipped, query: "status = \'shipped\'", severity: refuse, mustBe: 0, dimension: accuracy}\n      - type: sql\n        name: delivered-orders-have-a-date',
  ],
  dim_customer: ['gold/dim_customer.sql', '  city,', '  upper(city) as city,'],
  dim_product: ['gold/dim_product.sql', '  p.name,', '  upper(p.name) as name,'],
  fact_sales: [
    'gold/fact_sales.sql',
    "decimal '0.00') as freight",
    "decimal '0.00') + decimal '1.00' as freight",
  ],
  fact_review: ['gold/fact_review.sql', '  score,', '  6 - score as score,'],
  fact_order_delivery: ['gold/fact_order_delivery.sql', 'o.delivered_at) as', 'o.delivered_at) + 1 as'],
  fact_session: ['gold/fact_session.sql', "count_if(action = 'search')", 'count(*)'],
  fact_inventory_snapshot: ['gold/fact_inventory_snapshot.sql', 'on_hand = 0', 'on_hand < 20'],
  sales_by_state: ['marts/sales_by_state.sql', 'then f.amount else', 'then f.amount + 1 else'],
  funnel_daily: ['marts/funnel_daily.sql', 'count(*) as sessions,', '2 * count(*) as sessions,'],
} as const satisfies Record<string, readonly [string, string, string]>;
type Changed = keyof typeof changes;

/** A copy of the study in a folder of its own, whose models can be changed. */
function studyToChange() {
  const root = mkdtempSync(join(tmpdir(), 'headwaters-rebuild-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'amazon');
  cpSync(folder, dir, { recursive: true });
  return {
    load: () => loadStudy(dir),
    change(name: Changed) {
      const [file, before, after] = changes[name];
      const path = join(dir, file);
      const text = readFileSync(path, 'utf8');
      assert.ok(text.includes(before), `${file} has no ${before}`);
      writeFileSync(path, text.replace(before, after));
    },
  };
}

interface Arrival {
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

function rowsOfFile({ source, name, body }: SimulatedFile): Arrival[] {
  const [first = '', ...rest] = body.trim().split('\n');
  const header = first.split(',');
  const payloads: Record<string, unknown>[] = name.endsWith('.csv')
    ? rest.map((row) => Object.fromEntries(row.split(',').map((value, at) => [header[at], value])))
    : [first, ...rest].map((row) => JSON.parse(row));
  return payloads.map((payload, at) => ({
    source,
    id: `${name}-${at}`,
    time: String(payload.updated_at),
    payload,
  }));
}

/** Valid records that arrive together, as one bronze object of a shard and hour. */
const recordsOf = (arrivals: readonly Arrival[], step: number): LandedRecord[] =>
  arrivals.map(({ source, id, time, payload }, at) => ({
    payload,
    line: {
      stream: 'events',
      shard: 's',
      sequence_number: `${step}${String(at).padStart(5, '0')}`,
      arrived_at: new Date(Date.UTC(2026, 0, 1, step, 0, 0, at)).toISOString(),
      source,
      verdict: 'valid',
      event_id: id,
      event_source: 'test',
      event_time: time,
      data: JSON.stringify(payload),
    },
  }));

test('ten models are changed, two a run, in random order: every table is what the study gives from nothing', async () => {
  const random = createRandom(14);
  const order = (Object.keys(changes) as Changed[])
    .map((name) => ({ name, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ name }) => name);
  const { files, events } = amazon.simulate({ seed: 14, events: 400, now: Date.UTC(2025, 11, 31), days: 70 });
  const delivered = [
    ...files.flatMap(rowsOfFile),
    ...events.map(({ source, id, time, data }) => ({
      source,
      id,
      time: new Date(time).toISOString(),
      payload: data,
    })),
  ];
  const { load, change } = studyToChange();
  // Events that are late belong to partitions that have been published.
  const parts = 1 + order.length / 2;
  const arriving = Array.from({ length: parts }, (_, part) =>
    recordsOf(
      delivered.filter(
        (_one, at) => (at % 7 === 0 ? at % parts : Math.floor((at * parts) / delivered.length)) === part,
      ),
      part,
    ),
  );
  const runs = await createDuckRuns(load());
  const landed = [arriving[0]!];
  await runs.land(landed[0]!);
  await runs.run();

  for (let part = 1; part < parts; part++) {
    for (const name of order.slice(2 * part - 2, 2 * part)) change(name);
    const study = load();
    runs.change(study);
    landed.push(arriving[part]!);
    await runs.land(arriving[part]!);

    const result = await runs.run();

    assert.ok(result?.sheet.balanced);
    assert.deepEqual(result.stops, []);
    const counts = await assertAsFromNothing(runs, study, landed);
    if (part === parts - 1)
      for (const name of Object.keys(changes)) assert.ok((counts.get(name) ?? 0) > 0, `${name} has rows`);
  }
  assert.equal(await runs.run(), undefined, 'a run after it finds nothing to do');
  runs.close();
});
