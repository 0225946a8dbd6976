import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { AccessPattern } from './design.ts';
import { exampleOf } from './example.ts';

const pattern = (rest: Partial<AccessPattern> & Pick<AccessPattern, 'pk' | 'parameters'>): AccessPattern => ({
  description: '',
  descending: false,
  ...rest,
});

const items = [
  { pk: 'DELIVERY#d-1', sk: 'RECEIVED' },
  { pk: 'CUSTOMER#c.7', sk: 'PROFILE' },
  { pk: 'CUSTOMER#c-8', sk: 'ORDER#o-2', gsi1pk: 'ORDER#o-2', gsi1sk: 'HEAD' },
];

test('parameters are those of an item that the key and its sort key find', () => {
  const orders = pattern({
    pk: 'CUSTOMER#{customer_id}',
    sk: { beginsWith: 'ORDER#' },
    parameters: ['customer_id'],
  });

  assert.deepEqual(exampleOf(orders, items), { customer_id: 'c-8' });
});

test('those of an index come from its own keys', () => {
  const order = pattern({ index: 'gsi1', pk: 'ORDER#{order_id}', parameters: ['order_id'] });

  assert.deepEqual(exampleOf(order, items), { order_id: 'o-2' });
});

test('those of the sort key are read too', () => {
  const one = pattern({
    pk: 'CUSTOMER#{customer_id}',
    sk: { equals: 'ORDER#{order_id}' },
    parameters: ['customer_id', 'order_id'],
  });

  assert.deepEqual(exampleOf(one, items), { customer_id: 'c-8', order_id: 'o-2' });
});

test('a pattern that finds nothing has no example', () => {
  const stock = pattern({ pk: 'PRODUCT#{product_id}', parameters: ['product_id'] });

  assert.equal(exampleOf(stock, items), undefined);
});
