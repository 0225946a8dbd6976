/** What a study's rules refused, by rule, and one record with all that is known of it. */
import { RunFailedError } from '../../../lake/errors.ts';
import { PageProblem, type Route } from '../../server/http.ts';
import type { Quarantined, QuarantineGroup } from './contract.ts';

/** How far back records are looked for. */
const DAYS = 30;

export const quarantineRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/quarantine',
    handle: ({ lake }, { params }): Promise<readonly QuarantineGroup[]> =>
      lake.quarantine(params.study!, { days: DAYS }),
  },
  {
    method: 'GET',
    path: 'studies/:study/quarantine/record',
    async handle({ lake }, { params, query }): Promise<readonly Quarantined[]> {
      const id = query.get('id') ?? '';
      try {
        return await lake.quarantined(params.study!, id, { days: DAYS });
      } catch (error) {
        if (!(error instanceof RunFailedError)) throw error;
        throw new PageProblem(404, `Quarantine holds nothing of ${id}.`, { detail: error.message });
      }
    },
  },
];
