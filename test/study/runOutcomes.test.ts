/** Outcomes of runs in silver, gold, marts and quarantine, and in their balance sheets. */
import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import {
  type BalanceRow,
  balanceSheet,
  balanceSql,
  type ReceiptRow,
  receiptsSql,
} from '../../lib/model/run/balance.ts';
import { checksSql } from '../../lib/model/run/statements.ts';
import { loadStudy } from '../../lib/model/study/study.ts';
import { shopFiles, withShop, withStudy } from '../../lib/model/testing/fixture.ts';
import { storeFiles } from '../../lib/model/testing/store.ts';
import { createDuckRuns, type DuckRuns, type LandedRecord } from '../support/duckRun.ts';

const study = withShop({}, loadStudy);

interface Order {
  readonly seq: number;
  readonly event: string;
  readonly id?: string;
  readonly amount?: string;
  readonly date?: string;
}

const order = ({ seq, event, id = event, amount = '10.00', date = '2024-12-01' }: Order): LandedRecord => {
  const data = `{"order_id":"${id}","amount":${amount},"placed_at":"${date}T09:00:00Z"}`;
  return {
    payload: JSON.parse(data),
    line: {
      stream: 'events',
      shard: 'shardId-0',
      sequence_number: String(seq).padStart(6, '0'),
      arrived_at: `2024-12-01T10:00:${String(seq).padStart(2, '0')}.000Z`,
      source: 'orders',
      verdict: 'valid',
      event_id: event,
      event_source: 'test',
      partition_key: 'k',
      event_type: 'shop.orders',
      data,
    },
  };
};

const refused = ({ line }: LandedRecord, rule: string, path: string): LandedRecord => ({
  line: { ...line, verdict: 'refused', rule, rule_path: path },
});

