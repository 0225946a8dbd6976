/** A declared chart and its rows as an ECharts option: plain data in the theme's colours, so that page, picture and test draw the same. */
import type { Chart } from '../../lib/model/study/serving/design.ts';
import type { Rows } from '../../lib/model/study/serving/finding.ts';
import { gridFor } from './tileGrid.ts';

/** The tokens that charts use, resolved to colours. */
export interface Palette {
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly paper: string;
  readonly surface: string;
  readonly line: string;
  readonly lineStrong: string;
  /** c1 to c6 */
  readonly series: readonly string[];
  /** q0 to q5 */
  readonly steps: readonly string[];
  readonly font: string;
}

/** ECharts' option; its own type is too wide to be of use here. */
export type Option = Record<string, unknown>;

const DASHES = ['solid', 'dashed', 'dotted', [8, 3, 2, 3]] as const;

type Cell = string | null;

const numberOf = (cell: Cell | undefined): number | null =>
  cell === null || cell === undefined || cell === '' ? null : Number(cell);

/** Labels of a category axis: dates as `31 Oct`, the rest as they are. */
function categoryLabel(text: string): string {
  const date = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00:00(?:\.0+)?(?: UTC)?)?$/.exec(text);
  if (!date) return text;
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
    Number(date[2]) - 1
  ];
  return `${Number(date[3])} ${month}`;
}

const compact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 4 });
const written = (value: number | null) => (value === null ? 'none' : compact.format(value));

/** Figures of one column with as many digits after the point as the longest of them is stored with, at most 4. */
function writtenLike(cells: readonly Cell[]): (value: number | null) => string {
  const digits = Math.min(4, Math.max(0, ...cells.map((cell) => cell?.split('.')[1]?.length ?? 0)));
  const format = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (value) => (value === null ? 'none' : format.format(value));
}

/** A bound of a step in three digits that count: `2,470`, `0.0123`; `2.47K` where there is no room. */
const bound = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const brief = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** How figures of a unit are written: a share in percent. */
const writtenAs = (unit: string | undefined) => (value: number | null) =>
  unit === 'share' && value !== null ? `${Number((value * 100).toFixed(2))} %` : written(value);

/** Height of most pictures, px. */
export const HEIGHT = 262;
const MOST_HEIGHT = 620;
const LEAST_HEIGHT = 72;

/** Height of the picture, px: a row of a ranking or of a heatmap keeps room for its label. */
export function chartHeight(chart: Chart, data: Rows, width: number): number {
  if (chart.mark === 'rows' || chart.mark === 'funnel') {
    const bars = chart.mark === 'funnel' ? chart.y.length : new Set(categoriesOf(data, chart.x.column)).size;
    return Math.min(
      MOST_HEIGHT,
      Math.max(LEAST_HEIGHT, Math.max(Math.min(HEIGHT, bars * 40), bars * 22) + 12),
    );
  }
  const rows = isInPanels(chart, data)
    ? Math.ceil(valuesOfSeries(chart, data).length / panelsAcross(width)) * PANEL + 24
    : chart.mark === 'heatmap' && chart.by
      ? new Set(categoriesOf(data, chart.by.column)).size * 20 + 120
      : chart.mark === 'tiles'
        ? 320
        : 0;
  return Math.min(MOST_HEIGHT, Math.max(HEIGHT, rows));
}

/** Of candles of several series, the one that is drawn first: it has most candles. */
export function fullestSeries(chart: Chart, data: Rows): string | undefined {
  const at = { series: columnAt(data, chart.series ?? ''), open: columnAt(data, chart.y[0]!.column) };
  const candlesOf = (name: string) =>
    data.rows.filter((row) => (row[at.series] ?? 'none') === name && numberOf(row[at.open]) !== null).length;
  return valuesOfSeries(chart, data)
    .map((name) => ({ name, candles: candlesOf(name) }))
    .reduce<{ name: string; candles: number } | undefined>(
      (most, one) => (most && most.candles >= one.candles ? most : one),
      undefined,
    )?.name;
}

