/** Starting, watching, stopping and reading queries. */

import type { ObjectStore } from '../../../core/objectStore.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import type { Executor } from '../execution.ts';
import { checkPaging, startOf, tokenFor } from '../paging.ts';
import type { Reader } from '../statements/reading.ts';
import type { AthenaStore, Execution } from '../store.ts';
import { getQueryResults } from './queryResults.ts';
import { requireExecution } from './requireExecution.ts';
import { startQueryExecution } from './startQueryExecution.ts';
import { primaryWorkGroup, requireWorkGroup } from './workGroups.ts';

const seconds = (ms: number) => ms / 1000;

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
  return {
    StartQueryExecution: startQueryExecution(context, store, executor, read),
    GetQueryResults: getQueryResults(store, objects, executor),
    GetQueryExecution: ({ QueryExecutionId }: { QueryExecutionId: string }) => ({
      QueryExecution: shown(requireExecution(store, QueryExecutionId)),
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
      executor.cancel(requireExecution(store, QueryExecutionId).id);
      return {};
    },
    GetQueryRuntimeStatistics({ QueryExecutionId }: { QueryExecutionId: string }) {
      const {
        queueMs = 0,
        planningMs = 0,
        engineMs = 0,
        serviceMs = 0,
        scannedBytes,
      } = requireExecution(store, QueryExecutionId);
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
