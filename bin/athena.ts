/** Asks Athena and waits for the rows. */
import {
  type AthenaClient,
  type ColumnInfo,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { physicalNames } from './names.ts';

export interface QueryResult {
  readonly columns: readonly { name: string; type: string }[];
  /** Values as Athena's text; null is SQL's NULL. */
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
  readonly statistics: { readonly milliseconds: number; readonly scannedBytes: number };
  readonly queryExecutionId: string;
}

/** The statement failed or was stopped; the message is Athena's own. */
export class QueryFailedError extends Error {
  override readonly name = 'QueryFailedError';
  readonly sql: string;
  constructor(sql: string, reason: string) {
    super(reason);
    this.sql = sql;
  }
}

export async function ask(
  athena: AthenaClient,
  sql: string,
  options: { database?: string; signal?: AbortSignal } = {},
): Promise<QueryResult> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: physicalNames.workGroup,
      ...(options.database ? { QueryExecutionContext: { Database: options.database } } : {}),
    }),
  );
  const execution = await finished(athena, QueryExecutionId!, options.signal);
  const { State, StateChangeReason } = execution.Status ?? {};
  if (State !== 'SUCCEEDED')
    throw new QueryFailedError(sql, StateChangeReason ?? `The query ended ${State}.`);
  return {
    ...(await allRows(athena, execution)),
    statistics: {
      milliseconds: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
      scannedBytes: execution.Statistics?.DataScannedInBytes ?? 0,
    },
    queryExecutionId: QueryExecutionId!,
  };
}

async function finished(athena: AthenaClient, id: string, signal?: AbortSignal): Promise<QueryExecution> {
  for (let waitMs = 5; ; waitMs = Math.min(250, waitMs * 1.5)) {
    signal?.throwIfAborted();
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const state = QueryExecution?.Status?.State;
    if (state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED') return QueryExecution!;
    await new Promise((done) => setTimeout(done, waitMs));
  }
}

async function allRows(athena: AthenaClient, execution: QueryExecution) {
  const rows: (string | null)[][] = [];
  let columns: readonly ColumnInfo[] = [];
  let NextToken: string | undefined;
  do {
    const page = await athena.send(
      new GetQueryResultsCommand({
        QueryExecutionId: execution.QueryExecutionId!,
        ...(NextToken ? { NextToken } : {}),
      }),
    );
    columns = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? columns;
    for (const row of page.ResultSet?.Rows ?? [])
      rows.push((row.Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null));
    NextToken = page.NextToken;
  } while (NextToken);
  // The first page of a query begins with the header; DDL and utility statements have none.
  if (execution.StatementType === 'DML') rows.shift();
  return { columns: columns.map(({ Name, Type }) => ({ name: Name!, type: Type! })), rows };
}
