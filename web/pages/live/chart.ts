/** A live view as a chart: its newest windows from left to right. */
import type { Chart } from '../../../lib/model/study/serving/design.ts';
import type { DrawnChart } from '../../contract/rows.ts';
import type { DeclaredView, LiveReading } from './contract.ts';

const WINDOW = 'window';

/** Candles where the study declares some for the view; else a heatmap of its key by the first measure that counts. */
function chartOf({ chart, key, measures, counts, units, name }: DeclaredView): Chart | undefined {
  const base = { name: `live-${name}`, title: '', rows: { query: name }, x: { column: WINDOW } };
  if (chart?.mark === 'candles' && chart.y.slice(0, 4).every(({ column }) => measures.includes(column)))
    return {
      ...base,
      mark: 'candles',
      y: chart.y.filter(({ column }) => measures.includes(column)),
      ...(key[0] && { series: key[0] }),
    };
  const [measure] = counts;
  if (key.length !== 1 || !measure) return undefined;
  const unit = units[measure];
  const title = `${measure[0]!.toUpperCase()}${measure.slice(1)}`.replaceAll('_', ' ');
  return {
    ...base,
    mark: 'heatmap',
    by: { column: key[0]! },
    y: [{ column: measure, title, ...(unit && { unit }) }],
  };
}

const text = (value: unknown) => (value === null || value === undefined ? null : String(value));

/** Undefined for a view that is neither, before it has two windows, and while none of them has a candle. */
export function liveChart(view: DeclaredView, reading: LiveReading, at: string): DrawnChart | undefined {
  const chart = chartOf(view);
  if (!chart || reading.windows.length < 2) return undefined;
  const rows = reading.windows
    .toSorted((a, b) => (a.start < b.start ? -1 : 1))
    .flatMap(({ start, rows: keys }) =>
      keys
        .toSorted((a, b) => (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1))
        .map(({ key, values }) => [
          start.slice(0, 19).replace('T', ' '),
          ...view.key.map((name) => text(key[name])),
          ...view.measures.map((name) => text(values[name])),
        ]),
    );
  const columns = [WINDOW, ...view.key, ...view.measures];
  // After hours there are trades that make no candle.
  const first = columns.indexOf(chart.y[0]!.column);
  if (chart.mark === 'candles' && rows.every((row) => row[first] === null)) return undefined;
  const what = chart.mark === 'candles' ? 'Price' : chart.y[0]!.title;
  return {
    chart,
    title: `${what} of the newest ${reading.windows.length} windows, by ${view.key.join(' and ')}`,
    data: {
      columns,
      types: ['timestamp', ...view.key.map(() => 'varchar'), ...view.measures.map(() => 'double')],
      rows,
      source: `${view.name}, approximate`,
      at,
      scannedBytes: 0,
      queryExecutionId: '',
    },
  };
}
