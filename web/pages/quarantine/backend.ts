/** What a study's rules refused: how much by rule, the records of a rule, and one record with all that is known of it. */
import { RunFailedError } from '../../../lake/errors.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import { PAGE, type Quarantined, type QuarantineOverview, type RefusedPage } from './contract.ts';

/** How far back records are looked for. */
const DAYS = 30;
const DAY_MS = 86_400_000;

async function overview({ lake }: Backend, study: string): Promise<QuarantineOverview> {
  const [groups, runs, now] = await Promise.all([
    lake.quarantine(study, { days: DAYS }),
    lake.runs(study),
    lake.target.now(),
  ]);
  const since = now - DAYS * DAY_MS;
  return {
    days: DAYS,
    groups,
    inBronze: runs
      .filter(({ endedAt }) => Date.parse(endedAt) >= since)
      .reduce((sum, { account }) => sum + (account?.sheet.total.inBronze ?? 0), 0),
    rawBytes: groups.length === 0 ? 0 : await lake.refusedBytes(study, { days: DAYS }),
  };
}

function offsetOf(text: string | null): number {
  if (text === null) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PageProblem(422, `'${text}' is not an offset.`, {
    detail: 'An offset is a whole number from 0.',
  });
}

async function entries({ lake }: Backend, study: string, query: URLSearchParams): Promise<RefusedPage> {
  const kind = query.get('kind');
  if (kind !== 'record' && kind !== 'row')
    throw new PageProblem(422, `'${kind ?? ''}' is not a kind.`, { detail: 'Kinds are: record, row.' });
  const offset = offsetOf(query.get('offset'));
  const group = {
    kind,
    of: query.get('of'),
    rule: query.get('rule') ?? '',
    path: query.get('path'),
  } as const;
  return { entries: await lake.refusedEntries(study, group, { days: DAYS, offset, most: PAGE }), offset };
}

export const quarantineRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/quarantine',
    handle: (backend, { params }) => overview(backend, params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/quarantine/records',
    handle: (backend, { params, query }) => entries(backend, params.study!, query),
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