/** Values that tell the series apart, in their order; none for a chart of one series. */
export const valuesOfSeries = ({ series }: Chart, data: Rows): string[] =>
  series ? [...new Set(categoriesOf(data, series))] : [];

/** `width` in px. `only`: of candles of several series, the one that is drawn. @default - the first */
export function optionOf(chart: Chart, data: Rows, palette: Palette, width: number, only?: string): Option {
  const base: Option = {
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: palette.font, color: palette.ink2, fontSize: 12 },
    tooltip: tooltipOf(chart, palette),
    grid: { left: 4, right: 12, top: 22, bottom: 4, containLabel: true },
  };
  switch (chart.mark) {
    case 'bar':
      return { ...base, ...bars(chart, data, palette, width) };
    case 'rows':
      return { ...base, ...rankedRows(chart, data, palette) };
    case 'funnel':
      return { ...base, ...funnel(chart, data, palette) };
    case 'line':
    case 'area':
    case 'retention':
      return { ...base, ...lines(chart, data, palette, width) };
    case 'point':
      return { ...base, ...points(chart, data, palette) };
    case 'heatmap':
      return { ...base, ...heatmap(chart, data, palette, width) };
    case 'tiles':
      return { ...base, ...tiles(chart, data, palette, width) };
    case 'candles':
      return { ...base, ...candles(chart, ofSeries(chart, data, only), palette) };
  }
}

const tooltipOf = ({ mark, y }: Chart, palette: Palette): Option => ({
  trigger: mark === 'heatmap' || mark === 'tiles' || mark === 'point' ? 'item' : 'axis',
  confine: true,
  backgroundColor: palette.surface,
  borderColor: palette.lineStrong,
  textStyle: { color: palette.ink, fontFamily: palette.font, fontSize: 12 },
  axisPointer: { type: 'shadow', shadowStyle: { color: palette.line, opacity: 0.4 } },
  ...(y[0]!.unit === 'share' && { valueFormatter: writtenAs('share') }),
});

/** The rows of one series. */
function ofSeries(chart: Chart, data: Rows, only: string | undefined): Rows {
  if (!chart.series) return data;
  const at = columnAt(data, chart.series);
  const wanted = only ?? valuesOfSeries(chart, data)[0];
  return { columns: data.columns, rows: data.rows.filter((row) => (row[at] ?? 'none') === wanted) };
}

const valueAxis = (palette: Palette, name?: string): Option => ({
  type: 'value',
  ...(name && name !== 'share' && { name, nameTextStyle: { color: palette.ink3, align: 'left' } }),
  axisTick: { show: false },
  axisLine: { show: false },
  axisLabel: { color: palette.ink3, formatter: writtenAs(name) },
  splitLine: { lineStyle: { color: palette.line } },
});

const categoryAxis = (palette: Palette, categories: readonly string[]): Option => ({
  type: 'category',
  data: categories,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: palette.lineStrong } },
  axisLabel: { color: palette.ink3, hideOverlap: true, formatter: categoryLabel },
});

const columnAt = (data: Rows, name: string) => data.columns.indexOf(name);
const cellsOf = (data: Rows, name: string) => {
  const at = columnAt(data, name);
  return data.rows.map((row) => row[at] ?? null);
};
const categoriesOf = (data: Rows, name: string) => cellsOf(data, name).map((cell) => cell ?? 'none');

/** Which rows stand out, by the first measure. */
function highlighted(values: readonly (number | null)[], how: Chart['highlight']): ReadonlySet<number> {
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  if (!how || known.length === 0) return new Set();
  if (how === 'last') return new Set([known.at(-1)!.index]);
  const most = known.reduce((best, one) => (one.value > best.value ? one : best)).index;
  const least = known.reduce((best, one) => (one.value < best.value ? one : best)).index;
  return new Set(how === 'max' ? [most] : how === 'min' ? [least] : [most, least]);
}

