/** The editor's backend: the catalog, starting, watching, reading and stopping statements. */
import { UsageError } from '../../../lake/errors.ts';
import { EXPORT_FORMATS, type ExportFormat, exportRows, isExportFormat } from '../../../lake/export.ts';
import { SqlProblem, tokenize } from '../../../lib/model/sql/tokens.ts';
import { type Backend, PageProblem, Raw, type Route } from '../../server/http.ts';
import type { QueryState, Rows, ScanBound, SqlCatalog, Started } from './contract.ts';

/** Rows that the page holds: more than anybody reads, and what a browser scrolls without effort. */
const MOST_ROWS = 100_000;

async function catalog({ lake }: Backend, name: string): Promise<SqlCatalog> {
  const study = lake.studies.find(name);
  const tables = await lake.tables(name);
  return {
    tables: tables.map(({ database, name: table, zone, rows, columns }) => ({
      name: `${database}.${table}`,
      zone,
      ...(rows !== undefined && { rows }),
      columns: columns.map(({ name: column, type }) => ({ name: column, type })),
    })),
    queries: study.queries.map(({ name: query, title, sql }) => ({ name: query, title, sql })),
  };
}

const textOf = (body: unknown): string => {
  const sql = (body as { sql?: unknown } | undefined)?.sql;
  if (typeof sql === 'string' && sql.trim() !== '') return sql;
  throw new PageProblem(422, 'There is no statement to run.', {
    detail: 'Write one, or choose a named query.',
  });
};

/** How a statement begins that changes nothing. */
const READS = ['select', 'with', 'values', 'show', 'describe', 'desc'];

/** What a run published is not changed by a key pressed in the page: who wants to writes the command. */
function assertReads(sql: string): void {
  try {
    const words = tokenize(sql).filter(({ kind }) => kind === 'word');
    // EXPLAIN ANALYZE carries out what it explains.
    const first =
      words[0]?.value === 'explain'
        ? words.find(({ value }, at) => at > 0 && !EXPLAINS.includes(value))
        : words[0];
    if (first && READS.includes(first.value)) return;
    throw new PageProblem(422, 'The page only reads.', {
      detail: `${first ? `line ${first.line}:${first.column}: ` : ''}A statement here begins with ${READS.map((word) => word.toUpperCase()).join(', ')} or EXPLAIN${first ? `, not with ${first.text.toUpperCase()}` : ''}. headwaters query runs any statement.`,
    });
  } catch (error) {
    if (!(error instanceof SqlProblem)) throw error;
    throw new PageProblem(422, 'The statement cannot be read.', {
      detail: `line ${error.line}:${error.column}: ${error.message}`,
    });
  }
}

/** Words of EXPLAIN itself (https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html). */
const EXPLAINS = [
  'analyze',
  'format',
  'type',
  'text',
  'graphviz',
  'json',
  'logical',
  'distributed',
  'validate',
  'io',
];

async function start({ lake }: Backend, body: unknown): Promise<Started> {
  const sql = textOf(body);
  assertReads(sql);
  try {
    return { id: await lake.startQuery(sql) };
  } catch (error) {
    if ((error as Error).name !== 'InvalidRequestException') throw error;
    throw new PageProblem(400, 'Athena does not take the statement.', { detail: (error as Error).message });
  }
}

async function rows({ lake }: Backend, id: string): Promise<Rows> {
  let page = await lake.queryPage(id);
  const found = [...page.rows];
  while (page.next && found.length < MOST_ROWS) {
    const next = await lake.queryPage(id, page.next);
    found.push(...next.rows);
    page = { ...next, columns: page.columns };
  }
  return { columns: page.columns, rows: found.slice(0, MOST_ROWS), more: page.next !== undefined };
}

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  parquet: 'application/vnd.apache.parquet',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** The rows of a finished statement as a file, written as `headwaters query --output` writes it. */
async function exported(backend: Backend, id: string, format: string): Promise<Raw> {
  if (!isExportFormat(format))
    throw new PageProblem(404, `Results are not written as '${format}'.`, {
      detail: `There is: ${EXPORT_FORMATS.join(', ')}.`,
    });
  const body = await exportRows(await rows(backend, id), format).catch((error: Error) => {
    if (error instanceof UsageError) throw new PageProblem(422, error.message);
    throw error;
  });
  return new Raw({
    status: 200,
    headers: {
      'content-type': MEDIA_TYPES[format],
      'content-disposition': `attachment; filename="result.${format}"`,
      'cache-control': 'no-store',
    },
    body: Buffer.from(body),
  });
}

export const sqlRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/sql',
    handle: (backend, { params }) => catalog(backend, params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/sql/bound',
    handle: async ({ lake }, { params, query }): Promise<ScanBound | undefined> =>
      lake.scanBound(params.study!, query.get('sql') ?? ''),
  },
  { method: 'POST', path: 'sql', handle: (backend, { body }) => start(backend, body) },
  {
    method: 'GET',
    path: 'sql/:id',
    handle: ({ lake }, { params }): Promise<QueryState> => lake.queryState(params.id!),
  },
  { method: 'GET', path: 'sql/:id/rows', handle: (backend, { params }) => rows(backend, params.id!) },
  {
    method: 'GET',
    path: 'sql/:id/export/:format',
    handle: (backend, { params }) => exported(backend, params.id!, params.format!),
  },
  { method: 'DELETE', path: 'sql/:id', handle: ({ lake }, { params }) => lake.stopQuery(params.id!) },
];
