/** A connection that one statement has for itself, here or in a function process, and what ends it early. */
import type { SqlConnection } from '../../core/sqlConnection.ts';
import type { ColumnInfo } from '../../sql/index.ts';
import type { Cell } from './results/csv.ts';

export interface StatementConnection extends SqlConnection {
  /** A query's rows as Athena's text, a part at a time. */
  rows(sql: string, columns: readonly ColumnInfo[]): AsyncIterable<readonly Cell[][]>;
  /** Ends what runs now, whatever it is; every call fails from here on. */
  stop(): void;
}

/** The statement needs a function that only runs in a function process: it is to be run there, from its beginning. */
export class NeedsFunctionProcess extends Error {
  override readonly name = 'NeedsFunctionProcess';
}
