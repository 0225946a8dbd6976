/** A declared chart and its rows as an ECharts option: plain data in the theme's colours, so that page, picture and test draw the same. */
import type { Chart } from '../../lib/model/study/serving/design.ts';
import type { Rows } from '../../lib/model/study/serving/finding.ts';

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

export function optionOf(chart: Chart, data: Rows, palette: Palette, width: number): Option {
  const base: Option = {
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: palette.font, color: palette.ink2, fontSize: 12 },
    tooltip: {
      trigger: chart.mark === 'heatmap' || chart.mark === 'tiles' || chart.mark === 'point' ? 'item' : 'axis',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.lineStrong,
      textStyle: { color: palette.ink, fontFamily: palette.font, fontSize: 12 },
      axisPointer: { type: 'shadow', shadowStyle: { color: palette.line, opacity: 0.4 } },
    },
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
      return { ...base, ...lines(chart, data, palette) };
    case 'point':
      return { ...base, ...points(chart, data, palette) };
    case 'heatmap':
    case 'tiles':
      return { ...base, ...heatmap(chart, data, palette) };
    case 'candles':
      return { ...base, ...candles(chart, data, palette) };
  }
}

const valueAxis = (palette: Palette, name?: string): Option => ({
  type: 'value',
  ...(name && { name, nameTextStyle: { color: palette.ink3, align: 'left' } }),
  axisTick: { show: false },
  axisLine: { show: false },
  axisLabel: { color: palette.ink3, formatter: (value: number) => written(value) },
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
  const values = cellsOf(data, chart.y[0]!.column).map(numberOf);
  const marked = highlighted(values, chart.highlight);
  return {
    grid: { left: 4, right: 64, top: 6, bottom: 4, containLabel: true },
    xAxis: { ...valueAxis(palette), show: false },
    yAxis: {
      ...categoryAxis(palette, categoriesOf(data, chart.x.column)),
      inverse: true,
      axisLine: { show: false },
    },
    series: [
      {
        type: 'bar',
        name: chart.y[0]!.title ?? chart.y[0]!.column,
        barCategoryGap: '32%',
        data: values.map((value, row) => ({
          value,
          itemStyle: {
            color:
              marked.size === 0 || marked.has(row)
                ? palette.series[marked.size === 0 ? 0 : 1]
                : palette.series[0],
          },
        })),
        label: {
          show: true,
          position: 'right',
          color: palette.ink2,
          formatter: ({ value }: { value: number | null }) => written(value),
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
function lines(chart: Chart, data: Rows, palette: Palette): Option {
  const categories = [...new Set(categoriesOf(data, chart.x.column))];
  const groups = chart.series
    ? [...new Set(categoriesOf(data, chart.series))].map((name) => ({
        name,
        column: chart.y[0]!.column,
        only: name,
      }))
    : chart.y.map(({ column, title }) => ({ name: title ?? column, column, only: undefined }));
  const at = { x: columnAt(data, chart.x.column), series: chart.series ? columnAt(data, chart.series) : -1 };
  return {
    grid: { left: 4, right: groups.length > 1 ? 96 : 16, top: 22, bottom: 4, containLabel: true },
    xAxis: { ...categoryAxis(palette, categories), boundaryGap: false },
    yAxis: {
      ...valueAxis(palette, chart.y[0]!.unit),
      ...(chart.mark === 'retention' && {
        min: 0,
        max: 1,
        axisLabel: { color: palette.ink3, formatter: (value: number) => `${Math.round(value * 100)} %` },
      }),
    },
    series: groups.map(({ name, column, only }, index) => {
      const valueAt = columnAt(data, column);
      const byX = new Map(
        data.rows.flatMap((row) =>
          only === undefined || row[at.series] === only
            ? [[row[at.x] ?? 'none', numberOf(row[valueAt])]]
            : [],
        ),
      );
      return {
        type: 'line',
        name,
        smooth: false,
        showSymbol: categories.length < 2,
        symbolSize: 6,
        lineStyle: { color: palette.series[index % 6], width: 2, type: DASHES[index % DASHES.length] },
        itemStyle: { color: palette.series[index % 6] },
        ...(chart.mark === 'area' && { areaStyle: { color: palette.series[index % 6], opacity: 0.18 } }),
        data: categories.map((category) => byX.get(category) ?? null),
        ...(groups.length > 1 && {
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

function heatmap(chart: Chart, data: Rows, palette: Palette): Option {
  const columns = [...new Set(categoriesOf(data, chart.x.column))];
  const by = chart.by?.column;
  const rows = by ? [...new Set(categoriesOf(data, by))] : [''];
  const values = cellsOf(data, chart.y[0]!.column).map(numberOf);
  const cells = data.rows.map((row, index) => [
    columns.indexOf(row[columnAt(data, chart.x.column)] ?? 'none'),
    by ? rows.indexOf(row[columnAt(data, by)] ?? 'none') : 0,
    values[index],
  ]);
  const known = values.filter((value) => value !== null);
  const most = Math.max(0, ...known);
  const step = (most || 1) / 5;
  return {
    grid: { left: 4, right: 8, top: 6, bottom: 44, containLabel: true },
    xAxis: { ...categoryAxis(palette, columns), splitArea: { show: false } },
    yAxis: { ...categoryAxis(palette, rows), axisLine: { show: false }, inverse: true },
    visualMap: {
      type: 'piecewise',
      orient: 'horizontal',
      left: 0,
      bottom: 0,
      itemWidth: 12,
      itemHeight: 12,
      textStyle: { color: palette.ink3 },
      pieces:
        most === 0
          ? [{ value: 0, label: '0', color: palette.steps[0] }]
          : [
              { max: 0, label: '0', color: palette.steps[0] },
              ...[1, 2, 3, 4, 5].map((at) => ({
                gt: (at - 1) * step,
                lte: at === 5 ? most : at * step,
                label: `to ${written(Number((at * step).toPrecision(3)))}`,
                color: palette.steps[at],
              })),
            ],
    },
    series: [
      {
        type: 'heatmap',
        name: chart.y[0]!.title ?? chart.y[0]!.column,
        data: cells,
        itemStyle: { borderWidth: 1, borderColor: palette.paper },
        label: {
          show: cells.length <= 60,
          color: palette.ink,
          formatter: ({ value }: { value: [number, number, number | null] }) => written(value[2]),
        },
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
    axisLabel: { show: shown, color: palette.ink3, hideOverlap: true, formatter: timeOfDay },
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
        name: 'Price',
        itemStyle: {
          color: palette.paper,
          borderColor: palette.series[0],
          color0: palette.series[1],
          borderColor0: palette.series[1],
        },
        data: categories.map((_, row) => [
          parts.open[row],
          parts.close[row],
          parts.low[row],
          parts.high[row],
        ]),
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

/** `2013-10-07 09:30:00.000` → `09:30` */
const timeOfDay = (text: string) => /[T ](\d\d:\d\d)/.exec(text)?.[1] ?? categoryLabel(text);