function bars(chart: Chart, data: Rows, palette: Palette, width: number): Option {
  const several = chart.y.length > 1;
  const series = chart.y.map(({ column, title }, index) => {
    const values = cellsOf(data, column).map(numberOf);
    const marked = index === 0 ? highlighted(values, chart.highlight) : new Set<number>();
    return {
      type: 'bar',
      name: title ?? column,
      barMaxWidth: 64,
      barCategoryGap: '28%',
      itemStyle: { color: palette.series[index] },
      data: values.map((value, row) => ({
        value,
        ...(marked.has(row) && {
          itemStyle: { color: palette.series[1] },
          label: {
            show: true,
            position: 'top',
            color: palette.ink,
            fontWeight: 600,
            // Its neighbours may be taller than it.
            backgroundColor: palette.paper,
            padding: [0, 2],
            formatter: written(value === null ? null : Math.round(value)),
          },
        }),
      })),
      ...(several && {
        label: { show: data.rows.length <= 6 && width > 420, position: 'top', color: palette.ink3 },
      }),
    };
  });
  return {
    xAxis: categoryAxis(palette, categoriesOf(data, chart.x.column)),
    yAxis: valueAxis(palette, chart.y[0]!.unit),
    series,
    ...(several && {
      legend: { top: 0, right: 0, itemWidth: 10, itemHeight: 10, textStyle: { color: palette.ink2 } },
    }),
  };
}

/** A ranking: one row a category, the first at the top, the figure at the end of its bar. */
function rankedRows(chart: Chart, data: Rows, palette: Palette): Option {
  const cells = cellsOf(data, chart.y[0]!.column);
  const values = cells.map(numberOf);
  const { unit } = chart.y[0]!;
  const format = unit === 'share' ? writtenAs(unit) : writtenLike(cells);
  const marked = highlighted(values, chart.highlight);
  return {
    grid: {
      left: 4,
      right: Math.max(40, ...values.map((value) => format(value).length * CHARACTER + 16)),
      top: 6,
      bottom: 4,
      containLabel: true,
    },
    xAxis: { ...valueAxis(palette), show: false },
    yAxis: {
      ...categoryAxis(palette, categoriesOf(data, chart.x.column)),
      inverse: true,
      axisLine: { show: false },
      axisLabel: { color: palette.ink2, interval: 0, width: 150, overflow: 'truncate' },
    },
    series: [
      {
        type: 'bar',
        name: chart.y[0]!.title ?? chart.y[0]!.column,
        barCategoryGap: '32%',
        barMaxWidth: 30,
        data: values.map((value, row) => ({
          value,
          itemStyle: { color: palette.series[marked.has(row) ? 1 : 0] },
        })),
        label: {
          show: true,
          position: 'right',
          color: palette.ink2,
          formatter: ({ value }: { value: number | null }) => format(value),
        },
      },
    ],
  };
}

/** The steps of a funnel are columns of one row. */
function funnel(chart: Chart, data: Rows, palette: Palette): Option {
  const row = data.rows[0] ?? [];
  const values = chart.y.map(({ column }) => numberOf(row[columnAt(data, column)]));
  const first = values[0] ?? 0;
  return {
    grid: { left: 4, right: 110, top: 6, bottom: 4, containLabel: true },
    xAxis: { ...valueAxis(palette), show: false },
    yAxis: {
      ...categoryAxis(
        palette,
        chart.y.map(({ title, column }) => title ?? column),
      ),
      inverse: true,
      axisLine: { show: false },
    },
    series: [
      {
        type: 'bar',
        name: chart.x.title ?? chart.x.column,
        barCategoryGap: '32%',
        barMaxWidth: 30,
        itemStyle: { color: palette.series[0] },
        data: values,
        label: {
          show: true,
          position: 'right',
          color: palette.ink2,
          formatter: ({ value }: { value: number | null }) =>
            `${written(value)} · ${first ? (((value ?? 0) / first) * 100).toFixed(1) : '0'} %`,
        },
      },
    ],
  };
}

