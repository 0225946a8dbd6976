/** The composed statements, run on DuckDB: what a run leaves in silver, gold, marts and quarantine. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assessAudit, auditRules } from './audit.ts';
import { balanceSheet, type ReceiptRow, receiptsSql } from './balance.ts';
import type { BronzeLine } from './bronze.ts';
import type { RunScope } from './plan.ts';
import {
  auditSql,
  checksSql,
  compactSql,
  createTableSql,
  dropStageSql,
  evolveSql,
  partitionsSql,
  publishChunks,
  publishSql,
  refuseSql,
  stageSql,
  stageTable,
  touchedSql,
  vacuumSql,
} from './statements.ts';
import { loadStudy, type Model, type Study } from './study.ts';
import { balanceOf } from './testing/balance.ts';
import { createDuckLake, type DuckLake } from './testing/duckLake.ts';
import { withShop } from './testing/fixture.ts';

const study: Study = withShop({}, loadStudy);
const modelNamed = (name: string) => study.models.find((model) => model.name === name) as Model;
const refusedAt = '2024-12-01T12:00:00.000Z';

const scopeOf = (runId: string): RunScope => ({
  study: 'shop',
  runId,
  lake: 'lake',
  slice: { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-02', hours: ['10'] },
});

interface Order {
  seq: string;
  event: string;
  id?: string;
  amount?: string;
  date?: string;
}

const line = ({ seq, event, id = event, amount = '10.00', date = '2024-12-01' }: Order): BronzeLine => ({
  stream: 'events',
  shard: 'shardId-0',
  sequence_number: seq.padStart(6, '0'),
  arrived_at: `2024-12-01T10:00:${seq.padStart(2, '0')}.000Z`,
  source: 'orders',
  verdict: 'valid',
  event_id: event,
  event_source: 'test',
  event_type: 'shop.orders',
  data: `{"order_id":"${id}","amount":${amount},"placed_at":"${date}T09:00:00Z"}`,
});

/** Does to one model what the pipeline does, and gives the audit's assessment. */
async function runModel(lake: DuckLake, model: Model, scope: RunScope, attempt = 1) {
  const asked = touchedSql(model, scope);
  const touched = asked
    ? (await lake.query<{ value: string | null }>(asked)).map((row) => row.value)
    : undefined;
  if (touched?.length === 0) return undefined;
  await lake.execute(stageSql(model, scope, attempt, touched));
  const assessment = assessAudit(
    auditRules(model.contract),
    await lake.query<{ rule: string; failed: string; total: string }>(auditSql(model, scope, attempt)),
  );
  if (assessment.stop.length) return assessment;
  const refuse = refuseSql(model, scope, attempt, refusedAt);
  if (refuse) await lake.execute(refuse);
  const partitions = partitionsSql(model, scope, attempt, touched);
  const chunks = partitions
    ? publishChunks(model, await lake.query<{ value: string | null; kind: string }>(partitions), touched)
    : undefined;
  for (const statement of publishSql(model, scope, attempt, chunks)) await lake.execute(statement);
  await lake.execute(dropStageSql(model, scope, attempt));
  return assessment;
}

const runAll = async (lake: DuckLake, scope: RunScope, attempt = 1) => {
  for (const model of study.models) await runModel(lake, model, scope, attempt);
};

const balance = (lake: DuckLake, scope: RunScope) => balanceOf(lake, study, scope);

