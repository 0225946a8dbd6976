/**
 * The laws of a run, whatever arrives, in whatever order and at whatever age, and wherever a run dies: silver has every
 * event once, the balance sheet counts what a plain loop counts, and gold is what it would be if it were made again.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { RunScope } from '../../lib/model/run/scope.ts';
import { stageName } from '../../lib/model/run/statements/names.ts';
import { stageSql } from '../../lib/model/run/statements.ts';
import { loadStudy, type Model, type Study } from '../../lib/model/study/study.ts';
import { withStudy } from '../../lib/model/testing/fixture.ts';
import { storeFiles } from '../../lib/model/testing/store.ts';
import { createDuckRuns, type DuckRuns, type LandedRecord } from '../support/duckRun.ts';

const study = withStudy('store', storeFiles, loadStudy);

interface Event {
  readonly source: 'orders' | 'lines' | 'visits' | 'customers';
  readonly id: number;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly time: string;
}

/** What arrives in a run: new events, events sent again, and records that the stream delivers again. */
type Arrival =
  | { readonly kind: 'new'; readonly event: Event; readonly refused: boolean; readonly copies: number }
  | { readonly kind: 'again'; readonly of: number; readonly time: string }
  | { readonly kind: 'redelivered'; readonly of: number };

const month = fc.integer({ min: 1, max: 5 }).map((number) => `2024-0${number}`);
const instant = fc
  .tuple(month, fc.constantFrom('01T00:00:00Z', '15T12:00:00Z', '28T23:59:59.999Z'))
  .map(([of, day]) => `${of}-${day}`);
const order = fc.integer({ min: 1, max: 3 }).map((number) => `o${number}`);
const customer = fc.integer({ min: 1, max: 3 }).map((number) => `c${number}`);

const event: fc.Arbitrary<Event> = fc
  .tuple(
    fc.integer({ min: 1, max: 40 }),
    instant,
    fc.oneof(
      fc.record({
        source: fc.constant('orders' as const),
        payload: fc.record({
          order_id: order,
          customer_id: customer,
          placed_at: instant,
          status: fc.constantFrom('open', 'closed'),
        }),
      }),
      fc.record({
        source: fc.constant('lines' as const),
        payload: fc.record({
          order_id: order,
          line: fc.integer({ min: 1, max: 2 }),
          amount: fc.constantFrom(1, 2.5, 2000),
        }),
      }),
      fc.record({
        source: fc.constant('visits' as const),
        payload: fc.record({ visitor: fc.constantFrom('v1', 'v2', 'v3'), seen_at: instant }),
      }),
      fc.record({
        source: fc.constant('customers' as const),
        payload: fc.record(
          { customer_id: customer, state: fc.constantFrom('CA', 'NY'), since: instant },
          { requiredKeys: ['customer_id'] },
        ),
      }),
    ),
  )
  .map(([id, time, { source, payload }]) => ({ source, id, payload, time }));

const arrival: fc.Arbitrary<Arrival> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('new' as const),
      event,
      refused: fc.constantFrom(false, false, false, false, true),
      copies: fc.constantFrom(1, 1, 1, 2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), of: fc.nat(), time: instant }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redelivered' as const), of: fc.nat() }) },
);

interface Batch {
  readonly arrivals: readonly Arrival[];
  /** Statements after which the first attempt at the run dies. */
  readonly dies: number | undefined;
}

