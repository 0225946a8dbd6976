/** Athena's own state: workgroups, query executions, named queries and prepared statements in one SQLite database. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';
import type { ColumnInfo } from './results/columns.ts';

export type QueryState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface QueryError {
  readonly ErrorCategory: number;
  readonly ErrorType: number;
  readonly Retryable: boolean;
  readonly ErrorMessage: string;
}

/** One run of a statement. Times are milliseconds since the epoch on the cloud's clock. */
export interface Execution {
  readonly id: string;
  readonly query: string;
  readonly statementType: 'DDL' | 'DML' | 'UTILITY';
  readonly substatementType: string;
  readonly workGroup: string;
  readonly catalog?: string;
  readonly database?: string;
  /** The folder that results go to, `s3://bucket/prefix/`. */
  readonly outputFolder: string;
  readonly parameters?: readonly string[];
  readonly token?: string;
  readonly requestDigest?: string;
  readonly submittedAt: number;
  readonly startedAt?: number;
  readonly completedAt?: number;
  readonly state: QueryState;
  readonly reason?: string;
  readonly error?: QueryError;
  readonly outputLocation?: string;
  readonly manifestLocation?: string;
  /** What was asked of the result next to its place: encryption, the owner of its bucket, access. Kept and shown. */
  readonly resultSettings?: Readonly<Record<string, unknown>>;
  readonly columns?: readonly ColumnInfo[];
  /** Whether the result file begins with the column names. */
  readonly hasHeader?: boolean;
  /** Rows that a statement wrote; 0 when it wrote none; absent when its answer has no such count. */
  readonly updateCount?: number;
  /** Whether the statement writes rows: then it has a count and no rows to show. */
  readonly isWrite?: boolean;
  readonly scannedBytes: number;
  readonly queueMs?: number;
  readonly planningMs?: number;
  readonly engineMs?: number;
  readonly serviceMs?: number;
}

export interface WorkGroup {
  readonly Name: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Description?: string;
  readonly Configuration: WorkGroupConfiguration;
  /** Epoch seconds. */
  readonly CreationTime: number;
}

export interface WorkGroupConfiguration {
  readonly EnforceWorkGroupConfiguration?: boolean;
  readonly PublishCloudWatchMetricsEnabled?: boolean;
  readonly RequesterPaysEnabled?: boolean;
  readonly BytesScannedCutoffPerQuery?: number;
  readonly ResultConfiguration?: { readonly OutputLocation?: string; readonly [member: string]: unknown };
  readonly EngineVersion?: {
    readonly SelectedEngineVersion?: string;
    readonly EffectiveEngineVersion?: string;
  };
  readonly [member: string]: unknown;
}

export interface NamedQuery {
  readonly NamedQueryId: string;
  readonly Name: string;
  readonly Database: string;
  readonly QueryString: string;
  readonly WorkGroup: string;
  readonly Description?: string;
}

export interface PreparedStatement {
  readonly StatementName: string;
  readonly WorkGroupName: string;
  readonly QueryStatement: string;
  readonly Description?: string;
  /** Epoch seconds. */
  readonly LastModifiedTime: number;
}

const schema = `
  CREATE TABLE IF NOT EXISTS work_groups (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS executions (
    id TEXT PRIMARY KEY, work_group TEXT NOT NULL, submitted_at INTEGER NOT NULL, state TEXT NOT NULL,
    token TEXT, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS executions_by_time ON executions (work_group, submitted_at);
  CREATE INDEX IF NOT EXISTS executions_by_token ON executions (token) WHERE token IS NOT NULL;
  CREATE INDEX IF NOT EXISTS executions_unfinished ON executions (state) WHERE state IN ('QUEUED', 'RUNNING');
  CREATE TABLE IF NOT EXISTS named_queries (id TEXT PRIMARY KEY, work_group TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS prepared_statements (
    work_group TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (work_group, name)) WITHOUT ROWID;
`;

export type AthenaStore = ReturnType<typeof openAthenaStore>;