describe('a run', () => {
  let lake: DuckLake;
  before(async () => {
    lake = await createDuckLake(study);
  });
  after(() => lake.close());

  test('keeps the first of two records of one event, quarantines what a rule refuses, and balances', async () => {
    const scope = scopeOf('run-1');
    await lake.land(scope, 'a', [
      line({ seq: '1', event: 'e1' }),
      line({ seq: '2', event: 'e1', amount: '99.00' }),
      line({ seq: '3', event: 'e2', date: '2031-01-01' }),
      line({ seq: '4', event: 'e3', id: 'e1' }),
      line({ seq: '5', event: 'e4', date: '2024-12-02' }),
      { ...line({ seq: '6', event: 'e5' }), verdict: 'refused', rule: 'type', rule_path: '/amount' },
    ]);
    await lake.land(scope, 'b', [line({ seq: '1', event: 'e1' })]);

    await runAll(lake, scope);
    const sheet = await balance(lake, scope);

    assert.deepEqual(
      await lake.query(
        'SELECT order_id, CAST(amount AS varchar) AS amount FROM shop_silver.orders ORDER BY 1',
      ),
      [
        { order_id: 'e1', amount: '10.00' },
        { order_id: 'e4', amount: '10.00' },
      ],
    );
    assert.deepEqual(
      await lake.query('SELECT rule, sequence_number FROM shop_quarantine.rows ORDER BY sequence_number'),
      [
        { rule: 'not-in-the-future', sequence_number: '000003' },
        { rule: 'primary-key', sequence_number: '000004' },
      ],
    );
    assert.deepEqual(sheet.lines, [
      { source: 'orders', inBronze: 6, copies: 1, silver: 2, duplicates: 1, quarantined: 3, unaccounted: 0 },
    ]);
    assert.equal(sheet.balanced, true);
  });

  test('that is tried again changes nothing and balances again', async () => {
    const before = await lake.query('SELECT * FROM shop_silver.orders ORDER BY order_id');

    await runAll(lake, scopeOf('run-1'), 2);

    assert.deepEqual(await lake.query('SELECT * FROM shop_silver.orders ORDER BY order_id'), before);
    assert.equal((await lake.query('SELECT * FROM shop_quarantine.rows')).length, 2);
    assert.equal((await balance(lake, scopeOf('run-1'))).balanced, true);
  });

  test('counts an event that came in a former run as a duplicate', async () => {
    const scope = scopeOf('run-2');
    await lake.land(scope, 'c', [line({ seq: '7', event: 'e4' }), line({ seq: '8', event: 'e6' })]);

    await runAll(lake, scope);
    const { total, balanced } = await balance(lake, scope);

    assert.deepEqual([total.silver, total.duplicates, balanced], [1, 1, true]);
  });

  test('finds a record in silver of which a former contract refused a copy', async () => {
    const scope = scopeOf('run-4');
    const valid = line({ seq: '11', event: 'e11' });
    await lake.land(scope, 'e', [
      { ...valid, verdict: 'refused', rule: 'enum', rule_path: '/x', source: undefined },
    ]);
    await lake.land(scope, 'f', [valid]);

    await runAll(lake, scope);
    const { total, lines, balanced } = await balance(lake, scope);

    assert.deepEqual([total.inBronze, total.copies, total.silver, balanced], [1, 1, 1, true]);
    assert.equal(lines[0]?.source, 'orders');
  });

  test('does not balance while a record is nowhere', async () => {
    const scope = scopeOf('run-3');
    await lake.land(scope, 'd', [line({ seq: '9', event: 'e7' })]);

    const sheet = await balance(lake, scope);

    assert.equal(sheet.total.unaccounted, 1);
    assert.equal(sheet.balanced, false);
  });

  test('finds an acknowledged record that is not in bronze', async () => {
    await lake.execute(
      "INSERT INTO shop_bronze.acknowledged VALUES ('events','shardId-0','000001','p'), ('events','shardId-0','000077','p')",
    );

    const receipts = await lake.query<ReceiptRow>(receiptsSql('shop', 'p', scopeOf('p').slice));
    const sheet = balanceSheet([], receipts);

    assert.equal(sheet.lost, 1);
    assert.equal(sheet.total.acknowledged, 2);
    assert.equal(sheet.balanced, false);
  });
});

describe('a run that takes over records of one that did not finish', () => {
  test('stamps their silver rows with its own id, so that gold recomputes their partitions', async () => {
    const lake = await createDuckLake(study);
    const died = scopeOf('run-a');
    await lake.land(died, 'a', [line({ seq: '1', event: 'e1' })]);
    await runModel(lake, modelNamed('orders'), died);

    const next = scopeOf('run-b');
    await lake.land(next, 'a', []);
    await runAll(lake, next);

    assert.equal((await lake.query('SELECT * FROM shop_gold.fact_orders')).length, 1);
    assert.deepEqual(await lake.query('SELECT _run_id FROM shop_silver.orders'), [{ _run_id: 'run-b' }]);
    lake.close();
  });
});

