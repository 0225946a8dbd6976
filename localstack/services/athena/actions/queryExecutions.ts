/** Starting, watching, stopping and reading queries. */
import { createHash, randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { ObjectStore } from '../../../core/objectStore.ts';
import type { Action, CallContext, CloudContext } from '../../../core/service.ts';
import { requireBackticks, SqlError } from '../../../sql/index.ts';
import { OWN_CATALOG, type Table } from '../catalog.ts';
import { type Executor, hiveFailure } from '../execution.ts';
import { checkPaging, constraint, invalidMembers, invalidRequest, startOf, tokenFor } from '../paging.ts';
import { type Cell, parseCsv } from '../results/csv.ts';
import { asFolder, contextDatabase, s3Location } from '../session.ts';
import type { Reader, ReadStatement } from '../statements/reading.ts';
import { soleStatement } from '../statements/soleStatement.ts';
import { outputLocationOf, typesOfStatement } from '../statements/types.ts';
import type { AthenaStore, Execution, WorkGroup } from '../store.ts';
import { isView } from '../view.ts';
import { primaryWorkGroup, requireWorkGroup } from './workGroups.ts';

interface StartRequest {
  readonly QueryString: string;
  readonly ClientRequestToken?: string;
  readonly QueryExecutionContext?: { readonly Database?: string; readonly Catalog?: string };
  readonly ResultConfiguration?: { readonly OutputLocation?: string; readonly [member: string]: unknown };
  readonly WorkGroup?: string;
  readonly ExecutionParameters?: readonly string[];
}

/** https://docs.aws.amazon.com/athena/latest/ug/service-limits.html */
const longestStatement = 262_144;
const mostRowsAPage = 1000;

const seconds = (ms: number) => ms / 1000;

function outputFolder(request: StartRequest, group: WorkGroup): string {
  const { EnforceWorkGroupConfiguration: enforced, ResultConfiguration: groups } = group.Configuration;
  const location =
    enforced && groups?.OutputLocation
      ? groups.OutputLocation
      : (request.ResultConfiguration?.OutputLocation ?? groups?.OutputLocation);
  if (!location)
    throw invalidRequest(
      'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
    );
  return asFolder(location);
}

/** The result's settings next to its place: the workgroup's where it enforces them, else the caller's before them. */
function resultSettings(request: StartRequest, group: WorkGroup): Record<string, unknown> | undefined {
  const { EnforceWorkGroupConfiguration: enforced, ResultConfiguration: groups } = group.Configuration;
  const { OutputLocation: _place, ...settings } = enforced
    ? { ...groups }
    : { ...groups, ...request.ResultConfiguration };
  return Object.keys(settings).length > 0 ? settings : undefined;
}

/** The length of a statement is counted in bytes, where the API's model counts characters. */
function checkStart({ QueryString: query }: StartRequest): void {
  if (Buffer.byteLength(query) > longestStatement)
    throw invalidMembers([constraint('queryString', `length less than or equal to ${longestStatement}`)]);
}

function shown(execution: Execution) {
  const { startedAt, completedAt, engineMs = 0, queueMs = 0, planningMs = 0, serviceMs = 0 } = execution;
  return {
    QueryExecutionId: execution.id,
    Query: execution.query,
    StatementType: execution.statementType,
    SubstatementType: execution.substatementType,
    ResultConfiguration: {
      ...execution.resultSettings,
      OutputLocation: execution.outputLocation ?? `${execution.outputFolder}${execution.id}`,
    },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: false } },
    QueryExecutionContext: {
      ...(execution.database && { Database: execution.database }),
      ...(execution.catalog && { Catalog: execution.catalog }),
    },
    Status: {
      State: execution.state,
      ...(execution.reason && { StateChangeReason: execution.reason }),
      SubmissionDateTime: seconds(execution.submittedAt),
      ...(completedAt !== undefined && { CompletionDateTime: seconds(completedAt) }),
      ...(execution.error && { AthenaError: execution.error }),
    },
    Statistics: {
      ...(startedAt !== undefined && {
        EngineExecutionTimeInMillis: engineMs,
        DataScannedInBytes: execution.scannedBytes,
        ...(execution.manifestLocation && { DataManifestLocation: execution.manifestLocation }),
        TotalExecutionTimeInMillis: queueMs + engineMs + serviceMs,
        QueryQueueTimeInMillis: queueMs,
        QueryPlanningTimeInMillis: planningMs,
        ServiceProcessingTimeInMillis: serviceMs,
        ResultReuseInformation: { ReusedPreviousResult: false },
      }),
    },
    WorkGroup: execution.workGroup,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    ...(execution.parameters?.length && { ExecutionParameters: execution.parameters }),
  };
}

