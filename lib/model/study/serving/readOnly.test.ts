/** Reading is one query of the study's own tables, and nothing else that SQL could do. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { RequestProblem } from './problem.ts';
import { readOnlyStatement } from './readOnly.ts';

const problemOf = (sql: string) => {
  try {
    readOnlyStatement('shop', sql);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof RequestProblem, String(error));
    return error.problem;
  }
};

describe('it is a query', () => {
  test.each([
    'select 1',
    'SELECT * FROM shop_gold.fact_sales;',
    'select * from fact_sales',
    'with a as (select 1 as i from shop_silver.orders) select i from a',
    '-- a comment\nselect 1 as "drop table x"',
    "select 'insert into x; delete from y' as text from shop_marts.daily",
    'select * from shop_quarantine.checks where rule in (select rule from shop_bronze.records)',
    'select * from AwsDataCatalog.shop_gold.fact_sales',
    'select * from "shop_gold"."fact_sales$snapshots"',
    'select * from shop_gold.fact_sales tablesample bernoulli (10)',
    'select extract(year from day) from shop_marts.daily',
  ])('%s', (sql) => assert.equal(problemOf(sql), undefined));
});

describe('it writes, or reads what is not served', () => {
  test.each([
    'insert into shop_gold.fact_sales select 1',
    'INSERT INTO shop_gold.fact_sales VALUES (1)',
    'update shop_gold.fact_sales set a = 1',
    'delete from shop_gold.fact_sales',
    'merge into shop_gold.a using b on true when matched then delete',
    'create table x as select 1',
    'create or replace view v as select 1',
    'drop table shop_gold.fact_sales',
    'alter table shop_gold.fact_sales add columns (x int)',
    'truncate table x',
    "unload (select 1) to 's3://bucket/' with (format = 'JSON')",
    'optimize shop_gold.fact_sales rewrite data using bin_pack',
    'vacuum shop_gold.fact_sales',
    'msck repair table x',
    'prepare p from select 1',
    'execute p',
    'explain analyze select 1',
    'show tables',
    "using external function f(x int) returns int lambda 'f' select f(1)",
    'select 1; drop table x',
    ';select 1',
    'select * from (table other_gold.secret)',
    "select * from table(system.query(query => 'drop'))",
    'select * from other_gold.secret',
    'select * from shop_stage.x',
    'select 1 from shop_gold.a where i in (select j from other_gold.secret)',
    'select 1 from shop_gold.a where i in (((select j from other_gold.secret)))',
    'with a as (select * from other_gold.secret) select * from a',
    'select * from shop_gold.a, other_gold.secret',
    'select * from shop_gold.a union all select * from other_gold.secret',
    'select * from information_schema.tables',
    'select * from lambda_catalog.shop_gold.a',
    'select * from a.b.shop_gold.c',
    'select * from shop_gold.a -- \r union all select * from other_gold.secret',
    '/* select */ drop table x',
    '(select 1)',
    '',
    '   -- only a comment',
  ])('%s', (sql) => {
    const problem = problemOf(sql);

    assert.equal(problem?.status, 400, sql);
  });

  test('SQL that cannot be read says where', () => {
    const problem = problemOf("select a\nfrom shop_gold.b where c = 'open");

    assert.deepEqual(
      [problem?.type, problem?.at],
      ['urn:headwaters:problem:invalid-sql', { line: 2, column: 28 }],
    );
  });

  test('a statement longer than Athena takes is too large', () => {
    assert.equal(problemOf(`select '${'x'.repeat(262_144)}'`)?.status, 413);
  });
});
