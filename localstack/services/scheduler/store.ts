/** Schedules and their groups on SQLite. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface Target {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: {
    readonly MaximumEventAgeInSeconds?: number;
    readonly MaximumRetryAttempts?: number;
  };
}

export interface ScheduleRecord {
  readonly arn: string;
  readonly group: string;
  readonly name: string;
  readonly description?: string;
  readonly expression: string;
  readonly timezone: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly startMs?: number;
  readonly endMs?: number;
  readonly flexibleTimeWindow: {
    readonly Mode: 'OFF' | 'FLEXIBLE';
    readonly MaximumWindowInMinutes?: number;
  };
  readonly actionAfterCompletion: 'NONE' | 'DELETE';
  readonly target: Target;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
}

export interface GroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly createdAtMs: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS schedules (arn TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
`;

export type Store = ReturnType<typeof openStore>;

export function openStore(folder: string) {
  const db = openDatabase(join(folder, 'scheduler.sqlite'));
  db.exec(SCHEMA);
  const sql = {
    schedule: db.prepare('SELECT record FROM schedules WHERE arn = ?'),
    schedules: db.prepare('SELECT record FROM schedules ORDER BY arn'),
    putSchedule: db.prepare('INSERT OR REPLACE INTO schedules VALUES (?, ?)'),
    dropSchedule: db.prepare('DELETE FROM schedules WHERE arn = ?'),
    group: db.prepare('SELECT record FROM groups WHERE name = ?'),
    groups: db.prepare('SELECT record FROM groups ORDER BY name'),
    putGroup: db.prepare('INSERT OR REPLACE INTO groups VALUES (?, ?)'),
    dropGroup: db.prepare('DELETE FROM groups WHERE name = ?'),
  };
  const parsed = <T>(row: Record<string, unknown> | undefined) =>
    row && (JSON.parse(row.record as string) as T);
  return {
    schedule: (arn: string) => parsed<ScheduleRecord>(sql.schedule.get(arn)),
    schedules: () => sql.schedules.all().map((row) => parsed<ScheduleRecord>(row)!),
    putSchedule: (schedule: ScheduleRecord) => {
      sql.putSchedule.run(schedule.arn, JSON.stringify(schedule));
    },
    dropSchedule: (arn: string) => {
      sql.dropSchedule.run(arn);
    },
    group: (name: string) => parsed<GroupRecord>(sql.group.get(name)),
    groups: () => sql.groups.all().map((row) => parsed<GroupRecord>(row)!),
    putGroup: (group: GroupRecord) => {
      sql.putGroup.run(group.name, JSON.stringify(group));
    },
    dropGroup: (name: string) => {
      sql.dropGroup.run(name);
    },
    close: () => db.close(),
  };
}