const batches: fc.Arbitrary<Batch[]> = fc.array(
  fc.record({
    arrivals: fc.array(arrival, { minLength: 1, maxLength: 9 }),
    dies: fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined, freq: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);

interface Record_ extends LandedRecord {
  readonly event: Event;
}

/** Bytes that no contract takes; first in its batch, it keeps a batch from having the name of one that is delivered again. */
const poison: Event = { source: 'orders', id: 0, payload: {}, time: '2024-01-01T00:00:00Z' };

/** The records of each run, in the order of their arrival; copies follow the record. */
function recordsOf(runs: readonly Batch[]): Record_[][] {
  const all: Record_[] = [];
  /** A batch of one record that is delivered again twice is one and the same object. */
  const deliveredAgain = new Set<Record_>();
  let sequence = 0;
  return runs.map(({ arrivals }, run) => {
    const records: Record_[] = [
      recordOf(poison, { time: poison.time, refused: true, run, sequence: ++sequence }),
    ];
    const deliverAgain = (record: Record_) => {
      if (!deliveredAgain.has(record)) records.push(record);
      deliveredAgain.add(record);
    };
    const add = (event: Event, time: string, refused: boolean) => {
      const record = recordOf(event, { time, refused, run, sequence: ++sequence });
      records.push(record);
      all.push(record);
      return record;
    };
    for (const one of arrivals) {
      if (one.kind === 'new') {
        const record = add(one.event, one.event.time, one.refused);
        if (one.copies > 1) deliverAgain(record);
      } else if (all.length > 0) {
        const before = all[one.of % all.length]!;
        if (one.kind === 'redelivered') deliverAgain(before);
        else add(before.event, one.time, before.line.verdict === 'refused');
      }
    }
    return records;
  });
}

function recordOf(
  event: Event,
  { time, refused, run, sequence }: { time: string; refused: boolean; run: number; sequence: number },
): Record_ {
  const arrived = new Date(Date.UTC(2026, 0, 1, 10, run, 0, sequence)).toISOString();
  return {
    event,
    ...(!refused && { payload: event.payload }),
    line: {
      stream: 'events',
      shard: 's',
      sequence_number: String(sequence).padStart(6, '0'),
      arrived_at: arrived,
      source: event.source,
      verdict: refused ? 'refused' : 'valid',
      event_id: `${event.source}-${event.id}`,
      event_source: 'test',
      event_time: time,
      data: JSON.stringify(event.payload),
    },
  };
}

const identityOf = ({ line }: LandedRecord) => `${line.shard}/${line.sequence_number}`;

/** One object for what arrives, and one for each record that comes once more, as a batch that is delivered again. */
async function land(runs: DuckRuns, records: readonly Record_[]): Promise<void> {
  const seen = new Set<string>();
  const first = records.filter((record) => {
    const known = seen.has(identityOf(record));
    seen.add(identityOf(record));
    return !known;
  });
  const hours = Map.groupBy(first, ({ line }) => line.arrived_at.slice(0, 13));
  for (const some of hours.values())
    await runs.land(some.toSorted((a, b) => (a.line.sequence_number < b.line.sequence_number ? -1 : 1)));
  for (const record of records.filter((one, at) => records.indexOf(one) !== at)) {
    const other = { ...record, line: { ...record.line } };
    await runs.land([other]);
  }
}

/** What silver holds and each run's sheet says, by a plain loop over the records in the order of their arrival. */
function expected(all: readonly (readonly Record_[])[]) {
  const silver = new Map<string, string>();
  const keys = new Set<string>();
  /** Events whose key another event held. */
  const keyless = new Set<string>();
  const placeOf = (record: Record_): 'silver' | 'duplicates' | 'quarantined' => {
    const { source, payload } = record.event;
    const event = `${source}/${record.line.event_id}`;
    const identity = identityOf(record);
    if (record.line.verdict === 'refused') return 'quarantined';
    if (silver.get(event) === identity) return 'silver';
    if (source === 'lines' && (payload.amount as number) > 1000) return 'quarantined';
    if (silver.has(event)) return 'duplicates';
    const key = source === 'lines' ? `${payload.order_id}/${payload.line}` : undefined;
    if (key !== undefined && keys.has(key)) keyless.add(event);
    if (keyless.has(event)) return 'quarantined';
    if (key !== undefined) keys.add(key);
    silver.set(event, identity);
    return 'silver';
  };
  const sheets = all.map((records) => {
    const counts = { inBronze: 0, copies: 0, silver: 0, duplicates: 0, quarantined: 0 };
    const inOrder = [...new Map(records.map((record) => [identityOf(record), record])).values()].toSorted(
      (a, b) => (a.line.sequence_number < b.line.sequence_number ? -1 : 1),
    );
    counts.inBronze = inOrder.length;
    counts.copies = records.length - inOrder.length;
    for (const record of inOrder) counts[placeOf(record)]++;
    return counts;
  });
  return { silver, sheets };
}

async function silverOf({ lake }: DuckRuns): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { name } of study.sources) {
    const rows = await lake.query<Record<string, string>>(
      `SELECT _event_id, _shard || '/' || _sequence_number AS record FROM store_silver.${name}`,
    );
    for (const { _event_id, record } of rows) {
      assert.ok(!found.has(`${name}/${_event_id}`), `${name} has ${_event_id} twice`);
      found.set(`${name}/${_event_id}`, record!);
    }
  }
  return found;
}

/** A table as its SELECT gives it over all of what it reads. */
async function madeAgain({ lake }: DuckRuns, model: Model, study: Study): Promise<unknown[]> {
  const scope: RunScope = {
    study: study.name,
    runId: 'again',
    lake: 'lake',
    slice: { streams: [], firstDt: '', lastDt: '', hours: [] },
    arrived: [],
    copies: false,
    sources: {},
    models: {},
  };
  await lake.execute(stageSql(model, scope, 1));
  const rows = await rowsOf(lake, model, stageName(model, scope, 1), 'WHERE "_rule" IS NULL');
  await lake.execute(`DROP TABLE ${stageName(model, scope, 1)}`);
  return rows;
}

const rowsOf = (lake: DuckRuns['lake'], model: Model, table: string, where = '') =>
  lake.query(
    `SELECT ${model.contract.columns.map(({ name }) => `CAST("${name}" AS varchar) AS "${name}"`).join(', ')} FROM ${table} ${where} ORDER BY ALL`,
  );

test('silver, the balance sheet and gold are right however records come, again and late, and wherever a run dies', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (given) => {
      const runs = await createDuckRuns(study);
      const all = recordsOf(given);
      const { silver, sheets } = expected(all);
      for (const [index, records] of all.entries()) {
        await land(runs, records);
        const { dies } = given[index]!;
        const whole = dies === undefined ? undefined : await runs.run({ dies });

        const result = whole ?? (await runs.run());

        assert.ok(result);
        const { source: _source, unaccounted, ...counts } = result.sheet.total;
        assert.deepEqual([counts, unaccounted], [sheets[index], 0]);
        for (const model of study.models.filter(({ layer }) => layer !== 'silver'))
          assert.deepEqual(
            await rowsOf(runs.lake, model, `${model.database}.${model.table}`),
            await madeAgain(runs, model, study),
            model.name,
          );
      }
      assert.deepEqual(await silverOf(runs), silver);
      runs.close();
    }),
    { numRuns: 25 },
  );
});
