/** HTTP → Athena and DynamoDB: the study's declared queries, its live windows, its tables, and SQL of the caller's own. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EntityNotFoundException, GlueClient, paginateGetTables } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { useOwnDatabases } from '../../lib/model/databases.ts';
import { databaseOf } from '../../lib/model/layout.ts';
import type { LiveItem } from '../../lib/model/live/items.ts';
import { liveQueryInput } from '../../lib/model/live/query.ts';
import { type PublishedRun, publishedRunKey } from '../../lib/model/run/lastRun.ts';
import { withoutMarkerLine } from '../../lib/model/study/serving/marker.ts';
import { RequestProblem } from '../../lib/model/study/serving/problem.ts';
import { deployedDatabases, deployedStudy, environment } from '../shared/environment.ts';
import { bodyOf } from '../shared/http.ts';
import { findText } from '../shared/lake.ts';
import { answer } from './logic.ts';
import type { Execution, QueryStatus, ResultPage, ServingPorts } from './ports.ts';

const study = deployedStudy();
const lake = environment('LAKE_BUCKET');
const workGroup = environment('WORK_GROUP');
const liveTable = environment('LIVE_TABLE');
const athena = new AthenaClient({});
const s3 = new S3Client({});
const glue = new GlueClient({});
for (const client of [athena, glue]) useOwnDatabases(client, deployedDatabases(study));
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** Athena's answer for an id, or a token, that is not one of the workgroup's. */
const isUnknown = (error: unknown) =>
  error instanceof InvalidRequestException || (error as Error).name === 'AccessDeniedException';

const ports: ServingPorts = {
  study,
  async publishedRun() {
    const text = await findText(s3, lake, publishedRunKey(study.name));
    return text === undefined ? undefined : (JSON.parse(text) as PublishedRun);
  },
  async start(sql, parameters, token) {
    try {
      const { QueryExecutionId } = await athena.send(
        new StartQueryExecutionCommand({
          QueryString: sql,
          WorkGroup: workGroup,
          QueryExecutionContext: { Database: databaseOf(study.name, 'gold') },
          ...(parameters.length > 0 && { ExecutionParameters: [...parameters] }),
          ...(token && { ClientRequestToken: token }),
        }),
      );
      return QueryExecutionId!;
    } catch (error) {
      if (!(error instanceof InvalidRequestException)) throw error;
      throw new RequestProblem('invalid-sql', withoutMarkerLine(error.message), placeIn(error.message));
    }
  },
  async execution(id) {
    try {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      return QueryExecution && executionOf(QueryExecution);
    } catch (error) {
      if (isUnknown(error)) return undefined;
      throw error;
    }
  },
  results,
  async stop(id) {
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  },
  liveTable: {
    async query(partition, options = {}) {
      const { limit } = options;
      const items: LiveItem[] = [];
      const pages = paginateQuery(
        { client: dynamo, ...(limit !== undefined && { pageSize: limit }) },
        liveQueryInput(liveTable, partition, options),
      );
      for await (const { Items = [] } of pages) {
        items.push(...(Items as LiveItem[]));
        if (limit !== undefined && items.length >= limit) return items.slice(0, limit);
      }
      return items;
    },
  },
  async tableNames(database) {
    const names: string[] = [];
    try {
      for await (const { TableList = [] } of paginateGetTables({ client: glue }, { DatabaseName: database }))
        names.push(...TableList.map(({ Name }) => Name!));
    } catch (error) {
      if (!(error instanceof EntityNotFoundException)) throw error;
    }
    return names;
  },
  sleep: (ms) => sleep(ms),
};

function placeIn(message: string) {
  const found = /\bline (\d+):(\d+)/.exec(message);
  return found ? { at: { line: Number(found[1]) - 1, column: Number(found[2]) } } : {};
}

type Found = NonNullable<Awaited<ReturnType<typeof getExecution>>>;
const getExecution = async (id: string) =>
  (await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }))).QueryExecution;

function executionOf(found: Found): Execution {
  const { QueryExecutionId, Query, ExecutionParameters, Status, Statistics } = found;
  const reason = Status?.StateChangeReason;
  return {
    id: QueryExecutionId!,
    sql: Query ?? '',
    parameters: ExecutionParameters ?? [],
    status: Status!.State as QueryStatus,
    ...(reason && { reason }),
    submittedAt: Status!.SubmissionDateTime!.toISOString(),
    milliseconds: Statistics?.TotalExecutionTimeInMillis ?? 0,
    scannedBytes: Statistics?.DataScannedInBytes ?? 0,
  };
}

/** GetQueryResults gives at most 1,000 rows, and counts the header before the first row of a query as one. */
const MOST_ROWS = 1000;

async function results(id: string, rows: number, token?: string): Promise<ResultPage | undefined> {
  try {
    const header = token === undefined ? 1 : 0;
    const first = await resultsAt(id, Math.min(rows + header, MOST_ROWS), token);
    const page = { ...first, rows: first.rows.slice(header) };
    const missing = rows - page.rows.length;
    if (missing === 0 || page.next === undefined) return page;
    const { rows: others, next } = await resultsAt(id, missing, page.next);
    return { columns: page.columns, rows: [...page.rows, ...others], ...(next !== undefined && { next }) };
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}

async function resultsAt(id: string, rows: number, token: string | undefined): Promise<ResultPage> {
  const { ResultSet, NextToken } = await athena.send(
    new GetQueryResultsCommand({
      QueryExecutionId: id,
      MaxResults: rows,
      ...(token && { NextToken: token }),
    }),
  );
  return {
    columns: (ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name, Type }) => ({
      name: Name!,
      type: Type!,
    })),
    rows: (ResultSet?.Rows ?? []).map(({ Data = [] }) =>
      Data.map(({ VarCharValue }) => VarCharValue ?? null),
    ),
    ...(NextToken && { next: NextToken }),
  };
}

export async function handler(
  event: APIGatewayProxyEventV2,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const ifNoneMatch = event.headers['if-none-match'];
  return answer(ports, {
    routeKey: event.routeKey,
    pathParameters: event.pathParameters ?? {},
    queryString: event.rawQueryString,
    body: bodyOf(event),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    nowMs: event.requestContext.timeEpoch,
    remainingMs: () => context.getRemainingTimeInMillis(),
  }) as Promise<APIGatewayProxyStructuredResultV2>;
}