/** Lines labelled at their end instead of by a legend; several are told apart by dash besides colour. */
function lines(chart: Chart, data: Rows, palette: Palette, width: number): Option {
  const categories = [...new Set(categoriesOf(data, chart.x.column))];
  // Of one moment there is nothing to follow: its series are compared.
  if (categories.length === 1 && chart.series)
    return rankedRows({ ...chart, x: { column: chart.series } }, data, palette);
  const groups = chart.series
    ? [...new Set(categoriesOf(data, chart.series))].map((name) => ({
        name,
        column: chart.y[0]!.column,
        only: name,
      }))
    : chart.y.map(({ column, title }) => ({ name: title ?? column, column, only: undefined }));
  if (isInPanels(chart, data)) return panels(chart, data, palette, width);
  const at = { x: columnAt(data, chart.x.column), series: chart.series ? columnAt(data, chart.series) : -1 };
  const valuesOf = ({ column, only }: (typeof groups)[number]) => {
    const valueAt = columnAt(data, column);
    const byX = new Map(
      data.rows.flatMap((row) =>
        only === undefined || row[at.series] === only ? [[row[at.x] ?? 'none', numberOf(row[valueAt])]] : [],
      ),
    );
    return categories.map((category) => byX.get(category) ?? null);
  };
  const drawn = groups.map((group) => ({ ...group, values: valuesOf(group) }));
  // A line that ends before the others has no room for a label at its end.
  const labelled = drawn.length > 1 && drawn.every(({ values }) => values.at(-1) !== null);
  const needsLegend = drawn.length > 1 && !labelled;
  return {
    ...(needsLegend && {
      legend: { top: 0, right: 0, itemWidth: 24, itemHeight: 8, textStyle: { color: palette.ink2 } },
    }),
    grid: { left: 4, right: labelled ? 96 : 16, top: needsLegend ? 34 : 22, bottom: 4, containLabel: true },
    xAxis: {
      ...categoryAxis(palette, categories),
      boundaryGap: categories.length < 2,
      axisLabel: { color: palette.ink3, hideOverlap: true, formatter: timeLabel },
    },
    yAxis: {
      ...valueAxis(palette, chart.y[0]!.unit),
      ...(chart.mark === 'retention' && {
        min: 0,
        max: 1,
        axisLabel: { color: palette.ink3, formatter: (value: number) => `${Math.round(value * 100)} %` },
      }),
    },
    series: drawn.map(({ name, values }, index) => ({
      type: 'line',
      name,
      smooth: false,
      // A line of one point is its symbol.
      showSymbol: values.filter((value) => value !== null).length < 3,
      symbolSize: 6,
      lineStyle: { color: palette.series[index % 6], width: 2, type: DASHES[index % DASHES.length] },
      itemStyle: { color: palette.series[index % 6] },
      ...(chart.mark === 'area' && { areaStyle: { color: palette.series[index % 6], opacity: 0.18 } }),
      data: values,
      ...(labelled && {
        endLabel: {
          show: true,
          formatter: '{a}',
          color: palette.ink2,
          distance: 6,
          overflow: 'truncate',
          width: 88,
        },
        labelLayout: { moveOverlap: 'shiftY' },
      }),
    })),
  };
}

/** Lines of one picture; more are small multiples. */
const MOST_LINES = 4;
/** Pictures that are not as wide have two small multiples in a row, px. */
export const NARROW = 480;
const panelsAcross = (width: number) => (width < NARROW ? 2 : 4);
/** Height of a small multiple with its name, px. */
const PANEL = 118;

/** Whether each series has a panel of its own. */
const isInPanels = (chart: Chart, data: Rows) =>
  (chart.mark === 'line' || chart.mark === 'area') &&
  valuesOfSeries(chart, data).length > MOST_LINES &&
  new Set(categoriesOf(data, chart.x.column)).size > 1;

