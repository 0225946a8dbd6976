import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type Contract, parseContract } from '../contract/contract.ts';
import { shopFiles, withShop } from '../testing/fixture.ts';
import { columnName, derivedContract, derivedSql } from './derivedSilver.ts';
import { loadStudy, type Study } from './study.ts';

const sourceOf = (properties: string, more = ''): Contract =>
  parseContract(
    `apiVersion: v3.1.0
kind: DataContract
id: shop-source-things
version: 1.0.0
status: active
description: {purpose: Things.}
schema:
  - name: things
    physicalType: topic
    dataGranularityDescription: One record per thing.
    properties:
${properties}
customProperties:
  - {property: ingestion, value: stream}
  - {property: eventType, value: shop.things}
${more}`,
    'shop/sources/things.yaml',
    'shop',
  );

const property = (name: string, logicalType: string, physicalType: string, more = '') =>
  `      - {name: '${name}', logicalType: ${logicalType}, physicalType: '${physicalType}', description: It.${more}}`;

const casts: readonly (readonly [name: string, logical: string, physical: string, sql: string])[] = [
  ['label', 'string', 'varchar', "json_extract_scalar(data, '$.label') as label"],
  ['code', 'string', 'varchar(3)', "json_extract_scalar(data, '$.code') as code"],
  [
    'pieces',
    'integer',
    'bigint',
    "coalesce(try_cast(json_extract_scalar(data, '$.pieces') as bigint), cast(cast(json_extract_scalar(data, '$.pieces') as decimal(38,0)) as bigint)) as pieces",
  ],
  [
    'shelf',
    'integer',
    'smallint',
    "coalesce(try_cast(json_extract_scalar(data, '$.shelf') as integer), cast(cast(json_extract_scalar(data, '$.shelf') as decimal(38,0)) as integer)) as shelf",
  ],
  [
    'price',
    'number',
    'decimal(18,2)',
    "cast(json_extract_scalar(data, '$.price') as decimal(18,2)) as price",
  ],
  ['rate', 'number', 'double', "cast(json_extract_scalar(data, '$.rate') as double) as rate"],
  ['open', 'boolean', 'boolean', "cast(json_extract_scalar(data, '$.open') as boolean) as open"],
  ['day', 'date', 'date', "cast(json_extract_scalar(data, '$.day') as date) as day"],
  [
    'at',
    'timestamp',
    'timestamp(6)',
    "cast(cast(replace(json_extract_scalar(data, '$.at'), 'T', ' ') as timestamp(6) with time zone) at time zone 'UTC' as timestamp(6)) as at",
  ],
  ['extra', 'object', 'varchar', "nullif(json_format(json_extract(data, '$.extra')), 'null') as extra"],
  ['tags', 'array', 'array(varchar)', "cast(json_extract(data, '$.tags') as array(varchar)) as tags"],
  ['Unit Name', 'string', 'varchar', `json_extract_scalar(data, '$["Unit Name"]') as unit_name`],
  ['unitPrice', 'number', 'double', "cast(json_extract_scalar(data, '$.unitPrice') as double) as unit_price"],
];

for (const [name, logical, physical, sql] of casts)
  test(`a member ${name} of type ${physical} becomes a column by its type`, () => {
    const source = sourceOf(property(name, logical, physical));

    assert.ok(derivedSql(source).includes(`  ${sql},\n`), derivedSql(source));
    assert.equal(derivedContract(source).columns[0]?.name, columnName(name));
  });

test('a declared order becomes a column that sorts rows of one instant', () => {
  const source = sourceOf(
    `${property('seq', 'integer', 'bigint', ', logicalTypeOptions: {minimum: 0}')}\n${property('leg', 'string', 'varchar')}`,
    '  - {property: order, value: [seq, leg]}',
  );

  const number =
    "coalesce(try_cast(json_extract_scalar(data, '$.seq') as bigint), cast(cast(json_extract_scalar(data, '$.seq') as decimal(38,0)) as bigint))";
  assert.ok(
    derivedSql(source).includes(
      `concat_ws('/', coalesce(lpad(cast(${number} as varchar), 19, '0'), ''), coalesce(cast(json_extract_scalar(data, '$.leg') as varchar), ''), arrived_at, shard, lpad(sequence_number, 60, '0')) as _order,`,
    ),
    derivedSql(source),
  );
  assert.deepEqual(derivedContract(source).columns[2]?.name, '_order');
});

