/** Rules and their targets on SQLite. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

export interface Rule {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly schedule?: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly createdAtMs: number;
  readonly targets: readonly Target[];
}

export type Store = ReturnType<typeof openStore>;

export function openStore(folder: string) {
  const db = openDatabase(join(folder, 'events.sqlite'));
  db.exec('CREATE TABLE IF NOT EXISTS rules (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;');
  const sql = {
    rule: db.prepare('SELECT record FROM rules WHERE name = ?'),
    rules: db.prepare('SELECT record FROM rules ORDER BY name'),
    put: db.prepare('INSERT OR REPLACE INTO rules VALUES (?, ?)'),
    drop: db.prepare('DELETE FROM rules WHERE name = ?'),
  };
  const parsed = (row: Record<string, unknown> | undefined) =>
    row && (JSON.parse(row.record as string) as Rule);
  return {
    rule: (name: string) => parsed(sql.rule.get(name)),
    rules: () => sql.rules.all().map((row) => parsed(row)!),
    putRule: (rule: Rule) => {
      sql.put.run(rule.name, JSON.stringify(rule));
    },
    dropRule: (name: string) => {
      sql.drop.run(name);
    },
    close: () => db.close(),
  };
}
