/** Where the columns of a query come from, through joins, sub-queries and set operations. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { columnLineage } from './lineage.ts';

const tables: Readonly<Record<string, readonly string[]>> = {
  'a.items': ['order_id', 'price', 'quantity', 'day'],
  'a.orders': ['order_id', 'customer', 'status', 'placed_at'],
};

const lineage = (sql: string) =>
  Object.fromEntries(
    columnLineage(sql, (table) => tables[table]).map(({ name, sources }) => [
      name,
      sources.map(({ table, column }) => `${table.slice(2)}.${column}`).join(' '),
    ]),
  );

const cases: readonly (readonly [what: string, sql: string, expected: Readonly<Record<string, string>>])[] = [
  [
    'an expression',
    'select price * quantity as amount from a.items',
    { amount: 'items.price items.quantity' },
  ],
  [
    'a join by aliases',
    'select i.price, o.customer as who from a.items as i left join a.orders o on o.order_id = i.order_id where i.day > o.placed_at',
    { price: 'items.price', who: 'orders.customer' },
  ],
  [
    'common table expressions',
    `with t as (select order_id as id, sum(price) as total from a.items group by order_id),
     u (k, v) as (select id, total from t)
     select k, v / 2 as half from u`,
    { k: 'items.order_id', half: 'items.price' },
  ],
  [
    'stars',
    'select o.*, x.n from a.orders as o cross join (select count(order_id) as n from a.items) as x',
    {
      order_id: 'orders.order_id',
      customer: 'orders.customer',
      status: 'orders.status',
      placed_at: 'orders.placed_at',
      n: 'items.order_id',
    },
  ],
  [
    'a union, by place',
    'select order_id as id from a.items union all (select customer from a.orders) order by 1',
    { id: 'items.order_id orders.customer' },
  ],
  [
    'types, literals and functions that are named as columns are',
    "select cast(price as date) as day, date_trunc('day', placed_at) as status, date '2026-01-01' as price from a.items, a.orders",
    { day: 'items.price', status: 'orders.placed_at', price: '' },
  ],
  [
    'a sub-query in an expression, with a column of the outer query',
    'select (select max(o.status) from a.orders as o where o.order_id = i.order_id) as s, i.price from a.items as i',
    { s: 'orders.status', price: 'items.price' },
  ],
  [
    'windows and conditions',
    "select row_number() over (partition by customer order by placed_at desc) as n, case when status is distinct from 'x' then customer end as c from a.orders where status in ('a') group by 1",
    { n: 'orders.customer orders.placed_at', c: 'orders.status orders.customer' },
  ],
  [
    'unnest',
    "select part from a.orders cross join unnest(split(customer, ',')) as t (part)",
    { part: 'orders.customer' },
  ],
];

describe('columns come from', () => {
  test.each(cases)('%s', (_what, sql, expected) => assert.deepEqual(lineage(sql), expected));
});
