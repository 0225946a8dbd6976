/** Asks Athena and waits for the rows. */
import {
  type AthenaClient,
  type ColumnInfo,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { LakeContext } from './context.ts';
import { pause } from './progress.ts';

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

export interface AskOptions {
  /** Database of table names without one. */
  readonly database?: string;
  readonly signal?: AbortSignal;
}

export const ask = ({ target }: LakeContext, sql: string, options: AskOptions = {}): Promise<QueryResult> =>
  askAthena(target.clients.athena, target.names.workGroup, sql, options);

export async function askAthena(
  athena: AthenaClient,
  workGroup: string,
  sql: string,
  options: AskOptions = {},
): Promise<QueryResult> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: workGroup,
      ...(options.database ? { QueryExecutionContext: { Database: options.database } } : {}),
    }),
  );
  const execution = await finished(athena, QueryExecutionId!, options.signal).catch(async (error) => {
    // Nobody waits for it any more, and on AWS it costs until it ends.
    if (options.signal?.aborted) await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
    throw error;
  });
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
    if (signal?.aborted) await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    signal?.throwIfAborted();
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const state = QueryExecution?.Status?.State;
    if (state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED') return QueryExecution!;
    // An abort is seen at the next look, which stops the query.
    await pause(waitMs);
  }
}

async function allRows(client: AthenaClient, { QueryExecutionId, StatementType }: QueryExecution) {
  const rows: (string | null)[][] = [];
  let columns: readonly ColumnInfo[] = [];
  for await (const { ResultSet } of paginateGetQueryResults({ client }, { QueryExecutionId })) {
    columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? columns;
    for (const row of ResultSet?.Rows ?? [])
      rows.push((row.Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null));
  }
  // The first page of a query begins with the header; DDL and utility statements have none.
  if (StatementType === 'DML') rows.shift();
  return { columns: columns.map(({ Name, Type }) => ({ name: Name!, type: Type! })), rows };
}
