/** One record through every layer, a cell back to its records, and some records to choose from. */
import { QueryFailedError } from '../../../lake/ask.ts';
import { RunFailedError, UsageError } from '../../../lake/errors.ts';
import { databaseOf } from '../../../lib/model/layout.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import type { CellAnswer, FollowedRecord, Recent } from './contract.ts';
import { readCell } from './words.ts';

/** How far back a record is looked for. */
const DAYS = 30;

async function follow({ lake }: Backend, study: string, id: string): Promise<FollowedRecord> {
  if (id === '')
    throw new PageProblem(422, 'No event is named.', { detail: 'Give an event’s id, or choose one below.' });
  try {
    const { layers: _layers, ...followed } = await lake.follow(study, id, { days: DAYS });
    return followed;
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    throw new PageProblem(404, `No record has the id ${id}.`, {
      detail: error.message,
      remedy: `npx headwaters trace ${id} --study ${study} --days 365`,
    });
  }
}

/**
 * The records behind a cell that is written as `table.column key=value`.
 * @param first key of the row behind it that is listed first
 */
async function cell(
  { lake }: Backend,
  study: string,
  text: string,
  first: Readonly<Record<string, string>>,
): Promise<CellAnswer> {
  const read = readCell(text);
  const model = read && lake.studies.find(study).models.find(({ table }) => table === read.table);
  if (!read || !model)
    throw new PageProblem(422, `${text} is not a cell.`, {
      detail: read
        ? `${study} has no table ${read.table} in silver, gold or marts.`
        : 'A cell is a table, a column and the row’s key: fact_sales.amount sale_id=n2-0010-3',
    });
  const { column, key } = read;
  try {
    const origin = await lake.cellOrigin(study, model.layer, model.table, column, key, { first });
    if (origin.value === undefined)
      throw new UsageError(
        `${model.layer}.${model.table} has no row with ${text.slice(text.indexOf(' ') + 1)}.`,
      );
    return { ...origin, cell: { zone: model.layer, table: model.table, column, key } };
  } catch (error) {
    // A model that is newer than its tables reads columns that the next run gives them.
    if (!(error instanceof UsageError || error instanceof QueryFailedError)) throw error;
    throw new PageProblem(422, 'The cell cannot be traced back.', { detail: error.message });
  }
}

/** Records of bronze, each with its place, how it came and what became of it. */
async function recordsSql({ lake }: Backend, study: string): Promise<string> {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const now = await lake.target.now();
  return `SELECT event_id, source, arrived_at, sequence_number, stream || '/' || shard || '/' || sequence_number AS place,
      CASE WHEN stream = 'landing' THEN 'file' WHEN event_source LIKE 'oltp:%' THEN 'change' ELSE 'stream' END AS way,
      CASE WHEN verdict <> 'valid' THEN 'refused'
        WHEN row_number() OVER (PARTITION BY verdict, event_source, event_id ORDER BY arrived_at, stream, shard, sequence_number) > 1 THEN 'duplicate'
        ELSE 'valid' END AS fate
    FROM ${databaseOf(study, 'bronze')}.records
    WHERE dt BETWEEN '${day(now - DAYS * 86_400_000)}' AND '${day(now)}'`;
}

const COLUMNS = 'event_id, source, arrived_at, place, way, fate';

function recentOf(row: readonly (string | null)[]): Recent {
  const [eventId, source, arrivedAt, place, way, fate] = row as [string | null, string | null, ...string[]];
  const isNamedByPlace = fate !== 'valid' || eventId === null;
  return {
    id: isNamedByPlace ? place! : eventId,
    name: eventId ?? place!,
    source: source ?? 'none',
    way: way as Recent['way'],
    verdict: fate as Recent['verdict'],
    arrivedAt: arrivedAt!,
  };
}

/** The newest record of each source, way and fate: sources by how much they sent, those that came to gold first. */
async function recent(backend: Backend, study: string): Promise<Recent[]> {
  const { rows } = await backend.lake.ask(
    `WITH records AS (${await recordsSql(backend, study)}), ranked AS (
       SELECT *, row_number() OVER (PARTITION BY source, way, fate ORDER BY arrived_at DESC, sequence_number DESC) AS nth,
         count(*) OVER (PARTITION BY source) AS of_source
       FROM records)
     SELECT ${COLUMNS} FROM ranked WHERE nth = 1
     ORDER BY CASE fate WHEN 'valid' THEN 0 ELSE 1 END, of_source DESC, source, way LIMIT 40`,
  );
  return rows.map(recentOf);
}

async function random(backend: Backend, study: string): Promise<Recent> {
  const { rows } = await backend.lake.ask(
    `SELECT ${COLUMNS} FROM (${await recordsSql(backend, study)}) AS r ORDER BY random() LIMIT 1`,
  );
  if (!rows[0]) throw new PageProblem(404, 'No record has arrived in the last 30 days.');
  return recentOf(rows[0]);
}

export const followRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/follow',
    handle: (backend, { params, query }) => follow(backend, params.study!, query.get('id') ?? ''),
  },
  {
    method: 'GET',
    path: 'studies/:study/follow/cell',
    handle: (backend, { params, query }) =>
      cell(
        backend,
        params.study!,
        query.get('cell') ?? '',
        Object.fromEntries([...query].filter(([name]) => name !== 'cell')),
      ),
  },
  {
    method: 'GET',
    path: 'studies/:study/recent',
    handle: (backend, { params }) => recent(backend, params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/random',
    handle: (backend, { params }) => random(backend, params.study!),
  },
];