/** 1, 2, 2.5 or 5 of a power of ten: the smallest that is not less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least || 1));
  return ([1, 2, 2.5, 5].find((digit) => digit * power >= least) ?? 10) * power;
}

/** Small multiples: a panel a series, all with the same axes, so that they compare. */
function panels(chart: Chart, data: Rows, palette: Palette, width: number): Option {
  const inRow = panelsAcross(width);
  const names = valuesOfSeries(chart, data);
  const { column, unit } = chart.y[0]!;
  const categories = [...new Set(categoriesOf(data, chart.x.column))];
  const known = cellsOf(data, column).flatMap((cell) => numberOf(cell) ?? []);
  const step = roundStep(Math.max(0, ...known) / 2);
  // The first panel of a row carries the axis; all are as wide.
  const left = width < NARROW ? 14 : 10;
  const share = (100 - left) / inRow;
  const place = names.map((_, index) => ({
    column: index % inRow,
    row: Math.floor(index / inRow),
    isLast: index + inRow >= names.length,
  }));
  return {
    title: names.map((name, index) => ({
      text: name,
      left: `${left + place[index]!.column * share}%`,
      top: place[index]!.row * PANEL + 4,
      padding: 0,
      textStyle: { color: palette.ink2, fontSize: 12, fontWeight: 600, fontFamily: palette.font },
    })),
    grid: place.map(({ column: across, row }) => ({
      left: `${left + across * share}%`,
      width: `${share - 3}%`,
      top: row * PANEL + 30,
      height: PANEL - 44,
    })),
    xAxis: place.map(({ isLast }, gridIndex) => ({
      ...categoryAxis(palette, categories),
      gridIndex,
      boundaryGap: false,
      axisLabel: {
        show: isLast,
        color: palette.ink3,
        fontSize: 11,
        hideOverlap: true,
        interval: categories.length - 2,
        showMinLabel: true,
        showMaxLabel: true,
        alignMinLabel: 'left',
        alignMaxLabel: 'right',
        formatter: timeLabel,
      },
    })),
    yAxis: place.map(({ column: across }, gridIndex) => ({
      ...valueAxis(palette),
      gridIndex,
      min: Math.min(0, Math.floor(Math.min(0, ...known) / step) * step),
      max: 2 * step,
      interval: step,
      axisLabel: { show: across === 0, color: palette.ink3, fontSize: 11, formatter: writtenAs(unit) },
    })),
    series: names.map((name, index) => {
      const one = ofSeries(chart, data, name);
      const byX = new Map(
        categoriesOf(one, chart.x.column).map((x, row) => [x, one.rows[row]![columnAt(one, column)]]),
      );
      return {
        type: 'line',
        name,
        xAxisIndex: index,
        yAxisIndex: index,
        showSymbol: byX.size < 3,
        symbolSize: 5,
        lineStyle: { color: palette.series[0], width: 1.75 },
        itemStyle: { color: palette.series[0] },
        ...(chart.mark === 'area' && { areaStyle: { color: palette.series[0], opacity: 0.18 } }),
        data: categories.map((category) => numberOf(byX.get(category))),
      };
    }),
  };
}

function points(chart: Chart, data: Rows, palette: Palette): Option {
  const x = cellsOf(data, chart.x.column).map(numberOf);
  return {
    xAxis: valueAxis(palette, chart.x.title ?? chart.x.column),
    yAxis: valueAxis(palette, chart.y[0]!.title),
    series: chart.y.map(({ column, title }, index) => ({
      type: 'scatter',
      name: title ?? column,
      symbolSize: 6,
      itemStyle: { color: palette.series[index % 6], opacity: 0.7 },
      data: cellsOf(data, column).map((cell, row) => [x[row], numberOf(cell)]),
    })),
  };
}

