/** Starting, watching, stopping and reading queries. */
import { createHash, randomUUID } from 'node:crypto';
import { NotEmulatedError } from '../../../core/errors.ts';
import type { ObjectStore } from '../../../core/objectStore.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import type { Statement } from '../../../sql/index.ts';
import type { Executor } from '../execution.ts';
import { invalidRequest, pageSize, startOf, tokenFor } from '../paging.ts';
import { type Cell, parseCsv } from '../results/csv.ts';
import { asFolder, s3Location } from '../session.ts';
import { typesOfStatement } from '../statements/types.ts';
import type { AthenaStore, Execution, WorkGroup } from '../store.ts';
import { primaryWorkGroup, requireWorkGroup } from './workGroups.ts';

interface StartRequest {
  readonly QueryString: string;
  readonly ClientRequestToken?: string;
  readonly QueryExecutionContext?: { readonly Database?: string; readonly Catalog?: string };
  readonly ResultConfiguration?: { readonly OutputLocation?: string; readonly [member: string]: unknown };
  readonly WorkGroup?: string;
  readonly ExecutionParameters?: readonly string[];
  readonly ResultReuseConfiguration?: {
    readonly ResultReuseByAgeConfiguration?: { readonly Enabled?: boolean };
  };
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
  if (!/^s3:\/\/[^/]+(\/|$)/.test(location))
    throw invalidRequest(`outputLocation is not a valid S3 path: ${location}`);
  return asFolder(location);
}

function shown(execution: Execution) {
  const { startedAt, completedAt, engineMs = 0, queueMs = 0, planningMs = 0, serviceMs = 0 } = execution;
  return {
    QueryExecutionId: execution.id,
    Query: execution.query,
    StatementType: execution.statementType,
    SubstatementType: execution.substatementType,
    ResultConfiguration: {
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
  /** Reads a statement that is sent in. @throws AwsError InvalidRequestException MALFORMED_QUERY */
  kindOf: (sql: string) => Statement['kind'] | Promise<Statement['kind']>,
): Record<string, Action> {
  const requireExecution = (id: string) => {
    const execution = store.execution(id);
    if (!execution) throw invalidRequest(`QueryExecution ${id} was not found`);
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
      : text
          .split('\n')
          .slice(0, -1)
          .map((line) => [line]);
    opened = { id: execution.id, rows };
    return rows;
  };

  return {
    async StartQueryExecution(request: StartRequest, call) {
      const query = request.QueryString;
      const bytes = Buffer.byteLength(query);
      if (bytes === 0 || bytes > longestStatement)
        throw invalidRequest(
          `1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length less than or equal to ${longestStatement}; it has ${bytes} bytes.`,
        );
      if (request.ResultReuseConfiguration?.ResultReuseByAgeConfiguration?.Enabled)
        throw new NotEmulatedError('Athena', 'result reuse (ResultReuseByAgeConfiguration)');
      const group = requireWorkGroup(store, request.WorkGroup ?? primaryWorkGroup);
      if (group.State === 'DISABLED') throw invalidRequest(`WorkGroup ${group.Name} is disabled.`);
      // Whatever may take time comes before a token is looked up: between that and the answer nobody else has a turn.
      const kind = await kindOf(query);
      const digest = createHash('sha256')
        .update(
          JSON.stringify([query, group.Name, request.QueryExecutionContext, request.ExecutionParameters]),
        )
        .digest('hex');
      const earlier = request.ClientRequestToken && store.executionByToken(request.ClientRequestToken);
      if (earlier) {
        if (earlier.requestDigest !== digest)
          throw invalidRequest('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH');
        return { QueryExecutionId: earlier.id };
      }
      const execution: Execution = {
        id: randomUUID(),
        query,
        ...typesOfStatement({ kind }),
        workGroup: group.Name,
        outputFolder: outputFolder(request, group),
        ...(request.QueryExecutionContext?.Catalog && { catalog: request.QueryExecutionContext.Catalog }),
        ...(request.QueryExecutionContext?.Database && {
          database: request.QueryExecutionContext.Database.toLowerCase(),
        }),
        ...(request.ExecutionParameters?.length && { parameters: request.ExecutionParameters }),
        ...(request.ClientRequestToken && { token: request.ClientRequestToken, requestDigest: digest }),
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
      if (QueryExecutionIds.length > 50)
        throw invalidRequest(`${QueryExecutionIds.length} ids were given; at most 50 are allowed.`);
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
      const start = startOf(request.NextToken);
      const size = pageSize(request.MaxResults, 50, 0);
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
    async GetQueryResults(request: { QueryExecutionId: string; MaxResults?: number; NextToken?: string }) {
      const execution = requireExecution(request.QueryExecutionId);
      if (execution.state === 'QUEUED' || execution.state === 'RUNNING')
        throw invalidRequest(`Query has not yet finished. Current state: ${execution.state}`);
      if (execution.state !== 'SUCCEEDED')
        throw invalidRequest(`Query did not finish successfully. Final query state: ${execution.state}`);
      const start = startOf(request.NextToken);
      const end = start + pageSize(request.MaxResults, mostRowsAPage);
      const rows = execution.updateCount === undefined ? await rowsOf(execution) : [];
      return {
        UpdateCount: execution.updateCount ?? 0,
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
