import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ddlType, parseType, queryType } from './types.ts';

// https://docs.aws.amazon.com/athena/latest/ug/data-types.html: both spellings, DDL's and the query's.
const spellings: readonly (readonly [written: string, ddl: string, query: string])[] = [
  ['VARCHAR', 'string', 'varchar'],
  ['integer', 'int', 'integer'],
  ['real', 'float', 'real'],
  ['timestamp(6)', 'timestamp', 'timestamp(6)'],
  ['decimal(18, 2)', 'decimal(18,2)', 'decimal(18,2)'],
  ['varchar(10)', 'varchar(10)', 'varchar(10)'],
  [
    'array(row(sku varchar, n integer))',
    'array<struct<sku:string,n:int>>',
    'array(row("sku" varchar, "n" integer))',
  ],
  ['map<string,array<bigint>>', 'map<string,array<bigint>>', 'map(varchar, array(bigint))'],
];

for (const [written, ddl, query] of spellings)
  test(`${written} is ${ddl} in DDL and ${query} in a query`, () => {
    const type = parseType(written);

    assert.equal(ddlType(type), ddl);
    assert.equal(queryType(type), query);
    assert.deepEqual(parseType(ddl), type);
  });

for (const written of [
  'money',
  'decimal(39,2)',
  'decimal(5,6)',
  'array<string',
  'timestamp(3)',
  'string(4)',
  'int x',
])
  test(`${written} is refused`, () => {
    assert.throws(() => parseType(written), RangeError);
  });
