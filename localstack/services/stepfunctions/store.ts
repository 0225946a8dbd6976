/** State machines, executions and their histories on SQLite. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface StateMachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly createdAtMs: number;
  readonly revisionId: string;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly status: ExecutionStatus;
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly startedAtMs: number;
  readonly stoppedAtMs?: number;
}

/** As GetExecutionHistory gives it; the timestamp is in epoch seconds. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: number;
  readonly [details: string]: unknown;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS machines (arn TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS executions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL,
    status TEXT NOT NULL, record TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS executions_by_machine ON executions (machine, number);
  CREATE TABLE IF NOT EXISTS events (
    execution TEXT NOT NULL, id INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (execution, id)
  ) WITHOUT ROWID;
`;

export type Store = ReturnType<typeof openStore>;

export function openStore(folder: string) {
  const db = openDatabase(join(folder, 'stepfunctions.sqlite'));
  db.exec(SCHEMA);
  const sql = {
    machine: db.prepare('SELECT record FROM machines WHERE arn = ?'),
    machines: db.prepare('SELECT record FROM machines ORDER BY arn'),
    putMachine: db.prepare('INSERT OR REPLACE INTO machines VALUES (?, ?)'),
    dropMachine: db.prepare('DELETE FROM machines WHERE arn = ?'),
    execution: db.prepare('SELECT record FROM executions WHERE arn = ?'),
    executions: db.prepare(
      `SELECT number, record FROM executions
       WHERE machine = ? AND (? IS NULL OR status = ?) AND number < ? ORDER BY number DESC LIMIT ?`,
    ),
    running: db.prepare("SELECT record FROM executions WHERE status = 'RUNNING' ORDER BY number"),
    putExecution: db.prepare(
      `INSERT INTO executions (arn, machine, status, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET status = excluded.status, record = excluded.record`,
    ),
    putEvent: db.prepare('INSERT INTO events VALUES (?, ?, ?)'),
    lastEvent: db.prepare('SELECT max(id) AS id FROM events WHERE execution = ?'),
    events: db.prepare('SELECT event FROM events WHERE execution = ? AND id > ? ORDER BY id LIMIT ?'),
    eventsBackwards: db.prepare(
      'SELECT event FROM events WHERE execution = ? AND id < ? ORDER BY id DESC LIMIT ?',
    ),
  };
  const parsed = <T>(row: Record<string, unknown> | undefined, column = 'record') =>
    row && (JSON.parse(row[column] as string) as T);

  return {
    machine: (arn: string) => parsed<StateMachineRecord>(sql.machine.get(arn)),
    machines: () => sql.machines.all().map((row) => parsed<StateMachineRecord>(row)!),
    putMachine: (machine: StateMachineRecord) => {
      sql.putMachine.run(machine.arn, JSON.stringify(machine));
    },
    dropMachine: (arn: string) => {
      sql.dropMachine.run(arn);
    },
    execution: (arn: string) => parsed<ExecutionRecord>(sql.execution.get(arn)),
    /** Newest first; `before` is the number that the page before ended with. */
    executions: (machineArn: string, status: string | undefined, before: number, limit: number) =>
      sql.executions
        .all(machineArn, status ?? null, status ?? null, before, limit)
        .map((row) => ({ number: row.number as number, execution: parsed<ExecutionRecord>(row)! })),
    running: () => sql.running.all().map((row) => parsed<ExecutionRecord>(row)!),
    putExecution: (execution: ExecutionRecord) => {
      sql.putExecution.run(
        execution.arn,
        execution.stateMachineArn,
        execution.status,
        JSON.stringify(execution),
      );
    },
    putEvent: (executionArn: string, event: HistoryEvent) => {
      sql.putEvent.run(executionArn, event.id, JSON.stringify(event));
    },
    lastEventId: (executionArn: string) => (sql.lastEvent.get(executionArn)?.id as number | null) ?? 0,
    events: (executionArn: string, after: number, limit: number) =>
      sql.events.all(executionArn, after, limit).map((row) => parsed<HistoryEvent>(row, 'event')!),
    eventsBackwards: (executionArn: string, before: number, limit: number) =>
      sql.eventsBackwards.all(executionArn, before, limit).map((row) => parsed<HistoryEvent>(row, 'event')!),
    close: () => db.close(),
  };
}
