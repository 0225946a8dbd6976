/** The law of the balance sheet: whatever arrives, in whatever order and in how many runs, every record is found once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assessAudit, auditRules, satisfies } from './audit.ts';
import { balanceSheet } from './balance.ts';
import type { BronzeLine } from './bronze.ts';
import type { RunScope } from './plan.ts';
import { publishSql, refuseSql, stageSql } from './statements.ts';
import { loadStudy, type Model } from './study.ts';
import { balanceOf } from './testing/balance.ts';
import { createDuckLake } from './testing/duckLake.ts';
import { withShop } from './testing/fixture.ts';

const study = withShop({}, loadStudy);
const orders = study.models.find((model) => model.name === 'orders') as Model;

interface Arrival {
  event: number;
  key: number;
  late: boolean;
  refused: boolean;
  copies: number;
}

const arrivals: fc.Arbitrary<Arrival[][]> = fc.array(
  fc.array(
    fc.record({
      event: fc.integer({ min: 1, max: 5 }),
      key: fc.integer({ min: 1, max: 4 }),
      late: fc.boolean(),
      refused: fc.boolean(),
      copies: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  { minLength: 1, maxLength: 3 },
);

/** What the sheet of each run must say, found by a plain loop over the records in the order of their arrival. */
function expected(runs: readonly Arrival[][]) {
  const events = new Set<number>();
  const keys = new Set<number>();
  return runs.map((records) => {
    const seen = new Set<number>();
    const counts = { inBronze: 0, copies: 0, silver: 0, duplicates: 0, quarantined: 0 };
    // A key that silver holds already is taken before any event of this run.
    const accepted: Arrival[] = [];
    for (const record of records) {
      counts.inBronze++;
      counts.copies += record.copies - 1;
      if (record.refused) counts.quarantined++;
      else if (events.has(record.event) || seen.has(record.event)) counts.duplicates++;
      else if (record.late || keys.has(record.key) || accepted.some((other) => other.key === record.key))
        counts.quarantined++;
      else {
        accepted.push(record);
        counts.silver++;
      }
      if (!record.refused) seen.add(record.event);
    }
    for (const { event, key } of accepted) {
      events.add(event);
      keys.add(key);
    }
    return counts;
  });
}

const lineOf = (record: Arrival, sequence: number): BronzeLine => ({
  stream: 'events',
  shard: 's',
  sequence_number: String(sequence).padStart(6, '0'),
  arrived_at: '2024-12-01T10:00:00.000Z',
  source: 'orders',
  verdict: record.refused ? 'refused' : 'valid',
  event_id: `e${record.event}`,
  event_source: 'test',
  data: `{"order_id":"k${record.key}","amount":1,"placed_at":"${record.late ? 2031 : 2024}-12-01T00:00:00Z"}`,
});

test('every distinct record is in silver, a duplicate or quarantined, as a plain loop over them says', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async (runs) => {
      const lake = await createDuckLake(study);
      let sequence = 0;
      for (const [index, records] of runs.entries()) {
        const scope: RunScope = {
          study: 'shop',
          runId: `run-${index}`,
          lake: 'lake',
          slice: { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-01', hours: ['10'] },
        };
        const lines = records.flatMap((record) => {
          const line = lineOf(record, ++sequence);
          return Array.from({ length: record.copies }, () => line);
        });
        await lake.land(scope, `object-${index}`, lines);
        await lake.execute(stageSql(orders, scope, 1));
        await lake.execute(refuseSql(orders, scope, 1, '2024-12-01T12:00:00.000Z') as string);
        for (const statement of publishSql(orders, scope, 1)) await lake.execute(statement);

        const sheet = await balanceOf(lake, study, scope);

        const { source: _source, unaccounted, ...counts } = sheet.total;
        assert.deepEqual(counts, expected(runs)[index]);
        assert.equal(unaccounted, 0);
        assert.equal(sheet.balanced, true);
      }
      lake.close();
    }),
    { numRuns: 40 },
  );
});

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

test('receipts stand beside the source that bronze knows them by', () => {
  const row = {
    source: 'orders',
    in_bronze: '2',
    copies: '0',
    silver: '2',
    duplicates: '0',
    quarantined: '0',
    unaccounted: '0',
  };

  const sheet = balanceSheet([row], [{ source: 'orders', acknowledged: '2', lost: '0' }]);

  assert.equal(sheet.lines[0]?.acknowledged, 2);
  assert.equal(sheet.balanced, true);
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

  assert.equal(assessAudit([rule], [{ rule: 'r', failed: 9, total: 100 }]).warn.length, 0);
  assert.equal(assessAudit([rule], [{ rule: 'r', failed: 10, total: 100 }]).warn.length, 1);
  assert.equal(assessAudit([rule], [{ rule: 'r', failed: 0, total: 0 }]).warn.length, 0);
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
