/** Pages of an answer: waiting for Athena, cursors, and the run that an answer shows. */
import { createHash } from 'node:crypto';
import { distinctNames, jsonValue } from '../../lib/model/sql/values.ts';
import {
  decodeCursor,
  encodeCursor,
  type Marker,
  withoutMarkerLine,
} from '../../lib/model/study/serving/marker.ts';
import { RequestProblem } from '../../lib/model/study/serving/problem.ts';
import type { Answer, Execution, ResultPage, ServingPorts, ServingRequest } from './ports.ts';

/** Kept back from the function's time, to read a page and to answer. */
const RESERVE_MS = 4000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

/**
 * Waits until a statement has ended.
 * @throws RequestProblem `still-running` when the function's time is nearly over; the same request again goes on waiting.
 */
export async function ended(
  ports: ServingPorts,
  id: string,
  { remainingMs }: Pick<ServingRequest, 'remainingMs'>,
): Promise<Execution> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    const execution = (await ports.execution(id))!;
    if (execution.status !== 'QUEUED' && execution.status !== 'RUNNING') return execution;
    if (remainingMs() < RESERVE_MS + waitMs)
      throw new RequestProblem(
        'still-running',
        'the query takes longer than a request may; send the same request again',
      );
    await ports.sleep(waitMs);
  }
}

export const failureOf = ({ status, reason = status }: Execution): RequestProblem =>
  new RequestProblem('query-failed', withoutMarkerLine(reason));

export const foreignCursor = (detail: string) =>
  new RequestProblem(
    'invalid-cursor',
    `${detail}; take the cursor that an answer to this query gave as next`,
    {
      errors: [{ name: 'cursor', detail }],
    },
  );

/** The execution that a cursor goes on with. */
export async function executionOfCursor(
  ports: ServingPorts,
  cursor: string,
): Promise<{ execution: Execution; token: string }> {
  const decoded = decodeCursor(cursor);
  const execution = decoded && (await ports.execution(decoded.queryExecutionId));
  if (!execution) throw foreignCursor('the cursor is not known');
  return { execution, token: decoded.token };
}

/**
 * A page of a finished statement.
 * @throws RequestProblem for a token that Athena did not give.
 */
export async function pageOf(
  ports: ServingPorts,
  execution: Execution,
  pageSize: number,
  token?: string,
): Promise<{
  readonly columns: ResultPage['columns'];
  readonly rows: unknown[];
  readonly next: string | null;
}> {
  const page = await ports.results(execution.id, pageSize, token);
  if (!page) throw foreignCursor('the cursor is not known');
  const names = distinctNames(page.columns);
  return {
    columns: page.columns.map(({ type }, at) => ({ name: names[at]!, type })),
    rows: page.rows.map((row) =>
      Object.fromEntries(names.map((name, at) => [name, jsonValue(row[at] ?? null, page.columns[at]!.type)])),
    ),
    next: page.next ? encodeCursor({ queryExecutionId: execution.id, token: page.next }) : null,
  };
}

/** The run of an answer; `approximate` is true of what the hot path counts before a run has confirmed it. */
export const asOf = ({ runId }: { readonly runId: string }) => ({
  run: runId,
  asOf: startOfRun(runId),
  approximate: false,
});

/** The time in a run's id, to the second: `20261121t093000-1a2b3c4d` → `2026-11-21T09:30:00Z`. */
function startOfRun(runId: string): string {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)-/.exec(runId) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/** The tag of an answer: it changes with the run, and differs for each request. */
export const etagOf = (
  { runId, attempt }: Pick<Marker, 'runId' | 'attempt'>,
  request: readonly unknown[],
): string =>
  `"${runId}.${attempt}.${createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16)}"`;

/** https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match: weak comparison, a list, or `*`. */
export const matches = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) ?? false;

/** An answer that clients may keep as long as they ask whether it still holds. */
export const tagged = (etag: string, body: unknown): Answer => ({
  status: 200,
  headers: { etag, 'cache-control': 'private, no-cache' },
  body,
});

export const notModified = (etag: string): Answer => ({ status: 304, headers: { etag } });
