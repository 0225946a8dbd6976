/** The rows that a statement gave: as a table or a chart, and as files. */
import { useState } from 'preact/hooks';
import { ChartFrame, cellText, isNumeric } from '../../charts/chartFrame.tsx';
import { download, toCsv } from '../../charts/export.ts';
import { PREFIX } from '../../contract/prefix.ts';
import { Bar } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, counted, duration } from '../../parts/text.ts';
import { figuresOf, resultChart } from './chart.ts';
import type { QueryState, Rows } from './contract.ts';

/** Files that the backend writes, as `headwaters query --output` does. */
const FILES = [
  { format: 'json', title: 'JSON' },
  { format: 'parquet', title: 'Parquet' },
  { format: 'xlsx', title: 'Excel' },
] as const;

export function Rowset({ state, rows }: { state: QueryState; rows: Rows }) {
  const [figure, setFigure] = useState<string>();
  const figures = figuresOf(rows);
  const names = rows.columns.map(({ name }) => name);
  const saveCsv = () => download('result.csv', new Blob([toCsv(names, rows.rows)], { type: 'text/csv' }));
  return (
    <section class="rowset">
      <Bar title={`${counted(rows.rows.length, 'row')}${rows.more ? ', the first of more' : ''}`}>
        <span class="row small">
          {duration(state.milliseconds)} · {bytes(state.scannedBytes)} scanned
          <button class="link" type="button" onClick={saveCsv}>
            CSV
          </button>
          {FILES.map(({ format, title }) => (
            <a
              key={format}
              href={`${PREFIX}api/sql/${state.id}/export/${format}`}
              download={`result.${format}`}
            >
              {title}
            </a>
          ))}
        </span>
      </Bar>
      {figures.length > 0 && (
        <label class="field small shown-as">
          Shown as
          <select
            value={figure ?? ''}
            onChange={(event) => setFigure(event.currentTarget.value || undefined)}
          >
            <option value="">table</option>
            {figures.map((name) => (
              <option key={name} value={name}>
                chart of {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {figure !== undefined && figures.includes(figure) ? (
        <ChartFrame drawn={resultChart(state, rows, figure)} />
      ) : (
        <ResultTable rows={rows} />
      )}
    </section>
  );
}

const ResultTable = ({ rows }: { rows: Rows }) => (
  <Table
    caption="Result"
    columns={rows.columns.map(({ name, type }, at) => ({
      id: `${at}-${name}`,
      title: name,
      right: isNumeric(type),
      cell: (row: Rows['rows'][number]) => cellText(row[at] ?? null, type),
    }))}
    rows={rows.rows}
  />
);
