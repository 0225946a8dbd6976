/** A study's runs, and one of them with its states and statements. */
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import type { RunDetail, RunEntry } from './contract.ts';

async function detail({ lake }: Backend, study: string, id: string): Promise<RunDetail> {
  try {
    return await lake.runDetail(study, id);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PageProblem(404, error.message, { remedy: 'npx headwaters status' });
  }
}

export const runRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/runs',
    handle: ({ lake }, { params }): Promise<readonly RunEntry[]> => lake.runs(params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/runs/:run',
    handle: (backend, { params }) => detail(backend, params.study!, params.run!),
  },
];