describe('publishing a merge table', () => {
  let lake: DuckLake;
  const scope = scopeOf('run-1');
  const fact = modelNamed('fact_orders');
  const target = () =>
    lake.query('SELECT order_id, CAST(order_date AS varchar) AS d FROM shop_gold.fact_orders ORDER BY 1');
  const publish = async (
    staged: readonly (readonly [id: string, date: string])[],
    touched: readonly string[],
    cut?: number,
  ) => {
    await lake.execute(
      `CREATE TABLE shop_stage."${stageTable(fact, scope, 1)}" AS SELECT id AS order_id, CAST(d AS date) AS order_date, CAST(1 AS decimal(18,2)) AS amount, CAST(NULL AS varchar) AS _rule FROM (VALUES ${staged.map(([id, date]) => `('${id}','${date}')`).join(', ')}) AS v(id, d)`,
    );
    const rows = await lake.query<{ value: string; kind: string }>(
      partitionsSql(fact, scope, 1, touched) as string,
    );
    const chunks = publishChunks(fact, rows, touched).flatMap((chunk) =>
      cut
        ? [
            ...chunk.recomputed.map((value) => ({ recomputed: [value], left: [] })),
            ...chunk.left.map((value) => ({ recomputed: [], left: [value] })),
          ]
        : [chunk],
    );
    for (const statement of publishSql(fact, scope, 1, chunks)) await lake.execute(statement);
    await lake.execute(dropStageSql(fact, scope, 1));
  };
  const given = async (rows: readonly (readonly [id: string, date: string])[]) => {
    lake = await createDuckLake(study);
    for (const [id, date] of rows)
      await lake.execute(`INSERT INTO shop_gold.fact_orders VALUES ('${id}', DATE '${date}', 1)`);
  };

  test('deletes what a recomputed partition no longer has and leaves other partitions alone', async () => {
    await given([
      ['a', '2024-12-01'],
      ['b', '2024-12-01'],
      ['z', '2024-11-01'],
    ]);

    await publish(
      [
        ['a', '2024-12-01'],
        ['c', '2024-12-01'],
      ],
      ['2024-12-01'],
    );

    assert.deepEqual(await target(), [
      { order_id: 'a', d: '2024-12-01' },
      { order_id: 'c', d: '2024-12-01' },
      { order_id: 'z', d: '2024-11-01' },
    ]);
    lake.close();
  });

  for (const cut of [undefined, 1])
    test(`moves a row out of a partition that was not touched, ${cut ? 'over several statements' : 'in one statement'}`, async () => {
      await given([
        ['a', '2024-11-01'],
        ['z', '2024-11-01'],
      ]);

      await publish([['a', '2024-12-01']], ['2024-12-01'], cut);

      assert.deepEqual(await target(), [
        { order_id: 'a', d: '2024-12-01' },
        { order_id: 'z', d: '2024-11-01' },
      ]);
      lake.close();
    });

  test('empties a touched partition that has no rows any more', async () => {
    await given([
      ['a', '2024-12-01'],
      ['b', '2024-12-02'],
    ]);

    await publish([['b', '2024-12-02']], ['2024-12-01', '2024-12-02']);

    assert.deepEqual(await target(), [{ order_id: 'b', d: '2024-12-02' }]);
    lake.close();
  });

  test('stops at a double key before anything is merged', async () => {
    await given([]);
    await lake.execute(
      "INSERT INTO shop_silver.orders SELECT 'a', 1, DATE '2024-12-01', 's','h',n,'t',n,TIMESTAMP '2024-12-01 00:00:00','run-1' FROM (VALUES ('1'),('2')) AS v(n)",
    );

    const assessment = await runModel(lake, fact, scope);

    assert.deepEqual(
      assessment?.stop.map(({ rule, failed, total }) => [rule, failed, total]),
      [['primary-key', 1, 2]],
    );
    assert.deepEqual(await target(), []);
    lake.close();
  });
});

