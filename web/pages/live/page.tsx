/** Live: the newest windows of each live view, patched once a second, with their age, and compared with what runs published. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, contact, isLost, ProblemError, useAnswer } from '../../app/backend.ts';
import { job, startJob } from '../../app/jobs.ts';
import { hrefOf, place, setQuery } from '../../app/location.ts';
import { ChartFrame } from '../../charts/chartFrame.tsx';
import type { Problem } from '../../contract/problem.ts';
import type { DrawnChart } from '../../contract/rows.ts';
import { Command } from '../../parts/command.tsx';
import { Age, valueClass } from '../../parts/figures.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Bar, Head } from '../../parts/page.tsx';
import { Empty, Loaded, ProblemNote, Waiting } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count, counted, decimal, time } from '../../parts/text.ts';
import { liveChart } from './chart.ts';
import {
  CHARTED,
  type DeclaredView,
  type LiveAnswer,
  type LiveComparisonResult,
  type LiveReading,
  type LiveRow,
  type LiveWindow,
} from './contract.ts';

const CHOICES = [1, 5, 15] as const;
const EVERY_MS = 1000;

export default function LivePage() {
  const { study, query } = place.value;
  const windows = Number(query.get('windows') ?? 1);
  const [paused, setPaused] = useState(false);
  const { answer, problem } = useLive(study!, windows, paused);
  return (
    <>
      <Head
        title={titleOf(answer)}
        lead="Counted by the hot path, about a second behind the stream. Approximate: a run decides what is a duplicate, and each view is compared with what the run published."
      >
        <button type="button" class="btn" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <button
          type="button"
          class="btn go"
          disabled={job.value?.state === 'running'}
          onClick={() => void startJob(study!, 'live/events', {})}
        >
          Send 500 events, 50 a second
        </button>
      </Head>
      <div class="row small live-state">
        <label class="field">
          Newest windows
          <select
            value={windows}
            onChange={(event) => setQuery({ windows: Number(event.currentTarget.value) })}
          >
            {CHOICES.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        </label>
        {answer && <Freshness paused={paused} at={answer.at} />}
        <Command>{`npx headwaters live ${study} --watch`}</Command>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {!answer && !problem && <Waiting lines={6} />}
      {answer?.views.length === 0 && (
        <Empty>The study declares no live view. A file live/&lt;view&gt;.yaml in its folder makes one.</Empty>
      )}
      {answer?.views.map((view) => (
        <View
          key={view.name}
          view={view}
          windows={windows}
          at={answer.at}
          reading={answer.readings.find((one) => one.view === view.name)}
        />
      ))}
      {answer && answer.views.length > 0 && <AgainstGold />}
    </>
  );
}

function titleOf(answer: LiveAnswer | undefined): string {
  const reading = answer?.readings.find(({ windows }) => (windows[0]?.rows.length ?? 0) > 0);
  const row = reading?.windows[0]?.rows[0];
  const view = answer?.views.find(({ name }) => name === reading?.view);
  const [measure, value] = Object.entries(row?.values ?? {})[0] ?? [];
  if (!view || !row || measure === undefined) return 'Live views';
  const figure = view.counts.includes(measure)
    ? `${written(value)} ${inWords(measure)}`
    : [inWords(measure), written(value), view.units[measure]].filter(Boolean).join(' ');
  const key = Object.entries(row.key).map(([name, one]) => `${inWords(name)} ${one}`);
  return `Newest window: ${figure}${key.length > 0 ? ` for ${key.join(', ')}` : ''}`;
}

/** A column's name as a reader says it. */
const inWords = (name: string) => name.replaceAll('_', ' ');

const Freshness = ({ paused, at }: { paused: boolean; at: string }) => (
  <Verdict tone={isLost.value ? 'warn' : paused ? 'idle' : 'ok'}>
    {isLost.value ? 'stale' : paused ? 'paused' : 'live'}, read <Age at={at} />
  </Verdict>
);

