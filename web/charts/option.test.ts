/** Charts as plain options: what is drawn where, whatever the width. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { Chart } from '../../lib/model/study/serving/design.ts';
import { chartHeight, fullestSeries, optionOf, type Palette, valuesOfSeries } from './option.ts';
import { gridFor, unitedStates } from './tileGrid.ts';

const palette: Palette = {
  ink: 'ink',
  ink2: 'ink-2',
  ink3: 'ink-3',
  paper: 'paper',
  surface: 'surface',
  line: 'line',
  lineStrong: 'line-strong',
  series: ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'],
  steps: ['q0', 'q1', 'q2', 'q3', 'q4', 'q5'],
  font: 'sans',
};

const chart = (rest: Partial<Chart>): Chart => ({
  name: 'chart',
  title: 'Chart',
  rows: { query: 'any' },
  mark: 'bar',
  x: { column: 'x' },
  y: [{ column: 'y' }],
  ...rest,
});

describe('a map of tiles', () => {
  test('every state of the United States has a tile of its own', () => {
    const { tiles, columns, rows } = unitedStates;

    assert.equal(tiles.length, 51);
    assert.equal(new Set(tiles.map(({ name }) => name)).size, 51);
    assert.equal(new Set(tiles.map(({ column, row }) => `${column}/${row}`)).size, 51);
    assert.ok(tiles.every(({ column, row }) => column < columns && row < rows));
  });

  test('a name that the map does not know keeps all from being put on it', () => {
    const { tiles } = gridFor(['SP', 'SC', 'PA']);

    assert.deepEqual(
      tiles.map(({ name }) => name),
      ['SP', 'SC', 'PA'],
    );
  });

  test('states with rows have their value, the others say that they have none', () => {
    const data = {
      columns: ['x', 'y'],
      rows: [
        ['WA', '10.5'],
        ['TX', '0'],
      ],
    };

    const { series } = optionOf(chart({ mark: 'tiles' }), data, palette, 500) as {
      series: [{ data: { name: string; value: [number, number, number]; given: number | null }[] }];
    };

    const given = new Map(series[0].data.map((tile) => [tile.name, tile.given]));
    assert.deepEqual([given.get('WA'), given.get('TX'), given.get('CA')], [10.5, 0, null]);
    assert.equal(series[0].data.length, 51);
  });
});

describe('a heatmap', () => {
  const names = ['Documentaries and docuseries', 'Stand-up comedy and talk shows', 'Children and family'];
  const data = {
    columns: ['x', 'by', 'y'],
    rows: names.flatMap((name) => [
      [name, 'one', '1'],
      [name, 'two', '2'],
    ]),
  };
  const heatmap = chart({ mark: 'heatmap', by: { column: 'by' } });

  test('no label is left out, in however narrow a frame: long ones are slanted and cut', () => {
    for (const width of [280, 1200]) {
      const { xAxis, yAxis } = optionOf(heatmap, data, palette, width) as Record<
        'xAxis' | 'yAxis',
        { axisLabel: { interval: number; hideOverlap: boolean; rotate: number } }
      >;

      for (const { axisLabel } of [xAxis, yAxis])
        assert.deepEqual([axisLabel.interval, axisLabel.hideOverlap], [0, false]);
      assert.equal(xAxis.axisLabel.rotate > 0, width === 280);
    }
  });

  test('it is as high as its rows need', () => {
    const many = {
      columns: ['x', 'by', 'y'],
      rows: Array.from({ length: 24 }, (_, row) => ['a', `row ${row}`, '1']),
    };

    assert.ok(chartHeight(heatmap, many, 600) >= 24 * 18);
    assert.ok(chartHeight(heatmap, data, 600) < chartHeight(heatmap, many, 600));
  });
});

test('a share is written in percent along its axis and at its bars', () => {
  const data = { columns: ['x', 'y'], rows: [['a', '0.125']] };
  const share = { y: [{ column: 'y', unit: 'share' }] };

  const line = optionOf(chart({ mark: 'line', ...share }), data, palette, 400) as {
    yAxis: { name?: string; axisLabel: { formatter: (value: number) => string } };
  };
  const ranked = optionOf(chart({ mark: 'rows', ...share }), data, palette, 400) as {
    series: [{ label: { formatter: (of: { value: number }) => string } }];
  };

  assert.equal(line.yAxis.axisLabel.formatter(0.125), '12.5 %');
  assert.equal(line.yAxis.name, undefined);
  assert.equal(ranked.series[0].label.formatter({ value: 0.125 }), '12.5 %');
});

test('lines of a single moment are a ranking of their series', () => {
  const data = {
    columns: ['x', 'symbol', 'y'],
    rows: [
      ['2026-11-27', 'ABC', '1'],
      ['2026-11-27', 'XYZ', '2'],
    ],
  };

  const { yAxis, series } = optionOf(chart({ mark: 'line', series: 'symbol' }), data, palette, 400) as {
    yAxis: { data: string[] };
    series: [{ type: string }];
  };

  assert.deepEqual([series[0].type, yAxis.data], ['bar', ['ABC', 'XYZ']]);
});

test('candles of several symbols are drawn one symbol at a time', () => {
  const data = {
    columns: ['x', 'symbol', 'o', 'h', 'l', 'c'],
    rows: [
      ['2026-11-02', 'ABC', '1', '2', '1', '2'],
      ['2026-11-02', 'XYZ', '9', '9', '8', '8'],
      ['2026-11-03', 'ABC', '2', '3', '2', '3'],
    ],
  };
  const candles = chart({
    mark: 'candles',
    series: 'symbol',
    y: ['o', 'h', 'l', 'c'].map((column) => ({ column })),
  });

  assert.deepEqual(valuesOfSeries(candles, data), ['ABC', 'XYZ']);
  const { xAxis } = optionOf(candles, data, palette, 400, 'ABC') as { xAxis: [{ data: string[] }] };

  assert.deepEqual(xAxis[0].data, ['2026-11-02', '2026-11-03']);
});

test('the candles that are drawn first are those of the symbol with most of them', () => {
  const data = {
    columns: ['x', 'symbol', 'o'],
    rows: [
      ['2026-11-02', 'ABC', null],
      ['2026-11-02', 'XYZ', '9'],
      ['2026-11-03', 'ABC', null],
    ],
  };

  assert.equal(
    fullestSeries(chart({ mark: 'candles', series: 'symbol', y: [{ column: 'o' }] }), data),
    'XYZ',
  );
});

describe('lines of several series', () => {
  const of = (names: readonly string[], days: readonly string[] = ['1', '2', '3']) => ({
    columns: ['x', 'symbol', 'y'],
    rows: names.flatMap((name) => days.map((day) => [day, name, day])),
  });
  const symbols = chart({ mark: 'line', series: 'symbol' });
  interface Drawn {
    readonly legend?: unknown;
    readonly grid: readonly unknown[];
    readonly title: readonly { readonly text: string }[];
    readonly yAxis: readonly { readonly min: number; readonly max: number }[];
    readonly series: readonly { readonly endLabel?: unknown }[];
  }

  test('up to four are labelled at their end', () => {
    const { legend, series } = optionOf(symbols, of(['A', 'B', 'C', 'D']), palette, 600) as unknown as Drawn;

    assert.equal(legend, undefined);
    assert.ok(series.every(({ endLabel }) => endLabel));
  });

  test('a legend names them when one ends before the others', () => {
    const data = of(['A', 'B']);

    const { legend, series } = optionOf(
      symbols,
      { ...data, rows: data.rows.slice(0, -1) },
      palette,
      600,
    ) as unknown as Drawn;

    assert.ok(legend);
    assert.ok(series.every(({ endLabel }) => !endLabel));
  });

  test('more than four have a panel each, all with the same axis', () => {
    const names = ['A', 'B', 'C', 'D', 'E'];

    const { grid, title, yAxis } = optionOf(symbols, of(names), palette, 600) as unknown as Drawn;

    assert.equal(grid.length, 5);
    assert.deepEqual(
      title.map(({ text }) => text),
      names,
    );
    assert.deepEqual(new Set(yAxis.map(({ min, max }) => `${min} to ${max}`)), new Set(['0 to 4']));
    assert.ok(chartHeight(symbols, of(names), 400) > chartHeight(symbols, of(names), 600));
  });
});

test('the figures of a ranking have as many digits as they are stored with', () => {
  const data = {
    columns: ['x', 'y'],
    rows: [
      ['a', '10784.90'],
      ['b', '8614.16'],
    ],
  };

  const { series } = optionOf(chart({ mark: 'rows' }), data, palette, 400) as {
    series: [{ label: { formatter: (of: { value: number }) => string } }];
  };

  assert.equal(series[0].label.formatter({ value: 10784.9 }), '10,784.90');
});