/** Opens (or makes) `<stateDir>/athena/athena.db`. */
export function openAthenaStore(stateDir: string) {
  const folder = join(stateDir, 'athena');
  const db = openDatabase(join(folder, 'athena.db'));
  db.exec(schema);
  const statements = {
    putExecution: db.prepare('INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?)'),
    execution: db.prepare('SELECT body FROM executions WHERE id = ?'),
    byToken: db.prepare('SELECT body FROM executions WHERE token = ?'),
    unfinished: db.prepare("SELECT body FROM executions WHERE state IN ('QUEUED', 'RUNNING')"),
    executionIds: db.prepare(
      'SELECT id FROM executions WHERE work_group = ? ORDER BY submitted_at DESC, id LIMIT ? OFFSET ?',
    ),
    dropExecutions: db.prepare('DELETE FROM executions WHERE work_group = ?'),
    putWorkGroup: db.prepare('INSERT OR REPLACE INTO work_groups VALUES (?, ?)'),
    workGroup: db.prepare('SELECT body FROM work_groups WHERE name = ?'),
    workGroups: db.prepare('SELECT body FROM work_groups ORDER BY name'),
    dropWorkGroup: db.prepare('DELETE FROM work_groups WHERE name = ?'),
    putNamedQuery: db.prepare('INSERT OR REPLACE INTO named_queries VALUES (?, ?, ?)'),
    namedQuery: db.prepare('SELECT body FROM named_queries WHERE id = ?'),
    namedQueries: db.prepare('SELECT body FROM named_queries WHERE work_group = ? ORDER BY id'),
    dropNamedQuery: db.prepare('DELETE FROM named_queries WHERE id = ?'),
    dropNamedQueries: db.prepare('DELETE FROM named_queries WHERE work_group = ?'),
    putPrepared: db.prepare('INSERT OR REPLACE INTO prepared_statements VALUES (?, ?, ?)'),
    prepared: db.prepare('SELECT body FROM prepared_statements WHERE work_group = ? AND name = ?'),
    preparedOf: db.prepare('SELECT body FROM prepared_statements WHERE work_group = ? ORDER BY name'),
    dropPrepared: db.prepare('DELETE FROM prepared_statements WHERE work_group = ? AND name = ?'),
    dropPreparedOf: db.prepare('DELETE FROM prepared_statements WHERE work_group = ?'),
  };
  const bodyOf = <T>(row: Record<string, unknown> | undefined) =>
    row && (JSON.parse(row.body as string) as T);
  const bodiesOf = <T>(rows: Record<string, unknown>[]) => rows.map((row) => bodyOf<T>(row)!);

  return {
    close: () => db.close(),

    putExecution(execution: Execution) {
      const { id, workGroup, submittedAt, state, token } = execution;
      statements.putExecution.run(
        id,
        workGroup,
        submittedAt,
        state,
        token ?? null,
        JSON.stringify(execution),
      );
    },
    execution: (id: string) => bodyOf<Execution>(statements.execution.get(id)),
    executionByToken: (token: string) => bodyOf<Execution>(statements.byToken.get(token)),
    unfinishedExecutions: () => bodiesOf<Execution>(statements.unfinished.all()),
    /** Newest first. */
    executionIds: (workGroup: string, limit: number, offset: number) =>
      statements.executionIds.all(workGroup, limit, offset).map((row) => row.id as string),

    putWorkGroup: (group: WorkGroup) => statements.putWorkGroup.run(group.Name, JSON.stringify(group)),
    workGroup: (name: string) => bodyOf<WorkGroup>(statements.workGroup.get(name)),
    workGroups: () => bodiesOf<WorkGroup>(statements.workGroups.all()),
    /** Removes the workgroup with its history, named queries and prepared statements. */
    deleteWorkGroup(name: string) {
      for (const drop of [
        statements.dropExecutions,
        statements.dropNamedQueries,
        statements.dropPreparedOf,
        statements.dropWorkGroup,
      ])
        drop.run(name);
    },

    putNamedQuery: (query: NamedQuery) =>
      statements.putNamedQuery.run(query.NamedQueryId, query.WorkGroup, JSON.stringify(query)),
    namedQuery: (id: string) => bodyOf<NamedQuery>(statements.namedQuery.get(id)),
    namedQueries: (workGroup: string) => bodiesOf<NamedQuery>(statements.namedQueries.all(workGroup)),
    deleteNamedQuery: (id: string) => statements.dropNamedQuery.run(id).changes > 0,

    putPreparedStatement: (prepared: PreparedStatement) =>
      statements.putPrepared.run(prepared.WorkGroupName, prepared.StatementName, JSON.stringify(prepared)),
    preparedStatement: (workGroup: string, name: string) =>
      bodyOf<PreparedStatement>(statements.prepared.get(workGroup, name)),
    preparedStatements: (workGroup: string) =>
      bodiesOf<PreparedStatement>(statements.preparedOf.all(workGroup)),
    deletePreparedStatement: (workGroup: string, name: string) =>
      statements.dropPrepared.run(workGroup, name).changes > 0,
  };
}

/** When the oldest execution was submitted that has not ended; positive infinity without one. */
export const oldestOpen = (store: AthenaStore): number =>
  Math.min(...store.unfinishedExecutions().map(({ submittedAt }) => submittedAt));
