/** `GET /queries/<name>`: the declared endpoints of a study, page by page. */
import { createHash } from 'node:crypto';
import type { PublishedRun } from '../../lib/model/run/lastRun.ts';
import type { Endpoint } from '../../lib/model/study/serving/design.ts';
import { type Marker, markerLine, readMarked } from '../../lib/model/study/serving/marker.ts';
import { RequestProblem } from '../../lib/model/study/serving/problem.ts';
import {
  type BoundStatement,
  type QueryRequest,
  readQueryRequest,
  statementOf,
} from '../../lib/model/study/serving/queryRequest.ts';
import {
  asOf,
  ended,
  etagOf,
  executionOfCursor,
  failureOf,
  foreignCursor,
  matches,
  notModified,
  pageOf,
  tagged,
} from './pages.ts';
import type { Answer, Execution, ServingPorts, ServingRequest } from './ports.ts';

/** What there is to ask, with the parameters that each takes. */
export async function listQueries({ study, publishedRun }: ServingPorts): Promise<Answer> {
  const run = await publishedRun();
  return {
    status: 200,
    body: {
      study: study.name,
      ...(run && asOf(run)),
      queries: study.serving.endpoints.map(({ name, title, parameters, pageSize, freshnessSeconds }) => ({
        name,
        title,
        pageSize,
        freshnessSeconds,
        parameters: parameters.map(({ column: _column, ...parameter }) => parameter),
      })),
    },
  };
}

/** @throws RequestProblem */
export async function answerQuery(ports: ServingPorts, request: ServingRequest): Promise<Answer> {
  const { study } = ports;
  const name = request.pathParameters.name ?? '';
  const endpoint = study.serving.endpoints.find((one) => one.name === name);
  if (!endpoint)
    throw new RequestProblem(
      'not-found',
      `${study.name} serves no query '${name}'; there is: ${study.serving.endpoints.map((one) => one.name).join(', ') || 'none'}`,
    );
  const asked = readQueryRequest(endpoint, request.queryString);
  return asked.cursor === undefined
    ? firstPage(ports, request, endpoint, asked)
    : nextPage(ports, request, endpoint, asked, asked.cursor);
}

/** @throws RequestProblem before the first run. */
export async function requirePublishedRun({ study, publishedRun }: ServingPorts): Promise<PublishedRun> {
  const run = await publishedRun();
  if (!run) throw new RequestProblem('no-run', `no run of ${study.name} has published its tables yet`);
  return run;
}

const tagOf = (
  marker: Pick<Marker, 'runId' | 'attempt'>,
  endpoint: Endpoint,
  { values, ...paging }: QueryRequest,
) => etagOf(marker, [endpoint.name, values.map((value) => [value.parameter.name, value.literal]), paging]);

async function firstPage(
  ports: ServingPorts,
  request: ServingRequest,
  endpoint: Endpoint,
  asked: QueryRequest,
): Promise<Answer> {
  const run = await requirePublishedRun(ports);
  const etag = tagOf(run, endpoint, asked);
  if (matches(request.ifNoneMatch, etag)) return notModified(etag);
  const statement = statementOf(ports.study, endpoint, asked);
  const execution = await finished(ports, request, markerOf(ports, endpoint, run), statement);
  return tagged(etag, await bodyOf(ports, endpoint, execution, asked, asOf(run)));
}

const markerOf = (
  { study }: ServingPorts,
  { name }: Endpoint,
  run: Pick<Marker, 'runId' | 'attempt'>,
): Marker => ({
  study: study.name,
  of: `query ${name}`,
  runId: run.runId,
  attempt: run.attempt,
});

/**
 * Runs the statement, or finds that it has run already for the same run, values and day: the token stands for all of these.
 * One that failed earlier is run again.
 */
async function finished(
  ports: ServingPorts,
  request: ServingRequest,
  marker: Marker,
  { sql, parameters }: BoundStatement,
): Promise<Execution> {
  const text = markerLine(marker) + sql;
  const token = (salt: string) =>
    createHash('sha256')
      .update(JSON.stringify([text, parameters, salt]))
      .digest('hex');
  const today = new Date(request.nowMs).toISOString().slice(0, 10);
  const first = await ended(ports, await ports.start(text, parameters, token(today)), request);
  if (first.status === 'SUCCEEDED') return first;
  if (Date.parse(first.submittedAt) >= request.nowMs) throw failureOf(first);
  const again = await ended(
    ports,
    await ports.start(text, parameters, token(String(request.nowMs))),
    request,
  );
  if (again.status !== 'SUCCEEDED') throw failureOf(again);
  return again;
}

/** Later pages are of the same execution, and so of the same run, whatever has been published since. */
async function nextPage(
  ports: ServingPorts,
  request: ServingRequest,
  endpoint: Endpoint,
  asked: QueryRequest,
  cursor: string,
): Promise<Answer> {
  const { execution, token } = await executionOfCursor(ports, cursor);
  const marked = readMarked(execution.sql);
  const { sql, parameters } = statementOf(ports.study, endpoint, asked);
  const isOwn =
    marked?.sql === sql &&
    marked.marker.study === ports.study.name &&
    marked.marker.of === `query ${endpoint.name}` &&
    JSON.stringify(execution.parameters) === JSON.stringify(parameters);
  if (!isOwn)
    throw foreignCursor(`the cursor is of another query than ${endpoint.name} with these parameters`);
  const etag = tagOf(marked.marker, endpoint, asked);
  if (matches(request.ifNoneMatch, etag)) return notModified(etag);
  return tagged(etag, await bodyOf(ports, endpoint, execution, asked, asOf(marked.marker), token));
}

async function bodyOf(
  ports: ServingPorts,
  { name }: Endpoint,
  execution: Execution,
  { pageSize }: QueryRequest,
  of: ReturnType<typeof asOf>,
  token?: string,
) {
  const { id, milliseconds, scannedBytes } = execution;
  return {
    study: ports.study.name,
    query: name,
    ...of,
    ...(await pageOf(ports, execution, pageSize, token)),
    statement: { id, milliseconds, scannedBytes },
  };
}
