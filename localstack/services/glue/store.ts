/** The catalog's state on disk: one SQLite database that survives a kill at any point. */
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { openDatabase, type StateDatabase } from '../../core/database.ts';
import type { JobRun } from './jobRuns.ts';
import type { OptimizerName, OptimizerRun, TableOptimizer } from './optimizerRecords.ts';
import type { Database, Partition, Table } from './records.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS databases (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tables (
    database TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (database, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS table_versions (
    database TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (database, name, version)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS partitions (
    database TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (database, name, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS column_statistics (
    database TEXT NOT NULL, name TEXT NOT NULL, partition_key TEXT NOT NULL, column_name TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (database, name, partition_key, column_name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS definitions (
    kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS job_runs (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, started REAL NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS table_optimizers (
    database TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (database, name, type)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS optimizer_runs (
    id TEXT PRIMARY KEY, database TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, started REAL NOT NULL,
    state TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS optimizer_runs_newest ON optimizer_runs (database, name, type, started DESC);
`;

/** What belongs to a table and goes with it. */
const OWNED_BY_TABLE = [
  'table_versions',
  'partitions',
  'column_statistics',
  'table_optimizers',
  'optimizer_runs',
];

/** Runs of an optimizer that are kept. */
const RUNS_KEPT = 100;

/** Partition values as one key that sorts in the order of the values. */
export const partitionKey = (values: readonly string[]) => JSON.stringify(values);

/** Statements on the database, each prepared once. */
function sqlOn(db: StateDatabase) {
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string) => {
    let found = prepared.get(sql);
    if (!found) {
      found = db.prepare(sql);
      prepared.set(sql, found);
    }
    return found;
  };
  const bodies = <T>(sql: string, ...parameters: (string | number)[]) =>
    statement(sql)
      .all(...parameters)
      .map((row) => JSON.parse(row.body as string) as T);
  const body = <T>(sql: string, ...parameters: (string | number)[]) => bodies<T>(sql, ...parameters)[0];
  const run = (sql: string, ...parameters: (string | number)[]) => statement(sql).run(...parameters).changes;
  return { bodies, body, run };
}

type Sql = ReturnType<typeof sqlOn>;

const databasesOn = (sql: Sql) => ({
  databases: () => sql.bodies<Database>('SELECT body FROM databases ORDER BY name'),
  database: (name: string) => sql.body<Database>('SELECT body FROM databases WHERE name = ?', name),
  putDatabase: (database: Database) =>
    sql.run('INSERT OR REPLACE INTO databases VALUES (?, ?)', database.Name, JSON.stringify(database)),
  deleteDatabase(name: string) {
    for (const owned of [...OWNED_BY_TABLE, 'tables'])
      sql.run(`DELETE FROM ${owned} WHERE database = ?`, name);
    sql.run('DELETE FROM databases WHERE name = ?', name);
  },
});

const tablesOn = (sql: Sql) => ({
  tables: (database: string) =>
    sql.bodies<Table>('SELECT body FROM tables WHERE database = ? ORDER BY name', database),
  table: (database: string, name: string) =>
    sql.body<Table>('SELECT body FROM tables WHERE database = ? AND name = ?', database, name),
  /** Writes the table's newest version; older ones stay in the archive until they are deleted. */
  putTable(table: Table) {
    const text = JSON.stringify(table);
    sql.run(
      'INSERT OR REPLACE INTO tables VALUES (?, ?, ?, ?)',
      table.DatabaseName,
      table.Name,
      Number(table.VersionId),
      text,
    );
    sql.run(
      'INSERT OR REPLACE INTO table_versions VALUES (?, ?, ?, ?)',
      table.DatabaseName,
      table.Name,
      Number(table.VersionId),
      text,
    );
  },
  deleteTable(database: string, name: string) {
    for (const owned of [...OWNED_BY_TABLE, 'tables'])
      sql.run(`DELETE FROM ${owned} WHERE database = ? AND name = ?`, database, name);
  },
  /** Newest first. */
  tableVersions: (database: string, name: string) =>
    sql.bodies<Table>(
      'SELECT body FROM table_versions WHERE database = ? AND name = ? ORDER BY version DESC',
      database,
      name,
    ),
  deleteTableVersion: (database: string, name: string, version: number) =>
    sql.run(
      'DELETE FROM table_versions WHERE database = ? AND name = ? AND version = ?',
      database,
      name,
      version,
    ),
});

const partitionsOn = (sql: Sql) => ({
  partitions: (database: string, name: string) =>
    sql.bodies<Partition>(
      'SELECT body FROM partitions WHERE database = ? AND name = ? ORDER BY key',
      database,
      name,
    ),
  partition: (database: string, name: string, values: readonly string[]) =>
    sql.body<Partition>(
      'SELECT body FROM partitions WHERE database = ? AND name = ? AND key = ?',
      database,
      name,
      partitionKey(values),
    ),
  putPartition: (partition: Partition) =>
    sql.run(
      'INSERT OR REPLACE INTO partitions VALUES (?, ?, ?, ?)',
      partition.DatabaseName,
      partition.TableName,
      partitionKey(partition.Values),
      JSON.stringify(partition),
    ),
  deletePartition: (database: string, name: string, values: readonly string[]) =>
    sql.run(
      'DELETE FROM partitions WHERE database = ? AND name = ? AND key = ?',
      database,
      name,
      partitionKey(values),
    ),
});

const columnStatisticsOn = (sql: Sql) => ({
  columnStatistics: (database: string, name: string, partition: string, column: string) =>
    sql.body<Record<string, unknown>>(
      'SELECT body FROM column_statistics WHERE database = ? AND name = ? AND partition_key = ? AND column_name = ?',
      database,
      name,
      partition,
      column,
    ),
  putColumnStatistics: (
    database: string,
    name: string,
    partition: string,
    column: string,
    statistics: object,
  ) =>
    sql.run(
      'INSERT OR REPLACE INTO column_statistics VALUES (?, ?, ?, ?, ?)',
      database,
      name,
      partition,
      column,
      JSON.stringify(statistics),
    ),
  deleteColumnStatistics: (database: string, name: string, partition: string, column: string) =>
    sql.run(
      'DELETE FROM column_statistics WHERE database = ? AND name = ? AND partition_key = ? AND column_name = ?',
      database,
      name,
      partition,
      column,
    ),
});

const definitionsOn = (sql: Sql) => ({
  definition: (kind: string, name: string) =>
    sql.body<Record<string, unknown>>('SELECT body FROM definitions WHERE kind = ? AND name = ?', kind, name),
  definitions: (kind: string) =>
    sql.bodies<Record<string, unknown>>('SELECT body FROM definitions WHERE kind = ? ORDER BY name', kind),
  putDefinition: (kind: string, name: string, definition: object) =>
    sql.run('INSERT OR REPLACE INTO definitions VALUES (?, ?, ?)', kind, name, JSON.stringify(definition)),
  deleteDefinition: (kind: string, name: string) =>
    sql.run('DELETE FROM definitions WHERE kind = ? AND name = ?', kind, name),
});

const jobRunsOn = (sql: Sql) => ({
  jobRun: (id: string) => sql.body<JobRun>('SELECT body FROM job_runs WHERE id = ?', id),
  /** Newest first. */
  jobRuns: (job: string) =>
    sql.bodies<JobRun>('SELECT body FROM job_runs WHERE job = ? ORDER BY started DESC, id', job),
  openJobRuns: (states: readonly string[]) =>
    sql.bodies<JobRun>(
      `SELECT body FROM job_runs WHERE state IN (${states.map(() => '?').join(', ')})`,
      ...states,
    ),
  putJobRun: (one: JobRun) =>
    sql.run(
      'INSERT OR REPLACE INTO job_runs VALUES (?, ?, ?, ?, ?)',
      one.Id,
      one.JobName,
      one.StartedOn,
      one.JobRunState,
      JSON.stringify(one),
    ),
});

const optimizersOn = (sql: Sql) => {
  const ofOptimizer = 'WHERE database = ? AND name = ? AND type = ?';
  const keyOf = ({ DatabaseName, TableName, Type }: OptimizerName) =>
    [DatabaseName, TableName, Type] as const;
  return {
    tableOptimizers: () =>
      sql.bodies<TableOptimizer>('SELECT body FROM table_optimizers ORDER BY database, name, type'),
    tableOptimizer: (optimizer: OptimizerName) =>
      sql.body<TableOptimizer>(`SELECT body FROM table_optimizers ${ofOptimizer}`, ...keyOf(optimizer)),
    putTableOptimizer: (optimizer: TableOptimizer) =>
      sql.run(
        'INSERT OR REPLACE INTO table_optimizers VALUES (?, ?, ?, ?)',
        ...keyOf(optimizer),
        JSON.stringify(optimizer),
      ),
    deleteTableOptimizer(optimizer: OptimizerName) {
      for (const owned of ['optimizer_runs', 'table_optimizers'])
        sql.run(`DELETE FROM ${owned} ${ofOptimizer}`, ...keyOf(optimizer));
    },
    /** Newest first. */
    optimizerRuns: (optimizer: OptimizerName) =>
      sql.bodies<OptimizerRun>(
        `SELECT body FROM optimizer_runs ${ofOptimizer} ORDER BY started DESC, id`,
        ...keyOf(optimizer),
      ),
    lastOptimizerRun: (optimizer: OptimizerName) =>
      sql.body<OptimizerRun>(
        `SELECT body FROM optimizer_runs ${ofOptimizer} ORDER BY started DESC, id LIMIT 1`,
        ...keyOf(optimizer),
      ),
    /** Writes a run, and forgets those beyond the newest. */
    putOptimizerRun(optimizer: OptimizerName, id: string, run: OptimizerRun) {
      sql.run(
        'INSERT OR REPLACE INTO optimizer_runs VALUES (?, ?, ?, ?, ?, ?, ?)',
        id,
        ...keyOf(optimizer),
        run.startTimestamp,
        run.eventType,
        JSON.stringify(run),
      );
      sql.run(
        `DELETE FROM optimizer_runs WHERE id IN
          (SELECT id FROM optimizer_runs ${ofOptimizer} ORDER BY started DESC, id LIMIT -1 OFFSET ${RUNS_KEPT})`,
        ...keyOf(optimizer),
      );
    },
    deleteOptimizerRun: (id: string) => sql.run('DELETE FROM optimizer_runs WHERE id = ?', id),
    /** Runs that have not ended, each with its optimizer. */
    openOptimizerRuns: () =>
      sql.bodies<{ runId: string; run: OptimizerRun; optimizer: TableOptimizer }>(
        `SELECT json_object('runId', r.id, 'run', json(r.body), 'optimizer', json(o.body)) AS body
            FROM optimizer_runs r JOIN table_optimizers o USING (database, name, type) WHERE r.state = 'in_progress'`,
      ),
  };
};

export type CatalogStore = ReturnType<typeof openCatalogStore>;

/** Opens (or makes) `<stateDir>/glue/catalog.db`. */
export function openCatalogStore(stateDir: string) {
  const folder = join(stateDir, 'glue');
  const db = openDatabase(join(folder, 'catalog.db'));
  db.exec(schema);
  const sql = sqlOn(db);
  return {
    /** Runs `work` as one transaction. */
    atomically: <T>(work: () => T): T => db.transaction(work),
    close: () => db.close(),
    ...databasesOn(sql),
    ...tablesOn(sql),
    ...partitionsOn(sql),
    ...columnStatisticsOn(sql),
    ...definitionsOn(sql),
    ...jobRunsOn(sql),
    ...optimizersOn(sql),
  };
}
