/** DuckDB as translated statements meet it, and queries translated for it. */
import assert from 'node:assert/strict';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parseStatement, setupConnection, type TableResolver, translateQuery } from '../../sql/index.ts';

export interface SqlEngine {
  readonly connection: DuckDBConnection;
  close(): void;
}

/** An empty database in memory with all that translations call. */
export async function openSqlEngine(threads = 1): Promise<SqlEngine> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  await setupConnection(connection);
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The query in DuckDB's SQL, as if asked at the beginning of 1970. */
export async function translated(sql: string, tables: TableResolver): Promise<string> {
  const statement = parseStatement(sql);
  assert.equal(statement.kind, 'query');
  return (await translateQuery(statement.query, tables, { session: { now: new Date(0) } })).sql;
}
