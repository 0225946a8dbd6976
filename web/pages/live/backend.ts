/** Live views, the same windows by what runs published, and sending a few events to watch them. */
import { isSliding, type LiveView } from '../../../lib/model/live/design.ts';
import type { Chart } from '../../../lib/model/study/serving/design.ts';
import type { JobState } from '../../contract/job.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import { orNotPublished } from '../../server/notPublished.ts';
import {
  CANDLES,
  CHARTED,
  type DeclaredView,
  type LiveAnswer,
  type LiveComparisonResult,
  type LiveReading,
  TOP,
} from './contract.ts';
import { summaryOf } from './summary.ts';

const MOST_WINDOWS = 60;

const ADDING: ReadonlySet<string> = new Set(['count', 'sum']);
const COUNTING: ReadonlySet<string> = new Set([...ADDING, 'distinct']);

const measuresOf = (view: LiveView, functions: ReadonlySet<string>): string[] =>
  view.measures.flatMap((one) => (functions.has(one.function) ? [one.name] : []));

const declared = (view: LiveView, chart: Chart | undefined): DeclaredView => ({
  name: view.name,
  title: view.title,
  source: view.source,
  key: view.key.map(({ name }) => name),
  measures: view.measures.map(({ name }) => name),
  counts: measuresOf(view, COUNTING),
  adds: measuresOf(view, ADDING),
  units: Object.fromEntries(view.measures.flatMap(({ name, unit }) => (unit ? [[name, unit]] : []))),
  window: `${view.sizeSeconds} s${isSliding(view) ? `, every ${view.everySeconds} s` : ''}, by ${view.time.by} time`,
  ...(chart && { chart }),
});

async function live({ lake }: Backend, name: string, windows: number): Promise<LiveAnswer> {
  const study = lake.studies.find(name);
  const views = study.live.map((view) =>
    declared(
      view,
      study.serving.charts.find((chart) => chart.live === view.name),
    ),
  );
  const readings = await Promise.all(
    views.map(async (view) => {
      const charted = view.chart?.mark === 'candles' ? CANDLES : CHARTED;
      const [reading] = await lake.live(name, { view: view.name, windows: Math.max(windows, charted) });
      return reading!;
    }),
  );
  return {
    at: new Date(await lake.target.now()).toISOString(),
    views,
    readings: readings.map(withTop),
    summaries: views.map((view, index) => summaryOf(view, readings[index]!)),
  };
}

/** Of each window the rows that have room on the page. */
const withTop = (reading: LiveReading): LiveReading => ({
  ...reading,
  windows: reading.windows.map((window) => ({ ...window, rows: window.rows.slice(0, TOP) })),
});

const EVENTS_SENT = 500;
const RATE = 50;

/** Sends simulated events slowly enough to be watched. */
function send({ lake, jobs }: Backend, name: string): JobState {
  const study = lake.studies.find(name);
  const seed = Math.floor(Date.now() / 1000);
  return jobs.start({
    study: name,
    title: `${EVENTS_SENT} events of ${study.title}`,
    command: `npx headwaters feed ${name} --events ${EVENTS_SENT} --seed ${seed} --rate ${RATE}`,
    async work(options) {
      const faults = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 };
      await lake.feed(
        name,
        { kind: 'simulation', events: EVENTS_SENT, days: 30, seed, faults },
        { ...options, rate: RATE },
      );
      return undefined;
    },
  });
}

export const liveRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/live',
    handle(backend, { params, query }) {
      const windows = Number(query.get('windows') ?? 1);
      if (!Number.isInteger(windows) || windows < 1 || windows > MOST_WINDOWS)
        throw new PageProblem(422, `'${query.get('windows')}' windows cannot be shown.`, {
          detail: `Allowed is a whole number from 1 to ${MOST_WINDOWS}.`,
        });
      return live(backend, params.study!, windows);
    },
  },
  {
    method: 'GET',
    path: 'studies/:study/live/against-gold',
    handle: ({ lake }, { params }): Promise<readonly LiveComparisonResult[]> =>
      lake.compareLive(params.study!).catch(orNotPublished(params.study!)),
  },
  {
    method: 'POST',
    path: 'studies/:study/live/events',
    handle: (backend, { params }) => send(backend, params.study!),
  },
];