/** Six steps of one hue, each with how far it goes; `none` is what stands for a tile without a value. */
function stepsOf(values: readonly (number | null)[], palette: Palette, width: number, none?: number): Option {
  const most = Math.max(0, ...values.filter((value) => value !== null));
  const step = (most || 1) / 5;
  const bounds = [1, 2, 3, 4, 5].map((at) => at * step);
  const widthOf = (labels: readonly string[]) =>
    labels.reduce((sum, label) => sum + label.length * CHARACTER + 24, none === undefined ? 30 : 80);
  const said = [
    bounds.map((at) => `to ${bound.format(at)}`),
    bounds.map((at) => bound.format(at)),
    bounds.map((at) => brief.format(at)),
  ];
  const labels = said.find((one) => widthOf(one) <= width) ?? said.at(-1)!;
  return {
    type: 'piecewise',
    orient: 'horizontal',
    left: 0,
    bottom: 0,
    itemWidth: 10,
    itemHeight: 10,
    itemGap: widthOf(labels) <= width ? 8 : 3,
    textGap: widthOf(labels) <= width ? 4 : 2,
    textStyle: { color: palette.ink3, fontSize: 11 },
    pieces: [
      ...(none === undefined ? [] : [{ value: none, label: 'none', color: palette.line }]),
      ...(most === 0
        ? [{ value: 0, label: '0', color: palette.steps[0] }]
        : [
            { gt: none ?? Number.NEGATIVE_INFINITY, lte: 0, label: '0', color: palette.steps[0] },
            ...[1, 2, 3, 4, 5].map((at) => ({
              gt: (at - 1) * step,
              lte: at === 5 ? most : at * step,
              label: labels[at - 1],
              color: palette.steps[at],
            })),
          ]),
    ],
  };
}

/** Ink on the pale steps, paper on the strong ones. */
const inkOn = (value: number | null, values: readonly (number | null)[], palette: Palette) =>
  (value ?? 0) > Math.max(0, ...values.filter((one) => one !== null)) * 0.6 ? palette.paper : palette.ink;

/** Room of a character of a label, px. */
const CHARACTER = 6.4;

function heatmap(chart: Chart, data: Rows, palette: Palette, width: number): Option {
  const columns = [...new Set(categoriesOf(data, chart.x.column))];
  const by = chart.by?.column;
  const rows = by ? [...new Set(categoriesOf(data, by))] : [''];
  const values = cellsOf(data, chart.y[0]!.column).map(numberOf);
  const cells = data.rows.map((row, index) => ({
    value: [
      columns.indexOf(row[columnAt(data, chart.x.column)] ?? 'none'),
      by ? rows.indexOf(row[columnAt(data, by)] ?? 'none') : 0,
      values[index],
    ],
    label: { color: inkOn(values[index] ?? null, values, palette) },
  }));
  const longest = (names: readonly string[]) => Math.max(0, ...names.map((name) => name.length)) * CHARACTER;
  const labelWidth = Math.min(longest(rows) + 12, 170, width * 0.36);
  const cellWidth = (width - labelWidth - 24) / Math.max(1, columns.length);
  const isSlanted = longest(columns.map(timeLabel)) > cellWidth;
  const fits = longest(values.map(written)) + 8 < cellWidth;
  const label = { color: palette.ink3, interval: 0, hideOverlap: false, overflow: 'truncate' };
  return {
    grid: { left: 4, right: 8, top: 6, bottom: 44, containLabel: true },
    xAxis: {
      ...categoryAxis(palette, columns),
      splitArea: { show: false },
      axisLabel: { ...label, rotate: isSlanted ? 40 : 0, width: 110, formatter: timeLabel },
    },
    yAxis: {
      ...categoryAxis(palette, rows),
      axisLine: { show: false },
      inverse: true,
      axisLabel: { ...label, width: labelWidth },
    },
    visualMap: stepsOf(values, palette, width),
    series: [
      {
        type: 'heatmap',
        name: chart.y[0]!.title ?? chart.y[0]!.column,
        data: cells,
        itemStyle: { borderWidth: 1, borderColor: palette.paper },
        label: {
          show: fits,
          formatter: ({ value }: { value: [number, number, number | null] }) => written(value[2]),
        },
        emphasis: { itemStyle: { borderColor: palette.ink } },
      },
    ],
  };
}

