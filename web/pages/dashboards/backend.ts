/** A study's declared dashboards with their figures and charts, asked of Athena. */
import { QueryFailedError } from '../../../lake/ask.ts';
import type { Dashboard, ServingDesign } from '../../../lib/model/study/serving/design.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import { drawChart, readFigures } from '../../server/rows.ts';
import type { ChartFailure, DashboardEntry, DashboardView } from './contract.ts';

const entryOf = ({ name, title, description, charts }: Dashboard): DashboardEntry => ({
  name,
  title,
  ...(description && { description }),
  charts: charts.length,
});

/** As declared, the one with the home page's chart first. */
const inOrder = ({ dashboards, home }: ServingDesign): readonly Dashboard[] =>
  dashboards.toSorted(
    (a, b) => Number(b.charts.includes(home.chart ?? '')) - Number(a.charts.includes(home.chart ?? '')),
  );

async function view({ lake }: Backend, studyName: string, name: string): Promise<DashboardView> {
  const study = lake.studies.find(studyName);
  const { dashboards, charts, figures } = study.serving;
  const dashboard = dashboards.find((one) => one.name === name);
  if (!dashboard)
    throw new PageProblem(404, `There is no dashboard ${name}.`, {
      detail: `The study ${studyName} has ${dashboards.map((one) => one.name).join(', ') || 'none'}.`,
    });
  const [read, drawn] = await Promise.all([
    readFigures(
      lake,
      study,
      dashboard.figures.map((one) => figures.find((figure) => figure.name === one)!),
    ),
    Promise.all(
      dashboard.charts.map((one) =>
        drawChart(lake, study, charts.find((chart) => chart.name === one)!).catch(
          (error: unknown): ChartFailure => {
            if (!(error instanceof QueryFailedError)) throw error;
            return { name: one, failure: error.message };
          },
        ),
      ),
    ),
  ]);
  return { ...entryOf(dashboard), figures: read, drawn };
}

export const dashboardRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/dashboards',
    handle: ({ lake }, { params }) => inOrder(lake.studies.find(params.study!).serving).map(entryOf),
  },
  {
    method: 'GET',
    path: 'studies/:study/dashboards/:dashboard',
    handle: (backend, { params }) => view(backend, params.study!, params.dashboard!),
  },
];
