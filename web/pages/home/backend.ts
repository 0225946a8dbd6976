/** What the home page asks for: the last run's finding and books, the study's figures, and starting a run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assertSucceeded } from '../../../lake/pipeline.ts';
import { databaseOf } from '../../../lib/model/layout.ts';
import type { Figure } from '../../../lib/model/study/serving/design.ts';
import type { Study } from '../../../lib/model/study/study.ts';
import type { JobState } from '../../contract/job.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import { asOf, drawChart, readFigures } from '../../server/rows.ts';
import type { Home, HomeFigures } from './contract.ts';

const shownFigures = ({ serving }: Study): readonly Figure[] =>
  serving.home.figures.flatMap((name) => serving.figures.find((figure) => figure.name === name) ?? []);

async function home({ lake }: Backend, name: string): Promise<Home> {
  const study = lake.studies.find(name);
  const { state, lastRun, counts } = await lake.overview(name);
  const kept = counts && (await lake.report(name));
  const account = lastRun?.account;
  // A report belongs to the run whose id its pipeline put out.
  const output = kept?.report.pipeline.output as { runId?: string } | undefined;
  const report = lastRun && output?.runId === lastRun.id ? kept?.report : undefined;
  return {
    study: {
      title: study.title,
      description: study.description,
      hasSimulation: existsSync(join(lake.studies.folderOf(name), 'simulation.ts')),
    },
    announced: {
      figures: shownFigures(study).map(({ name, label, source }) => ({ name, label, source })),
      chart: study.serving.home.chart !== undefined,
    },
    state,
    ...(lastRun && {
      run: {
        id: lastRun.id,
        endedAt: lastRun.endedAt,
        records: account?.sheet.total.inBronze ?? 0,
        ...(account && { verdict: account.verdict, summary: account.summary, sheet: account.sheet }),
        steps: report?.steps ?? [],
        ...(report && { seconds: report.seconds }),
        ...(report?.truth && { truth: report.truth }),
      },
    }),
  };
}

async function figures({ lake }: Backend, name: string): Promise<HomeFigures> {
  const study = lake.studies.find(name);
  const { home, charts } = study.serving;
  const chart = charts.find(({ name: one }) => one === home.chart);
  const [read, checks, drawn] = await Promise.all([
    readFigures(lake, study, shownFigures(study)),
    checksOf({ lake }, study),
    chart && drawChart(lake, study, chart),
  ]);
  return { figures: read, ...(checks && { checks }), ...(drawn && { chart: drawn }) };
}

async function checksOf({ lake }: Pick<Backend, 'lake'>, study: Study): Promise<HomeFigures['checks']> {
  const table = `${databaseOf(study.name, 'quarantine')}.checks`;
  const { rows } = await lake.ask(
    `SELECT count_if(passed), count(*) FROM ${table} WHERE run_id = (SELECT max(run_id) FROM ${table})`,
  );
  const [passed, of] = rows[0]!.map(Number) as [number, number];
  return of > 0 ? { passed, of, at: await asOf(lake, study.name) } : undefined;
}

/** Ranges of what a run may be started with from the page. */
const LIMITS = {
  events: [1, 1_000_000],
  days: [1, 3650],
  seed: [0, 2 ** 31 - 1],
  duplicates: [0, 1],
  malformed: [0, 1],
  late: [0, 1],
  drift: [0, 1],
  unknown: [0, 1],
} as const;

type RunForm = Record<keyof typeof LIMITS, number>;

/** Reads a run's form. Throws `PageProblem` 422 naming the field, its value and what is allowed. */
function readRunForm(body: unknown): RunForm {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const defaults: RunForm = {
    events: 10_000,
    days: 30,
    seed: 1,
    duplicates: 0,
    malformed: 0,
    late: 0,
    drift: 0,
    unknown: 0,
  };
  const form = { ...defaults };
  for (const [name, [least, most]] of Object.entries(LIMITS) as [
    keyof RunForm,
    readonly [number, number],
  ][]) {
    if (given[name] === undefined) continue;
    const value = given[name];
    const whole = most > 1 && !Number.isInteger(value);
    if (typeof value !== 'number' || whole || !(value >= least && value <= most))
      throw new PageProblem(422, `${name} is ${JSON.stringify(value)}.`, {
        detail: `Allowed is a ${most > 1 ? 'whole number' : 'share'} from ${least} to ${most}.`,
      });
    form[name] = value;
  }
  return form;
}

const percent = (share: number) => `${Number((share * 100).toFixed(4))}%`;

/** The command line that does the same. */
function commandOf(study: string, { events, days, seed, ...rates }: RunForm): string {
  const words = [
    'npx headwaters run',
    study,
    '--events',
    events,
    '--seed',
    seed,
    ...(days === 30 ? [] : ['--days', days]),
  ];
  for (const [name, share] of Object.entries(rates)) if (share > 0) words.push(`--${name}`, percent(share));
  return words.join(' ');
}

function startRun({ lake, jobs }: Backend, name: string, body: unknown): JobState {
  const study = lake.studies.find(name);
  const { events, days, seed, ...faults } = readRunForm(body);
  return jobs.start({
    study: name,
    title: `A run of ${study.title}`,
    command: commandOf(name, { events, days, seed, ...faults }),
    async work(options) {
      await lake.makeReady(name, options);
      const { pipeline, truth } = await lake.run(
        name,
        { kind: 'simulation', events, days, seed, faults },
        options,
      );
      assertSucceeded(lake, name, pipeline);
      const wrong = truth?.filter(({ equal }) => !equal) ?? [];
      if (wrong.length > 0)
        throw new Error(
          `Gold differs from the simulator's truth in ${wrong.map((one) => one.name).join(', ')}.`,
        );
      return undefined;
    },
  });
}

export const homeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/home',
    handle: (backend, { params }) => home(backend, params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/home/figures',
    handle: (backend, { params }) => figures(backend, params.study!),
  },
  {
    method: 'POST',
    path: 'studies/:study/runs',
    handle: (backend, { params, body }) => startRun(backend, params.study!, body),
  },
];
