/** A study's runs, one of them with its states, statements and models, and what it did to a model's table. */
import type { Study } from '../../../lib/model/study/study.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import type { RunDetail, RunEntry, RunModel, RunNode, RunView } from './contract.ts';

async function found<Answer>(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PageProblem(404, error.message, { remedy: 'npx headwaters status' });
  }
}

async function view({ lake }: Backend, name: string, id: string): Promise<RunView> {
  const detail = await found(lake.runDetail(name, id));
  return { ...detail, nodes: nodesOf(lake.studies.find(name), detail) };
}

/** The models that the run made, with what they read of each other by the study as it is now. */
function nodesOf({ models }: Study, { levels, outcomes }: RunDetail): RunNode[] {
  const byTable = new Map(
    models.map(({ layer, table, name, references }) => [name, { layer, table, references }]),
  );
  const nameOf = (reference: string) =>
    models.find(({ layer, table }) => reference.endsWith(`_${layer}.${table}`))?.name;
  const made = new Set(levels.flat());
  return levels.flatMap((names, index) =>
    names.map((name) => {
      const model = byTable.get(name);
      const reads = (model?.references ?? []).flatMap((reference) => nameOf(reference) ?? []);
      return {
        name,
        layer: model?.layer ?? 'silver',
        level: index + 1,
        reads: reads.filter((one) => made.has(one)),
        ...(outcomes[name] && { outcome: outcomes[name] }),
      };
    }),
  );
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
    handle: (backend, { params }) => view(backend, params.study!, params.run!),
  },
  {
    method: 'GET',
    path: 'studies/:study/runs/:run/models/:model',
    handle: ({ lake }, { params }): Promise<RunModel> =>
      found(lake.runModel(params.study!, params.run!, params.model!)),
  },
];
