/** The stream's state, and pages of its records. */
import type { ReadFrom } from '../../../lake/stream.ts';
import { PageProblem, type Route } from '../../server/http.ts';
import { PAGE, type RecordsAnswer, type StreamAnswer } from './contract.ts';

/** Where to read from: the oldest record, a time, or after a sequence number. Throws `PageProblem` 422. */
function readFrom(query: URLSearchParams): ReadFrom {
  const at = query.get('at');
  const after = query.get('after');
  if (at !== null) {
    if (Number.isNaN(Date.parse(at)))
      throw new PageProblem(422, `'${at}' is not a time.`, { detail: 'Write it as 2026-11-30T12:00:00Z.' });
    return { at };
  }
  if (after === null) return { oldest: true };
  if (!/^\d{1,128}$/.test(after)) throw new PageProblem(422, `'${after}' is not a sequence number.`);
  return { after };
}

export const streamRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/stream',
    async handle({ lake }, { params }): Promise<StreamAnswer> {
      const stream = await lake.stream(params.study!);
      const { lastRun } = await lake.overview(params.study!);
      return {
        ...stream,
        at: new Date(await lake.target.now()).toISOString(),
        sources: (lastRun?.account?.sheet.lines ?? [])
          .map(({ source, inBronze, quarantined }) => ({ source, records: inBronze, quarantined }))
          .sort((a, b) => b.records - a.records),
      };
    },
  },
  {
    method: 'GET',
    path: 'studies/:study/stream/records',
    async handle({ lake }, { params, query }): Promise<RecordsAnswer> {
      const shard = query.get('shard') ?? '';
      if (!/^shardId-\d{12}$/.test(shard)) throw new PageProblem(422, `'${shard}' is not a shard.`);
      return lake.streamRecords(params.study!, shard, readFrom(query), PAGE);
    },
  },
];
