/** The store's design, and items by one of its access patterns, read through the study's HTTP API. */
import type { StoreExamples } from '../../../lake/storeExamples.ts';
import type { AccessPattern, OltpDesign } from '../../../lib/model/study/oltp.ts';
import { PageProblem, type Route } from '../../server/http.ts';
import type { ReadItems, StoreDesign } from './contract.ts';

const keyOf = ({ index, pk, sk }: AccessPattern): string => {
  const sort =
    sk === undefined ? '' : 'equals' in sk ? `, sk = ${sk.equals}` : `, sk begins with ${sk.beginsWith}`;
  return `${index ? `${index}: ` : ''}pk = ${pk}${sort}`;
};

const designOf = (
  oltp: OltpDesign | undefined,
  examples: StoreExamples,
): Pick<StoreDesign, 'patterns' | 'transactions' | 'captures'> => ({
  patterns: Object.entries(oltp?.access ?? {}).map(([name, pattern]) => ({
    name,
    description: pattern.description,
    key: keyOf(pattern),
    parameters: pattern.parameters,
    olap: pattern.olap !== undefined,
    ...(examples[name] && { example: examples[name] }),
  })),
  transactions: Object.entries(oltp?.transactions ?? {}).map(([name, { description, steps }]) => ({
    name,
    description,
    writes: [...new Set(steps.filter(({ kind }) => kind !== 'check').map(({ entity }) => entity))],
  })),
  captures: (oltp?.cdc ?? []).map(({ entity, on, source }) => ({ entity, on: on.join(', '), source })),
});

export const dynamodbRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/dynamodb',
    async handle({ lake }, { params }): Promise<StoreDesign> {
      const study = lake.studies.find(params.study!);
      const { names } = lake.target;
      return {
        table: names.storeTable(study.name),
        liveTable: names.liveTable(study.name),
        ...designOf(study.oltp, await lake.storeExamples(study.name)),
        live: study.live.length > 0 ? await lake.live(study.name) : [],
      };
    },
  },
  {
    method: 'GET',
    path: 'studies/:study/dynamodb/items/:pattern',
    async handle({ lake }, { params, query }): Promise<ReadItems> {
      const path = `/studies/${lake.studies.find(params.study!).name}/access/${encodeURIComponent(params.pattern!)}?${query}`;
      const { status, body, milliseconds } = await lake.call('GET', path);
      if (status !== 200)
        throw new PageProblem(status, 'The access pattern was not read.', {
          detail: (body as { message?: string }).message ?? `The API answered ${status}.`,
        });
      const { items, capacityUnits, next } = body as {
        items: ReadItems['items'];
        capacityUnits: number;
        next?: string;
      };
      return { items, readUnits: capacityUnits, milliseconds, ...(next && { next }) };
    },
  },
];
