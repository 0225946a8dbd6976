/** Messages between this process and a function process. */
import type { SqlRows } from '../../../core/sqlConnection.ts';
import type { ColumnInfo } from '../../../sql/index.ts';
import type { Cell } from '../results/csv.ts';

/** What a function process is started with, as the JSON text of its only argument. */
export interface Settings {
  readonly stateDir: string;
  /** A folder for the temporary files of this process only. */
  readonly scratch: string;
  /** How long a function may work on one batch of rows. */
  readonly deadlineMs: number;
}

export type Work =
  | { readonly kind: 'run' | 'read' | 'prepare'; readonly sql: string }
  /** Starts a query; the answer is its first rows. */
  | { readonly kind: 'query'; readonly sql: string; readonly columns: readonly ColumnInfo[] }
  /** Asks for the query's next rows. */
  | { readonly kind: 'more' };

export type Request = Work & { readonly number: number };

export interface Rows {
  readonly values: ReturnType<SqlRows['getRowsJS']>;
  readonly objects: ReturnType<SqlRows['getRowObjectsJS']>;
  readonly json: ReturnType<SqlRows['getRowObjectsJson']>;
}

/** `run` gives nothing, `read` rows, `prepare` the number of columns; a query's rows end with undefined. */
export type Value = undefined | number | Rows | readonly Cell[][];

/** The answer to the request of the same number. */
export type Answer = { readonly number: number } & ({ readonly value: Value } | { readonly error: string });
