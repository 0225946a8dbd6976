/** A cloud over finished Amazon runs, as judges ask it: its tables, the statements that Athena took, and answers to more. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Cloud, startCloud, systemClock } from '@headwaters/localstack';
import type { Ended } from '../support/commandLine.ts';
import type { Athena, Taken } from './amazonReplay.ts';

export function assertDone({ code, stderr }: Ended): void {
  if (code !== 0) throw new Error(`headwaters run ended with ${code}: ${stderr}`);
}

/** Works on the cloud that finished runs left in this folder. */
export async function serving<T>(
  state: string,
  port: number,
  work: (cloud: Cloud) => Promise<T>,
): Promise<T> {
  // The runs moved the cloud's clock ahead; Trino changes no table that was made later than its own time.
  const cloud = await startCloud({ stateDir: join(state, 'cloud'), port, clock: systemClock() });
  try {
    return await work(cloud);
  } finally {
    await cloud.stop();
  }
}

/** A judge that only looks takes the time from the engines that it waits for. */
const LOOK_AGAIN_MS = 5;

interface GlueTable {
  readonly Name: string;
  readonly StorageDescriptor: {
    readonly Columns: readonly { readonly Name: string; readonly Type: string }[];
  };
  readonly Parameters?: Readonly<Record<string, string>>;
}

export async function columnsOf(
  cloud: Cloud,
  table: string,
): Promise<GlueTable['StorageDescriptor']['Columns']> {
  const [DatabaseName, Name] = table.split('.');
  const { Table } = (await cloud.call('glue', 'GetTable', { DatabaseName, Name })) as { Table: GlueTable };
  return Table.StorageDescriptor.Columns;
}

/** `database.table` of what a run publishes. */
export async function publishedTables(cloud: Cloud): Promise<string[]> {
  const names: string[] = [];
  for (const layer of ['silver', 'gold', 'marts', 'quarantine']) {
    const DatabaseName = `amazon_${layer}`;
    const { TableList } = (await cloud.call('glue', 'GetTables', { DatabaseName })) as {
      TableList: GlueTable[];
    };
    for (const { Name, Parameters } of TableList)
      if (Parameters?.table_type === 'ICEBERG') names.push(`${DatabaseName}.${Name}`);
  }
  return names;
}

interface Execution {
  readonly QueryExecutionId: string;
  readonly Query: string;
  readonly SubstatementType: string;
  readonly Status: {
    readonly State: string;
    readonly StateChangeReason?: string;
    readonly SubmissionDateTime: number;
    readonly CompletionDateTime: number;
  };
}

/** The local Athena as its history and its answers, in the study's workgroup. */
export function athenaOf(cloud: Cloud): Athena {
  const call = <T>(action: string, input: unknown) => cloud.call('athena', action, input) as Promise<T>;
  /** Of people's statements; the pipeline's have a workgroup of their own. */
  const WorkGroup = 'headwaters';

  const history = async (): Promise<Taken[]> =>
    (await Promise.all([WorkGroup, `${WorkGroup}-amazon-pipeline`].map(historyOf)))
      .flat()
      .sort((a, b) => a.submittedAt - b.submittedAt);

  async function historyOf(group: string): Promise<Taken[]> {
    const executions: Execution[] = [];
    let NextToken: string | undefined;
    do {
      const page = await call<{ QueryExecutionIds: string[]; NextToken?: string }>('ListQueryExecutions', {
        WorkGroup: group,
        NextToken,
      });
      const { QueryExecutions } = await call<{ QueryExecutions: Execution[] }>('BatchGetQueryExecution', {
        QueryExecutionIds: page.QueryExecutionIds,
      });
      executions.push(...QueryExecutions);
      NextToken = page.NextToken;
    } while (NextToken);
    return executions
      .filter(({ Status }) => Status.State === 'SUCCEEDED')
      .map(({ QueryExecutionId, SubstatementType, Query, Status }) => ({
        id: QueryExecutionId,
        kind: SubstatementType,
        sql: Query,
        submittedAt: Status.SubmissionDateTime,
        endedAt: Status.CompletionDateTime,
      }))
      .sort((a, b) => a.submittedAt - b.submittedAt);
  }

  async function rows(id: string): Promise<(string | null)[][]> {
    const found: (string | null)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await call<{
        ResultSet: { Rows: { Data: { VarCharValue?: string }[] }[] };
        NextToken?: string;
      }>('GetQueryResults', { QueryExecutionId: id, NextToken });
      for (const { Data } of page.ResultSet.Rows)
        found.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
      NextToken = page.NextToken;
    } while (NextToken);
    return found.slice(1);
  }

  async function ask(sql: string): Promise<(string | null)[][]> {
    const { QueryExecutionId } = await call<{ QueryExecutionId: string }>('StartQueryExecution', {
      QueryString: sql,
      WorkGroup,
    });
    for (;;) {
      const { QueryExecution } = await call<{ QueryExecution: Execution }>('GetQueryExecution', {
        QueryExecutionId,
      });
      const { State, StateChangeReason } = QueryExecution.Status;
      if (State === 'SUCCEEDED')
        return QueryExecution.SubstatementType === 'SELECT' ? rows(QueryExecutionId) : [];
      if (State !== 'QUEUED' && State !== 'RUNNING') throw new Error(`Athena: ${StateChangeReason}\n${sql}`);
      await wait(LOOK_AGAIN_MS);
    }
  }

  return { history, rows, ask };
}
