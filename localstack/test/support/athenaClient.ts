/** Runs statements through Athena's own client and gives what came of them. */
import { setTimeout } from 'node:timers/promises';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  type ResultSet,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
} from '@aws-sdk/client-athena';

export interface AthenaAnswer {
  readonly execution: QueryExecution;
  /** Only of a statement that succeeded. */
  readonly resultSet?: ResultSet;
  readonly updateCount?: number;
  /** Rows without the header; NULL is `null`. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A statement is asked after ever more seldom: each question takes time from what it waits for. */
const LONGEST_WAIT_MS = 16;

const finished = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);

/** Waits for the statement to end, in whichever way. */
export async function runToEnd(
  client: AthenaClient,
  sql: string,
  options: Partial<StartQueryExecutionCommandInput> = {},
): Promise<AthenaAnswer> {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({ QueryString: sql, WorkGroup: 'test', ...options }),
  );
  for (let waited = 1; ; waited = Math.min(2 * waited, LONGEST_WAIT_MS)) {
    const { QueryExecution: execution } = await client.send(
      new GetQueryExecutionCommand({ QueryExecutionId }),
    );
    if (!finished.has(execution?.Status?.State ?? '')) {
      await setTimeout(waited);
      continue;
    }
    if (execution!.Status!.State !== 'SUCCEEDED') return { execution: execution!, rows: [] };
    const rows: (string | null)[][] = [];
    let NextToken: string | undefined;
    let first: { ResultSet?: ResultSet; UpdateCount?: number } | undefined;
    do {
      const page = await client.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }));
      first ??= page;
      for (const row of page.ResultSet?.Rows ?? [])
        rows.push((row.Data ?? []).map((cell) => cell.VarCharValue ?? null));
      NextToken = page.NextToken;
    } while (NextToken);
    const hasHeader = execution!.ResultConfiguration?.OutputLocation?.endsWith('.csv');
    return {
      execution: execution!,
      resultSet: first!.ResultSet!,
      updateCount: first!.UpdateCount,
      rows: hasHeader ? rows.slice(1) : rows,
    };
  }
}

/** The answer of a statement that must succeed. */
export async function run(
  client: AthenaClient,
  sql: string,
  options: Partial<StartQueryExecutionCommandInput> = {},
): Promise<AthenaAnswer> {
  const answer = await runToEnd(client, sql, options);
  const { State, StateChangeReason } = answer.execution.Status ?? {};
  if (State !== 'SUCCEEDED') throw new Error(`${State}: ${StateChangeReason}\n${sql}`);
  return answer;
}

/** Why a statement that must not succeed failed. */
export async function failureOf(
  client: AthenaClient,
  sql: string,
  options: Partial<StartQueryExecutionCommandInput> = {},
): Promise<string> {
  const { execution } = await runToEnd(client, sql, options);
  if (execution.Status?.State === 'SUCCEEDED') throw new Error(`This should have failed: ${sql}`);
  return execution.Status?.StateChangeReason ?? '';
}