export function queryExecutionActions(
  context: CloudContext,
  store: AthenaStore,
  objects: ObjectStore,
  executor: Executor,
  /** Reads a statement that is sent in. */
  read: Reader,
): Record<string, Action> {
  const requireExecution = (id: string) => {
    const execution = store.execution(id);
    if (!execution) throw invalidRequest(`QueryExecution ${id} was not found`, 'QUERY_EXECUTION_NOT_FOUND');
    return execution;
  };

  /** The large result that is being paged through, so that its file is read once and not for every page. */
  let opened: { readonly id: string; readonly rows: readonly Cell[][] } | undefined;

  /** Every row of a finished query's file, the header included. */
  const rowsOf = async (execution: Execution): Promise<readonly Cell[][]> => {
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

  return {
    async StartQueryExecution(request: StartRequest, call) {
      checkStart(request);
      const group = requireWorkGroup(store, request.WorkGroup ?? primaryWorkGroup);
      if (group.State === 'DISABLED') throw invalidRequest(`WorkGroup ${group.Name} is disabled.`);
      const asked = request.ResultConfiguration?.OutputLocation;
      if (asked !== undefined && !/^s3:\/\/[^/]+(\/|$)/.test(asked))
        throw invalidRequest('outputLocation is not a valid S3 path.');
      const folder = outputFolder(request, group);
      const query = soleStatement(request.QueryString);
      const statement = await read(query);
      const database = request.QueryExecutionContext?.Database;
      const token = request.ClientRequestToken;
      // What a token stands for already is not asked about its table again.
      if (!token || !store.executionByToken(token))
        await checkDescribed(context, query, statement, database, call);
      // Whatever may take time is done: from here to the answer nobody else has a turn.
      const earlier = token && store.executionByToken(token);
      // Neither the workgroup nor the parameters tell two requests apart; the text does as it was sent.
      const digest = createHash('sha256')
        .update(JSON.stringify([request.QueryString, request.QueryExecutionContext, asked]))
        .digest('hex');
      if (earlier) {
        if (earlier.requestDigest !== digest)
          throw invalidRequest('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH');
        return { QueryExecutionId: earlier.id };
      }
      const id = randomUUID();
      const execution: Execution = {
        id,
        query,
        ...typesOfStatement(statement),
        workGroup: group.Name,
        outputFolder: folder,
        outputLocation: outputLocationOf(statement, folder, id),
        resultSettings: resultSettings(request, group),
        ...(request.QueryExecutionContext?.Catalog && {
          catalog: request.QueryExecutionContext.Catalog.toLowerCase(),
        }),
        ...(database && { database: database.toLowerCase() }),
        ...(request.ExecutionParameters?.length && { parameters: request.ExecutionParameters }),
        ...(token && { token, requestDigest: digest }),
        submittedAt: context.clock.now(),
        state: 'QUEUED',
        scannedBytes: 0,
      };
      store.putExecution(execution);
      executor.submit(execution, call.principal);
      return { QueryExecutionId: execution.id };
    },
    GetQueryExecution: ({ QueryExecutionId }: { QueryExecutionId: string }) => ({
      QueryExecution: shown(requireExecution(QueryExecutionId)),
    }),
    BatchGetQueryExecution({ QueryExecutionIds }: { QueryExecutionIds: string[] }) {
      return {
        QueryExecutions: QueryExecutionIds.flatMap((id) => {
          const execution = store.execution(id);
          return execution ? shown(execution) : [];
        }),
        UnprocessedQueryExecutionIds: QueryExecutionIds.filter((id) => !store.execution(id)).map(
          (QueryExecutionId) => ({
            QueryExecutionId,
            ErrorCode: 'INTERNAL_FAILURE',
            ErrorMessage: `QueryExecution ${QueryExecutionId} was not found`,
          }),
        ),
      };
    },
    ListQueryExecutions(request: { WorkGroup?: string; MaxResults?: number; NextToken?: string }) {
      const group = requireWorkGroup(store, request.WorkGroup ?? primaryWorkGroup).Name;
      checkPaging(request, 50, 0);
      const start = startOf(request.NextToken);
      const size = request.MaxResults ?? 50;
      const ids = store.executionIds(group, size + 1, start);
      return {
        QueryExecutionIds: ids.slice(0, size),
        ...(ids.length > size && { NextToken: tokenFor(start + size) }),
      };
    },
    StopQueryExecution({ QueryExecutionId }: { QueryExecutionId: string }) {
      executor.cancel(requireExecution(QueryExecutionId).id);
      return {};
    },
    // The order of the checks is the recorded one: aoyagikouhei/athena-local, docs/dev/measurements/query-results.md
    async GetQueryResults(request: { QueryExecutionId: string; MaxResults?: number; NextToken?: string }) {
      checkPaging(request, Number.POSITIVE_INFINITY);
      const execution = requireExecution(request.QueryExecutionId);
      if (request.MaxResults !== undefined && request.MaxResults > mostRowsAPage)
        throw invalidRequest(`MaxResults is more than maximum allowed length ${mostRowsAPage}`);
      const { state } = execution;
      if (state === 'QUEUED' || state === 'RUNNING')
        throw invalidRequest(
          `Query has not yet finished. Current state: ${state}`,
          'INVALID_QUERY_EXECUTION_STATE',
        );
      if (state === 'CANCELLED') throw invalidRequest('Could not find results', 'RESULT_NOT_FOUND');
      // What Hive answers is a result even when it is a failure.
      if (state === 'FAILED' && execution.reason?.startsWith(hiveFailure)) return { ResultSet: { Rows: [] } };
      if (state === 'FAILED' && execution.substatementType.startsWith('ALTER_TABLE'))
        throw invalidRequest('Could not find results', 'RESULT_NOT_FOUND');
      if (state === 'FAILED')
        throw invalidRequest(
          `Query did not finish successfully. Final query state: ${state}`,
          'INVALID_QUERY_EXECUTION_STATE',
        );
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
    },
    GetQueryRuntimeStatistics({ QueryExecutionId }: { QueryExecutionId: string }) {
      const {
        queueMs = 0,
        planningMs = 0,
        engineMs = 0,
        serviceMs = 0,
        scannedBytes,
      } = requireExecution(QueryExecutionId);
      return {
        QueryRuntimeStatistics: {
          Timeline: {
            QueryQueueTimeInMillis: queueMs,
            QueryPlanningTimeInMillis: planningMs,
            EngineExecutionTimeInMillis: engineMs,
            ServiceProcessingTimeInMillis: serviceMs,
            TotalExecutionTimeInMillis: queueMs + engineMs + serviceMs,
          },
          Rows: { InputBytes: scannedBytes },
        },
      };
    },
  };
}
/**
 * A table that is to be described must be there when the statement is accepted, and not be named in double quotes, which a view
 * may be. Source: as above, statements.md
 */
async function checkDescribed(
  context: CloudContext,
  query: string,
  statement: ReadStatement,
  database: string | undefined,
  call: CallContext,
): Promise<void> {
  const described =
    statement.kind === 'describe' || (statement.kind === 'show' && statement.what === 'columns');
  if (!described) return;
  const { parts } = statement.name;
  if (parts.length > 3)
    throw invalidRequest(`Invalid table name ${parts.join('.').toLowerCase()}`, 'MALFORMED_QUERY');
  const [name, schema = contextDatabase(database), catalog = OWN_CATALOG] = parts.toReversed();
  if (catalog.toLowerCase() !== OWN_CATALOG)
    throw invalidRequest(`Catalog '${catalog}' does not exist`, 'DATACATALOG_NOT_FOUND');
  try {
    const { Table: table } = (await context.call(
      'glue',
      'GetTable',
      { DatabaseName: schema, Name: name },
      call.principal,
    )) as { Table: Table };
    if (!isView(table)) requireBackticks(query);
  } catch (error) {
    if (error instanceof SqlError) throw invalidRequest(error.message, 'MALFORMED_QUERY');
    if (!(error instanceof AwsError && error.code === 'EntityNotFoundException')) throw error;
    throw invalidRequest(
      `Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: ${randomUUID()}; Proxy: null)`,
    );
  }
}