describe('a run', () => {
  let runs: DuckRuns;
  beforeAll(async () => {
    runs = await createDuckRuns(study);
  });
  afterAll(() => runs.close());

  test('keeps the first of two records of one event, quarantines what a rule refuses, and balances', async () => {
    await runs.land([
      order({ seq: 1, event: 'e1' }),
      order({ seq: 2, event: 'e1', amount: '99.00' }),
      order({ seq: 3, event: 'e2', date: '2031-01-01' }),
      order({ seq: 4, event: 'e3', id: 'e1' }),
      order({ seq: 5, event: 'e4', date: '2024-12-02' }),
      refused(order({ seq: 6, event: 'e5' }), 'type', '/amount'),
    ]);
    await runs.land([order({ seq: 1, event: 'e1' })]);

    const result = await runs.run();

    assert.deepEqual(
      await runs.lake.query(
        'SELECT order_id, CAST(amount AS varchar) AS amount FROM shop_silver.orders ORDER BY 1',
      ),
      [
        { order_id: 'e1', amount: '10.00' },
        { order_id: 'e4', amount: '10.00' },
      ],
    );
    assert.deepEqual(
      await runs.lake.query(
        'SELECT rule, sequence_number FROM shop_quarantine.refused ORDER BY sequence_number',
      ),
      [
        { rule: 'not-in-the-future', sequence_number: '000003' },
        { rule: 'primary-key', sequence_number: '000004' },
      ],
    );
    assert.deepEqual(result?.sheet.lines, [
      { source: 'orders', inBronze: 6, copies: 1, silver: 2, duplicates: 1, quarantined: 3, unaccounted: 0 },
    ]);
    assert.equal(result?.sheet.balanced, true);
  });

  test('counts an event that came in a former run as a duplicate', async () => {
    await runs.land([order({ seq: 7, event: 'e4' }), order({ seq: 8, event: 'e6' })]);

    const { total, balanced } = (await runs.run())!.sheet;

    assert.deepEqual([total.silver, total.duplicates, balanced], [1, 1, true]);
  });

  test('finds a record in silver of which a former contract refused a copy', async () => {
    const valid = order({ seq: 11, event: 'e11' });
    const { source: _source, ...line } = refused(valid, 'enum', '/x').line;
    await runs.land([{ line }]);
    await runs.land([valid, order({ seq: 12, event: 'e12' })]);

    const { total, lines, balanced } = (await runs.run())!.sheet;

    assert.deepEqual([total.inBronze, total.copies, total.silver, balanced], [2, 1, 2, true]);
    assert.equal(lines[0]?.source, 'orders');
  });

  test('does not balance while a record is nowhere', async () => {
    await runs.land([order({ seq: 13, event: 'e13' }), order({ seq: 14, event: 'e14' })]);
    const { plan } = (await runs.run())!;
    await runs.lake.execute("DELETE FROM shop_silver.orders WHERE order_id = 'e14'");

    const rows = await runs.lake.query<BalanceRow>(balanceSql(study, plan, 1));

    const sheet = balanceSheet(rows);
    assert.deepEqual([sheet.total.silver, sheet.total.unaccounted, sheet.balanced], [1, 1, false]);
  });

  test('that has published silver and died changes nothing of it when it is tried again', async () => {
    await runs.land([order({ seq: 15, event: 'e15' }), order({ seq: 16, event: 'e1' })]);
    await runs.run({ dies: 4 });
    const before = await runs.lake.query('SELECT * FROM shop_silver.orders ORDER BY order_id');

    const { total, balanced } = (await runs.run())!.sheet;

    assert.ok(before.some((row) => (row as { order_id: string }).order_id === 'e15'));
    assert.deepEqual(await runs.lake.query('SELECT * FROM shop_silver.orders ORDER BY order_id'), before);
    assert.deepEqual([total.silver, total.duplicates, balanced], [1, 1, true]);
  });

  const receipts = async (producer: string) => {
    const slice = { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-02', hours: ['10'] };
    return runs.lake.query<ReceiptRow>(receiptsSql('shop', producer, slice));
  };
  const acknowledged = (sequence: string, event: string, producer: string) =>
    `('events', 'shardId-0', '${sequence}', 'k', 'test', '${event}', '${producer}')`;

  test('finds an acknowledged record that is not in bronze', async () => {
    await runs.lake.execute(
      `INSERT INTO shop_bronze.acknowledged VALUES ${acknowledged('000001', 'e1', 'p')}, ${acknowledged('000077', 'e77', 'p')}`,
    );

    const sheet = balanceSheet([], { rows: await receipts('p'), given: 2 });

    assert.deepEqual([sheet.lost, sheet.total.acknowledged, sheet.balanced], [1, 2, false]);
  });

  test('takes no older record with the same sequence number for the one that was acknowledged', async () => {
    await runs.lake.execute(
      `INSERT INTO shop_bronze.acknowledged VALUES ${acknowledged('000001', 'another event', 'q')}`,
    );

    const sheet = balanceSheet([], { rows: await receipts('q'), given: 1 });

    assert.deepEqual([sheet.lost, sheet.balanced], [1, false]);
  });
});

describe('a table that is compared by its key', () => {
  let runs: DuckRuns;
  beforeEach(async () => {
    runs = await createDuckRuns(study);
  });
  afterEach(() => runs.close());

  /** A row that an earlier run is taken to have published. */
  const silverRow = (id: string, seq: string, { amount = '1', date = "DATE '2024-12-01'" } = {}) =>
    runs.lake.execute(
      `INSERT INTO shop_silver.orders SELECT '${id}', ${amount}, ${date}, 's', 'h', '${seq}', 't', '${seq}', TIMESTAMP '2024-12-01 00:00:00', 'before'`,
    );
  const target = () =>
    runs.lake.query(
      'SELECT order_id, CAST(order_date AS varchar) AS d FROM shop_gold.fact_orders ORDER BY 1',
    );
  const quarantined = () =>
    runs.lake.query(
      "SELECT rule, detail, json_extract_string(row_json, '$.order_id') AS id FROM shop_quarantine.refused",
    );

  test('gets one of the rows that share a key, and the others are refused', async () => {
    await silverRow('a', '1', { amount: '2' });
    await silverRow('a', '2', { amount: '1' });
    await runs.land([order({ seq: 1, event: 'b' })]);

    const result = await runs.run();

    assert.deepEqual(
      result?.checks
        .filter(({ model, passed }) => model === 'fact_orders' && !passed)
        .map(({ rule, failed }) => [rule, failed]),
      [['primary-key', 1]],
    );
    assert.deepEqual(await target(), [
      { order_id: 'a', d: '2024-12-01' },
      { order_id: 'b', d: '2024-12-01' },
    ]);
    assert.deepEqual(await quarantined(), [
      { rule: 'primary-key', detail: 'another row has the key (order_id)', id: 'a' },
    ]);
  });

  test('gets the other rows when one lacks a required value', async () => {
    await silverRow('a', '1', { date: 'NULL' });
    await runs.land([order({ seq: 1, event: 'b' })]);

    await runs.run();

    assert.deepEqual(await target(), [{ order_id: 'b', d: '2024-12-01' }]);
    assert.deepEqual(await quarantined(), [
      { rule: 'required:order_date', detail: 'order_date has no value', id: 'a' },
    ]);
  });

  test('loses what its SELECT no longer gives, and a row may move to another partition', async () => {
    await runs.land([order({ seq: 1, event: 'a' }), order({ seq: 2, event: 'b' })]);
    await runs.run();
    await runs.lake.execute("DELETE FROM shop_silver.orders WHERE order_id = 'b'");
    await runs.lake.execute("UPDATE shop_silver.orders SET order_date = DATE '2024-11-30'");
    await runs.land([order({ seq: 3, event: 'c' })]);

    await runs.run();

    assert.deepEqual(await target(), [
      { order_id: 'a', d: '2024-11-30' },
      { order_id: 'c', d: '2024-12-01' },
    ]);
  });

  test('keeps what was published when a rule stops it, and what reads it is skipped', async () => {
    await runs.land([order({ seq: 1, event: 'a' })]);
    await runs.run();
    await silverRow('n', '9', { amount: '-1' });
    await runs.land([order({ seq: 2, event: 'b' })]);

    const result = await runs.run();

    assert.deepEqual(result?.outcomes, { orders: 'published', fact_orders: 'stopped', daily: 'skipped' });
    assert.match(
      result!.stops[0]!,
      /fact_orders: amounts-positive counted 1 of \d .*The rows are in "shop_stage"/,
    );
    assert.deepEqual(await target(), [{ order_id: 'a', d: '2024-12-01' }]);
  });
});

test('a value that does not fit the type of its column refuses the row, and the rest is published', async () => {
  const wide = {
    'gold/fact_orders.sql': shopFiles['gold/fact_orders.sql']!.replace(
      'o.amount',
      'o.amount * 100000000000000 as amount',
    ),
  };
  const runs = await createDuckRuns(withShop(wide, loadStudy));
  await runs.land([order({ seq: 1, event: 'a', amount: '500' }), order({ seq: 2, event: 'b', amount: '5' })]);

  const result = await runs.run();

  assert.deepEqual(await runs.lake.query('SELECT order_id FROM shop_gold.fact_orders'), [{ order_id: 'b' }]);
  assert.deepEqual(
    result?.checks
      .filter(({ model, passed }) => model === 'fact_orders' && !passed)
      .map(({ rule, severity, failed }) => [rule, severity, failed]),
    [['type', 'refuse', 1]],
  );
  runs.close();
});

test('a row outside the partitions that incremental leads to stops its table, by name, before anything of it is lost', async () => {
  const shifted = {
    ...storeFiles,
    'gold/fact_visitors.sql': storeFiles['gold/fact_visitors.sql']!.replace(
      "date_trunc('month', cast(min(seen_at) as date))",
      "date_trunc('month', cast(min(seen_at) as date)) + interval '1' month",
    ),
  };
  const runs = await createDuckRuns(withStudy('store', shifted, loadStudy));
  const visit = (sequence: number, month: string): LandedRecord => {
    const payload = { visitor: `v${sequence}`, seen_at: `${month}-15T00:00:00Z` };
    const { line } = order({ seq: sequence, event: `e${sequence}` });
    return { payload, line: { ...line, source: 'visits', data: JSON.stringify(payload) } };
  };
  await runs.land([visit(1, '2024-01')]);
  await runs.run();
  await runs.land([visit(2, '2024-05')]);

  const result = await runs.run();

  assert.equal(result?.outcomes.fact_visitors, 'stopped');
  assert.match(
    result!.stops[0]!,
    /^fact_visitors: incremental counted 1 of 1 \(the SELECT gives rows in partitions that `incremental` .*The rows are in "store_stage"/,
  );
  assert.deepEqual(await runs.lake.query('SELECT visitor FROM store_gold.fact_visitors'), [
    { visitor: 'v1' },
  ]);
  runs.close();
});

test('check results are kept once per run, model and rule', async () => {
  const runs = await createDuckRuns(study);
  const result = { model: 'm', layer: 'gold', rule: "it's", dimension: 'accuracy', severity: 'warn' };
  await runs.land([order({ seq: 1, event: 'a' })]);
  const { plan } = (await runs.run())!;
  const [statement = ''] = checksSql(
    plan,
    [{ ...result, failed: 1, total: 2, passed: false }],
    '2024-12-01T12:00:00.000Z',
  );

  await runs.lake.execute(statement);
  await runs.lake.execute(statement);

  assert.deepEqual(await runs.lake.query('SELECT rule, failed, passed FROM shop_quarantine.checks'), [
    { rule: "it's", failed: '1', passed: false },
  ]);
  runs.close();
});

describe('copies of an event that was refused', () => {
  const future = '2031-01-01';
  const silver = ({ lake }: DuckRuns) =>
    lake.query('SELECT _event_id AS event, _sequence_number AS record FROM shop_silver.orders ORDER BY 1');
  const quarantine = ({ lake }: DuckRuns) =>
    lake.query('SELECT rule, sequence_number AS record FROM shop_quarantine.refused ORDER BY 2');
  /** What is left when the records come in one run, and when each comes in a run of its own. */
  const outcomes = async (records: readonly LandedRecord[]) => {
    const together = await createDuckRuns(study);
    await together.land(records);
    const balances = [(await together.run())!.sheet.balanced];
    const apart = await createDuckRuns(study);
    for (const record of records) {
      await apart.land([record]);
      balances.push((await apart.run())!.sheet.balanced);
    }
    const found = [];
    for (const runs of [together, apart]) {
      found.push({ silver: await silver(runs), quarantine: await quarantine(runs) });
      runs.close();
    }
    assert.ok(balances.every(Boolean));
    return found;
  };

  test('a corrected one is taken, in the same run or a later one', async () => {
    const found = await outcomes([
      order({ seq: 1, event: 'e1', date: future }),
      order({ seq: 2, event: 'e1' }),
      order({ seq: 3, event: 'e1', date: future }),
    ]);

    for (const one of found)
      assert.deepEqual(one, {
        silver: [{ event: 'e1', record: '000002' }],
        quarantine: [
          { rule: 'not-in-the-future', record: '000001' },
          { rule: 'not-in-the-future', record: '000003' },
        ],
      });
  });

  test('one whose key another event holds stays refused with every later copy, whatever key that has', async () => {
    const found = await outcomes([
      order({ seq: 1, event: 'e1', id: 'a' }),
      order({ seq: 2, event: 'e2', id: 'a' }),
      order({ seq: 3, event: 'e2', id: 'b' }),
      order({ seq: 4, event: 'e3', id: 'b' }),
    ]);

    for (const one of found)
      assert.deepEqual(one, {
        silver: [
          { event: 'e1', record: '000001' },
          { event: 'e3', record: '000004' },
        ],
        quarantine: [
          { rule: 'primary-key', record: '000002' },
          { rule: 'primary-key', record: '000003' },
        ],
      });
  });
});

describe('what a run changes', () => {
  const store = withStudy('store', storeFiles, loadStudy);
  let runs: DuckRuns;
  let sequence = 0;
  beforeAll(async () => {
    runs = await createDuckRuns(store);
  });
  afterAll(() => runs.close());

  const record = (source: string, payload: Record<string, unknown>, time: string): LandedRecord => ({
    payload,
    line: {
      stream: 'events',
      shard: 's',
      sequence_number: String(++sequence).padStart(6, '0'),
      arrived_at: '2026-01-01T10:00:00.000Z',
      source,
      verdict: 'valid',
      event_id: `e${sequence}`,
      event_source: 'test',
      event_time: time,
      data: JSON.stringify(payload),
    },
  });
  const placed = (id: string, month: string) => [
    record(
      'orders',
      { order_id: id, customer_id: 'c1', placed_at: `${month}-15T00:00:00Z`, status: 'open' },
      `${month}-15T00:00:00Z`,
    ),
    record('lines', { order_id: id, line: 1, amount: 1 }, `${month}-15T00:00:00Z`),
  ];

  test('is all of gold in the first run, and then only the partitions of the new records', async () => {
    await runs.land([...placed('o1', '2024-01'), ...placed('o2', '2024-02')]);
    const first = await runs.run();
    await runs.land(placed('o3', '2024-03'));

    const second = await runs.run();

    assert.equal(first?.plan.models.fact_lines?.partitions, undefined);
    assert.deepEqual(second?.plan.models.fact_lines?.partitions, ['2024-03-01']);
    assert.deepEqual(second?.plan.models.fact_lines?.reads['store_silver.orders']?.periods, ['2024-03-01']);
    assert.deepEqual(second?.plan.models.revenue?.partitions, ['2024-03-01']);
    assert.equal('fact_visitors' in second!.plan.models, false);
  });

  test('is the partition of an order when a line of it comes late', async () => {
    await runs.land([record('lines', { order_id: 'o1', line: 2, amount: 5 }, '2024-03-20T00:00:00Z')]);

    const result = await runs.run();

    assert.deepEqual(result?.plan.models.fact_lines?.partitions, ['2024-01-01']);
    assert.deepEqual(result?.plan.models.fact_lines?.reads['store_silver.lines']?.periods, [
      '2024-01-01',
      '2024-03-01',
    ]);
  });

  test('is every partition with an order of a customer whose versions change', async () => {
    await runs.land([record('customers', { customer_id: 'c1', state: 'CA' }, '2024-04-01T00:00:00Z')]);

    const result = await runs.run();

    assert.deepEqual(result?.plan.models.fact_lines?.partitions, ['2024-01-01', '2024-02-01', '2024-03-01']);
    assert.deepEqual(await runs.lake.query('SELECT DISTINCT state FROM store_marts.revenue'), [
      { state: 'CA' },
    ]);
  });

  test('is, of a table of entities, the partitions of those that the records name', async () => {
    await runs.land([record('customers', { customer_id: 'c2', state: 'NY' }, '2024-05-01T00:00:00Z')]);
    await runs.run();
    await runs.land([
      record('customers', { customer_id: 'c2', state: 'TX' }, '2024-06-01T00:00:00Z'),
      ...placed('o5', '2024-06'),
    ]);

    const result = await runs.run();

    const { dim_customer: entities, fact_lines: facts, revenue } = result!.plan.models;
    // c1 was first seen in April and placed the order, c2 in May; null has those of whom no version was delivered.
    assert.deepEqual(entities?.partitions, [null, '2024-04-01', '2024-05-01', '2024-06-01']);
    assert.deepEqual(entities?.reads['store_silver.customers']?.periods, [
      '2024-04-01',
      '2024-05-01',
      '2024-06-01',
    ]);
    assert.deepEqual(facts?.partitions, ['2024-06-01']);
    assert.deepEqual(facts?.reads['store_gold.dim_customer']?.periods, [null, '2024-04-01']);
    assert.deepEqual(revenue?.reads['store_gold.dim_customer']?.periods, [null, '2024-04-01']);
    assert.deepEqual(
      await runs.lake.query(
        'SELECT customer_id, state, CAST(first_seen_at AS varchar) AS first FROM store_gold.dim_customer WHERE is_current ORDER BY customer_id',
      ),
      [
        { customer_id: 'c1', state: 'CA', first: '2024-04-01 00:00:00' },
        { customer_id: 'c2', state: 'TX', first: '2024-05-01 00:00:00' },
      ],
    );
  });

  test('looks for an event in silver only where one of its hash is', async () => {
    const [order] = placed('o4', '2024-04');
    await runs.land([order!]);
    await runs.run();
    await runs.land([
      { ...order!, line: { ...order!.line, sequence_number: '900000', event_time: '2024-05-01T00:00:00Z' } },
    ]);

    const result = await runs.run();

    assert.deepEqual(result?.plan.sources.orders?.stored?.periods, ['2024-04-01']);
    assert.equal(result?.sheet.total.duplicates, 1);
  });
});
