/** The text of composed statements; what they do is tested where a run is (test/study). */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { loadStudy, type Model, type Study } from '../study/study.ts';
import { withShop, withStudy } from '../testing/fixture.ts';
import { storeFiles } from '../testing/store.ts';
import type { RunScope } from './scope.ts';
import {
  arrivalsSql,
  compactSql,
  createTableSql,
  evolveSql,
  publishChunks,
  publishSql,
  vacuumSql,
} from './statements.ts';

const study: Study = withShop({}, loadStudy);
const store: Study = withStudy('store', storeFiles, loadStudy);
const named = (of: Study, name: string) => of.models.find((model) => model.name === name) as Model;
const modelNamed = (name: string) => named(study, name);

const scopeOf = (of: string, runId: string, more: Partial<RunScope> = {}): RunScope => ({
  study: of,
  runId,
  lake: 'lake',
  slice: { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-02', hours: ['10'] },
  arrived: [[Date.UTC(2024, 11, 1, 10), Date.UTC(2024, 11, 1, 11)]],
  copies: false,
  sources: {},
  models: {},
  ...more,
});

describe('what reads bronze', () => {
  const objects = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      path: `s3://lake/bronze/study=shop/stream=events/dt=2024-12-01/hour=10/s-${String(at).padStart(60, '0')}-${at}.ndjson.gz`,
    }));

  test('names the run, its partitions and its objects', () => {
    const sql = arrivalsSql(study, scopeOf('shop', "o'run"), 1, objects(2));

    assert.match(
      sql,
      /r\.stream IN \('events'\) AND r\.dt BETWEEN '2024-12-01' AND '2024-12-02' AND r\.hour IN \('10'\)/,
    );
    assert.match(
      sql,
      /r\."\$path" IN \('s3:\/\/lake[^']*-0\.ndjson\.gz', 's3:\/\/lake[^']*-1\.ndjson\.gz'\)/,
    );
    assert.match(sql, /'o''run' AS "_run_id"/);
  });

  test('gives the bounds of the paths and asks the manifest when there are too many to list', () => {
    const sql = arrivalsSql(study, scopeOf('shop', 'r'), 1, objects(5000));

    assert.match(sql, /\(r\."\$path" BETWEEN 's3:[^']*-0\.ndjson\.gz' AND 's3:[^']*-4999\.ndjson\.gz'\)/);
    assert.match(sql, /SELECT o\.path FROM "shop_bronze"\."run_objects" AS o WHERE o\.run = 'r'/);
    assert.ok(sql.length < 10_000);
  });

  test('fits a statement when a back-fill has an object in every hour of a year', () => {
    const hours = Array.from({ length: 8_760 }, (_, at) => new Date(Date.UTC(2023, 0, 1, at)).toISOString());
    const paths = hours.map((iso) => ({
      path: `s3://lake/bronze/study=shop/stream=events/dt=${iso.slice(0, 10)}/hour=${iso.slice(11, 13)}/s-1-2.ndjson.gz`,
    }));

    const sql = arrivalsSql(study, scopeOf('shop', 'r'), 1, paths);

    const bounds = [...sql.matchAll(/BETWEEN '(s3:[^']*)' AND '(s3:[^']*)'/g)];
    assert.ok(bounds.length <= 200);
    assert.ok(paths.every(({ path }) => bounds.some(([, from, to]) => path >= from! && path <= to!)));
  });
});

describe('publishing', () => {
  const fact = named(store, 'fact_lines');
  const days = Array.from({ length: 200 }, (_, at) =>
    new Date(Date.UTC(2000, at, 1)).toISOString().slice(0, 10),
  );
  const scope = scopeOf('store', 'r', {
    models: { fact_lines: { partitions: days.toReversed(), reads: {} } },
  });

  test('is cut at 90 partitions, alike at every try', () => {
    const chunks = publishChunks(fact, scope);

    assert.deepEqual(
      chunks?.map((chunk) => chunk.length),
      [90, 90, 20],
    );
    assert.equal(chunks?.[0]?.[0], '2000-01-01');
    assert.equal(publishSql(fact, scope, 1, chunks).length, 3);
  });

  test('bounds the target by ranges of months that are next to each other', () => {
    const three = { partitions: ['2024-01-01', '2024-02-01', '2024-05-01', null], reads: {} };
    const some = scopeOf('store', 'r', { models: { fact_lines: three } });

    const [sql = ''] = publishSql(fact, some, 1, publishChunks(fact, some));

    assert.match(
      sql,
      /AND \(\(t\."order_month" >= DATE '2024-01-01' AND t\."order_month" < DATE '2024-03-01'\) OR \(t\."order_month" >= DATE '2024-05-01' AND t\."order_month" < DATE '2024-06-01'\) OR t\."order_month" IS NULL\)/,
    );
  });

  test('looks for the run’s events in silver where and when they can have arrived', () => {
    const plan = { valid: 1, typed: true, periods: ['2024-12-01'], repeats: false, contested: false };
    const stored = { periods: ['2024-03-01'], arrived: [[0, 1000]] as const };
    const orders = named(store, 'orders');

    const [sql = ''] = publishSql(
      orders,
      scopeOf('store', 'r', { sources: { orders: { ...plan, stored } } }),
      1,
    );

    assert.match(
      sql,
      /t\."placed_at" >= TIMESTAMP '2024-03-01 00:00:00' AND t\."placed_at" < TIMESTAMP '2024-04-01 00:00:00'/,
    );
    assert.match(
      sql,
      /t\."_arrived_at" BETWEEN TIMESTAMP '1970-01-01 00:00:00.000' AND TIMESTAMP '1970-01-01 00:00:01.000' OR/,
    );
  });
});

describe('statements', () => {
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

  test('have no semicolon in a comment, where a reader of DDL may end the statement', () => {
    const fact = modelNamed('fact_orders');
    const columns = fact.contract.columns.map((column) => ({
      ...column,
      description: `State; 'open'; or\nclosed`,
    }));

    const ddl = createTableSql({ ...fact, contract: { ...fact.contract, columns } }, 'lake');

    assert.match(ddl, /COMMENT 'State, ’open’, or closed'/);
    assert.ok(!ddl.includes(';'));
  });

  test('maintain tables by plain names, the only ones that are documented', () => {
    assert.equal(compactSql(modelNamed('daily')), 'OPTIMIZE shop_marts.daily REWRITE DATA USING BIN_PACK');
    assert.equal(vacuumSql(modelNamed('daily')), 'VACUUM shop_marts.daily');
  });
});
