/** The interface to DuckDB, so that the database may run in this process or in another one. */
import type { DuckDBPreparedStatement, DuckDBResultReader } from '@duckdb/node-api';

/** A connection of DuckDB's own client is one, too. */
export interface SqlConnection {
  /** Runs a statement whose rows nobody reads. */
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<SqlRows>;
  /** Binds a statement without running it. */
  prepare(sql: string): Promise<Pick<DuckDBPreparedStatement, 'columnCount' | 'destroySync'>>;
}

export type SqlRows = Pick<DuckDBResultReader, 'getRowsJS' | 'getRowObjectsJS' | 'getRowObjectsJson'>;