/** The windows, asked again each second while the page is seen; what was shown stays until the next answer. */
function useLive(study: string, windows: number, paused: boolean) {
  const [state, setState] = useState<{ answer?: LiveAnswer; problem?: Problem }>({});
  useEffect(() => {
    if (paused) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = async () => {
      if (document.visibilityState === 'visible' && contact.peek().state === 'up')
        try {
          const path = `studies/${study}/live?windows=${Math.max(windows, CHARTED)}`;
          setState({ answer: await ask<LiveAnswer>(path, { signal: abort.signal }) });
        } catch (error) {
          if (abort.signal.aborted) return;
          if (!(error instanceof ProblemError)) throw error;
          const { problem } = error;
          setState((before) => (problem.status === 0 ? before : { ...before, problem }));
        }
      if (!abort.signal.aborted) timer = setTimeout(turn, EVERY_MS);
    };
    void turn();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [study, windows, paused]);
  return state;
}

const written = (value: LiveRow['values'][string] | undefined): string =>
  value === null || value === undefined ? 'none' : decimal(String(value));

/** A figure that is underlined for a moment when it has changed; its text node stays. */
function Changing({ children: value }: { children: string }) {
  const before = useRef(value);
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (before.current === value) return undefined;
    before.current = value;
    setChanged(true);
    const timer = setTimeout(() => setChanged(false), 600);
    return () => clearTimeout(timer);
  }, [value]);
  return <span class={changed ? 'changing changed' : 'changing'}>{value}</span>;
}

function View({
  view,
  reading,
  windows: shown,
  at,
}: {
  view: DeclaredView;
  reading: LiveReading | undefined;
  /** Newest windows in the table. */
  windows: number;
  at: string;
}) {
  const windows = (reading?.windows ?? []).slice(0, shown);
  const drawn = useDrawn(view, reading, at);
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
          {view.key.length === 0 && windows.length === 1 ? (
            <OneRow view={view} window={windows[0]!} />
          ) : (
            <Rows view={view} windows={windows} />
          )}
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

/** `12:28 to 12:29`; with seconds where a window does not begin and end with a minute. */
const span = ({ start, end }: LiveWindow) => {
  const times = [start, end].map((at) => time(at).slice(0, 8));
  return times.map((at) => (times.every((one) => one.endsWith(':00')) ? at.slice(0, 5) : at)).join(' to ');
};

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

function AgainstGold() {
  const { study } = place.value;
  const asked = useAnswer<readonly LiveComparisonResult[]>(`studies/${study}/live/against-gold`);
  return (
    <section>
      <Bar title="Live against what the last run published">window by window</Bar>
      <Loaded asked={asked}>
        {(results) =>
          results.length === 0 ? (
            <p class="muted">No view declares what it is compared with.</p>
          ) : (
            <Table
              caption="Live views against what runs published"
              rows={results}
              keyOf={({ view }) => view}
              columns={[
                { id: 'view', title: 'View', heads: true, cell: ({ title }) => title },
                { id: 'windows', title: 'Windows', right: true, cell: ({ windows }) => count(windows) },
                { id: 'values', title: 'Values', right: true, cell: ({ values }) => count(values) },
                { id: 'equal', title: 'Equal', right: true, cell: ({ equal }) => count(equal) },
                { id: 'why', title: 'Why others differ', cell: (result) => <Differing {...result} /> },
              ]}
            />
          )
        }
      </Loaded>
      <p>
        <Command>{`npx headwaters live ${study} --compare`}</Command>
      </p>
    </section>
  );
}

function Differing({ differing, values }: LiveComparisonResult) {
  const reasons = Object.entries(differing).filter(([, of]) => of > 0);
  if (values === 0) return <span class="muted">no window of a run yet</span>;
  if (reasons.length === 0) return <Verdict tone="ok">none differs</Verdict>;
  return (
    <>
      {reasons.map(([reason, of]) => (
        <Verdict key={reason} tone={reason === 'unexplained' ? 'bad' : 'warn'}>
          {count(of)} {reason}
        </Verdict>
      ))}
    </>
  );
}
