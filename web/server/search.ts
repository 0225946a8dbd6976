/** What can be found in a study by name: its tables, their columns, and its queries. */
import type { SearchEntry } from '../contract/search.ts';
import type { Route } from './http.ts';

export const searchRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/search',
    handle({ lake }, { params }): SearchEntry[] {
      const { models, queries } = lake.studies.find(params.study!);
      return [
        ...models.map(
          ({ layer, name }): SearchEntry => ({
            kind: 'table',
            name,
            of: layer,
            page: 'tables',
            rest: [layer, name],
          }),
        ),
        ...queries.map(
          ({ name, title }): SearchEntry => ({
            kind: 'query',
            name: title,
            of: name,
            page: 'sql',
            rest: [],
            query: { q: name },
          }),
        ),
        ...models.flatMap(({ layer, name, contract }) =>
          contract.columns.map(
            (column): SearchEntry => ({
              kind: 'column',
              name: column.name,
              of: name,
              page: 'tables',
              rest: [layer, name],
              query: { view: 'columns' },
            }),
          ),
        ),
      ];
    },
  },
];
