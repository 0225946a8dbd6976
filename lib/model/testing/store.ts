/** A study whose tables a run makes in part: orders of which versions come, their lines, visits, and customers from files. */

const contract = (
  folder: string,
  name: string,
  properties: string,
  custom: string,
  quality = '',
) => `apiVersion: v3.1.0
kind: DataContract
id: store-${folder}-${name}
version: 1.0.0
status: active
description: {purpose: Fixture.}
schema:
  - name: ${name}
    physicalType: table
    dataGranularityDescription: One row.
    properties:
${properties}${quality ? `\n    quality:\n${quality}` : ''}
customProperties:
${custom}
`;

const column = (name: string, logicalType: string, physicalType: string, more = '') =>
  `      - {name: ${name}, logicalType: ${logicalType}, physicalType: '${physicalType}', description: It.${more}}`;

const key = (position: number) => `, primaryKey: true, primaryKeyPosition: ${position}`;
const required = ', required: true';

const stream = (name: string, partitioning?: string) =>
  [
    '  - {property: ingestion, value: stream}',
    `  - {property: eventType, value: store.${name}}`,
    ...(partitioning ? [`  - {property: partitioning, value: ['${partitioning}']}`] : []),
  ].join('\n');

const merge = (partitioning: string, incremental: string) =>
  [
    '  - {property: materialization, value: merge}',
    `  - {property: partitioning, value: ['${partitioning}']}`,
    `  - {property: incremental, value: ${incremental}}`,
  ].join('\n');