/** A map of tiles: one for each state, those without a row too. */
function tiles(chart: Chart, data: Rows, palette: Palette, width: number): Option {
  const names = categoriesOf(data, chart.x.column);
  const values = cellsOf(data, chart.y[0]!.column).map(numberOf);
  const valueIn = new Map(names.map((name, row) => [name, values[row] ?? null]));
  const grid = gridFor(names);
  const none = Math.min(0, ...values.filter((value) => value !== null)) - 1;
  const axis = (length: number): Option => ({
    type: 'category',
    data: Array.from({ length }, (_, at) => String(at)),
    show: false,
  });
  return {
    grid: { left: 4, right: 4, top: 4, bottom: 40 },
    xAxis: axis(grid.columns),
    yAxis: { ...axis(grid.rows), inverse: true },
    tooltip: {
      ...tooltipOf(chart, palette),
      formatter: ({ name, data: tile }: { name: string; data: { given: number | null } }) =>
        `${name}: ${writtenAs(chart.y[0]!.unit)(tile.given)}`,
    },
    visualMap: stepsOf(values, palette, width, none),
    series: [
      {
        type: 'heatmap',
        name: chart.y[0]!.title ?? chart.y[0]!.column,
        data: grid.tiles.map(({ name, column, row }) => {
          const given = valueIn.get(name) ?? null;
          return {
            name,
            value: [column, row, given ?? none],
            given,
            label: { color: given === null ? palette.ink3 : inkOn(given, values, palette) },
          };
        }),
        itemStyle: { borderWidth: 2, borderColor: palette.paper },
        label: { show: true, formatter: '{b}' },
        emphasis: { itemStyle: { borderColor: palette.ink } },
      },
    ],
  };
}

/** Hollow rises, solid falls, a dashed VWAP, and the volume in grey on a grid of its own. */
function candles(chart: Chart, data: Rows, palette: Palette): Option {
  const [open, high, low, close, volume, vwap] = chart.y;
  const values = (column: string | undefined) => (column ? cellsOf(data, column).map(numberOf) : []);
  const parts = {
    open: values(open?.column),
    high: values(high?.column),
    low: values(low?.column),
    close: values(close?.column),
  };
  const categories = categoriesOf(data, chart.x.column);
  const axis = (index: number, shown: boolean): Option => ({
    ...categoryAxis(palette, categories),
    gridIndex: index,
    axisLabel: { show: shown, color: palette.ink3, hideOverlap: true, formatter: timeLabel },
  });
  return {
    grid: [
      { left: 4, right: 12, top: 22, bottom: volume ? '30%' : 4, containLabel: true },
      ...(volume ? [{ left: 4, right: 12, top: '76%', bottom: 4, containLabel: true }] : []),
    ],
    xAxis: [axis(0, !volume), ...(volume ? [axis(1, true)] : [])],
    yAxis: [
      { ...valueAxis(palette, open?.unit), scale: true },
      ...(volume ? [{ ...valueAxis(palette), gridIndex: 1, splitNumber: 2 }] : []),
    ],
    series: [
      {
        type: 'candlestick',
        barMaxWidth: 18,
        name: 'Price',
        itemStyle: {
          color: palette.paper,
          borderColor: palette.series[0],
          color0: palette.series[1],
          borderColor0: palette.series[1],
        },
        // A window in which nothing was traded has no candle; ECharts draws one of nulls at zero.
        data: categories.map((_, row) => {
          const candle = [parts.open[row], parts.close[row], parts.low[row], parts.high[row]];
          return candle.includes(null) ? '-' : candle;
        }),
      },
      ...(vwap
        ? [
            {
              type: 'line',
              name: vwap.title ?? 'VWAP',
              showSymbol: false,
              lineStyle: { color: palette.ink, width: 1.5, type: 'dashed' },
              itemStyle: { color: palette.ink },
              data: values(vwap.column),
            },
          ]
        : []),
      ...(volume
        ? [
            {
              type: 'bar',
              name: volume.title ?? 'Volume',
              barMaxWidth: 18,
              xAxisIndex: 1,
              yAxisIndex: 1,
              itemStyle: { color: palette.lineStrong },
              data: values(volume.column),
            },
          ]
        : []),
    ],
  };
}

/** `2013-10-07 09:30:00.000` → `09:30`; a day stays a day. */
function timeLabel(text: string): string {
  const day = categoryLabel(text);
  return day === text ? (/[T ](\d\d:\d\d)/.exec(text)?.[1] ?? text) : day;
}
