/** The overview that every page shows. */
import { readFileSync } from 'node:fs';
import type { Overview, StudyOverview } from '../contract/overview.ts';
import type { Backend, Route } from './http.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function overviewOf({ lake, jobs }: Backend, name: string): Promise<StudyOverview> {
  const { title, description } = lake.studies.find(name);
  const { state, lastRun, counts } = await lake.overview(name);
  const total = lastRun?.account?.sheet.total;
  return {
    name,
    title,
    description,
    state: jobs.current()?.study === name ? 'running' : state,
    ...(total?.unaccounted && { unaccounted: total.unaccounted }),
    ...(lastRun && { lastRun: { id: lastRun.id, endedAt: lastRun.endedAt } }),
    ...(counts && { counts }),
  };
}

const targets = { embedded: 'Local cloud', endpoint: 'Endpoint', aws: 'AWS' } as const;

export const overviewRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'overview',
    async handle(backend): Promise<Overview> {
      const { lake, jobs, endpoint } = backend;
      const job = jobs.current();
      return {
        target: targets[lake.target.kind],
        endpoint,
        version,
        now: await lake.target.now(),
        studies: await Promise.all(lake.studies.names.map((name) => overviewOf(backend, name))),
        ...(job && { job: { id: job.id, study: job.study, title: job.title } }),
      };
    },
  },
];
