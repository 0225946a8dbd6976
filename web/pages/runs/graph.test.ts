import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { RunNode } from './contract.ts';
import { labelWidth, layOutRun, pathThrough } from './graph.ts';

const node = (name: string, level: number, ...reads: string[]): RunNode => ({
  name,
  layer: 'gold',
  level,
  reads,
});

const nodes = [
  node('orders', 1),
  node('customers', 1),
  node('reviews', 1),
  node('dim_customer', 2, 'customers'),
  node('fact_review', 2, 'reviews'),
  node('fact_sales', 3, 'orders', 'dim_customer'),
  node('sales_daily', 4, 'fact_sales'),
];

test('the path is what a model reads and what reads it, all the way', () => {
  assert.deepEqual([...pathThrough(nodes, 'dim_customer')].sort(), [
    'customers',
    'dim_customer',
    'fact_sales',
    'sales_daily',
  ]);
  assert.deepEqual([...pathThrough(nodes, 'reviews')].sort(), ['fact_review', 'reviews']);
});

test.each([600, 1600])(
  'every model is right of what it reads, and no two labels overlap, at %i px',
  (width) => {
    const { nodes: placed, edges, columns, width: drawn, height } = layOutRun(nodes, width);

    const at = new Map(placed.map((one) => [one.name, one]));
    for (const { name, reads, x, y } of placed) {
      for (const read of reads) assert.ok(at.get(read)!.x + labelWidth(read) < x, `${read} → ${name}`);
      assert.ok(x + labelWidth(name) <= drawn && y > 0 && y < height, name);
    }
    for (const level of Map.groupBy(placed, (one) => one.level).values()) {
      const ys = level.map(({ y }) => y).sort((a, b) => a - b);
      for (const [index, y] of ys.slice(1).entries()) assert.ok(y - ys[index]! >= 20);
    }
    assert.equal(columns.length, 4);
    assert.deepEqual(
      edges.map(({ key }) => key).filter((key) => key.startsWith('bronze')),
      ['bronze orders', 'bronze customers', 'bronze reviews'],
    );
  },
);

test('a model stands next to what it reads', () => {
  const { nodes: placed } = layOutRun(nodes, 900);

  const y = (name: string) => placed.find((one) => one.name === name)!.y;
  assert.ok(y('dim_customer') < y('fact_review'));
});
