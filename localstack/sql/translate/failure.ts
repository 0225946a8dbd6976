/** SQL that fails with a message of ours when it is evaluated, and the reading of that message afterwards. */
import { quoteText } from '../types.ts';

/**
 * DuckDB's `error()` is volatile, which TRY refuses and which stops optimisations; a cast that cannot succeed is neither.
 * The mark `!` lets `engineError` find the message in DuckDB's.
 */
export const failWith = (message: string) => failWithSql(quoteText(`!${message}`));

/**
 * As `failWith`, for a message that is computed: an SQL text whose value begins with `!`. The cast is used as an index of a
 * list: in a CASE of its own DuckDB would evaluate a constant while it plans, whether or not a row needs it.
 */
export const failWithSql = (messageSql: string) => `[NULL][CAST(${messageSql} AS INTEGER)]`;
