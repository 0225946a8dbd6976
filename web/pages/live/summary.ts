/** What a live view says as a whole: its total, who has most of it, and two keys against each other. */
import type { DeclaredView, LiveReading, LiveRow, LiveWindow, Matrix, ViewSummary } from './contract.ts';

/** Rows and columns of a matrix that have room on the page. */
const MATRIX_ROWS = 8;
const MATRIX_COLUMNS = 6;
/** More digits than this are those of binary fractions. */
const DIGITS = 9;

const keyText = (value: LiveRow['key'][string] | undefined): string => String(value ?? 'none');

const sum = (values: readonly number[]): number =>
  Number(values.reduce((total, value) => total + value, 0).toFixed(DIGITS));

/** Only of a measure that counts or sums events the values of several rows make a total. */
export function summaryOf(view: DeclaredView, { windows }: LiveReading): ViewSummary {
  const [measure] = view.adds;
  const newest = windows[0];
  if (measure === undefined || !newest) return { view: view.name };
  const total = totalOf(newest.rows, measure);
  const leader = leaderOf(view, newest, measure);
  const matrix = matrixOf(view, windows, measure);
  return { view: view.name, measure, total, ...(leader && { leader }), ...(matrix && { matrix }) };
}

const numberOf = (row: LiveRow, measure: string): number => Number(row.values[measure] ?? 0);

const totalOf = (rows: readonly LiveRow[], measure: string): number =>
  sum(rows.map((row) => numberOf(row, measure)));

/** Undefined where one key has everything. */
function leaderOf(view: DeclaredView, { rows }: LiveWindow, measure: string): ViewSummary['leader'] {
  if (view.key.length !== 1 || rows.length < 2) return undefined;
  const most = rows.reduce((best, row) => (numberOf(row, measure) > numberOf(best, measure) ? row : best));
  return { key: view.key[0]!, name: keyText(most.key[view.key[0]!]), value: numberOf(most, measure) };
}

/** Undefined for a view of other than two keys, and while there is only one key of each. */
function matrixOf(view: DeclaredView, windows: readonly LiveWindow[], measure: string): Matrix | undefined {
  const [rowKey, columnKey] = view.key;
  if (view.key.length !== 2) return undefined;
  const all = windows.flatMap(({ rows }) => rows);
  const byRow = Map.groupBy(all, ({ key }) => keyText(key[rowKey!]));
  const byColumn = Map.groupBy(all, ({ key }) => keyText(key[columnKey!]));
  if (byRow.size < 2 && byColumn.size < 2) return undefined;
  const rows = greatest(byRow, measure).slice(0, MATRIX_ROWS);
  const columns = greatest(byColumn, measure).slice(0, MATRIX_COLUMNS);
  return {
    rowKey: rowKey!,
    columnKey: columnKey!,
    windows: windows.length,
    rowCount: byRow.size,
    columnCount: byColumn.size,
    columns: columns.map(([name, of]) => ({ name, total: totalOf(of, measure) })),
    rows: rows.map(([name, of]) => ({
      name,
      total: totalOf(of, measure),
      cells: columns.map(([column]) =>
        totalOf(
          of.filter(({ key }) => keyText(key[columnKey!]) === column),
          measure,
        ),
      ),
    })),
    total: totalOf(all, measure),
  };
}

const greatest = (groups: ReadonlyMap<string, readonly LiveRow[]>, measure: string) =>
  [...groups].sort(([a, ofA], [b, ofB]) => totalOf(ofB, measure) - totalOf(ofA, measure) || (a < b ? -1 : 1));
