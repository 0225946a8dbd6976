/** A result as a chart: its first column that is not a figure from left to right or top to bottom, and one of its figures. */
import type { DrawnChart } from '../../contract/rows.ts';
import type { QueryState, Rows } from './contract.ts';

const NUMERIC = /^(?:tinyint|smallint|int|integer|bigint|double|real|float|decimal)/;
const TIME = /^(?:date|timestamp)/;

/** Bars that have room for their labels; of more rows the first are drawn. */
const MOST_BARS = 40;
const MOST_POINTS = 2000;

/** Columns that can be drawn, by their names. Those of a name that occurs twice cannot be told apart. */
const distinct = (columns: Rows['columns'], type: (text: string) => boolean): string[] =>
  columns
    .filter(({ name, type: of }) => type(of) && columns.filter((one) => one.name === name).length === 1)
    .map(({ name }) => name);

/** Figures of a result that a chart can show; empty where it has no category, time or second figure to show them by. */
export function figuresOf({ columns, rows }: Rows): string[] {
  const figures = distinct(columns, (type) => NUMERIC.test(type));
  if (rows.length < 2) return [];
  return categoryOf(columns) === undefined ? figures.slice(1) : figures;
}

/** A time before a text, and where there is neither the first figure: hours, percents. */
function categoryOf(columns: Rows['columns']): string | undefined {
  const [time] = distinct(columns, (type) => TIME.test(type));
  const [text] = distinct(columns, (type) => !NUMERIC.test(type) && !TIME.test(type));
  return time ?? text;
}

/** Times and figures are lines in their order, categories are bars in the order of the rows. */
export function resultChart(state: QueryState, { columns, rows }: Rows, figure: string): DrawnChart {
  const category = categoryOf(columns);
  const by = category ?? distinct(columns, (type) => NUMERIC.test(type))[0]!;
  const isLine = category === undefined || TIME.test(columns.find(({ name }) => name === by)!.type);
  const most = isLine ? MOST_POINTS : MOST_BARS;
  const at = columns.findIndex(({ name }) => name === by);
  const inOrder = isLine ? rows.toSorted((a, b) => compare(a[at] ?? null, b[at] ?? null, category)) : rows;
  const shown = inOrder.slice(0, most);
  return {
    title: `${figure} by ${by}`,
    chart: {
      name: 'result',
      title: '',
      rows: { query: 'result' },
      mark: isLine ? 'line' : 'rows',
      x: { column: by },
      y: [{ column: figure }],
      ...(shown.length < rows.length && { note: `the first ${shown.length} of ${rows.length} rows` }),
    },
    data: {
      columns: columns.map(({ name }) => name),
      types: columns.map(({ type }) => type),
      rows: shown,
      source: 'your statement',
      at: state.submittedAt,
      scannedBytes: state.scannedBytes,
      queryExecutionId: state.id,
    },
  };
}

function compare(a: string | null, b: string | null, category: string | undefined): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (category === undefined) return Number(a) - Number(b);
  return a < b ? -1 : Number(a > b);
}
