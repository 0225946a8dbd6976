/** Statements that are started, looked at, read page by page and stopped, for callers that do not wait. */
import {
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { databaseOf, type Zone, zones } from '../lib/model/layout.ts';
import { readQuery } from '../lib/model/sql/query.ts';
import { SqlProblem } from '../lib/model/sql/tokens.ts';
import type { LakeContext } from './context.ts';
import { readTable } from './tables.ts';

export interface QueryState {
  readonly id: string;
  readonly state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly sql: string;
  /** Athena's own words for why it failed. */
  readonly reason?: string;
  /** Where in the statement, from 1, if Athena says so. */
  readonly at?: { readonly line: number; readonly column: number };
  /** `DML`, `DDL` or `UTILITY` */
  readonly statementType: string;
  readonly submittedAt: string;
  readonly milliseconds: number;
  readonly scannedBytes: number;
}

export interface QueryPage {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as Athena's text; null is SQL's NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Token of the next page; absent after the last one. */
  readonly next?: string;
}

/** Starts a statement and gives its id. Throws Athena's `InvalidRequestException` for a statement that it does not take. */
export async function startQuery(
  { target }: LakeContext,
  sql: string,
  { database }: { readonly database?: string } = {},
): Promise<string> {
  const { QueryExecutionId } = await target.clients.athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: target.names.workGroup,
      ...(database && { QueryExecutionContext: { Database: database } }),
    }),
  );
  return QueryExecutionId!;
}

export async function queryState({ target }: LakeContext, id: string): Promise<QueryState> {
  const { QueryExecution } = await target.clients.athena.send(
    new GetQueryExecutionCommand({ QueryExecutionId: id }),
  );
  return stateOf(QueryExecution!);
}

/** Athena names the place of a fault as `line 1:43`. */
const PLACE = /\bline (\d+):(\d+)/;

function stateOf({ QueryExecutionId, Query, Status, Statistics, StatementType }: QueryExecution): QueryState {
  const reason = Status?.StateChangeReason;
  const place = reason && PLACE.exec(reason);
  return {
    id: QueryExecutionId!,
    state: Status!.State as QueryState['state'],
    sql: Query ?? '',
    ...(reason && { reason }),
    ...(place && { at: { line: Number(place[1]), column: Number(place[2]) } }),
    statementType: StatementType ?? '',
    submittedAt: Status!.SubmissionDateTime!.toISOString(),
    milliseconds: Statistics?.TotalExecutionTimeInMillis ?? 0,
    scannedBytes: Statistics?.DataScannedInBytes ?? 0,
  };
}

/** A page of at most 1,000 rows; the header that Athena puts before the first row of a query is left out. */
export async function queryPage({ target }: LakeContext, id: string, token?: string): Promise<QueryPage> {
  const { athena } = target.clients;
  const [{ QueryExecution }, { ResultSet, NextToken }] = await Promise.all([
    athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id })),
    athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, ...(token && { NextToken: token }) })),
  ]);
  const rows = (ResultSet?.Rows ?? []).map(({ Data = [] }) =>
    Data.map(({ VarCharValue }) => VarCharValue ?? null),
  );
  return {
    columns: (ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name, Type }) => ({
      name: Name!,
      type: Type!,
    })),
    rows: !token && QueryExecution?.StatementType === 'DML' ? rows.slice(1) : rows,
    ...(NextToken && { next: NextToken }),
  };
}

export const stopQuery = async ({ target }: LakeContext, id: string): Promise<void> => {
  await target.clients.athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
};

export interface ScanBound {
  /** The most that the statement can scan: all files of every table that it names. */
  readonly bytes: number;
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * What a query can scan at most, by the sizes of its tables' files. Columns and partitions that it leaves out make it less.
 * Undefined for a statement that is not a query, or that names a table outside of the study.
 */
export async function scanBound(
  lake: LakeContext,
  study: string,
  sql: string,
): Promise<ScanBound | undefined> {
  const names = tablesIn(sql);
  if (!names) return undefined;
  const tables: { name: string; bytes: number }[] = [];
  for (const name of names) {
    const [database, table] = name.split('.') as [string, string | undefined];
    const zone = zones.find((one) => databaseOf(study, one) === database);
    if (!zone || !table) return undefined;
    tables.push({ name, bytes: await bytesOf(lake, study, zone, table) });
  }
  return { bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0), tables };
}

function tablesIn(sql: string): string[] | undefined {
  try {
    return [
      ...new Set(
        readQuery(sql).references.map(({ database, table }) => (database ? `${database}.${table}` : table)),
      ),
    ];
  } catch (error) {
    if (error instanceof SqlProblem) return undefined;
    throw error;
  }
}

async function bytesOf(lake: LakeContext, study: string, zone: Zone, name: string): Promise<number> {
  const table = await readTable(lake, study, zone, name).catch((error: Error) => {
    if (error.name === 'EntityNotFoundException') return undefined;
    throw error;
  });
  if (!table) return 0;
  if (table.bytes !== undefined) return table.bytes;
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(table.location) ?? [];
  if (!bucket) return 0;
  let bytes = 0;
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: lake.target.clients.s3 },
    { Bucket: bucket, Prefix: prefix },
  ))
    bytes += Contents.reduce((sum, { Size = 0 }) => sum + Size, 0);
  return bytes;
}
