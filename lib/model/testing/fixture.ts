/** A small study written to a temporary folder: one source, silver, a partitioned fact and an aggregate. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const lineage = [
  ['_stream', 'string', 'string'],
  ['_shard', 'string', 'string'],
  ['_sequence_number', 'string', 'string'],
  ['_event_source', 'string', 'string'],
  ['_event_id', 'string', 'string'],
  ['_arrived_at', 'timestamp', 'timestamp(6)'],
  ['_run_id', 'string', 'string'],
]
  .map(
    ([name, logical, physical]) =>
      `      - {name: ${name}, logicalType: ${logical}, physicalType: '${physical}', required: true, description: lineage}`,
  )
  .join('\n');

const head = (name: string) => `apiVersion: v3.1.0
kind: DataContract
id: ${name}
version: 1.0.0
status: active
description: {purpose: Fixture.}
`;

/** Path below the study's folder → content. */
export const shopFiles: Readonly<Record<string, string>> = {
  'study.yaml': 'name: shop\ntitle: Shop\ndescription: A shop to test with.\nqueries: [revenue]\n',
  'queries/revenue.sql':
    '-- Revenue in all\n-- format: revenue=money\nselect sum(amount) as revenue from shop_gold.fact_orders\n',
  'sources/orders.yaml': `${head('orders')}schema:
  - name: orders
    physicalType: topic
    dataGranularityDescription: One record per order.
    properties:
      - {name: order_id, logicalType: string, required: true, description: Number., logicalTypeOptions: {minLength: 1}}
      - {name: amount, logicalType: number, physicalType: 'decimal(18,2)', required: true, description: Price., logicalTypeOptions: {minimum: 0}}
      - {name: placed_at, logicalType: timestamp, required: true, description: When.}
      - name: status
        logicalType: string
        description: State.
        quality:
          - {type: library, name: known-status, metric: invalidValues, arguments: {validValues: [open, closed]}, mustBe: 0, severity: refuse}
customProperties:
  - {property: ingestion, value: stream}
  - {property: eventType, value: shop.orders}
  - {property: identity, value: [order_id]}
  - {property: timestampFormat, value: 'yyyy-MM-dd HH:mm:ss'}
`,
  'silver/orders.yaml': `${head('silver-orders')}schema:
  - name: orders
    physicalType: table
    dataGranularityDescription: One row per accepted order.
    properties:
      - {name: order_id, logicalType: string, physicalType: string, primaryKey: true, primaryKeyPosition: 1, description: Number.}
      - {name: amount, logicalType: number, physicalType: 'decimal(18,2)', required: true, description: Price.}
      - {name: order_date, logicalType: date, physicalType: date, required: true, description: Day.}
${lineage}
    quality:
      - {type: sql, name: not-in-the-future, query: "order_date > DATE '2030-01-01'", severity: refuse, mustBe: 0, dimension: accuracy, description: The day lies ahead.}
      - {type: library, name: some-rows, metric: rowCount, mustBeGreaterOrEqualTo: 0}
customProperties:
  - {property: materialization, value: append}
  - {property: source, value: orders}
`,
  'silver/orders.sql': `-- Keeps the day of an order instead of its instant.
with source as (
  select * from shop_bronze.records where source = 'orders' and verdict = 'valid'
)
select
  json_extract_scalar(data, '$.order_id') as order_id,
  cast(json_extract_scalar(data, '$.amount') as decimal(18,2)) as amount,
  cast(substr(json_extract_scalar(data, '$.placed_at'), 1, 10) as date) as order_date,
  stream as _stream, shard as _shard, sequence_number as _sequence_number,
  event_source as _event_source, event_id as _event_id,
  cast(replace(replace(arrived_at, 'T', ' '), 'Z', '') as timestamp(6)) as _arrived_at,
  '{run_id}' as _run_id
from source
`,
  'gold/fact_orders.yaml': `${head('gold-fact-orders')}schema:
  - name: fact_orders
    physicalType: table
    dataGranularityDescription: One row per order.
    properties:
      - {name: order_id, logicalType: string, physicalType: string, primaryKey: true, primaryKeyPosition: 1, description: Number.}
      - {name: order_date, logicalType: date, physicalType: date, required: true, description: Day.}
      - {name: amount, logicalType: number, physicalType: 'decimal(18,2)', description: Price.}
    quality:
      - {type: sql, name: amounts-positive, query: 'SELECT count(*) FROM {table} WHERE amount < 0', severity: stop, mustBe: 0, dimension: accuracy, description: No amount below zero.}
customProperties:
  - {property: materialization, value: merge}
  - {property: partitioning, value: ['day(order_date)']}
`,
  'gold/fact_orders.sql': 'select o.order_id, o.order_date, o.amount from shop_silver.orders as o\n',
  'marts/daily.yaml': `${head('marts-daily')}schema:
  - name: daily
    physicalType: table
    dataGranularityDescription: One row per day.
    properties:
      - {name: order_date, logicalType: date, physicalType: date, primaryKey: true, primaryKeyPosition: 1, description: Day.}
      - {name: revenue, logicalType: number, physicalType: 'decimal(38,2)', required: true, description: Sum.}
customProperties:
  - {property: materialization, value: merge}
`,
  'marts/daily.sql':
    'select order_date, cast(sum(amount) as decimal(38,2)) as revenue from shop_gold.fact_orders group by order_date\n',
};

/** Writes a study, gives its folder to `use`, removes it; a file that is undefined is left out. */
export function withStudy<Result>(
  name: string,
  files: Readonly<Record<string, string | undefined>>,
  use: (dir: string) => Result,
): Result {
  const root = mkdtempSync(join(tmpdir(), 'headwaters-model-'));
  const dir = join(root, name);
  try {
    for (const [path, content] of Object.entries(files)) {
      if (content === undefined) continue;
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
    return use(dir);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The study `shop` with some files changed (undefined = left out). */
export const withShop = <Result>(
  changes: Readonly<Record<string, string | undefined>>,
  use: (dir: string) => Result,
): Result => withStudy('shop', { ...shopFiles, ...changes }, use);