for (const [what, properties, message] of [
  [
    'a column of another type',
    property('at', 'timestamp', 'timestamp(6)'),
    /order names 'at', which is a timestamp/,
  ],
  [
    'an integer that may be negative',
    property('at', 'integer', 'bigint'),
    /order names 'at', an integer that may be/,
  ],
] as const)
  test(`${what} is not an order`, () => {
    assert.throws(() => sourceOf(properties, '  - {property: order, value: [at]}'), message);
  });

test('what the derived SELECT gives is what the derived contract declares', () => {
  const study = withShop(
    { 'silver/orders.sql': undefined, 'silver/orders.yaml': undefined, ...noGold },
    loadStudy,
  );

  assert.equal(silverOf(study).derivedFrom, 'orders');
  assert.deepEqual(
    silverOf(study).contract.columns.map(({ name, type }) => `${name} ${type}`),
    [
      'order_id string',
      'amount decimal(18,2)',
      'placed_at timestamp',
      'status string',
      '_stream string',
      '_shard string',
      '_sequence_number string',
      '_event_source string',
      '_event_id string',
      '_event_time timestamp',
      '_arrived_at timestamp',
      '_run_id string',
    ],
  );
});

/** The fixture's gold reads a column that only its own silver table has. */
const noGold = {
  'gold/fact_orders.yaml': undefined,
  'gold/fact_orders.sql': undefined,
  'marts/daily.yaml': undefined,
  'marts/daily.sql': undefined,
};

const silverOf = (study: Study) => study.models.find(({ layer }) => layer === 'silver')!;

test('rules that take more than one record to judge, the key and the partitions come from the source', () => {
  const source = sourceOf(
    `${property('thing_id', 'string', 'varchar', ', primaryKey: true, primaryKeyPosition: 1')}
${property('kind', 'string', 'varchar', ', quality: [{name: kind-is-known, metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0, severity: refuse}]')}
    quality:
      - {type: sql, name: few-odd, query: 'select count(*) from {table} where kind is null', mustBeLessThan: 3}`,
    "  - {property: partitioning, value: ['month(_event_time)']}",
  );

  const silver = derivedContract(source);

  assert.deepEqual(
    silver.quality.map(({ name }) => name),
    ['few-odd'],
  );
  assert.deepEqual(silver.primaryKey, ['thing_id']);
  assert.deepEqual(silver.partitioning, ['month(_event_time)']);
  assert.deepEqual(silver.columns[1]?.options, {});
});

const addition = (properties: string) => ({
  ...noGold,
  'silver/orders.sql': undefined,
  'silver/orders.yaml': `${(shopFiles['silver/orders.yaml'] as string).split('schema:')[0]}schema:
  - name: orders
    physicalType: table
    dataGranularityDescription: One row per accepted order.
    properties:
${properties}
    quality:
      - {type: library, name: some-rows, metric: rowCount, mustBeGreaterOrEqualTo: 0}
customProperties:
  - {property: extends, value: orders}
  - {property: partitioning, value: ['month(order_date)']}
`,
});

test('a silver file without SQL adds columns, rules and partitions to what is derived', () => {
  const files = addition(
    property('order_date', 'date', 'date', ", transformLogic: 'cast(placed_at as date)'"),
  );

  const { sql, contract } = silverOf(withShop(files, loadStudy));

  assert.match(sql, /\n {2}_run_id,\n {2}cast\(placed_at as date\) as order_date\nfrom derived$/);
  assert.equal(contract.columns.at(-1)?.name, 'order_date');
  assert.deepEqual(contract.partitioning, ['month(order_date)']);
  assert.deepEqual(
    contract.quality.map(({ name }) => name),
    ['some-rows'],
  );
  assert.deepEqual(contract.accountsFor, ['orders']);
});

test('an added column needs its expression', () => {
  assert.throws(
    () => withShop(addition(property('order_date', 'date', 'date')), loadStudy),
    /silver\/orders\.yaml:1:1 column 'order_date' is added to a derived table: give its SQL as transformLogic/,
  );
});

test('two members that would be one column are a problem of the source', () => {
  const two = (shopFiles['sources/orders.yaml'] as string).replace(
    '- {name: placed_at,',
    '- {name: orderId, logicalType: string, description: Twice.}\n      - {name: placed_at,',
  );

  assert.throws(
    () =>
      withShop(
        {
          ...noGold,
          'silver/orders.sql': undefined,
          'silver/orders.yaml': undefined,
          'sources/orders.yaml': two,
        },
        loadStudy,
      ),
    /sources\/orders\.yaml:1:1 two members would be silver's column 'order_id': write silver\/orders\.sql/,
  );
});
