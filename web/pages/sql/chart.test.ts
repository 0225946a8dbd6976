import assert from 'node:assert/strict';
import { test } from 'vitest';
import { figuresOf, resultChart } from './chart.ts';
import type { QueryState, Rows } from './contract.ts';

const state = { id: 'q', submittedAt: '2026-11-30T12:00:00Z', scannedBytes: 10 } as QueryState;

const rowsOf = (columns: Record<string, string>, ...rows: (string | null)[][]): Rows => ({
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  rows,
  more: false,
});

const categories = rowsOf(
  { category: 'varchar', sales: 'bigint', revenue: 'decimal(18,2)' },
  ['Phone', '2', '20.00'],
  ['Audio', '3', '10.00'],
);

test('figures by a category are bars in the order of the rows', () => {
  const { chart, data, title } = resultChart(state, categories, 'revenue');

  assert.deepEqual(figuresOf(categories), ['sales', 'revenue']);
  assert.deepEqual([chart.mark, chart.x.column, chart.y[0]!.column], ['rows', 'category', 'revenue']);
  assert.deepEqual(data.rows, categories.rows);
  assert.equal(title, 'revenue by category');
});

test('figures by a time are a line from the oldest on, wherever the time is among the columns', () => {
  const days = rowsOf(
    { state: 'varchar', sales: 'bigint', day: 'date' },
    ['FL', '2', '2026-11-02'],
    ['CA', '3', '2026-11-01'],
  );

  const { chart, data } = resultChart(state, days, 'sales');

  assert.deepEqual([chart.mark, chart.x.column], ['line', 'day']);
  assert.deepEqual(
    data.rows.map(([, , day]) => day),
    ['2026-11-01', '2026-11-02'],
  );
});

test('figures alone are a line over the first of them, by its value', () => {
  const hours = rowsOf({ hour: 'bigint', actions: 'bigint' }, ['10', '7'], ['9', '5'], [null, '1']);

  const { chart, data } = resultChart(state, hours, 'actions');

  assert.deepEqual(figuresOf(hours), ['actions']);
  assert.deepEqual([chart.mark, chart.x.column], ['line', 'hour']);
  assert.deepEqual(
    data.rows.map(([hour]) => hour),
    ['9', '10', null],
  );
});

test('one row, texts only, and two columns of one name make no chart', () => {
  assert.deepEqual(figuresOf(rowsOf({ a: 'varchar', b: 'bigint' }, ['x', '1'])), []);
  assert.deepEqual(figuresOf(rowsOf({ a: 'varchar' }, ['x'], ['y'])), []);
  const twice: Rows = {
    columns: [
      { name: 'x', type: 'bigint' },
      { name: 'x', type: 'bigint' },
    ],
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
    more: false,
  };
  assert.deepEqual(figuresOf(twice), []);
});

test('of more rows than have room the first are drawn, and it is said', () => {
  const many = rowsOf(
    { name: 'varchar', value: 'bigint' },
    ...Array.from({ length: 60 }, (_, at) => [`n${at}`, String(at)]),
  );

  const { chart, data } = resultChart(state, many, 'value');

  assert.equal(data.rows.length, 40);
  assert.equal(chart.note, 'the first 40 of 60 rows');
});
