/** One live view: its newest windows, patched as they change, its chart, and two keys against each other. */
import { useMemo } from 'preact/hooks';
import { hrefOf } from '../../app/location.ts';
import { ChartFrame } from '../../charts/chartFrame.tsx';
import type { DrawnChart } from '../../contract/rows.ts';
import { Age, valueClass } from '../../parts/figures.tsx';
import { Bar } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { count, counted, decimal } from '../../parts/text.ts';
import { Changing } from './changing.tsx';
import { liveChart } from './chart.ts';
import type { DeclaredView, LiveReading, LiveRow, LiveWindow, ViewSummary } from './contract.ts';
import { MatrixTable } from './matrix.tsx';
import { inWords, span } from './words.ts';

const written = (value: LiveRow['values'][string] | undefined): string =>
  value === null || value === undefined ? 'none' : decimal(String(value));

export interface ViewProps {
  readonly view: DeclaredView;
  readonly reading: LiveReading | undefined;
  readonly summary: ViewSummary | undefined;
  /** Newest windows in the table. */
  readonly windows: number;
  readonly at: string;
}

export function View({ view, reading, summary, windows: shown, at }: ViewProps) {
  const windows = (reading?.windows ?? []).slice(0, shown);
  const drawn = useDrawn(view, reading, at);
  const matrix = summary?.matrix;
  return (
    <section>
      <Bar title={view.title}>
        <a href={hrefOf({ page: 'api', rest: [`live_${view.name}`] })}>{view.name}</a>, {view.window}
      </Bar>
      {reading?.arrivedAt === undefined || windows.length === 0 ? (
        <p class="muted">Nothing of {view.source} has arrived by the stream yet.</p>
      ) : (
        <>
          <Counted reading={reading} />
          {matrix && <MatrixTable matrix={matrix} measure={summary.measure!} />}
          <Newest view={view} windows={windows} isFolded={matrix !== undefined} />
          {drawn && (
            <div class="live-chart">
              <ChartFrame drawn={drawn} />
            </div>
          )}
        </>
      )}
    </section>
  );
}

interface NewestProps {
  readonly view: DeclaredView;
  readonly windows: readonly LiveWindow[];
  /** A matrix says the same in less room. */
  readonly isFolded: boolean;
}

function Newest({ view, windows, isFolded }: NewestProps) {
  if (view.key.length === 0 && windows.length === 1) return <OneRow view={view} window={windows[0]!} />;
  if (!isFolded) return <Rows view={view} windows={windows} />;
  return (
    <details class="live-rows">
      <summary>
        Row by row, {windows.length === 1 ? 'the newest window' : `the newest ${windows.length} windows`}
      </summary>
      <Rows view={view} windows={windows} />
    </details>
  );
}

function Counted({ reading: { events, late, refused, leftOut, arrivedAt } }: { reading: LiveReading }) {
  return (
    <p class="small muted counted">
      {counted(events, 'event')} counted, the newest <Age at={arrivedAt!} />
      {late > 0 && `; ${count(late)} too late`}
      {refused > 0 && `; ${count(refused)} refused`}
      {leftOut > 0 && `; ${count(leftOut)} left out by the view's conditions`}
    </p>
  );
}

/** The view's chart; the same object until a value in it changes, so that it is not drawn for nothing. */
function useDrawn(view: DeclaredView, reading: LiveReading | undefined, at: string): DrawnChart | undefined {
  const drawn = reading && liveChart(view, reading, at);
  return useMemo(() => drawn, [JSON.stringify([drawn?.chart, drawn?.data.rows])]);
}

function OneRow({ view, window }: { view: DeclaredView; window: LiveWindow }) {
  const row = window.rows[0];
  return (
    <dl class="gauges" aria-label={view.title}>
      {view.measures.map((measure) => (
        <div key={measure} class="gauge k-serving">
          <dt>{inWords(measure)}</dt>
          <dd class={valueClass(written(row?.values[measure]))}>
            <Changing>{written(row?.values[measure])}</Changing>
            {view.units[measure] && <small> {view.units[measure]}</small>}
          </dd>
          <dd class="src">
            {span(window)}, {window.closed ? 'closed' : 'open'}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface WindowRow {
  readonly window: LiveWindow;
  readonly row: LiveRow;
}

function Rows({ view, windows }: { view: DeclaredView; windows: readonly LiveWindow[] }) {
  const rows = windows.flatMap((window) => window.rows.map((row): WindowRow => ({ window, row })));
  return (
    <>
      <Table
        caption={view.title}
        class="windows"
        rows={rows}
        keyOf={({ window, row }) => `${window.start}/${Object.values(row.key).join('/')}`}
        columns={[
          {
            id: 'window',
            title: 'Window',
            heads: true,
            cell: ({ window }) => `${span(window)}${window.closed ? '' : ', open'}`,
          },
          ...view.key.map((name) => ({
            id: name,
            title: inWords(name),
            cell: ({ row }: WindowRow) => String(row.key[name] ?? 'none'),
          })),
          ...view.measures.map((name) => ({
            id: name,
            title: view.units[name] ? `${inWords(name)}, ${view.units[name]}` : inWords(name),
            right: true,
            cell: ({ row }: WindowRow) => <Changing>{written(row.values[name])}</Changing>,
          })),
        ]}
      />
      {windows.some((window) => window.keys > window.rows.length) && (
        <p class="small muted">
          {windows
            .filter((window) => window.keys > window.rows.length)
            .map(
              (window) => `${count(window.rows.length)} of ${counted(window.keys, 'key')} in ${span(window)}`,
            )
            .join('; ')}
        </p>
      )}
    </>
  );
}
