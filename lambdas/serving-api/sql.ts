/** `/sql`: a query of the caller's own is started, watched, read page by page and cancelled; nothing waits. */
import {
  isExecutionId,
  type Marker,
  markerLine,
  readMarked,
  withoutMarkerLine,
} from '../../lib/model/study/serving/marker.ts';
import { type Fault, RequestProblem } from '../../lib/model/study/serving/problem.ts';
import { faulty, MAX_PAGE_SIZE, readPageSize } from '../../lib/model/study/serving/queryRequest.ts';
import { readOnlyStatement } from '../../lib/model/study/serving/readOnly.ts';
import { asOf, executionOfCursor, failureOf, foreignCursor, pageOf } from './pages.ts';
import type { Answer, Execution, ServingPorts, ServingRequest } from './ports.ts';
import { requirePublishedRun } from './queries.ts';

/** Starts the statement and answers 202 with where its state is. Throws `RequestProblem`. */
export async function startSql(ports: ServingPorts, { body }: ServingRequest): Promise<Answer> {
  const sql = readOnlyStatement(ports.study.name, sqlIn(body));
  const { runId, attempt } = await requirePublishedRun(ports);
  const marker: Marker = { study: ports.study.name, of: 'sql', runId, attempt };
  const id = await ports.start(markerLine(marker) + sql, []);
  const location = locationOf(ports, id);
  const started = await ports.execution(id);
  return {
    status: 202,
    headers: { location },
    body: stateBody(ports, started!),
  };
}

const locationOf = ({ study }: ServingPorts, id: string) => `/studies/${study.name}/sql/${id}`;

function sqlIn(body: string): string {
  let read: unknown;
  try {
    read = JSON.parse(body);
  } catch (error) {
    throw new RequestProblem('invalid-body', `the body is not JSON: ${(error as Error).message}`);
  }
  const sql = (read as { sql?: unknown } | null)?.sql;
  if (typeof sql !== 'string')
    throw new RequestProblem('invalid-body', 'the body has no text named sql; write {"sql": "SELECT …"}');
  return sql;
}

/** The statement of an id, if it was started here for this study. Throws `RequestProblem`. */
async function ownStatement(
  ports: ServingPorts,
  id: string,
): Promise<{ execution: Execution; runId: string; sql: string }> {
  const execution = isExecutionId(id) ? await ports.execution(id) : undefined;
  const marked = execution && readMarked(execution.sql);
  if (!execution || marked?.marker.of !== 'sql' || marked.marker.study !== ports.study.name)
    throw new RequestProblem('not-found', `${ports.study.name} has no statement '${id}'`);
  return { execution, runId: marked.marker.runId, sql: marked.sql };
}

export async function sqlState(ports: ServingPorts, { pathParameters }: ServingRequest): Promise<Answer> {
  const { execution } = await ownStatement(ports, pathParameters.id ?? '');
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: stateBody(ports, execution) };
}

function stateBody(ports: ServingPorts, execution: Execution) {
  const { marker, sql } = readMarked(execution.sql)!;
  const { id, status, submittedAt, milliseconds, scannedBytes, reason } = execution;
  return {
    study: ports.study.name,
    id,
    state: status,
    sql,
    ...asOf(marker),
    submittedAt,
    milliseconds,
    scannedBytes,
    ...(reason !== undefined && { reason: withoutMarkerLine(reason) }),
    ...(status === 'SUCCEEDED' && { rows: `${locationOf(ports, id)}/rows` }),
  };
}

/** A page of rows. Throws `RequestProblem`. */
export async function sqlRows(
  ports: ServingPorts,
  { pathParameters, queryString }: ServingRequest,
): Promise<Answer> {
  const { execution, runId } = await ownStatement(ports, pathParameters.id ?? '');
  const { pageSize, cursor } = pagingOf(queryString);
  if (execution.status === 'FAILED' || execution.status === 'CANCELLED') throw failureOf(execution);
  if (execution.status !== 'SUCCEEDED')
    throw new RequestProblem(
      'not-finished',
      `the statement is ${execution.status}; ask for its state until it is SUCCEEDED`,
    );
  const from = cursor === null ? undefined : await executionOfCursor(ports, cursor);
  if (from && from.execution.id !== execution.id) throw foreignCursor('the cursor is of another statement');
  return {
    status: 200,
    body: {
      study: ports.study.name,
      id: execution.id,
      ...asOf({ runId }),
      ...(await pageOf(ports, execution, pageSize, from?.token)),
    },
  };
}

function pagingOf(queryString: string): { pageSize: number; cursor: string | null } {
  const given = new URLSearchParams(queryString);
  const faults: Fault[] = [...new Set(given.keys())].flatMap((name) =>
    !['pageSize', 'cursor'].includes(name)
      ? [{ name, detail: 'is not a parameter; allowed: pageSize, cursor' }]
      : given.getAll(name).length > 1
        ? [{ name, detail: 'is given more than once' }]
        : [],
  );
  const pageSize = readPageSize(given.get('pageSize'), MAX_PAGE_SIZE, faults);
  if (faults.length > 0) throw faulty(faults);
  return { pageSize, cursor: given.get('cursor') };
}

/** Cancels a statement; one that has ended stays as it is. */
export async function cancelSql(ports: ServingPorts, { pathParameters }: ServingRequest): Promise<Answer> {
  const { execution } = await ownStatement(ports, pathParameters.id ?? '');
  await ports.stop(execution.id);
  return { status: 204 };
}
