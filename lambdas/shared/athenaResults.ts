/** Reads what a finished query answered, as rows of texts by column. */
import { type AthenaClient, GetQueryResultsCommand } from '@aws-sdk/client-athena';

/** Column → text as Athena shows it; null for SQL's NULL. */
export type ResultRow = Readonly<Record<string, string | null>>;

/**
 * Every row of a SELECT's answer. The first row of the first page holds the column names.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
 */
export async function readResults(
  athena: Pick<AthenaClient, 'send'>,
  queryExecutionId: string,
): Promise<ResultRow[]> {
  const rows: ResultRow[] = [];
  let columns: string[] | undefined;
  let token: string | undefined;
  do {
    const page = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId: queryExecutionId, ...(token && { NextToken: token }) }),
    );
    for (const { Data = [] } of page.ResultSet?.Rows ?? []) {
      if (columns)
        rows.push(Object.fromEntries(columns.map((name, at) => [name, Data[at]?.VarCharValue ?? null])));
      else columns = Data.map(({ VarCharValue }) => VarCharValue ?? '');
    }
    token = page.NextToken;
  } while (token);
  return rows;
}
