/** A query's rows as they come from DuckDB, in Athena's text. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnInfo } from '../../../sql/index.ts';
import { parseType } from '../../../sql/types.ts';
import type { Cell } from './csv.ts';
import { valueText } from './text.ts';

/**
 * Runs the query and reads it chunk by chunk.
 * @param sql DuckDB's SQL
 * @param columns with Trino's types, in the order of the query's
 * @param ask calls DuckDB
 */
export async function* rowsOf(
  connection: DuckDBConnection,
  sql: string,
  columns: readonly ColumnInfo[],
  ask = <T>(call: () => Promise<T>): Promise<T> => call(),
): AsyncGenerator<Cell[][]> {
  const writers = columns.map(({ type, zone }) => valueText(parseType(type), zone));
  const result = await ask(() => connection.stream(sql));
  for (;;) {
    const chunk = await ask(() => result.fetchChunk());
    if (!chunk || chunk.rowCount === 0) return;
    yield chunk.getRows().map((row) =>
      writers.map((write, index) => {
        const value = row[index] ?? null;
        return value === null ? null : write(value);
      }),
    );
  }
}
