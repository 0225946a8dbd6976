/** The routes of the serving API: a request in, an answer or a problem out. */
import { databaseOf } from '../../lib/model/layout.ts';
import type { LiveView } from '../../lib/model/live/design.ts';
import { type LiveQuery, readLive } from '../../lib/model/live/read.ts';
import { openApi } from '../../lib/model/study/openapi.ts';
import { type Fault, RequestProblem } from '../../lib/model/study/serving/problem.ts';
import { faulty } from '../../lib/model/study/serving/queryRequest.ts';
import type { ServingRoute } from '../../lib/model/study/serving/routes.ts';
import { asOf } from './pages.ts';
import type { Answer, ServingPorts, ServingRequest } from './ports.ts';
import { answerQuery, listQueries } from './queries.ts';
import { cancelSql, sqlRows, sqlState, startSql } from './sql.ts';

type Route = (ports: ServingPorts, request: ServingRequest) => Promise<Answer>;

const routes: Readonly<Record<ServingRoute, Route>> = {
  'GET /health': health,
  'GET /tables': listTables,
  'GET /queries': listQueries,
  'GET /queries/{name}': answerQuery,
  'GET /live/{view}': live,
  'POST /sql': startSql,
  'GET /sql/{id}': sqlState,
  'GET /sql/{id}/rows': sqlRows,
  'DELETE /sql/{id}': cancelSql,
  'GET /openapi.json': async ({ study }) => ({ status: 200, body: openApi(study) }),
};

/** Lambda's answer may have 6 MB; the envelope and escapes need some of it. */
const MAX_BODY_BYTES = 5_000_000;

/** What an HTTP API's function gives back. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function answer(ports: ServingPorts, request: ServingRequest): Promise<HttpAnswer> {
  const route = routes[request.routeKey.replace(`/studies/${ports.study.name}`, '') as ServingRoute];
  try {
    return written(await route(ports, request));
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    const { problem } = error;
    return {
      statusCode: problem.status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        ...(problem.status === 503 && { 'retry-after': '2' }),
      },
      body: JSON.stringify(problem),
    };
  }
}

function written({ status, headers = {}, body }: Answer): HttpAnswer {
  const text = body === undefined ? '' : JSON.stringify(body);
  if (Buffer.byteLength(text) > MAX_BODY_BYTES)
    throw new RequestProblem(
      'answer-too-large',
      `the page has ${Buffer.byteLength(text)} bytes; at most ${MAX_BODY_BYTES} are sent. Ask for fewer rows with pageSize`,
    );
  return {
    statusCode: status,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: text,
  };
}

async function health({ study, publishedRun }: ServingPorts, { nowMs }: ServingRequest): Promise<Answer> {
  const run = await publishedRun();
  const seconds = run && Math.max(0, Math.floor((nowMs - Date.parse(run.startedAt)) / 1000));
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      study: study.name,
      status: run?.verdict === 'Balanced' ? 'pass' : 'warn',
      ...(run
        ? { ...asOf(run), verdict: run.verdict, ageSeconds: seconds }
        : { detail: 'No run has published its tables yet' }),
    },
  };
}

async function listTables({ study, publishedRun, tableNames }: ServingPorts): Promise<Answer> {
  const layers = ['silver', 'gold', 'marts'] as const;
  const [run, ...found] = await Promise.all([
    publishedRun(),
    ...layers.map((layer) => tableNames(databaseOf(study.name, layer))),
  ]);
  const exists = new Map(layers.map((layer, at) => [layer, new Set(found[at])]));
  return {
    status: 200,
    body: {
      study: study.name,
      ...(run && asOf(run)),
      tables: study.models.map(({ layer, database, table, contract }) => ({
        layer,
        name: `${database}.${table}`,
        grain: contract.grain,
        description: contract.purpose,
        exists: exists.get(layer)!.has(table),
        columns: contract.columns.map(({ name, type, description }) => ({ name, type, description })),
      })),
    },
  };
}

/** Windows that one answer has at most, and rows of each. */
const MAX_WINDOWS = 100;
const MAX_ROWS = 1000;

/** The newest windows of a live view, as the hot path holds them: approximate until a run has accounted for them. */
async function live(
  ports: ServingPorts,
  { pathParameters, queryString, nowMs }: ServingRequest,
): Promise<Answer> {
  const { study } = ports;
  const name = pathParameters.view ?? '';
  const view = study.live.find((one) => one.name === name);
  if (!view)
    throw new RequestProblem(
      'not-found',
      `${study.name} has no live view '${name}'; there is: ${study.live.map((one) => one.name).join(', ') || 'none'}`,
    );
  const query = liveQueryOf(view, queryString);
  const [reading, run] = await Promise.all([
    readLive(ports.liveTable, view, nowMs, query),
    ports.publishedRun(),
  ]);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      study: study.name,
      ...(run && { run: run.runId }),
      asOf: new Date(nowMs).toISOString(),
      approximate: true,
      ...reading,
    },
  };
}

/** `windows`, `top`, and the columns of the view's key. */
function liveQueryOf(view: LiveView, queryString: string): LiveQuery {
  const given = new URLSearchParams(queryString);
  const columns = view.key.map(({ name }) => name);
  const allowed = ['windows', 'top', ...columns];
  const faults: Fault[] = [...new Set(given.keys())]
    .filter((name) => !allowed.includes(name))
    .map((name) => ({ name, detail: `is not a parameter; allowed: ${allowed.join(', ')}` }));
  const wholeOf = (name: string, most: number, fallback: number) => {
    const text = given.get(name) ?? String(fallback);
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most || given.getAll(name).length > 1)
      faults.push({ name, value: text.slice(0, 100), detail: `is not a whole number from 1 to ${most}` });
    return value;
  };
  const windows = wholeOf('windows', MAX_WINDOWS, 1);
  const top = wholeOf('top', MAX_ROWS, 100);
  if (faults.length > 0) throw faulty(faults);
  const key = Object.fromEntries(
    columns.filter((name) => given.has(name)).map((name) => [name, given.get(name)!]),
  );
  return { windows, top, key };
}
