/** The last run as it flowed, and what settles a prediction. */
import { findingOf } from '../../../lib/model/study/serving/finding.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import type { Seen, Walk } from './contract.ts';

async function walk({ lake }: Backend, name: string): Promise<Walk> {
  const { title, about } = lake.studies.find(name);
  const [flow, kept] = await Promise.all([lake.flow(name), lake.report(name)]);
  const output = kept?.report.pipeline.output as { runId?: string } | undefined;
  const report = flow && output?.runId === flow.run.id ? kept?.report : undefined;
  return {
    title,
    ...(flow && { flow }),
    steps: report?.steps ?? [],
    ...(report && { seconds: report.seconds }),
    predictions: about?.predictions ?? [],
    architecture: about?.architecture ?? [],
  };
}

async function see({ lake }: Backend, name: string, index: string): Promise<Seen> {
  const prediction = lake.studies.find(name).about?.predictions[Number(index)];
  if (!prediction) throw new PageProblem(404, `The study ${name} has no prediction ${index}.`);
  const { columns, rows, queryExecutionId } = await lake.ask(prediction.sql);
  const data = { columns: columns.map((column) => column.name), rows };
  return { sentence: findingOf(prediction.see, data), queryExecutionId };
}

export const walkRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/walk',
    handle: (backend, { params }) => walk(backend, params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/predictions/:index',
    handle: (backend, { params }) => see(backend, params.study!, params.index!),
  },
];