describe('statements', () => {
  test('are cut at 90 partitions, alike at every try', () => {
    const days = Array.from({ length: 200 }, (_, day) => ({
      value: new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10),
      kind: 'recomputed',
    }));

    const chunks = publishChunks(modelNamed('fact_orders'), days.toReversed());

    assert.deepEqual(
      chunks.map((chunk) => chunk.recomputed.length),
      [90, 90, 20],
    );
    assert.deepEqual(chunks, publishChunks(modelNamed('fact_orders'), days));
  });

  // https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
  test('create an Iceberg table as Athena writes its DDL', () => {
    assert.equal(
      createTableSql(modelNamed('fact_orders'), 'lake'),
      [
        'CREATE TABLE IF NOT EXISTS `shop_gold`.`fact_orders` (',
        "  `order_id` string COMMENT 'Number.',",
        "  `order_date` date COMMENT 'Day.',",
        "  `amount` decimal(18,2) COMMENT 'Price.'",
        ')',
        'PARTITIONED BY (day(`order_date`))',
        "LOCATION 's3://lake/gold/study=shop/fact_orders'",
        "TBLPROPERTIES ('table_type'='ICEBERG', 'format'='parquet', 'write_compression'='zstd')",
      ].join('\n'),
    );
  });

  test('evolve a table by adding columns and widening types only', () => {
    const fact = modelNamed('fact_orders');

    assert.deepEqual(
      evolveSql(fact, [
        { name: 'order_id', type: 'string' },
        { name: 'order_date', type: 'date' },
      ]),
      ["ALTER TABLE `shop_gold`.`fact_orders` ADD COLUMNS (`amount` decimal(18,2) COMMENT 'Price.')"],
    );
    assert.deepEqual(
      evolveSql(fact, [
        { name: 'order_id', type: 'string' },
        { name: 'order_date', type: 'date' },
        { name: 'amount', type: 'decimal(10,2)' },
      ]),
      ['ALTER TABLE `shop_gold`.`fact_orders` CHANGE COLUMN `amount` `amount` decimal(18,2)'],
    );
    assert.throws(
      () => evolveSql(fact, [{ name: 'order_id', type: 'bigint' }]),
      /column 'order_id' would change from bigint to string/,
    );
    assert.throws(
      () => evolveSql(fact, [{ name: 'gone', type: 'date' }]),
      /no longer declares column 'gone'/,
    );
  });

  test('name the run in every partition bound over bronze', () => {
    const sql = stageSql(modelNamed('orders'), scopeOf("o'run"), 1);

    assert.match(
      sql,
      /r\.stream IN \('events'\) AND r\.dt BETWEEN '2024-12-01' AND '2024-12-02' AND r\.hour IN \('10'\)/,
    );
    assert.match(sql, /o\.run = 'o''run'/);
    assert.match(sql, /'o''run' as _run_id/);
  });

  test('refuse to stage a model of which no partition is touched', () => {
    assert.throws(
      () => stageSql(modelNamed('fact_orders'), scopeOf('r'), 1, []),
      /touches no partition of fact_orders/,
    );
  });

  test('maintain tables by plain names, which alone are documented, unless a name is reserved', () => {
    assert.equal(compactSql(modelNamed('daily')), 'OPTIMIZE shop_marts.daily REWRITE DATA USING BIN_PACK');
    assert.equal(vacuumSql(modelNamed('daily')), 'VACUUM shop_marts.daily');
    assert.equal(vacuumSql({ database: 'shop_quarantine', table: 'rows' }), 'VACUUM shop_quarantine.`rows`');
  });

  test('keep check results once per run, model and rule', async () => {
    const lake = await createDuckLake(study);
    const [statement = ''] = checksSql(
      scopeOf('r'),
      [
        {
          model: 'm',
          layer: 'gold',
          rule: "it's",
          dimension: 'accuracy',
          severity: 'warn',
          failed: 1,
          total: 2,
          passed: false,
        },
      ],
      refusedAt,
    );

    await lake.execute(statement);
    await lake.execute(statement);

    assert.deepEqual(await lake.query('SELECT rule, failed, passed FROM shop_quarantine.checks'), [
      { rule: "it's", failed: '1', passed: false },
    ]);
    lake.close();
  });
});