/** Path below the study's folder → content. */
export const storeFiles: Readonly<Record<string, string>> = {
  'study.yaml': 'name: store\ntitle: Store\ndescription: A store to test with.\n',
  'sources/orders.yaml': contract(
    'source',
    'orders',
    [
      column('order_id', 'string', 'varchar', required),
      column('customer_id', 'string', 'varchar', required),
      column('placed_at', 'timestamp', 'timestamp(6)', required),
      column('status', 'string', 'varchar', required),
    ].join('\n'),
    stream('orders', 'month(placed_at)'),
  ),
  'sources/lines.yaml': contract(
    'source',
    'lines',
    [
      column('order_id', 'string', 'varchar', required + key(1)),
      column('line', 'integer', 'bigint', required + key(2)),
      column('amount', 'number', 'decimal(18,2)', required),
    ].join('\n'),
    stream('lines', 'month(_event_time)'),
    "      - {type: sql, name: not-too-expensive, query: 'amount > 1000', severity: refuse, mustBe: 0, dimension: accuracy}",
  ),
  'sources/visits.yaml': contract(
    'source',
    'visits',
    [
      column('visitor', 'string', 'varchar', required),
      column('seen_at', 'timestamp', 'timestamp(6)', required),
    ].join('\n'),
    stream('visits', 'month(seen_at)'),
  ),
  'sources/customers.yaml': contract(
    'source',
    'customers',
    [
      column('customer_id', 'string', 'varchar', required),
      column('state', 'string', 'varchar'),
      column('since', 'timestamp', 'timestamp(6)'),
      column('revision', 'integer', 'bigint', ', logicalTypeOptions: {minimum: 0}'),
    ].join('\n'),
    `  - {property: order, value: [revision]}\n  - {property: ingestion, value: file}\n  - {property: eventType, value: store.customers}\n  - {property: partitioning, value: ['month(_event_time)']}`,
  ),
  'gold/dim_customer.yaml': contract(
    'gold',
    'dim_customer',
    [
      column('customer_key', 'string', 'varchar', required + key(1)),
      column('customer_id', 'string', 'varchar', required),
      column('state', 'string', 'varchar', required),
      column('valid_from', 'timestamp', 'timestamp(6)', required),
      column('valid_to', 'timestamp', 'timestamp(6)'),
      column('is_current', 'boolean', 'boolean', required),
      column('is_inferred', 'boolean', 'boolean', required),
      column('first_seen_at', 'timestamp', 'timestamp(6)'),
    ].join('\n'),
    [
      '  - {property: materialization, value: history}',
      "  - {property: partitioning, value: ['month(first_seen_at)']}",
      '  - {property: entity, value: [customer_id]}',
      '  - {property: versionsFrom, value: customers}',
      '  - {property: inferredFrom, value: [orders.customer_id]}',
    ].join('\n'),
  ),
  'gold/dim_customer.sql':
    "select customer_id, coalesce(state, 'unknown') as state, since as valid_from, _order, _arrived_at, _shard, _sequence_number\nfrom store_silver.customers\n",
  'gold/newest_customer.yaml': contract(
    'gold',
    'newest_customer',
    [
      column('newest_key', 'string', 'varchar', required + key(1)),
      column('customer_id', 'string', 'varchar', required),
      column('state', 'string', 'varchar'),
      column('is_inferred', 'boolean', 'boolean', required),
    ].join('\n'),
    [
      '  - {property: materialization, value: latest}',
      '  - {property: entity, value: [customer_id]}',
      '  - {property: versionsFrom, value: customers}',
    ].join('\n'),
  ),
  'gold/newest_customer.sql':
    'select customer_id, state, since as valid_from, _order, _arrived_at, _shard, _sequence_number\nfrom store_silver.customers\n',
  'gold/fact_lines.yaml': contract(
    'gold',
    'fact_lines',
    [
      column('order_id', 'string', 'varchar', required + key(1)),
      column('line', 'integer', 'bigint', required + key(2)),
      column('order_month', 'date', 'date', required),
      column('status', 'string', 'varchar', required),
      column('customer_key', 'string', 'varchar', required),
      column('amount', 'number', 'decimal(18,2)', required),
    ].join('\n'),
    merge(
      'month(order_month)',
      '{from: orders, by: [order_id], with: [{table: lines, on: [order_id]}, {table: customers, on: [customer_id]}]}',
    ),
  ),
  'gold/fact_lines.sql': `with versions as (
  select order_id, customer_id, placed_at, status,
    row_number() over (partition by order_id order by _event_time desc, _arrived_at desc, _shard desc, _sequence_number desc) as recency
  from store_silver.orders
)
select l.order_id, l.line, date_trunc('month', cast(o.placed_at as date)) as order_month, o.status, c.customer_key, l.amount
from store_silver.lines as l
inner join versions as o on o.order_id = l.order_id and o.recency = 1
inner join store_gold.dim_customer as c on c.customer_id = o.customer_id
  and o.placed_at >= c.valid_from and (c.valid_to is null or o.placed_at < c.valid_to)
`,
  'gold/fact_visitors.yaml': contract(
    'gold',
    'fact_visitors',
    [
      column('visitor', 'string', 'varchar', required + key(1)),
      column('first_month', 'date', 'date', required),
      column('visits', 'integer', 'bigint', required),
    ].join('\n'),
    merge('month(first_month)', '{from: visits, by: [visitor]}'),
  ),
  'gold/fact_visitors.sql':
    "select visitor, date_trunc('month', cast(min(seen_at) as date)) as first_month, count(*) as visits\nfrom store_silver.visits\ngroup by visitor\n",
  'marts/revenue.yaml': contract(
    'marts',
    'revenue',
    [
      column('order_month', 'date', 'date', required + key(1)),
      column('state', 'string', 'varchar', required + key(2)),
      column('revenue', 'number', 'decimal(38,2)', required),
    ].join('\n'),
    merge('month(order_month)', '{from: fact_lines}'),
  ),
  'marts/revenue.sql':
    'select f.order_month, c.state, sum(f.amount) as revenue\nfrom store_gold.fact_lines as f\ninner join store_gold.dim_customer as c on c.customer_key = f.customer_key\ngroup by f.order_month, c.state\n',
};
