/** One event through every layer, with its byte range in bronze; and some events to choose from. */
import { RunFailedError } from '../../../lake/errors.ts';
import { databaseOf } from '../../../lib/model/layout.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import type { Followed, Hop, Recent } from './contract.ts';

/** How far back a record is looked for. */
const DAYS = 30;

async function follow({ lake }: Backend, study: string, id: string): Promise<Followed> {
  if (id === '')
    throw new PageProblem(422, 'No event is named.', { detail: 'Give an event’s id, or choose one below.' });
  try {
    const layers = await lake.trace(study, id, { days: DAYS });
    return { id, hops: await Promise.all(layers.map((layer) => withPlaces({ lake }, study, layer))) };
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    throw new PageProblem(404, `No record has the id ${id}.`, {
      detail: error.message,
      remedy: `npx headwaters trace ${id} --study ${study} --days 365`,
    });
  }
}

async function withPlaces({ lake }: Pick<Backend, 'lake'>, study: string, layer: Hop): Promise<Hop> {
  if (layer.layer !== 'bronze') return layer;
  const at = (name: string) => layer.columns.indexOf(name);
  const places = await Promise.all(
    layer.rows.map(async (row) => {
      const object = (row[at('object')] ?? '').replace(/^s3:\/\/[^/]+\//, '');
      const record = { shard: row[at('shard')] ?? '', sequenceNumber: row[at('sequence_number')] ?? '' };
      const found = await lake.recordInObject(study, object, record);
      return found && { ...found, object };
    }),
  );
  return { ...layer, places: places.filter((place) => place !== undefined) };
}

/** A few records of each verdict: sources by how much they sent, the newest record first. */
async function recent({ lake }: Backend, study: string): Promise<Recent[]> {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const now = await lake.target.now();
  const { rows } = await lake.ask(
    `SELECT event_id, source, verdict, arrived_at FROM (
       SELECT event_id, source, verdict, arrived_at,
         row_number() OVER (PARTITION BY source, verdict ORDER BY arrived_at DESC, sequence_number DESC) AS nth,
         count(*) OVER (PARTITION BY source) AS of_source
       FROM ${databaseOf(study, 'bronze')}.records
       WHERE dt BETWEEN '${day(now - DAYS * 86_400_000)}' AND '${day(now)}' AND event_id IS NOT NULL) AS r
     WHERE nth <= 2 ORDER BY verdict, of_source DESC, source, nth LIMIT 40`,
  );
  return rows.map(([eventId, source, verdict, arrivedAt]) => ({
    eventId: eventId!,
    source: source ?? 'none',
    verdict: verdict!,
    arrivedAt: arrivedAt!,
  }));
}

export const followRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/follow',
    handle: (backend, { params, query }) => follow(backend, params.study!, query.get('id') ?? ''),
  },
  {
    method: 'GET',
    path: 'studies/:study/recent',
    handle: (backend, { params }) => recent(backend, params.study!),
  },
];
