/** A row is named by what can be read of its key, and by the value that the record added to. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { studyLineage } from '../lib/model/study/lineage.ts';
import { isGrouped, measuresOf, rowLabel, separated, sourceColumns, valueWords } from './rowWords.ts';
import { studiesOf } from './studies.ts';

const study = studiesOf().find('amazon');
const lineage = studyLineage(study);
const modelOf = (name: string) => study.models.find((model) => model.name === name)!;

test('a key is written as it is said, and a digest gives way to what can be read', () => {
  const layer = { layer: 'x', place: 'x' };
  const mart = { ...layer, columns: ['order_month', 'category'], rows: [] };
  const product = { ...layer, columns: ['product_key', 'product_id', 'name'], rows: [] };

  assert.equal(rowLabel(modelOf('sales_by_category'), mart, ['2026-11-01', 'Audio']), 'November 2026, Audio');
  assert.equal(
    rowLabel(modelOf('dim_product'), product, ['9cc3235001b7883189cf00e6707d5efa', 'p-1', 'Radio']),
    'p-1, Radio',
  );
  assert.deepEqual(
    [
      valueWords('bar_start', '2026-11-30 20:59:00.000000'),
      valueWords('at', '2026-11-30 20:59:00.120000'),
      valueWords('day', '2026-11-01'),
    ],
    ['2026-11-30 20:59:00', '2026-11-30 20:59:00.12', '2026-11-01'],
  );
  assert.deepEqual(['7384.79', '-1234567', '12', 'p-1000'].map(separated), [
    '7,384.79',
    '-1,234,567',
    '12',
    'p-1000',
  ]);
});

test('what stands for a row is the money that the source’s columns make, not a number that it only passes on', () => {
  assert.equal(measuresOf(modelOf('fact_sales'), lineage, 'order_items')[0], 'amount');
  assert.equal(measuresOf(modelOf('sales_by_category'), lineage, 'order_items')[0], 'revenue');
  assert.deepEqual(sourceColumns(lineage, 'order_items', ['gold.fact_sales.amount']).sort(), [
    'quantity',
    'unit_price',
  ]);
});

test('a mart of groups is distinguished from a fact whose SELECT only groups what it looks up', () => {
  assert.deepEqual(
    ['sales_by_category', 'fact_session', 'fact_sales'].map((name) => isGrouped(modelOf(name))),
    [true, true, false],
  );
});
