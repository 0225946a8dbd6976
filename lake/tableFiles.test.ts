import assert from 'node:assert/strict';
import { test } from 'vitest';
import { boundsOf } from './tableFiles.ts';
import type { LakeTableDetail } from './tables.ts';

const table = {
  columns: [
    { id: 1, name: 'sale_id', type: 'string', comment: '' },
    { id: 2, name: 'amount', type: 'decimal(18,2)', comment: '' },
    { id: 3, name: 'note', type: 'string', comment: '' },
    { name: 'added_later', type: 'string', comment: '' },
  ],
} as unknown as LakeTableDetail;

const file = (content: string, ...bounds: (string | null)[]) => [
  content,
  's3://b/t/data/f.parquet',
  '1',
  '1',
  ...bounds,
];

test('bounds are the least and the greatest of the data files, of numbers by their value', () => {
  const rows = [
    file('0', 'b', 'd', '0', '9.50', '100.00', '1', null, null, null),
    file('0', 'a', 'c', '0', '10.00', '90.00', '2', null, null, null),
  ];

  assert.deepEqual(boundsOf(table, rows), {
    sale_id: { from: 'a', to: 'd', nulls: 0 },
    amount: { from: '9.50', to: '100.00', nulls: 3 },
  });
});

test('files of deletes say nothing of the columns, and a file without bounds is passed over', () => {
  const rows = [
    file('1', '0', 'z', '9', '0', '999', '9', null, null, null),
    file('0', null, null, '4', '5', '6', '0', null, null, '4'),
  ];

  assert.deepEqual(boundsOf(table, rows), {
    sale_id: { nulls: 4 },
    amount: { from: '5', to: '6', nulls: 0 },
    note: { nulls: 4 },
  });
});
