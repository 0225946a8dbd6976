/** SQL that fails with a message of ours when it is evaluated, and the reading of that message afterwards. */
import { quoteText } from '../types.ts';

/**
 * DuckDB's `error()` is volatile, which TRY refuses and which stops optimisations; a cast that cannot succeed is neither.
 * The mark `!` lets `engineError` find the message in DuckDB's.
 */
export const failWith = (message: string) => failWithSql(quoteText(`!${message}`));

/** As `failWith`, for a message that is computed: an SQL text whose value begins with `!`. */
export const failWithSql = (messageSql: string) =>
  `CASE WHEN CAST(${messageSql} AS INTEGER) = 0 THEN NULL END`;
