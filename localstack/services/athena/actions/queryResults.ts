/** Reading the result of a query, page by page. */
import type { ObjectStore } from '../../../core/objectStore.ts';
import type { Action } from '../../../core/service.ts';
import { hiveFailure } from '../ending.ts';
import type { Executor } from '../execution.ts';
import { checkPaging, invalidRequest, startOf, tokenFor } from '../paging.ts';
import { type Cell, parseCsv } from '../results/csv.ts';
import { s3Location } from '../session.ts';
import type { AthenaStore, Execution } from '../store.ts';
import { requireExecution } from './requireExecution.ts';

const mostRowsAPage = 1000;

/** @throws AwsError InvalidRequestException when the query has no result to show */
function checkSucceeded(execution: Execution): void {
  const { state } = execution;
  if (state === 'QUEUED' || state === 'RUNNING')
    throw invalidRequest(
      `Query has not yet finished. Current state: ${state}`,
      'INVALID_QUERY_EXECUTION_STATE',
    );
  if (state === 'CANCELLED') throw invalidRequest('Could not find results', 'RESULT_NOT_FOUND');
  if (state === 'FAILED' && execution.substatementType.startsWith('ALTER_TABLE'))
    throw invalidRequest('Could not find results', 'RESULT_NOT_FOUND');
  if (state === 'FAILED')
    throw invalidRequest(
      `Query did not finish successfully. Final query state: ${state}`,
      'INVALID_QUERY_EXECUTION_STATE',
    );
}

/** What Hive answers is a result even when it is a failure. */
const isAnsweredByHive = ({ state, reason }: Execution) =>
  state === 'FAILED' && reason?.startsWith(hiveFailure) === true;

/** Every row of a finished query's file, the header included. */
function createRows(objects: ObjectStore, executor: Executor) {
  /** The large result that is being paged through, so that its file is read once and not for every page. */
  let opened: { readonly id: string; readonly rows: readonly Cell[][] } | undefined;

  return async (execution: Execution): Promise<readonly Cell[][]> => {
    const recent = executor.recentRows(execution.id);
    if (recent) return recent;
    if (opened?.id === execution.id) return opened.rows;
    const { bucket, key } = s3Location(execution.outputLocation!);
    const text = (await objects.get(bucket, key)).toString('utf8');
    const rows = execution.hasHeader
      ? parseCsv(text)
      : text === ''
        ? []
        : text.split('\n').map((line) => [line]);
    opened = { id: execution.id, rows };
    return rows;
  };
}

/** The action GetQueryResults. The order of its checks is the recorded one: aoyagikouhei/athena-local, docs/dev/measurements/query-results.md */
export function getQueryResults(store: AthenaStore, objects: ObjectStore, executor: Executor): Action {
  const rowsOf = createRows(objects, executor);
  return async (request: { QueryExecutionId: string; MaxResults?: number; NextToken?: string }) => {
    checkPaging(request, Number.POSITIVE_INFINITY);
    const execution = requireExecution(store, request.QueryExecutionId);
    if (request.MaxResults !== undefined && request.MaxResults > mostRowsAPage)
      throw invalidRequest(`MaxResults is more than maximum allowed length ${mostRowsAPage}`);
    if (isAnsweredByHive(execution)) return { ResultSet: { Rows: [] } };
    checkSucceeded(execution);
    const start = startOf(request.NextToken, 'Malformed nextPageToken ');
    const end = start + (request.MaxResults ?? mostRowsAPage);
    const rows = execution.isWrite ? [] : await rowsOf(execution);
    return {
      ...(execution.updateCount !== undefined && { UpdateCount: execution.updateCount }),
      ResultSet: {
        Rows: rows.slice(start, end).map((row) => ({
          Data: row.map((cell) => (cell === null ? {} : { VarCharValue: cell })),
        })),
        ResultSetMetadata: { ColumnInfo: execution.columns ?? [] },
      },
      ...(end < rows.length && { NextToken: tokenFor(end) }),
    };
  };
}
